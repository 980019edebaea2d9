import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { fuzzDecoder } from '../../../testing/fuzz-decoder.js';
import { codeOf } from '../../../testing/refusal.js';
import { formatHex, parseHex } from '../../codec/index.js';
import { isGatosError } from '../../kernel/index.js';
import {
  buildMerkleList,
  checkListInclusion,
  encodeStruct,
  LIST_INTERNAL,
  LIST_LEAF,
  MERKLE_NODE,
  MerkleList,
  MerkleListBuilder,
  readMerkleList,
  verifyListInclusion,
} from '../index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20260606);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);

const values = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => sha256(Uint8Array.of(n >>> 16, n >>> 8, n)));

const storeOf = (nodes: readonly Uint8Array[]) => {
  const byCid = new Map(nodes.map((bytes) => [formatHex(sha256(bytes)), bytes]));
  return (cid: Uint8Array) => byCid.get(formatHex(cid));
};

async function readAll(cid: Uint8Array, nodes: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for await (const value of readMerkleList(cid, storeOf(nodes))) out.push(value);
  return out;
}

async function refusal(body: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

describe('Merkle lists', () => {
  it.each([1, 2, 1024, 1025, 2049])('come back in the order given: %i values', async (count) => {
    const list = values(count).reverse();
    const { cid, nodes, count: counted } = buildMerkleList(list);
    expect([counted, nodes.length]).toEqual([count, count <= 1024 ? 1 : Math.ceil(count / 1024) + 1]);
    expect(await readAll(cid, nodes)).toEqual(list);
  });

  it('neither sort nor remove: the same values in another order, or twice, are another list', () => {
    const [a, b] = values(2) as [Uint8Array, Uint8Array];
    const cids = [[a, b], [b, a], [a, a], [a, a, a], [a]].map((list) => formatHex(buildMerkleList(list).cid));
    expect(new Set(cids).size).toBe(5);
  });

  it('have a value at least, and digests of 32 bytes only', () => {
    expect(codeOf(() => buildMerkleList([]))).toBe('mythos/empty-tree');
    expect(codeOf(() => buildMerkleList([new Uint8Array(31)]))).toBe('mythos/unencodable');
  });

  it('give nodes away while they grow', () => {
    const seen: Uint8Array[] = [];
    const builder = new MerkleListBuilder({ onNode: ({ bytes }) => seen.push(bytes) });
    for (const value of values(2048)) builder.add(value);
    expect(seen.length).toBe(2);
    expect(builder.finish().nodes).toEqual([]);
    expect(seen).toEqual(buildMerkleList(values(2048)).nodes);
  });
});

describe('proofs of inclusion', () => {
  const list = values(2100);
  const { cid, nodes } = buildMerkleList(list);

  it('hold for their value in their place alone', async () => {
    const tree = await MerkleList.open(cid, storeOf(nodes));
    expect(tree.count).toBe(2100);
    for (const index of [0, 1023, 1024, 2099]) {
      const { value, proof } = await tree.value(index);
      expect(value).toEqual(list[index]);
      expect(verifyListInclusion({ cid, index, value, proof }).outcome).toBe('pass');
      for (const other of [0, 1, 1023, 1024, 2047, 2099, 2100, -1])
        if (other !== index) expect(verifyListInclusion({ cid, index: other, value, proof }).outcome).toBe('fail');
      expect(codeOf(() => checkListInclusion({ cid, index, value: list[5] as Uint8Array, proof }))).toBe(
        'mythos/list-proof',
      );
    }
    expect(await refusal(() => tree.value(2100))).toBe('mythos/no-such-value');
  });
});

describe('nodes that construction does not make', () => {
  const node = (kind: number, payload: Uint8Array, version = 1) =>
    encodeStruct(MERKLE_NODE, { version, kind, payload });
  const leaf = (list: readonly Uint8Array[], more: object = {}) =>
    node(1, encodeStruct(LIST_LEAF, { values: list, ...more }));
  const internal = (children: readonly Uint8Array[], count: number) =>
    node(2, encodeStruct(LIST_INTERNAL, { children: children.map((bytes) => sha256(bytes)), count: BigInt(count) }));
  const full = leaf(values(1024));
  const one = leaf(values(1));

  it.each([
    ['an empty leaf', [leaf([])]],
    ['a leaf of 1025', [leaf(values(1025))]],
    ['a leaf with a field of somebody else', [leaf(values(2), { unknown: [[9n, parseHex('00')]] })]],
    ['a node over a single leaf', [full, internal([full], 1024)]],
    ['a count that is too small', [full, one, internal([full, one], 1024)]],
    ['a count that is too large', [full, one, internal([full, one], 1026)]],
    ['a count of 2^60', [full, one, internal([full, one], 2 ** 60)]],
    ['a first leaf that is not full', [one, full, internal([one, full], 1025)]],
    ['an internal node in the place of a leaf', [full, one, internal([internal([full, one], 1025), one], 1026)]],
    ['a node of version 2', [node(1, encodeStruct(LIST_LEAF, { values: values(1) }), 2)]],
    ['a node of a chunk tree', [node(3, encodeStruct(LIST_LEAF, { values: values(1) }))]],
  ])('are refused: %s', async (_, nodes) => {
    const root = nodes.at(-1) as Uint8Array;
    const inner = nodes.length === 3 ? [...nodes, internal([full, one], 1025)] : nodes;
    expect(await refusal(() => readAll(sha256(root), inner))).toBe('mythos/bad-node');
  });

  it(`of noise are refused, or are what construction makes (seed ${SEED})`, async () => {
    const corpus = [leaf(values(3)), leaf(values(1)), internal([full, one], 1025)];
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, async (bytes) => {
      const read = await readAll(sha256(bytes), [bytes]);
      expect(formatHex(buildMerkleList(read).cid)).toBe(formatHex(sha256(bytes)));
    });
    expect(faults).toBeGreaterThan(RUNS / 4);
  });
});
