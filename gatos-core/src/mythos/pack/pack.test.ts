import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { buildMythosPack } from '../../../testing/mythos-pack.js';
import { canOfJson, encodeCan, formatHex, type JsonValue } from '../../codec/index.js';
import { nobleEngine } from '../../identity/index.js';
import { fromUtf8, isGatosError, LIMITS, utf8 } from '../../kernel/index.js';
import { encodePacket } from '../packets/wire.js';
import { agentOf } from '../structs/seal.js';
import { type PackReport, readPackManifest, type VectorResult, vectorsOfSuite, verifyPack } from './index.js';

type Files = Readonly<Record<string, string | Uint8Array>>;

const sourceOf = (files: Files) => ({
  read: async (path: string) => {
    const content = files[path];
    return typeof content === 'string' ? utf8(content) : content;
  },
});

const manifest = (vectors: JsonValue): Files => ({
  'manifest.json': JSON.stringify({ pack: 'p', version: '0', vectors }),
});

async function codeOf(files: Files, suite?: string): Promise<string | undefined> {
  try {
    await verifyPack({ source: sourceOf(files), engine: nobleEngine(), suite });
    return undefined;
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

const verify = (files: Files): Promise<PackReport> => verifyPack({ source: sourceOf(files), engine: nobleEngine() });

describe('manifests', () => {
  it.each([
    ['no manifest', {}, 'pack/no-manifest'],
    ['no JSON', { 'manifest.json': '{' }, 'pack/manifest'],
    ['no object', { 'manifest.json': '[]' }, 'pack/manifest'],
    ['no list of vectors', { 'manifest.json': '{"pack":"p","version":"0"}' }, 'pack/manifest'],
    ['no name', { 'manifest.json': '{"version":"0","vectors":[]}' }, 'pack/manifest'],
    ['a vector that is no object', manifest([7]), 'pack/manifest'],
    ['a vector without an id', manifest([{ files: {} }]), 'pack/manifest'],
    ['a vector without files', manifest([{ id: 'A_1' }]), 'pack/manifest'],
    ['a path that is no text', manifest([{ id: 'A_1', files: { bin: 7 } }]), 'pack/manifest'],
    [
      'an id twice',
      manifest([
        { id: 'A_1', files: {} },
        { id: 'A_1', files: {} },
      ]),
      'pack/manifest',
    ],
    ['expectations that are a list', manifest([{ id: 'A_1', files: {}, expected: [] }]), 'pack/manifest'],
  ])('are refused: %s', async (_, files, code) => {
    expect(await codeOf(files as Files)).toBe(code);
  });

  it.each([
    '../a',
    '/etc/passwd',
    'a/../b',
    'a//b',
    './a',
    'a\\b',
    'C:/x',
    '',
    'a/',
    '..',
    'a/b\0',
    `${'a/'.repeat(300)}a`,
  ])('have no paths that lead elsewhere: %j', async (path) => {
    expect(await codeOf(manifest([{ id: 'A_1', files: { bin: path } }]))).toBe('pack/path');
  });

  it('find a suite by its name, by its folder, and by an id', async () => {
    const files = manifest([
      { id: 'CAN_001', files: { bin: 'vectors/encodings/x.bin' } },
      { id: 'WIRE_001', files: {} },
    ]);
    const read = await readPackManifest(sourceOf(files));
    const ids = (suite?: string) => vectorsOfSuite(read, suite).map(({ id }) => id);
    expect(ids()).toEqual(['CAN_001', 'WIRE_001']);
    expect([ids('can'), ids('Encodings'), ids('can_001')]).toEqual([['CAN_001'], ['CAN_001'], ['CAN_001']]);
    expect(await codeOf(files, 'nothing')).toBe('pack/suite');
  });
});

describe('vectors that cannot be checked', () => {
  it('of an unknown kind are unknown, and neither pass nor fail', async () => {
    const { outcome, vectors } = await verify(manifest([{ id: 'FUTURE_001', files: { x: 'x' }, expected: { y: 1 } }]));
    expect(outcome).toBe('unknown');
    expect(vectors[0]).toMatchObject({ kind: undefined, outcome: 'unknown' });
    expect(vectors[0]?.checks[0]?.detail).toBe('no kind of vector has the files x and expects y');
  });

  it('are unknown when a file is missing', async () => {
    const files = { bin: 'a.bin', json: 'a.json' };
    const { vectors } = await verify(manifest([{ id: 'CAN_001', files, expected: { sha256_of_bin: '00' } }]));
    expect(vectors[0]?.checks.map(({ outcome, detail }) => [outcome, detail])).toEqual([
      ['unknown', '`a.bin` is not in the pack'],
    ]);
  });

  it('an empty pack shows nothing', async () => {
    expect((await verify(manifest([]))).outcome).toBe('unknown');
  });
});

describe('vectors that are wrong', () => {
  const blob = (chunks: JsonValue): Files => ({
    ...manifest([
      {
        id: 'BLOB_001',
        files: { payload_bin: 'p.bin', chunks_json: 'c.json', rootnode_bin: 'r.bin' },
        expected: { root_cid: '00' },
      },
    ]),
    'p.bin': 'abc',
    'r.bin': 'x',
    'c.json': JSON.stringify(chunks),
  });

  it.each([0, -1, 1.5, '4', null, 1e-9])('are not split for ever: chunks of %j', async (chunk_size) => {
    const { vectors } = await verify(blob({ chunk_size }));
    expect(vectors[0]?.outcome).toBe('unknown');
    expect(vectors[0]?.checks[0]?.detail).toMatch(/no chunk size/);
  });

  it('name the first byte that differs', async () => {
    const { vectors } = await verify(blob({ chunk_size: 2 }));
    expect(vectors[0]?.checks.find(({ code }) => code === 'pack/bytes')?.detail).toBe(
      'byte 0 of `r.bin` is 0x78, and 0x08 belongs there',
    );
  });

  it('of values in hexadecimal that are none, or JSON that is none, fail by their file', async () => {
    const files = { input_json: 'i.json', leaf_bin: 'l.bin' };
    const of = (input: string) => ({
      ...manifest([{ id: 'MERKLE_001', files, expected: { root_cid: '00' } }]),
      'l.bin': 'x',
      'i.json': input,
    });
    for (const input of ['{', '[]', '{"episode_ids": 7}', '{"episode_ids": ["zz"]}', '{}']) {
      const { vectors } = await verify(of(input));
      expect(vectors[0]?.outcome, input).toBe('fail');
      expect(vectors[0]?.checks.at(-1)?.detail, input).toContain('`i.json` cannot be used');
    }
    expect((await verify(of('{"values_of_counter": 99999999999}'))).outcome).toBe('fail');
  });
});

describe('a packet in the form of the published pack', () => {
  const packet = (payload: Uint8Array, framing: 'spec' | 'ctvp') => {
    const entry = { signer: agentOf(new Uint8Array(32)), sig_alg: 1, sig_bytes: new Uint8Array(0) };
    const bytes = encodePacket({ framing, codec: 1, payload }, [entry]);
    return verify({
      ...manifest([
        {
          id: 'WIRE_001',
          files: { packet_bin: 'p.bin', description_json: 'd.json' },
          expected: { packet_sha256: formatHex(sha256(bytes)) },
        },
      ]),
      'p.bin': bytes,
      'd.json': JSON.stringify({ framing }),
    });
  };
  const remarks = ({ vectors }: PackReport) => vectors[0]?.remarks.join('; ');

  it('that carries no bundle of its own table is told as that', async () => {
    const report = await packet(encodeCan(canOfJson({ not: 'a bundle' })), 'ctvp');
    expect(report.vectors.map(({ outcome }) => outcome)).toEqual(['pass']);
    expect(remarks(report)).toContain('not an IRBundle');
    expect(remarks(report)).toContain('unsigned');
  });

  it('that carries no MYTHOS-CAN fails, and so does one in the form of the specification', async () => {
    expect((await packet(Uint8Array.of(0x08, 0x02), 'ctvp')).vectors[0]?.outcome).toBe('fail');
    expect((await packet(encodeCan(canOfJson({ not: 'a bundle' })), 'spec')).vectors[0]?.outcome).toBe('fail');
  });
});

describe('packs that are made to break who reads them', () => {
  const raw = (files: string, more: Files = {}): Files => ({
    'manifest.json': `{"pack": "p", "version": "0", "vectors": [{"id": "A_1", "files": ${files}}]}`,
    ...more,
  });

  it('may call a role `__proto__`, and its path is looked at as any other', async () => {
    expect(await codeOf(raw('{"__proto__": "../a"}'))).toBe('pack/path');
    const { vectors } = await verify(raw('{"__proto__": "a.bin"}'));
    expect(vectors[0]?.checks.map(({ detail }) => detail)).toEqual(['`a.bin` is not in the pack']);
  });

  it('are not read into memory without end', async () => {
    const large = new Uint8Array(LIMITS.packVectorBytes / 2);
    const { vectors } = await verify(
      raw('{"a": "a.bin", "b": "b.bin", "c": "c.bin"}', { 'a.bin': large, 'b.bin': large, 'c.bin': 'x' }),
    );
    expect(vectors[0]?.checks.map(({ code }) => code)).toEqual(['pack/too-large']);
    expect(vectors[0]?.outcome).not.toBe('pass');
  });

  it('have a public key that is no text: the vector fails, and the others are looked at', async () => {
    const files = Object.fromEntries(await buildMythosPack());
    const { vectors } = await verify({ ...files, 'keys/ed25519_test_public.hex': Uint8Array.of(0xff, 0xfe) });
    const told = vectors.flatMap(({ checks }) => checks).filter(({ code }) => code === 'pack/unreadable-json');
    expect(told.map(({ detail }) => detail)).toContainEqual(expect.stringContaining('ed25519_test_public.hex'));
    expect(vectors.some(({ outcome }) => outcome === 'pass')).toBe(true);
  });
});

describe('our own pack', () => {
  it('has no vector whose expectation can be turned around: each refusal names its code', async () => {
    const files = Object.fromEntries(await buildMythosPack());
    const turned = fromUtf8(files['manifest.json'] as Uint8Array).replaceAll('"error": "', '"error": "x/');
    const { vectors } = await verify({ ...files, 'manifest.json': turned });
    // Proofs are refused with a code, too: all but the first one. What names no code passes as before, so it is the code that counts.
    const turnedOver = vectors.filter(
      ({ id, suite }) => suite === 'refuse' || (suite === 'proof' && id !== 'PROOF_001'),
    );
    expect(turnedOver.length).toBeGreaterThan(60);
    const outcomes = (of: readonly VectorResult[]) => new Set(of.map(({ outcome }) => outcome));
    expect(outcomes(turnedOver).has('pass')).toBe(false);
    expect(outcomes(vectors.filter((each) => !turnedOver.includes(each))).has('fail')).toBe(false);
  });

  it('says that it cannot inflate where there is nothing to inflate with', async () => {
    const { vectors } = await verify(Object.fromEntries(await buildMythosPack()));
    expect(vectors.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome }) => [id, outcome])).toEqual([
      ['WIRE_102', 'unknown'],
      ['REFUSE_052', 'unknown'],
    ]);
  });
});
