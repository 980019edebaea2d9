import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyValue } from '../../testing/arbitrary-value.js';
import { encodedCorpus, generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { codeOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import { Cid, encode, formatHex, listItems, parseHex, s, scan, scanList, type Value } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 6000);

/** The end of the value, or the code of the refusal. */
function verdictOf(read: () => number): number | string {
  let end = -1;
  return (
    codeOf(() => {
      end = read();
    }) ?? end
  );
}

const scanVerdict = (bytes: Uint8Array): number | string => verdictOf(() => scan(bytes));
const listVerdict = (bytes: Uint8Array): number | string => verdictOf(() => scanList(bytes, 0).offsets.at(-1) ?? -1);

describe(`scanList (seed ${seed})`, () => {
  const anyList = fc.array(anyValue, { maxLength: 12 });

  it('cuts as listItems cuts, and says whether all of it is JSON', () => {
    fc.assert(
      fc.property(anyList, fc.nat(5), (items, before) => {
        const bytes = new Uint8Array([...new Uint8Array(before), ...encode(items), 0xff]);
        const { offsets, json } = scanList(bytes, before);
        expect(offsets).toEqual(listItems(bytes, before).offsets);
        expect(json).toBe(codeOf(() => s.json.read(items)) === undefined);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('refuses what scan refuses, for the same reason, of mutated lists', () => {
    const next = generator(seed);
    const corpus = encodedCorpus(anyList, seed);
    const counts = new Map<string, number>();
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutateBytes(corpus[next(corpus.length)] as Uint8Array, next);
      const verdict = scanVerdict(bytes);
      // What is no list any more is the one thing on which they differ.
      if ((bytes[0] as number) >> 5 !== 4) continue;
      expect(listVerdict(bytes), formatHex(bytes)).toBe(verdict);
      const name = typeof verdict === 'number' ? 'accepted' : verdict;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([
      'accepted',
      'codec/cid',
      'codec/malformed',
      'codec/not-canonical',
      'codec/not-in-model',
    ]);
  });

  it.each([
    ['ba before ab', '81a2626261006261620 0'.replace(' ', '')],
    ['a before a', '81a2616100616100'],
    ['aa before b', '81a262616100616200'],
    ['a leading U+FEFF', '8163efbbbf'],
    ['a key with a leading U+FEFF', '81a163efbbbf00'],
    ['a surrogate', '8163eda080'],
    ['a bad byte behind 8 good ones', '8169616161616161616180'],
    ['a bad byte among 8 good ones', '816861616161ff616161'],
    ['a text that ends early', '816461'],
    ['a key that ends early', '81a16461'],
    ['a key that is no text', '81a10000'],
    ['a long head', '811817'],
    ['a text with a long head', '817801 61'.replace(' ', '')],
    ['an indefinite length', '815f4100ff'],
    ['a bad link', '81d82a4100'],
    ['a bomb', '819affffffff'],
  ])('refuses %s as scan does', (_name, hex) => {
    expect(codeOf(() => scanList(parseHex(hex), 0))).toBe(codeOf(() => scan(parseHex(hex))));
    expect(codeOf(() => scanList(parseHex(hex), 0))).toBeDefined();
  });

  it('refuses what is no list', () => {
    for (const hex of ['00', 'a0', '60', 'f6', ''])
      expect(codeOf(() => scanList(parseHex(hex), 0))).toMatch(/^codec\//);
  });

  it('counts the lists and maps around it against the bound', () => {
    let value: Value = [];
    for (let i = 2; i < LIMITS.depth; i++) value = [value];
    const bytes = encode(value);
    expect(codeOf(() => scanList(bytes, 0))).toBeUndefined();
    expect(codeOf(() => scanList(bytes, 0, { depth: 1 }))).toBeUndefined();
    expect(codeOf(() => scanList(bytes, 0, { depth: 2 }))).toBe('codec/depth');
    expect(codeOf(() => scanList(new Uint8Array(1_000_000).fill(0x81), 0))).toBe('codec/depth');
  });

  it('knows bytes and links anywhere, keys and texts that look like them apart', () => {
    const links = [[1, { a: [Cid.hash('raw')] }], [{ a: new Uint8Array() }]];
    for (const items of links) expect(scanList(encode(items), 0).json).toBe(false);
    expect(scanList(encode(['bytes', { link: null, 1: 2.5 }]), 0).json).toBe(true);
  });
});
