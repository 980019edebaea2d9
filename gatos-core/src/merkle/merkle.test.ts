import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../testing/refusal.js';
import { bytesEqual, concatBytes } from '../kernel/index.js';
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  leafHash,
  nodeHash,
  root,
  verifyConsistency,
  verifyInclusion,
} from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha = (...parts: readonly Uint8Array[]): Uint8Array => createHash('sha256').update(concatBytes(parts)).digest();

/** The definition of RFC 9162 section 2.1.1, word for word: the oracle. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return sha();
  if (leaves.length === 1) return sha(Uint8Array.of(0), first);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Uint8Array.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

const leavesOf = (size: number): readonly Uint8Array[] =>
  Array.from({ length: size }, (_, i) => new TextEncoder().encode(`leaf ${i}`));

const LARGEST = 66;
const all = leavesOf(LARGEST);
const hashes = all.map(leafHash);
const roots = Array.from({ length: LARGEST + 1 }, (_, size) => treeHash(all.slice(0, size)));

describe('root and frontier', () => {
  it('are the tree hash of RFC 9162 for every size', () => {
    const frontier = new Frontier();
    for (let size = 0; size <= LARGEST; size++) {
      expect(hex(root(all.slice(0, size)))).toBe(hex(roots[size] as Uint8Array));
      expect(hex(frontier.root())).toBe(hex(roots[size] as Uint8Array));
      expect(frontier.size).toBe(size);
      const leaf = all[size];
      if (leaf !== undefined) frontier.append(leaf);
    }
    expect(hex(root([]))).toBe(hex(sha()));
  });

  it('hash leaves of any length, in a domain apart from nodes', () => {
    for (const length of [0, 1, 63, 64, 65, 255, 256, 257, 5000]) {
      const data = new Uint8Array(length).fill(7);
      expect(hex(leafHash(data))).toBe(hex(sha(Uint8Array.of(0), data)));
    }
    const [a, b] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
    expect(hex(nodeHash(a, b))).toBe(hex(sha(Uint8Array.of(1), a, b)));
    expect(hex(nodeHash(a, b))).not.toBe(hex(leafHash(concatBytes([a, b]))));
    expect(() => nodeHash(a.subarray(1), b)).toThrow('invariant');
  });

  it('go on from a snapshot, which later appends do not touch', () => {
    for (let cut = 0; cut <= LARGEST; cut++) {
      const first = new Frontier();
      for (const leaf of all.slice(0, cut)) first.append(leaf);
      const snapshot = first.snapshot();
      const before = JSON.stringify(snapshot.hashes.map(hex));
      const second = Frontier.restore(snapshot);
      for (const leaf of all.slice(cut)) {
        first.append(leaf);
        second.append(leaf);
      }
      expect(hex(second.root())).toBe(hex(roots[LARGEST] as Uint8Array));
      expect(JSON.stringify(snapshot.hashes.map(hex))).toBe(before);
    }
  });

  it('keep one hash for each bit of the size', () => {
    const frontier = new Frontier();
    for (let size = 1; size <= 1000; size++) {
      frontier.appendHash(leafHash(Uint8Array.of(1)));
      expect(frontier.snapshot().hashes.length).toBe(size.toString(2).replaceAll('0', '').length);
    }
  });

  it.each([
    ['too few hashes', { size: 3, hashes: [new Uint8Array(32)] }],
    ['too many hashes', { size: 0, hashes: [new Uint8Array(32)] }],
    ['a short hash', { size: 1, hashes: [new Uint8Array(31)] }],
    ['a negative size', { size: -1, hashes: [] }],
    ['a fraction', { size: 0.5, hashes: [] }],
    ['a size beyond 2^53', { size: 2 ** 53, hashes: [new Uint8Array(32)] }],
  ])('refuse a snapshot with %s', (_name, snapshot) => {
    expect(codeOf(() => Frontier.restore(snapshot))).toBe('merkle/snapshot');
  });

  it('refuse a leaf hash of another length', () => {
    expect(codeOf(() => new Frontier().appendHash(new Uint8Array(33)))).toBe('merkle/snapshot');
  });
});

const inclusion = (size: number, index: number) => ({
  root: roots[size] as Uint8Array,
  size,
  index,
  leaf: all[index] as Uint8Array,
  path: inclusionProof(hashes.slice(0, size), index),
});
const consistency = (oldSize: number, newSize: number) => ({
  oldRoot: roots[oldSize] as Uint8Array,
  oldSize,
  newRoot: roots[newSize] as Uint8Array,
  newSize,
  path: consistencyProof(hashes.slice(0, newSize), oldSize),
});

describe('inclusion', () => {
  it('holds for every leaf of every tree, at its own index and size alone', () => {
    for (let size = 1; size <= 20; size++) {
      for (let index = 0; index < size; index++) {
        const claim = inclusion(size, index);
        expect(verifyInclusion(claim)).toBe(true);
        expect(claim.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
        for (let other = 0; other < size; other++) {
          expect(verifyInclusion({ ...claim, index: other })).toBe(other === index);
        }
      }
    }
  });

  it('has no proof for a leaf that is not there', () => {
    for (const index of [-1, 5, 0.5, Number.NaN])
      expect(codeOf(() => inclusionProof(hashes.slice(0, 5), index))).toBe('merkle/index');
    expect(codeOf(() => inclusionProof([], 0))).toBe('merkle/index');
  });
});

describe('consistency', () => {
  it('holds for every prefix of every tree, and for its own sizes alone', () => {
    for (let newSize = 0; newSize <= 20; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const claim = consistency(oldSize, newSize);
        expect(verifyConsistency(claim), `${oldSize} to ${newSize}`).toBe(true);
        for (let other = 0; other <= newSize; other++) {
          expect(verifyConsistency({ ...claim, oldSize: other }), `${oldSize} as ${other} to ${newSize}`).toBe(
            other === oldSize,
          );
        }
      }
    }
  });

  it('does not hold between trees that departed from each other', () => {
    for (let oldSize = 1; oldSize <= 20; oldSize++) {
      const forked = root([...all.slice(0, oldSize - 1), Uint8Array.of(0)]);
      for (let newSize = oldSize; newSize <= 20; newSize++) {
        expect(verifyConsistency({ ...consistency(oldSize, newSize), oldRoot: forked })).toBe(false);
      }
    }
  });

  it('has no proof for a size that never was', () => {
    for (const size of [-1, 6, 2.5, Number.NaN])
      expect(codeOf(() => consistencyProof(hashes.slice(0, 5), size))).toBe('merkle/size');
  });
});

describe('sizes beyond 32 bits', () => {
  // The hashes of a frontier are the audit path of the leaf that comes next, the smallest subtree first.
  it.each([2 ** 32, 2 ** 32 + 5, 2 ** 40 + 2 ** 33 + 1, 2 ** 52, 2 ** 53 - 2])(
    'prove the leaf behind %i others',
    (size) => {
      const bits = size.toString(2).replaceAll('0', '').length;
      const before = Frontier.restore({
        size,
        hashes: Array.from({ length: bits }, (_, i) => leafHash(Uint8Array.of(i))),
      });
      const leaf = Uint8Array.of(42);
      const path = [...before.snapshot().hashes].reverse();
      before.append(leaf);
      const claim = { root: before.root(), size: size + 1, index: size, leaf, path };
      expect(verifyInclusion(claim)).toBe(true);
      expect(verifyInclusion({ ...claim, index: size - 1 })).toBe(false);
      expect(verifyInclusion({ ...claim, index: size % 2 ** 32 })).toBe(false);
      expect(verifyInclusion({ ...claim, size: (size + 1) % 2 ** 32 })).toBe(false);
    },
  );

  it('prove a growth from 2^40 leaves by one', () => {
    const old = Frontier.restore({ size: 2 ** 40, hashes: [leafHash(Uint8Array.of(9))] });
    const oldRoot = old.root();
    old.append(Uint8Array.of(1));
    const path = [leafHash(Uint8Array.of(1))];
    const claim = { oldRoot, oldSize: 2 ** 40, newRoot: old.root(), newSize: 2 ** 40 + 1, path };
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, oldSize: 2 ** 39 })).toBe(false);
    expect(verifyConsistency({ ...claim, path: [] })).toBe(false);
  });
});

describe(`proofs of strangers (seed ${seed})`, () => {
  const anySize = fc.integer({ min: 1, max: LARGEST });

  it('break when any bit of any part is flipped', () => {
    fc.assert(
      fc.property(anySize, fc.nat(), fc.nat(), fc.nat(), (size, a, which, bit) => {
        const flip = (hash: Uint8Array): Uint8Array =>
          hash.map((byte, i) => (i === (bit >> 3) % hash.length ? byte ^ (1 << (bit & 7)) : byte));
        const proof = inclusion(size, a % size);
        const at = which % (proof.path.length + 2);
        const path = proof.path.map((hash, i) => (i === at ? flip(hash) : hash));
        const changed = { ...proof, path, root: at === path.length ? flip(proof.root) : proof.root };
        const leaf = at === path.length + 1 ? flip(proof.leaf) : proof.leaf;
        expect(verifyInclusion({ ...changed, leaf })).toBe(false);

        const growth = consistency(1 + (a % size), size);
        const place = which % (growth.path.length + 2);
        expect(
          verifyConsistency({
            ...growth,
            path: growth.path.map((hash, i) => (i === place ? flip(hash) : hash)),
            oldRoot: place === growth.path.length ? flip(growth.oldRoot) : growth.oldRoot,
            newRoot: place === growth.path.length + 1 ? flip(growth.newRoot) : growth.newRoot,
          }),
        ).toBe(false);
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('break when a hash is dropped, doubled or added', () => {
    fc.assert(
      fc.property(anySize, fc.nat(), fc.nat(), (size, a, at) => {
        const dropped = (path: readonly Uint8Array[]): Uint8Array[] => path.filter((_, i) => i !== at % path.length);
        const added = (path: readonly Uint8Array[]): Uint8Array[] =>
          path.toSpliced(at % (path.length + 1), 0, hashes[at % LARGEST] as Uint8Array);
        const proof = inclusion(size, a % size);
        const growth = consistency(a % (size + 1), size);
        for (const change of [dropped, added]) {
          const paths = [change(proof.path), change(growth.path)] as const;
          expect(verifyInclusion({ ...proof, path: paths[0] })).toBe(paths[0].length === proof.path.length);
          expect(verifyConsistency({ ...growth, path: paths[1] })).toBe(paths[1].length === growth.path.length);
        }
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('are false, never a fault, whatever they are', () => {
    const junk = fc.oneof(
      fc.anything({ withTypedArray: true, withBigInt: true, withSparseArray: true }),
      fc.uint8Array({ minLength: 31, maxLength: 33 }),
      fc.array(fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.anything()), { maxLength: 60 }),
      fc.integer(),
    );
    const inclusionClaim = fc.oneof(junk, fc.record({ root: junk, size: junk, index: junk, leaf: junk, path: junk }));
    const consistencyClaim = fc.oneof(
      junk,
      fc.record({ oldRoot: junk, oldSize: junk, newRoot: junk, newSize: junk, path: junk }),
    );
    fc.assert(
      fc.property(inclusionClaim, consistencyClaim, (one, other) => {
        expect(verifyInclusion(one as never)).toBe(false);
        expect(verifyConsistency(other as never)).toBe(false);
      }),
      { seed, numRuns: 2000 },
    );
    const good = inclusion(5, 2);
    // biome-ignore lint/suspicious/noSparseArray: a hole is the point here.
    for (const path of [[, ...good.path], [...good.path, ,], { length: 3 }, 'abc', null, undefined]) {
      expect(verifyInclusion({ ...good, path } as never)).toBe(false);
    }
  });

  it('are bounded before they are hashed', () => {
    const path = new Array<Uint8Array>(1_000_000).fill(hashes[0] as Uint8Array);
    expect(verifyInclusion({ ...inclusion(5, 2), size: 2 ** 53 - 1, path })).toBe(false);
    expect(verifyConsistency({ ...consistency(2, 5), newSize: 2 ** 53 - 1, path })).toBe(false);
  });

  it('cannot pass an inner node off as a leaf', () => {
    const inner = nodeHash(hashes[0] as Uint8Array, hashes[1] as Uint8Array);
    const path = inclusion(4, 0).path.slice(1);
    expect(bytesEqual(nodeHash(inner, path[0] as Uint8Array), roots[4] as Uint8Array)).toBe(true);
    expect(verifyInclusion({ root: roots[4] as Uint8Array, size: 2, index: 0, leaf: inner, path })).toBe(false);
  });
});
