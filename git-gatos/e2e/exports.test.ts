/** What leaves the repository, checked by tools of others: bundles, envelopes, crates, citations, and every JSON document. */
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  DATA,
  type ExperimentStage,
  jobIn,
  openExperimentStage,
  printed,
  type Room,
  TRAIN,
} from './experiment-stage.js';

let stage: ExperimentStage;
let room: Room;
let job: string;
let id: string;
beforeAll(() => {
  stage = openExperimentStage();
  room = stage.founded('origin', { 'data.csv': DATA, 'train.mjs': TRAIN, 'use.mjs': USE });
  const train = room.run([
    'run',
    '-i',
    'data.csv',
    '-o',
    'model.json',
    '--',
    'node',
    'train.mjs',
    'data.csv',
    'model.json',
  ]);
  job = jobIn(train);
  expect(room.run(['run', '-i', 'model.json', '-o', 'out/', '--', 'node', 'use.mjs'])).toMatchObject({ status: 0 });
  id = printed(room.run(['pox', 'create', '--title', 'Ünïcode & {braces}']));
});
afterAll(() => stage.close());

const USE = `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('out', { recursive: true });
writeFileSync('out/a b (1).txt', readFileSync('model.json'));
writeFileSync('out/noise.json', JSON.stringify({ n: Number(process.hrtime.bigint() % 1000000007n) }));
`;

/** The key that a bundle names, in the form that others take. */
function publicKey(hint: string): Buffer {
  const x = hint.replace('ed25519:', '');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }).export({
    type: 'spki',
    format: 'der',
  });
}

function verifier(hint: string): Verifier {
  const none = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    mediaType: '',
    signingConfig: {},
  };
  const material = toTrustMaterial(none as never, { [hint]: { rawBytes: publicKey(hint) } } as never);
  return new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
}

interface Bundle {
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
  readonly dsseEnvelope: { readonly payload: string; readonly signatures: readonly { readonly sig: string }[] };
}

describe('pox export', () => {
  it('--bundle is accepted by @sigstore/verify, and not when it was tampered with', () => {
    const file = stage.at('pox.sigstore.json');
    const told = stage.json(['pox', 'export', id, '--bundle', file], { cwd: room.path });
    const text = readFileSync(file, 'utf8');
    const bundle = JSON.parse(text) as Bundle;
    const { hint } = bundle.verificationMaterial.publicKey;
    expect(told).toEqual({ form: 'bundle', path: file, size: Buffer.byteLength(text), key: hint });
    const accept = (changed: string) =>
      verifier(hint).verify(toSignedEntity(bundleFromJSON(JSON.parse(changed) as SerializedBundle)));
    expect(() => accept(text)).not.toThrow();
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8');
    const forged = Buffer.from(payload.replace(/"sha256":"./, '"sha256":"0')).toString('base64');
    const [{ sig = '' } = {}] = bundle.dsseEnvelope.signatures;
    const otherSig = Buffer.from(sig, 'base64').map((byte, i) => (i === 5 ? byte ^ 1 : byte));
    for (const changed of [
      text.replace(bundle.dsseEnvelope.payload, forged),
      text.replace(sig, Buffer.from(otherSig).toString('base64')),
    ]) {
      expect(changed).not.toBe(text);
      expect(() => accept(changed)).toThrow();
    }
    const statement = JSON.parse(payload) as { subject: { name: string; digest: { sha256: string } }[] };
    expect(statement.subject.map(({ name }) => name)).toEqual(['model.json', 'out/a b (1).txt', 'out/noise.json']);
    expect(room.run(['pox', 'export', id, '--bundle', '-']).stdout).toBe(text);
  });

  it('--dsse is verified by openssl', () => {
    const file = stage.at('pox.dsse.json');
    printed(room.run(['pox', 'export', id, '--dsse', file]));
    const { payload, payloadType, signatures } = JSON.parse(readFileSync(file, 'utf8')) as {
      payload: string;
      payloadType: string;
      signatures: { keyid: string; sig: string }[];
    };
    const [{ keyid, sig } = { keyid: '', sig: '' }] = signatures;
    const body = Buffer.from(payload, 'base64');
    const message = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body]);
    const pem = `-----BEGIN PUBLIC KEY-----\n${publicKey(keyid).toString('base64')}\n-----END PUBLIC KEY-----\n`;
    const openssl = (signed: Uint8Array) => {
      writeFileSync(stage.at('key.pem'), pem);
      writeFileSync(stage.at('message'), signed);
      writeFileSync(stage.at('signature'), Buffer.from(sig, 'base64'));
      const names = ['-inkey', 'key.pem', '-sigfile', 'signature', '-in', 'message'];
      return stage.run(['openssl', 'pkeyutl', '-verify', '-pubin', '-rawin', ...names]).status;
    };
    expect(openssl(message)).toBe(0);
    expect(openssl(Buffer.concat([message, Buffer.from(' ')]))).toBe(1);
  });

  it('--ro-crate is a folder with all files, which the checker takes, and never half a one', async () => {
    const folder = stage.at('crate');
    printed(room.run(['pox', 'export', id, '--ro-crate', folder, '--license', 'CC-BY-4.0']));
    const listed = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = listed.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
    expect(files).toContain('job-2/outputs/out/a b (1).txt');
    expect(readFileSync(join(folder, 'job-1/inputs/data.csv'), 'utf8')).toBe(DATA);
    const metadata = JSON.parse(readFileSync(join(folder, 'ro-crate-metadata.json'), 'utf8')) as {
      '@graph': { '@id': string; '@type': string; contentSize?: string }[];
    };
    const described = metadata['@graph'].filter((entity) => [entity['@type']].flat().includes('File'));
    const paths = described.map((entity) => decodeURIComponent(entity['@id']));
    expect([...paths, 'ro-crate-metadata.json'].sort()).toEqual(files);
    for (const { '@id': at, contentSize } of described)
      expect(String(statSync(join(folder, decodeURIComponent(at))).size)).toBe(contentSize);
    const context = createRequire(import.meta.url)('ro-crate/lib/context.json') as object;
    vi.stubGlobal('fetch', async () => ({ ok: true, json: async () => context }));
    const { Checker, ROCrate } = (await import('ro-crate')) as unknown as RoCratePackage;
    const checker = new Checker(new ROCrate(metadata, { array: true, link: true }));
    await checker.check();
    vi.unstubAllGlobals();
    expect(checker.checklist.filter(({ status }) => !status)).toEqual([]);
    expect(checker.isROCrate).toBe(true);
    const before = readFileSync(join(folder, 'ro-crate-metadata.json'));
    expect(room.run(['pox', 'export', id, '--ro-crate', folder])).toMatchObject({ status: 1, stdout: '' });
    expect(readFileSync(join(folder, 'ro-crate-metadata.json'))).toEqual(before);
    mkdirSync(stage.at('empty'));
    expect(room.run(['pox', 'export', id, '--ro-crate', stage.at('empty')]).status).toBe(0);
    writeFileSync(stage.at('file'), '');
    expect(room.run(['pox', 'export', id, '--ro-crate', stage.at('file', 'x')]).status).toBe(75);
    expect(readdirSync(stage.folder).filter((name) => name.startsWith('.crate') || name.startsWith('.empty'))).toEqual(
      [],
    );
  });

  it('--prov is PROV-JSON; and one form at a time', () => {
    const document = JSON.parse(room.run(['pox', 'export', id, '--prov', '-']).stdout) as Record<string, object>;
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(['prefix', 'entity', 'activity', 'agent', 'used', 'wasGeneratedBy']),
    );
    expect(Object.keys(document.activity ?? {})).toHaveLength(2);
    for (const args of [[], ['--prov', '-', '--dsse', '-']])
      expect(room.run(['pox', 'export', id, ...args])).toMatchObject({ status: 129, stdout: '' });
    expect(room.run(['pox', 'export', '01HF7YAT00000000000000000A', '--prov', stage.at('none')]).status).toBe(20);
    expect(existsSync(stage.at('none'))).toBe(false);
  });
});

interface RoCratePackage {
  readonly ROCrate: new (json: unknown, options: object) => object;
  readonly Checker: new (
    crate: object,
  ) => { check(): Promise<void>; readonly checklist: { status: boolean; name: string }[]; readonly isROCrate: boolean };
}

describe('pox cite', () => {
  it.each(['text', 'bibtex', 'cff'])('as %s carries the ids', (format) => {
    const cid = (stage.json(['pox', 'show', id], { cwd: room.path }) as { cid: string }).cid;
    const { stdout, status } = room.run(['pox', 'cite', id, '--format', format]);
    expect(status).toBe(0);
    for (const part of [id, cid]) expect(stdout).toContain(part);
    expect(stdout.endsWith('\n\n')).toBe(false);
    expect(stage.json(['pox', 'cite', id, '--format', format], { cwd: room.path })).toMatchObject({
      id,
      format,
      citation: stdout,
    });
  });
});

describe('every JSON document fits its published schema', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  const errors = (schema: string, value: unknown) => {
    const text = readFileSync(new URL(`../../docs/schemas/${schema}.schema.json`, import.meta.url), 'utf8');
    const validate = ajv.compile(JSON.parse(text) as object);
    return validate(value)
      ? []
      : validate.errors?.map(({ instancePath, message, params }) => [instancePath, message, params]);
  };
  const json = (args: readonly string[], status = 0) => stage.json(args, { cwd: room.path, status });

  it('of run, job show, pox create and pox show', () => {
    const run = (output: string) => {
      const args = [
        'run',
        '--json',
        '-i',
        'data.csv',
        '-o',
        'again.json',
        '--',
        'node',
        'train.mjs',
        'data.csv',
        output,
      ];
      return JSON.parse(room.run(args).stdout) as { status: string };
    };
    for (const output of ['again.json', 'again.json', 'other.json'])
      expect(errors('output-run', run(output))).toEqual([]);
    expect(run('other.json').status).toBe('no-output');
    expect(errors('output-job-show', json(['job', 'show', job]))).toEqual([]);
    expect(room.run(['job', 'submit', '-o', 'z', '--', 'true']).status).toBe(0);
    for (const { job: each } of json(['job', 'list']) as { job: string }[])
      expect(errors('output-job-show', json(['job', 'show', each]))).toEqual([]);
    expect(errors('output-pox-create', json(['pox', 'create', '--title', 'x']))).toEqual([]);
    const shown = json(['pox', 'show', id]) as { proof: unknown };
    expect(errors('output-pox-show', shown)).toEqual([]);
    expect(errors('experiment', shown.proof)).toEqual([]);
  });

  it('of reproduce, of its drift report and of its receipt, and of verify', () => {
    const drifted = json(['reproduce', id], 19) as { drift: unknown; reproduction: unknown; receipt: { id: string } };
    expect(errors('output-reproduce', drifted)).toEqual([]);
    expect(errors('drift-report', drifted.drift)).toEqual([]);
    expect(errors('reproduction', drifted.reproduction)).toEqual([]);
    expect(errors('output-pox-show', json(['pox', 'show', id]))).toEqual([]);
    for (const what of [id, job, drifted.receipt.id])
      expect(errors('output-verify', json(['verify', what]))).toEqual([]);
    expect(errors('output-verify', json(['verify']))).toEqual([]);
  });
});
