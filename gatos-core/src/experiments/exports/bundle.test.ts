/** The statement, its DSSE envelope and its Sigstore bundle, checked by tools of others. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import {
  EXPERIMENT_ULID,
  evaluateRun,
  executionOf,
  exportedOf,
  HOSTILE,
  jobFile,
  manifestOf,
  trainRun,
} from '../../../testing/experiment-world.js';
import { testSigner } from '../../../testing/hand-made.js';
import { formatHex, formatKey, parseJson } from '../../codec/index.js';
import { formatPem, pae, parseDsse } from '../../identity/index.js';
import { fromUtf8, utf8 } from '../../kernel/index.js';
import {
  BUNDLE_TYPE,
  formatBundle,
  formatStatementDsse,
  PROVENANCE_TYPE,
  STATEMENT_PAYLOAD,
  STATEMENT_TYPE,
  signStatement,
  statementBytes,
  statementOf,
} from './index.js';

const signer = testSigner(1);
interface Loose {
  readonly [key: string]: Loose | undefined;
}
const loose = (value: unknown): Loose => value as Loose;

/** Accepts one key, by our hint, as a third party would be told it. */
function verifier(key = signer.key, hint = formatKey(key)): Verifier {
  const rawBytes = Buffer.from(formatPem(key).replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  const none = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    mediaType: '',
    signingConfig: {},
  };
  const material = toTrustMaterial(none as never, { [hint]: { rawBytes } } as never);
  return new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
}

const accepts = (text: string, by = verifier()): void => {
  by.verify(toSignedEntity(bundleFromJSON(JSON.parse(text) as SerializedBundle)));
};

const bundled = async (experiment = exportedOf()): Promise<string> =>
  formatBundle(await signStatement(statementBytes(experiment), signer));

describe('the statement', () => {
  const statement = loose(statementOf(exportedOf()));

  it('has the outputs as subjects, by name and sha256 (in-toto Statement v1)', () => {
    expect(statement._type).toBe(STATEMENT_TYPE);
    expect(statement.predicateType).toBe(PROVENANCE_TYPE);
    const outputs = [trainRun(), evaluateRun()].flatMap(({ execution }) => execution.outputs);
    expect(statement.subject).toEqual(
      outputs.map(({ path, cid }) => ({ name: path, digest: { sha256: formatHex(cid.digest) } })),
    );
  });

  it('has the fields that SLSA Provenance v1 requires', () => {
    const { buildDefinition, runDetails } = loose(statement.predicate);
    // "REQUIRED for SLSA Build L1: buildDefinition, runDetails", "buildType", "externalParameters", "builder.id".
    expect(buildDefinition?.buildType).toMatch(/^[a-z]+:/);
    expect(loose(buildDefinition?.externalParameters).jobs).toHaveLength(2);
    expect(loose(runDetails?.builder).id).toMatch(/^urn:gatos:builder:bafy[a-z2-7]+:user%3Aalice$/);
    const metadata = loose(runDetails?.metadata);
    expect(metadata.invocationId).toBe(`urn:gatos:experiment:${EXPERIMENT_ULID}`);
    expect(metadata.startedOn).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    // "ResourceDescriptor MUST specify at least one of uri, digest or content."
    const resources = [buildDefinition?.resolvedDependencies, runDetails?.byproducts, statement.subject] as unknown as {
      digest?: { sha256?: string };
    }[][];
    for (const { digest } of resources.flat()) expect(digest?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('lists inputs, files of programs, tools, libraries and lock files as what was resolved', () => {
    const { buildDefinition } = loose(statement.predicate);
    const dependencies = buildDefinition?.resolvedDependencies as unknown as {
      name: string;
      annotations: { role: string };
    }[];
    expect(dependencies.map(({ name, annotations: { role } }) => `${role} ${name}`)).toEqual([
      'input data.csv',
      'program train.mjs',
      'tool node',
      'library node_modules/matrix',
      'lockfile package-lock.json',
      'input held-out.csv',
      'input model.json',
      'program evaluate.mjs',
      'tool node',
      'library node_modules/matrix',
      'lockfile package-lock.json',
    ]);
  });

  it('of one job is invoked by its id, and names that several jobs share are told apart', () => {
    const train = trainRun();
    const one = loose(statementOf(exportedOf([train])));
    expect(loose(loose(loose(one.predicate).runDetails).metadata).invocationId).toBe(String(train.execution.job));
    const manifest = manifestOf({ network: true });
    const again = { manifest, execution: executionOf(manifest, [jobFile('model.json', '{}')]) };
    const subjects = loose(statementOf(exportedOf([train, again]))).subject as unknown as { name: string }[];
    expect(subjects.map(({ name }) => name)).toEqual([
      `${train.execution.job}/model.json`,
      `${again.execution.job}/model.json`,
    ]);
  });

  it('without outputs is about the proof itself, and is built by who put the work of several together', () => {
    const manifest = manifestOf();
    const change = { status: 'failed', exit: 1, failure: 'x' } as const;
    const experiment = exportedOf([{ manifest, execution: executionOf(manifest, [], change) }]);
    expect(loose(statementOf(experiment)).subject).toEqual([
      { name: 'proof-of-experiment', digest: { sha256: formatHex(experiment.pox.digest) } },
    ]);
    const builderOf = (value: unknown): unknown => loose(loose(loose(value).predicate).runDetails).builder;
    const { repo } = experiment;
    const together = exportedOf(undefined, { actor: 'user:carol' });
    expect(builderOf(statementOf(together))).toMatchObject({ id: `urn:gatos:builder:${repo}:user%3Acarol` });
    expect(builderOf(statementOf({ ...experiment, actor: 'user:carol' }))).toMatchObject({
      id: `urn:gatos:builder:${repo}:user%3Aalice`,
    });
  });

  it('is the same bytes each time, and strict JSON whatever it says', () => {
    const experiment = exportedOf(undefined, {}, { title: HOSTILE.replace(/\p{Cc}/gu, '') });
    expect(statementBytes(experiment)).toEqual(statementBytes(experiment));
    expect(parseJson(statementBytes(experiment))).toEqual(statementOf(experiment));
  });
});

describe('the Sigstore bundle', () => {
  it('is accepted by @sigstore/verify with our key', async () => {
    const text = await bundled();
    expect(JSON.parse(text)).toMatchObject({ mediaType: BUNDLE_TYPE });
    expect(() => accepts(text)).not.toThrow();
  });

  it('is rejected with another key, or none', async () => {
    const text = await bundled();
    const other = testSigner(2).key;
    expect(() => accepts(text, verifier(other))).toThrow(/key not found/);
    expect(() => accepts(text, verifier(other, formatKey(signer.key)))).toThrow(/signature verification failed/);
  });

  it.each<[string, (bundle: Loose) => void]>([
    ['another subject', (bundle) => rewrite(bundle, (text) => text.replace('"model.json"', '"other.json"'))],
    ['another digest', (bundle) => rewrite(bundle, (text) => text.replace(/[0-9a-f]{64}/, '0'.repeat(64)))],
    ['another builder', (bundle) => rewrite(bundle, (text) => text.replace('user%3Aalice', 'user%3Amallory'))],
    ['a space more', (bundle) => rewrite(bundle, (text) => `${text} `)],
    ['another payload type', (bundle) => set(bundle.dsseEnvelope, 'payloadType', 'application/json')],
    ['no payload', (bundle) => set(bundle.dsseEnvelope, 'payload', '')],
    ['no signature', (bundle) => set(bundle.dsseEnvelope, 'signatures', [])],
    ['a signature of zeros', (bundle) => set(first(bundle), 'sig', Buffer.alloc(64).toString('base64'))],
    ['a changed signature', (bundle) => set(first(bundle), 'sig', flipped(String(first(bundle).sig)))],
    ['another hint', (bundle) => set(loose(bundle.verificationMaterial).publicKey, 'hint', 'ed25519:x')],
    ['no key', (bundle) => set(bundle.verificationMaterial, 'publicKey', undefined)],
    ['another media type', (bundle) => set(bundle, 'mediaType', 'application/json')],
    ['two signatures', (bundle) => set(bundle.dsseEnvelope, 'signatures', [first(bundle), first(bundle)])],
  ])('is rejected with %s', async (_, tamper) => {
    const bundle = JSON.parse(await bundled()) as Loose;
    tamper(bundle);
    expect(() => accepts(JSON.stringify(bundle))).toThrow();
  });
});

const set = (target: unknown, field: string, value: unknown): void => {
  (target as Record<string, unknown>)[field] = value;
};
const first = (bundle: Loose): Loose => loose((loose(bundle.dsseEnvelope).signatures as unknown as Loose[])[0]);
const flipped = (base64: string): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  return bytes.toString('base64');
};
function rewrite(bundle: Loose, change: (text: string) => string): void {
  const envelope = loose(bundle.dsseEnvelope);
  const text = Buffer.from(String(envelope.payload), 'base64').toString();
  expect(change(text)).not.toBe(text);
  set(envelope, 'payload', Buffer.from(change(text)).toString('base64'));
}

describe('the DSSE envelope', () => {
  it('is verified by openssl, and not once a byte is another', async () => {
    const dsse = parseDsse(formatStatementDsse(await signStatement(statementBytes(exportedOf()), signer)));
    expect(dsse.payloadType).toBe(STATEMENT_PAYLOAD);
    const folder = mkdtempSync(join(tmpdir(), 'gatos-dsse-'));
    const verify = (message: Uint8Array): string => {
      writeFileSync(join(folder, 'message'), message);
      writeFileSync(join(folder, 'signature'), dsse.signatures[0]?.sig ?? '');
      writeFileSync(join(folder, 'key.pem'), formatPem(signer.key));
      const args = 'pkeyutl -verify -rawin -pubin -inkey key.pem -in message -sigfile signature'.split(' ');
      return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    };
    try {
      expect(verify(pae(dsse.payloadType, dsse.payload))).toMatch(/Verified Successfully/);
      const other = utf8(fromUtf8(dsse.payload).replace('model.json', 'Model.json'));
      expect(() => verify(pae(dsse.payloadType, other))).toThrow();
      expect(() => verify(pae('application/json', dsse.payload))).toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
