/** Looking up one entry of a tree gives what decoding all of them gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../kernel/index.js';
import { decodeTree, encodeTree, findTreeEntry, type TreeEntry } from './tree.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const oid = (byte: number) => byte.toString(16).padStart(2, '0').repeat(20);
const NAMES = ['a', 'b a', 'a b', 'ab', 'ba', 'index', 'index.cbor', 'ü', '00', 'x'.repeat(300)];

describe(`looking up an entry of a tree (seed ${SEED})`, () => {
  it('gives what decoding gives', () => {
    const modes = fc.constantFrom('100644', '40000', '120000') as fc.Arbitrary<TreeEntry['mode']>;
    const entry = fc.record({
      mode: modes,
      name: fc.constantFrom(...NAMES),
      oid: fc.integer({ min: 1, max: 255 }).map(oid),
    });
    const tree = fc.uniqueArray(entry, { selector: ({ name }) => name });
    fc.assert(
      fc.property(tree, fc.constantFrom(...NAMES, 'c', ' ', ''), (entries, name) => {
        const content = encodeTree(entries);
        const want = decodeTree(content, 'sha1').find((each) => each.name === name) ?? null;
        expect(findTreeEntry(content, name, 'sha1')).toEqual(want);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('refuses what is cut off, before the entry and in it', () => {
    const content = encodeTree([
      { mode: '100644', name: 'a', oid: oid(1) },
      { mode: '100644', name: 'b', oid: oid(2) },
    ]);
    const malformed = expect.objectContaining({ code: 'git/malformed-object' });
    for (const length of [1, 8, 20, content.length - 1])
      expect(() => findTreeEntry(content.subarray(0, length), 'b', 'sha1')).toThrow(malformed);
    expect(() => findTreeEntry(utf8('999 a\0'.padEnd(40, 'x')), 'a', 'sha1')).toThrow(malformed);
    expect(findTreeEntry(new Uint8Array(0), 'a', 'sha1')).toBe(null);
  });
});
