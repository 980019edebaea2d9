/** Records that no honest writer makes: each is refused by the shape of its kind, by the rule of its chain, or by what the plane promises. */
import { describe, expect, it } from 'vitest';
import {
  BLOB_AUTHOR,
  BLOB_OTHER,
  type BlobPorts,
  blobPorts,
  chunkedBlob,
  inlineBlob,
  testBytes,
} from '../../testing/blob-world.js';
import { append, draftIndexed, type IndexedGroup, readHead, verifyChain } from '../chain/index.js';
import { formatHex, parseHex } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { GatosError, isGatosError } from '../kernel/index.js';
import { BLOB_REF, CHUNK_LEAF, ChunkTreeBuilder, decodeStruct, encodeStruct, MERKLE_NODE } from '../mythos/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import {
  BLOB_RULE,
  type BlobNode,
  blobChain,
  decodeBlobProof,
  draftBlob,
  encodeBlobProof,
  findBlob,
  MANIFEST_KIND,
  type Manifest,
  NODE_KIND,
  openBlob,
  openTree,
  PINNED_KIND,
  proveChunk,
  REMOVED_KIND,
  recordBlob,
  verifyBlobProof,
  verifyBlobs,
} from './index.js';

type Group = IndexedGroup<unknown>;

/** Writes records as they are given, on whatever chain. */
async function force(
  ports: BlobPorts,
  chain: string,
  groups: readonly Group[],
  writer: Writer = BLOB_AUTHOR,
): Promise<void> {
  await append(
    ports,
    requestBy(writer, {
      chain,
      rule: BLOB_RULE,
      prepare: async (head) => (await draftIndexed(ports.backend, { chain, head }, groups)).drafts,
    }),
  );
}

const one = <T>(kind: unknown, body: T, expected: Group['records'][number]['expected'] = null): Group =>
  ({ kind, records: [{ body, expected }] }) as Group;

const anyEngine = { ...nobleEngine(), verifyMany: async (all: readonly unknown[]) => all.map(() => true) };

/** The codes of everything that is wrong on a chain, by rule and by plane. */
async function faults(backend: GitBackend, chain: string): Promise<readonly (string | undefined)[]> {
  const head = (await readHead(backend, chain))?.oid ?? '';
  const context = { backend, engine: anyEngine, repo: BLOB_AUTHOR.trust.repo, authorize: () => null };
  const { fault } = await verifyChain(context, { chain, rule: BLOB_RULE, head });
  const checks = await verifyBlobs(backend);
  return [fault?.code, ...checks.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code)].filter(
    (code) => code !== undefined,
  );
}

const draft = draftBlob(chunkedBlob(testBytes(3 * 4096 + 5), 4096));
const { cid, manifest } = draft;
const node = draft.nodes[0] as Uint8Array;
const chain = blobChain(cid);
const nodes = (): Group => one<BlobNode>(NODE_KIND, { cid, node });

/** A manifest with another BlobRef. */
function withRef(change: Partial<ReturnType<typeof refOf>>): Manifest {
  return { ...manifest, ref: encodeStruct(BLOB_REF, { ...refOf(), ...change }) };
}
const refOf = () => decodeStruct(BLOB_REF, manifest.ref);

async function codeOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

describe('a manifest that contradicts itself has no place in a record', () => {
  const small = draftBlob(inlineBlob(testBytes(100))).manifest;
  const other = new Uint8Array(32).fill(9);
  const cases: readonly (readonly [string, Manifest])[] = [
    ['another blob in its BlobRef', withRef({ cid: other })],
    ['more chunks than its size asks for', withRef({ chunks: 5 })],
    ['no chunks', withRef({ chunks: 0 })],
    ['another size', withRef({ size: 1n })],
    ['fewer stored bytes than chunks', { ...withRef({ size: 3n, codec: 1 }) }],
    ['bytes that are no BlobRef', { ...manifest, ref: new Uint8Array([1, 2, 3]) }],
    ['a BlobRef with bytes behind it', { ...manifest, ref: new Uint8Array([...manifest.ref, 0]) }],
    ['chunks of no bytes', { ...manifest, plain_chunk: 0 }],
    ['neither bytes nor chunks', { ...manifest, plain_chunk: 0, plain_size: 0 }],
    ['an id in capitals', { ...manifest, cid: cid.toUpperCase() }],
    ['inline bytes of another id', { ...small, inline: testBytes(100, 2) }],
    ['inline bytes of another length', { ...small, inline: testBytes(99) }],
    ['inline bytes and chunks', { ...small, plain_chunk: 10 }],
    ['inline bytes that are not there', { ...small, inline: undefined } as never],
  ];
  it.each(cases)('%s', async (_, body) => {
    const ports = blobPorts();
    expect(await codeOf(() => force(ports, chain, [one(MANIFEST_KIND, body)]))).toBe('codec/schema');
  });

  it('a bomb of a size that nobody could decode', async () => {
    const bomb = {
      ...small,
      plain_size: 2 ** 40,
      ref: encodeStruct(BLOB_REF, { ...decodeStruct(BLOB_REF, small.ref), codec: 1 }),
    };
    expect(await codeOf(() => force(blobPorts(), chain, [one(MANIFEST_KIND, bomb)]))).toBe('codec/schema');
  });
});

describe('nodes that are none', () => {
  const decoded = decodeStruct(MERKLE_NODE, node);
  const leaf = decodeStruct(CHUNK_LEAF, decoded.payload);
  const leafWith = (change: object): Uint8Array =>
    encodeStruct(MERKLE_NODE, { ...decoded, payload: encodeStruct(CHUNK_LEAF, { ...leaf, ...change }) });
  it.each([
    ['noise', testBytes(200)],
    ['nothing', new Uint8Array()],
    ['bytes behind it', new Uint8Array([...node, 0])],
    ['another version', encodeStruct(MERKLE_NODE, { ...decoded, version: 2 })],
    ['a list', encodeStruct(MERKLE_NODE, { ...decoded, kind: 1 })],
    ['a wrong sum', leafWith({ total_size: 1n })],
    ['no chunks', leafWith({ chunks: [], total_size: 0n })],
    ['a chunk longer than its size', leafWith({ chunk_size: 10 })],
  ])('%s', async (_, bytes) => {
    expect(await codeOf(() => force(blobPorts(), chain, [one(NODE_KIND, { cid, node: bytes })]))).toBe('codec/schema');
  });
});

describe('the rule of the chain refuses', () => {
  it('records about a blob of another chain, and names that are no digit', async () => {
    for (const where of [`blobs/${cid.startsWith('0') ? '1' : '0'}`, 'blobs/x', 'blobs/00']) {
      const ports = blobPorts();
      await force(ports, where, [nodes(), one(MANIFEST_KIND, manifest)]);
      expect(await faults(ports.backend, where)).toContain('blobs/misplaced');
    }
  });

  it('pins in the name of somebody else', async () => {
    const ports = blobPorts();
    const pin = { cid, who: 'user:bob', until: null, why: '', replaces: null };
    await force(ports, chain, [nodes(), one(MANIFEST_KIND, manifest), one(PINNED_KIND, pin)]);
    expect(await faults(ports.backend, chain)).toEqual(['blobs/not-yours']);
    const good = blobPorts();
    await force(good, chain, [nodes(), one(MANIFEST_KIND, manifest)]);
    await force(good, chain, [one(PINNED_KIND, pin)], BLOB_OTHER);
    expect(await faults(good.backend, chain)).toEqual([]);
  });

  it('a manifest in the place of one that stands', async () => {
    const ports = blobPorts();
    await recordBlob(ports, BLOB_AUTHOR, chunkedBlob(testBytes(3 * 4096 + 5), 4096));
    const found = await findBlob(ports.backend, cid);
    const record = found?.state === 'live' ? found.blob.record : null;
    const body = { ...withRef({ media: 'text/html' }), replaces: record ?? undefined } as Manifest;
    await force(ports, chain, [one(MANIFEST_KIND, body, record)]);
    // It says what it replaces, and so it is one that follows; whoever looks sees both.
    expect((await openBlob(ports.backend, cid)).ref.media).toBe('text/html');
    expect(await faults(ports.backend, chain)).toEqual([]);
  });
});

describe('the plane refuses', () => {
  it('a manifest whose tree is not recorded: it could not be checked', async () => {
    const ports = blobPorts();
    await force(ports, chain, [one(MANIFEST_KIND, manifest)]);
    expect(await faults(ports.backend, chain)).toEqual(['mythos/missing-node']);
  });

  it.each([
    ['another size', { plain_size: 3 * 4096 + 4, size: 3n * 4096n + 4n }],
    ['chunks of another length', { plain_size: 3 * 4096 + 5, plain_chunk: 4095, size: 3n * 4096n + 5n }],
  ])('a tree that says %s', async (_, { size, ...change }) => {
    const ports = blobPorts();
    await force(ports, chain, [nodes(), one(MANIFEST_KIND, { ...withRef({ size }), ...change })]);
    expect(await faults(ports.backend, chain)).toEqual(['blobs/bad-tree']);
  });

  it('coded chunks that have another size in all than the BlobRef says', async () => {
    const stored = BigInt(manifest.plain_size);
    for (const [size, wanted] of [
      [stored, []],
      [stored - 1n, ['blobs/bad-tree']],
    ] as const) {
      const ports = blobPorts();
      await force(ports, chain, [nodes(), one(MANIFEST_KIND, withRef({ codec: 1, size }))]);
      expect(await faults(ports.backend, chain)).toEqual(wanted);
    }
  });

  it('chunks that lie elsewhere than their numbers say, though they have the right size in all', async () => {
    for (const [lens, wanted] of [
      [[4096, 4096, 4096, 5], []],
      [[4095, 4096, 4096, 6], ['blobs/bad-tree']],
    ] as const) {
      const builder = new ChunkTreeBuilder({ chunkSize: 4096 });
      for (const [i, len] of lens.entries()) builder.add({ hash: new Uint8Array(32).fill(i), len });
      const tree = builder.finish();
      const id = formatHex(tree.cid);
      const ports = blobPorts();
      const groups = [
        one<BlobNode>(NODE_KIND, { cid: id, node: tree.nodes[0] as Uint8Array }),
        one<Manifest>(MANIFEST_KIND, { ...withRef({ cid: tree.cid }), cid: id }),
      ];
      await force(ports, blobChain(id), groups);
      expect(await faults(ports.backend, blobChain(id))).toEqual(wanted);
    }
  });

  it('a removal while somebody’s pin holds, and none after it', async () => {
    for (const [until, wanted] of [
      [null, ['blobs/removed-while-pinned']],
      [1, []],
    ] as const) {
      const ports = blobPorts();
      const { blob } = await recordBlob(ports, BLOB_AUTHOR, chunkedBlob(testBytes(3 * 4096 + 5), 4096));
      const pin = { cid, who: 'user:bob', until, why: 'needed', replaces: null };
      await force(ports, chain, [one(PINNED_KIND, pin)], BLOB_OTHER);
      await force(ports, chain, [one(REMOVED_KIND, { cid, reason: '', replaces: blob.record }, blob.record)]);
      expect(await faults(ports.backend, chain)).toEqual(wanted);
    }
  });
});

describe('proofs', () => {
  async function proved() {
    const ports = blobPorts();
    const bytes = testBytes(3 * 4096 + 5);
    await recordBlob(ports, BLOB_AUTHOR, chunkedBlob(bytes, 4096));
    const proof = await proveChunk(ports.backend, { cid, index: 1 });
    return { proof, chunk: bytes.subarray(4096, 8192), ports };
  }
  const outcome = async (bytes: Uint8Array, options: Parameters<typeof verifyBlobProof>[1]) =>
    (await verifyBlobProof(bytes, options)).report.outcome;

  it('hold for their chunk, and for no other index, blob or bytes', async () => {
    const { proof, chunk } = await proved();
    const encoded = encodeBlobProof(proof);
    expect(await outcome(encoded, { cid, chunk })).toBe('pass');
    expect((await verifyBlobProof(encoded)).proved).toMatchObject({ cid, index: 1, len: 4096 });
    expect(await outcome(encodeBlobProof({ ...proof, index: 2 }), { cid, chunk })).toBe('fail');
    expect(await outcome(encodeBlobProof({ ...proof, index: 4 }), { cid, chunk })).toBe('fail');
    expect(await outcome(encoded, { cid: 'f'.repeat(64), chunk })).toBe('fail');
    expect(await outcome(encoded, { cid, chunk: chunk.subarray(1) })).toBe('fail');
    expect(await outcome(encodeBlobProof({ ...proof, parents: [proof.leaf] }), { cid, chunk })).toBe('fail');
    expect(await outcome(encodeBlobProof({ ...proof, leaf: testBytes(100) }), { cid, chunk })).toBe('fail');
    const ref = encodeStruct(BLOB_REF, { ...refOf(), size: 1n });
    expect(await outcome(encodeBlobProof({ ...proof, ref }), { cid, chunk })).toBe('fail');
  });

  it('every byte of one counts', async () => {
    const { proof, chunk } = await proved();
    const encoded = encodeBlobProof(proof);
    for (let at = 0; at < encoded.length; at++) {
      const altered = encoded.slice();
      altered[at] = (altered[at] as number) ^ 1;
      const result = await verifyBlobProof(altered, { cid, chunk }).catch((error: unknown) => {
        if (error instanceof GatosError) return error.code;
        throw error;
      });
      // The media type says nothing of the chunk: it is the one part that a stranger could reword.
      const media =
        typeof result !== 'string' && result.report.outcome === 'pass' ? result.proved?.ref.media : undefined;
      expect(
        typeof result === 'string' ||
          result.report.outcome !== 'pass' ||
          media !== 'application/octet-stream' ||
          codecChanged(altered),
      ).toBe(true);
    }
  });

  /** How the bytes are stored is no matter of the tree either. */
  function codecChanged(altered: Uint8Array): boolean {
    return decodeStruct(BLOB_REF, decodeBlobProof(altered).ref).codec !== 0;
  }

  it('of what is not cut there are none', async () => {
    const ports = blobPorts();
    const { blob } = await recordBlob(ports, BLOB_AUTHOR, inlineBlob(testBytes(5)));
    expect(await codeOf(() => proveChunk(ports.backend, { cid: blob.cid, index: 0 }))).toBe('blobs/no-such-chunk');
  });
});

it('the id of a raw blob of one chunk size is what an independent reader computes', async () => {
  const ports = blobPorts();
  const { blob } = await recordBlob(ports, BLOB_AUTHOR, chunkedBlob(testBytes(3 * 4096 + 5), 4096));
  expect(formatHex(blob.ref.cid)).toBe(cid);
  expect(parseHex(cid)).toEqual(refOf().cid);
  expect((await openTree(ports.backend, blob)).chunkCount).toBe(4);
});
