import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { formatHex, parseHex } from '../../codec/index.js';
import { isGatosError } from '../../kernel/index.js';
import {
  blobRefChunks,
  CHUNK_INTERNAL,
  CHUNK_LEAF,
  type Chunk,
  type ChunkProof,
  ChunkTree,
  ChunkTreeBuilder,
  checkChunk,
  chunkProof,
  encodeStruct,
  MERKLE_NODE,
  readChunkTree,
  verifyChunk,
} from '../index.js';
import { childCount, entriesOfChild } from './merkle-shape.js';

const digest = (n: number): Uint8Array => sha256(Uint8Array.of(n & 0xff, (n >> 8) & 0xff, (n >> 16) & 0xff));
const chunksOf = (count: number, lenOf: (i: number) => number): Chunk[] =>
  Array.from({ length: count }, (_, i) => ({ hash: digest(i), len: lenOf(i) }));

interface Built {
  readonly cid: Uint8Array;
  readonly nodes: readonly Uint8Array[];
  readonly getNode: (cid: Uint8Array) => Uint8Array | undefined;
}

function storeOf(nodes: readonly Uint8Array[]): Built['getNode'] {
  const byCid = new Map(nodes.map((bytes) => [formatHex(sha256(bytes)), bytes]));
  return (cid) => byCid.get(formatHex(cid));
}

function build(chunks: readonly Chunk[], chunkSize: number): Built {
  const builder = new ChunkTreeBuilder({ chunkSize });
  for (const chunk of chunks) builder.add(chunk);
  const { cid, nodes, chunkCount, totalSize } = builder.finish();
  expect(chunkCount).toBe(chunks.length);
  expect(totalSize).toBe(chunks.reduce((sum, { len }) => sum + len, 0));
  return { cid, nodes, getNode: storeOf(nodes) };
}

async function codeOf(body: () => unknown): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    if (!isGatosError(error)) throw error;
    return error.code;
  }
}

async function readAll(cid: Uint8Array, getNode: Built['getNode']) {
  const out = [];
  for await (const chunk of readChunkTree(cid, getNode)) out.push(chunk);
  return out;
}

describe('chunk trees', () => {
  it.each([1, 2, 1023, 1024, 1025, 2048, 3000])('come back as they were built: %i chunks', async (count) => {
    const chunks = chunksOf(count, (i) => 1 + (i % 512));
    const { cid, nodes, getNode } = build(chunks, 512);
    expect(nodes.length).toBe(count <= 1024 ? 1 : Math.ceil(count / 1024) + 1);
    expect(sha256(nodes.at(-1) as Uint8Array)).toEqual(cid);
    const found = await readAll(cid, getNode);
    expect(found.map(({ hash, len }) => ({ hash, len }))).toEqual(chunks);
    let offset = 0;
    for (const [i, chunk] of found.entries()) {
      expect([chunk.index, chunk.offset]).toEqual([i, offset]);
      offset += chunk.len;
    }
  });

  it('give nodes away while they grow, and are the same tree', () => {
    const chunks = chunksOf(2050, () => 7);
    const seen: Uint8Array[] = [];
    const builder = new ChunkTreeBuilder({ chunkSize: 8, onNode: ({ bytes }) => seen.push(bytes) });
    for (const [i, chunk] of chunks.entries()) {
      builder.add(chunk);
      expect(seen.length).toBe(Math.floor((i + 1) / 1024));
    }
    const built = builder.finish();
    expect(built.nodes).toEqual([]);
    expect(seen).toEqual(build(chunks, 8).nodes);
  });

  it('take a node that is left over alone up as it is, and no node has a single child', async () => {
    const count = 1024 * 1024 + 1;
    expect([childCount(count), entriesOfChild(count, 0), entriesOfChild(count, 1)]).toEqual([2, 1024 * 1024, 1]);
    const nodes: Uint8Array[] = [];
    const builder = new ChunkTreeBuilder({ chunkSize: 1, onNode: ({ bytes }) => nodes.push(bytes) });
    const one = { hash: digest(1), len: 1 };
    for (let i = 0; i < count; i++) builder.add(one);
    const { cid, chunkCount } = builder.finish();
    expect(chunkCount).toBe(count);
    // 1024 full leaves and one of a single chunk; one node over the 1024; the root over that node and the single leaf.
    expect(nodes.length).toBe(1024 + 1 + 1 + 1);
    const getNode = storeOf(nodes);
    const last = await chunkProof({ cid, index: count - 1, getNode });
    expect(last.proof.parents.length).toBe(1);
    expect(checkChunk({ ...one, cid, index: count - 1, proof: last.proof })).toEqual(one);
    const middle = await chunkProof({ cid, index: 5000, getNode });
    expect(middle.proof.parents.length).toBe(2);
    expect(checkChunk({ ...one, cid, index: 5000, proof: middle.proof })).toEqual(one);
  });

  it('refuse chunks that cannot be, and an empty tree', () => {
    const builder = new ChunkTreeBuilder({ chunkSize: 4096 });
    for (const len of [0, -1, 4097, 1.5, Number.NaN])
      expect(() => builder.add({ hash: digest(0), len })).toThrow(/from 1 to 4096/);
    expect(() => builder.finish()).toThrow('a chunk tree has at least one entry');
  });

  it('say the count of a BlobRef, or 0 when 32 bits cannot', () => {
    expect([blobRefChunks(1), blobRefChunks(2 ** 32 - 1), blobRefChunks(2 ** 32)]).toEqual([1, 2 ** 32 - 1, 0]);
  });
});

describe('proofs of chunks', () => {
  const chunks = chunksOf(2500, (i) => 1 + (i % 100));
  const { cid, getNode } = build(chunks, 100);

  it('hold for their chunk alone', async () => {
    for (const index of [0, 1, 1023, 1024, 2047, 2048, 2499]) {
      const { hash, len, proof } = await chunkProof({ cid, index, getNode });
      expect({ hash, len }).toEqual(chunks[index]);
      expect(checkChunk({ cid, index, hash, len, proof })).toEqual({ hash, len });
      expect(verifyChunk({ cid, index, hash, len, proof }).outcome).toBe('pass');
      for (const other of [0, 1, 1023, 1024, 2047, 2048, 2499, 2500, -1, 0.5])
        if (other !== index)
          expect(verifyChunk({ cid, index: other, hash, len, proof }).outcome, `${index} as ${other}`).toBe('fail');
    }
  });

  it('are about bytes', () => {
    const bytes = new TextEncoder().encode('a chunk');
    const one = build([{ hash: sha256(bytes), len: bytes.length }], 4096);
    const proof: ChunkProof = { leaf: one.nodes[0] as Uint8Array, parents: [] };
    expect(verifyChunk({ cid: one.cid, index: 0, bytes, proof }).outcome).toBe('pass');
    const flipped = bytes.slice();
    flipped[3] = (flipped[3] as number) ^ 1;
    for (const wrong of [flipped, bytes.subarray(1), new Uint8Array(0), new Uint8Array([...bytes, 0])])
      expect(verifyChunk({ cid: one.cid, index: 0, bytes: wrong, proof })).toMatchObject({
        outcome: 'fail',
        code: 'mythos/chunk-proof',
      });
  });

  it('are about the length that the leaf says, too: offsets follow from it', async () => {
    const bytes = new TextEncoder().encode('a chunk');
    const refused = { outcome: 'fail', code: 'mythos/chunk-proof' };
    for (const len of [bytes.length - 1, bytes.length + 1]) {
      const lying = build([{ hash: sha256(bytes), len }], 4096);
      const proof: ChunkProof = { leaf: lying.nodes[0] as Uint8Array, parents: [] };
      expect(verifyChunk({ cid: lying.cid, index: 0, bytes, proof })).toMatchObject(refused);
    }
    const { hash, len, proof } = await chunkProof({ cid, index: 7, getNode });
    expect(verifyChunk({ cid, index: 7, hash, len: len + 1, proof })).toMatchObject(refused);
  });

  it('are refused when a part is missing, exchanged, flipped or from elsewhere', async () => {
    const index = 1500;
    const { hash, len, proof } = await chunkProof({ cid, index, getNode });
    const [root] = proof.parents as [Uint8Array];
    const elsewhere = await chunkProof({ cid, index: 100, getNode });
    const flip = (bytes: Uint8Array, at: number) => {
      const out = bytes.slice();
      out[at] = (out[at] as number) ^ 0x10;
      return out;
    };
    const wrong: readonly ChunkProof[] = [
      { leaf: proof.leaf, parents: [] },
      { leaf: root, parents: [] },
      { leaf: proof.leaf, parents: [root, root] },
      { leaf: root, parents: [proof.leaf] },
      { leaf: proof.leaf, parents: [proof.leaf, root] },
      { leaf: elsewhere.proof.leaf, parents: proof.parents },
      { leaf: flip(proof.leaf, 40), parents: proof.parents },
      { leaf: proof.leaf.subarray(0, -1), parents: proof.parents },
      { leaf: proof.leaf, parents: [flip(root, 60)] },
      { leaf: proof.leaf, parents: [root.subarray(0, -1)] },
      { leaf: new Uint8Array(0), parents: [] },
    ];
    for (const [i, bad] of wrong.entries())
      expect(verifyChunk({ cid, index, hash, len, proof: bad }).outcome, `proof ${i}`).toBe('fail');
  });

  it('are refused for a chunk of the same bytes in another blob', async () => {
    const moved = build([...chunks].reverse(), 100);
    const { hash, len, proof } = await chunkProof({ cid, index: 7, getNode });
    expect(verifyChunk({ cid: moved.cid, index: 7, hash, len, proof }).outcome).toBe('fail');
  });
});

describe('looking up along one path', () => {
  const size = 1000;
  const chunks = chunksOf(2500, (i) => (i === 2499 ? 17 : size));
  const { cid, nodes, getNode } = build(chunks, size);

  it('finds the chunk of an offset and touches one path', async () => {
    const touched: string[] = [];
    const tree = await ChunkTree.open(cid, (of) => {
      touched.push(formatHex(of));
      return getNode(of);
    });
    for (const [offset, index] of [
      [0, 0],
      [999, 0],
      [1000, 1],
      [1024 * 1000 - 1, 1023],
      [1024 * 1000, 1024],
      [2499 * 1000 + 16, 2499],
    ] as const) {
      touched.length = 0;
      const found = await tree.locate(offset);
      expect(found).toMatchObject({ index, offset: index * size, ...chunks[index] });
      expect(touched.length).toBe(1);
      expect(checkChunk({ cid, index, hash: found.hash, len: found.len, proof: found.proof }).len).toBe(found.len);
    }
    expect(nodes.length).toBe(4);
  });

  it('refuses offsets and indexes that are not there', async () => {
    const tree = await ChunkTree.open(cid, getNode);
    for (const offset of [-1, 0.5, 2499 * 1000 + 17, Number.NaN])
      expect(await codeOf(() => tree.locate(offset))).toBe('mythos/no-such-offset');
    for (const index of [-1, 2500, 0.5]) expect(await codeOf(() => tree.chunk(index))).toBe('mythos/no-such-chunk');
  });

  it('says when offsets cannot be computed', async () => {
    for (const lens of [
      [10, 9, 10, 3],
      [9, 10, 10, 10],
      [1, 1, 1, 1],
    ]) {
      const odd = build(
        chunksOf(4, (i) => lens[i] as number),
        10,
      );
      const tree = await ChunkTree.open(odd.cid, odd.getNode);
      expect(await codeOf(() => tree.locate(0)), lens.join()).toBe('mythos/not-uniform');
      expect((await tree.chunk(1)).len).toBe(lens[1]);
    }
  });

  it('says which node is missing', async () => {
    expect(await codeOf(() => readAll(cid, () => undefined))).toBe('mythos/missing-node');
    const root = nodes.at(-1) as Uint8Array;
    expect(await codeOf(() => readAll(cid, (of) => (formatHex(of) === formatHex(cid) ? root : undefined)))).toBe(
      'mythos/missing-node',
    );
  });
});

describe('nodes that construction does not make', () => {
  const desc = (n: number, len = 10): Chunk => ({ hash: digest(n), len });
  const leafNode = (leaf: { chunk_size: number; chunks: readonly Chunk[]; total_size: bigint }, more: object = {}) =>
    encodeStruct(MERKLE_NODE, { version: 1, kind: 3, payload: encodeStruct(CHUNK_LEAF, leaf), ...more });
  const internalNode = (internal: {
    chunk_size: number;
    children: readonly Uint8Array[];
    total_size: bigint;
    chunk_count: bigint;
  }) => encodeStruct(MERKLE_NODE, { version: 1, kind: 4, payload: encodeStruct(CHUNK_INTERNAL, internal) });
  const full = { chunk_size: 10, chunks: Array.from({ length: 1024 }, (_, i) => desc(i)), total_size: 10_240n };
  const good = { chunk_size: 10, chunks: [desc(1), desc(2, 3)], total_size: 13n };
  const unknown = [[99n, parseHex('00')]] as const;

  const roots: Record<string, Uint8Array> = {
    'an empty leaf': leafNode({ chunk_size: 10, chunks: [], total_size: 0n }),
    'a leaf of 1025': leafNode({ ...full, chunks: [...full.chunks, desc(7)], total_size: 10_250n }),
    'a chunk of no bytes': leafNode({ ...good, chunks: [desc(1), desc(2, 0)], total_size: 10n }),
    'a chunk larger than the chunk size': leafNode({ ...good, chunks: [desc(1), desc(2, 11)], total_size: 21n }),
    'a wrong total': leafNode({ ...good, total_size: 14n }),
    'another version': leafNode(good, { version: 2 }),
    'another kind': leafNode(good, { kind: 4 }),
    'a kind that nobody knows': leafNode(good, { kind: 9 }),
    'a field of somebody else': leafNode(good, { unknown }),
    'a field of somebody else in the leaf': encodeStruct(MERKLE_NODE, {
      version: 1,
      kind: 3,
      payload: encodeStruct(CHUNK_LEAF, { ...good, unknown }),
    }),
    'a field of somebody else in a descriptor': leafNode({
      ...good,
      chunks: [desc(1), { ...desc(2, 3), unknown } as Chunk],
    }),
    'a single child': internalNode({
      chunk_size: 10,
      children: [sha256(leafNode(full))],
      total_size: 10_240n,
      chunk_count: 1024n,
    }),
    'more children than the count asks for': internalNode({
      chunk_size: 10,
      children: [1, 2, 3].map(digest),
      total_size: 12_000n,
      chunk_count: 1200n,
    }),
    'fewer children than the count asks for': internalNode({
      chunk_size: 10,
      children: [1, 2].map(digest),
      total_size: 25_000n,
      chunk_count: 2500n,
    }),
    'a size that its chunks cannot have': internalNode({
      chunk_size: 10,
      children: [1, 2].map(digest),
      total_size: 12_001n,
      chunk_count: 1200n,
    }),
    'a count beyond 2^53': internalNode({
      chunk_size: 10,
      children: [1, 2].map(digest),
      total_size: 1n,
      chunk_count: 2n ** 60n,
    }),
    'bytes that are nothing': Uint8Array.of(0xff, 0xff),
    nothing: new Uint8Array(0),
    'bytes behind the node': new Uint8Array([...leafNode(good), 0]),
    'far too many bytes': new Uint8Array(70_000),
  };

  it.each(Object.keys(roots))('are refused: %s', async (name) => {
    const bytes = roots[name] as Uint8Array;
    const cid = sha256(bytes);
    expect(await codeOf(() => readAll(cid, storeOf([bytes])))).toBe('mythos/bad-node');
    expect(verifyChunk({ cid, index: 0, ...desc(1), proof: { leaf: bytes, parents: [] } }).outcome).toBe('fail');
  });

  it('are refused below a root: leaves that are not full, in the wrong order, of another chunk size, of another size', async () => {
    const one = (n: number) => ({ chunk_size: 10, chunks: [desc(n)], total_size: 10n });
    const trees: readonly (readonly [readonly Uint8Array[], bigint, bigint])[] = [
      [[leafNode(one(1)), leafNode(full)], 10_250n, 1025n],
      [[leafNode(full), leafNode(full)], 10_250n, 1025n],
      [[leafNode(full), leafNode({ ...one(1), chunk_size: 11 })], 10_250n, 1025n],
      [[leafNode(full), leafNode(one(1))], 10_249n, 1025n],
    ];
    for (const [leaves, total_size, chunk_count] of trees) {
      const root = internalNode({
        chunk_size: 10,
        children: leaves.map((leaf) => sha256(leaf)),
        total_size,
        chunk_count,
      });
      expect(await codeOf(() => readAll(sha256(root), storeOf([...leaves, root])))).toBe('mythos/bad-node');
    }
  });

  it('are refused when another node comes for a CID', async () => {
    const { cid, nodes } = build(
      chunksOf(1500, () => 5),
      10,
    );
    expect(await codeOf(() => readAll(cid, () => nodes[0] as Uint8Array))).toBe('mythos/bad-node');
  });
});
