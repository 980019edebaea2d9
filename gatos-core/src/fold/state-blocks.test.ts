/** State as blocks: one for each key, paths that no two keys share, bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cid, decode, encode, type JsonValue, parseJson, setEntry } from '../codec/index.js';
import { fromUtf8, LIMITS, utf8 } from '../kernel/index.js';
import {
  blocksOf,
  checkState,
  decodeBlock,
  decodeRoot,
  filesOfBase,
  filesOfState,
  pathOfKey,
  type State,
} from './state-blocks.js';

const SEED = 20261120;
const ODD: State = {
  big: 2 ** 60,
  bigger: 1e21,
  least: 5e-324,
  edge: [2 ** 53 - 1, 2 ** 53, -(2 ** 53)],
  text: 'é ✓ 😀 "\n',
  ...Object.fromEntries([['__proto__', { a: null }]]),
};

describe('blocks', () => {
  it('hold each value on its own, and the root names them all', () => {
    const { root, stateRoot, blocks } = blocksOf(ODD);
    expect(stateRoot.equals(Cid.hash('dag-cbor', root))).toBe(true);
    const links = decodeRoot(root);
    expect(Object.keys(links).sort()).toEqual(Object.keys(ODD).sort());
    for (const { key, cid, bytes } of blocks) {
      expect(links[key]?.equals(cid), key).toBe(true);
      expect(cid.equals(Cid.hash('dag-cbor', bytes)), key).toBe(true);
      expect(decodeBlock(bytes), key).toEqual(ODD[key]);
    }
  });

  it('do not depend on the order of the keys', () => {
    const turned = Object.fromEntries(Object.entries(ODD).toReversed());
    expect(blocksOf(turned).stateRoot.equals(blocksOf(ODD).stateRoot)).toBe(true);
    expect(blocksOf({}).root).toEqual(encode({}));
  });

  it('are shown as JSON that reads back to the same values', () => {
    const { view } = filesOfState(ODD, blocksOf(ODD));
    const values = view.map(({ bytes }) => parseJson(bytes, { integers: 'printed' }));
    expect(values).toEqual(Object.values(ODD));
    for (const { bytes } of view) expect(fromUtf8(bytes).endsWith('\n')).toBe(true);
  });

  it('that base and state share are stored once', () => {
    const [state, base] = [blocksOf({ a: 1, b: 2, c: 2 }), blocksOf({ a: 1, b: 3, d: 3, e: 2 })];
    const files = filesOfBase(base, state);
    expect(files.map(({ path }) => path)).toEqual(['base.cbor', `base/${Cid.hash('dag-cbor', encode(3))}.cbor`]);
    expect(filesOfBase(state, blocksOf({ c: 2, b: 2, a: 1 }))).toEqual([]);
  });

  it('of links, or with bytes in them, are no state', () => {
    expect(() => decodeBlock(encode(Cid.hash('raw', utf8('x'))))).toThrowError(
      expect.objectContaining({ code: 'codec/schema' }),
    );
    expect(() => decodeRoot(encode({ a: 1 }))).toThrowError(expect.objectContaining({ code: 'codec/schema' }));
  });
});

describe('a state', () => {
  const refused = (state: JsonValue, code: string) =>
    expect(() => checkState(state)).toThrowError(expect.objectContaining({ code }));

  it('is a map with bounded keys', () => {
    for (const state of [null, 1, 'a', true, []]) refused(state, 'fold/state-not-a-map');
    expect(checkState({ ['é'.repeat(256)]: 1 })).toBeDefined();
    refused({ [`${'é'.repeat(256)}x`]: 1 }, 'fold/state-key');
    refused({ '': 1 }, 'fold/state-key');
    const many = Object.fromEntries(Array.from({ length: LIMITS.stateKeys }, (_, i) => [`k${i}`, 1]));
    expect(checkState(many)).toBe(many);
    refused({ ...many, more: 1 }, 'fold/state-too-many-keys');
  });

  it('has blocks that readers take', () => {
    const text = 'x'.repeat(LIMITS.blockBytes - 5);
    expect(blocksOf({ a: text }).blocks[0]?.bytes).toHaveLength(LIMITS.blockBytes);
    expect(() => blocksOf({ a: `${text}x` })).toThrowError(expect.objectContaining({ code: 'fold/state-too-large' }));
  });
});

describe('the path of a key', () => {
  const flat = (key: string) => pathOfKey('blocks/', key, { keys: 512, extension: '.cbor' });
  const sharded = (key: string) => pathOfKey('blocks/', key, { keys: 513, extension: '.cbor' });

  it.each([
    ['sum', 'blocks/sum.cbor'],
    ['a.b', 'blocks/a.b.cbor'],
    ['.git', 'blocks/%2Egit.cbor'],
    ['..', 'blocks/%2E..cbor'],
    ['a/b', 'blocks/a%2Fb.cbor'],
    ['é', 'blocks/%C3%A9.cbor'],
    ['a b+c%', 'blocks/a%20b%2Bc%25.cbor'],
    ['A_b-c~1', 'blocks/A_b-c~1.cbor'],
  ])('%s is %s', (key, path) => {
    expect(flat(key)).toBe(path);
  });

  it('is a hash for a key that is too long for a file name', () => {
    expect(flat('k'.repeat(195))).toBe(`blocks/${'k'.repeat(195)}.cbor`);
    expect(flat('k'.repeat(196))).toMatch(/^blocks\/\+[0-9a-f]{64}\.cbor$/);
    // What looks like the hash of another key does not lie where that lies.
    const [, hash = ''] = /\+([0-9a-f]{64})/.exec(flat('k'.repeat(196))) ?? [];
    expect(flat(`+${hash}`)).toBe(`blocks/%2B${hash}.cbor`);
  });

  it('lies in one of 256 folders when there are many', () => {
    expect(sharded('sum')).toMatch(/^blocks\/[0-9a-f]{2}\/sum\.cbor$/);
    expect(sharded('k'.repeat(300))).toMatch(/^blocks\/([0-9a-f]{2})\/\+\1[0-9a-f]{62}\.cbor$/);
  });

  it(`is that of no other key (seed ${SEED})`, () => {
    const keys = fc.string({
      unit: fc.constantFrom('a', 'A', '.', '/', '%', '+', '2', 'F', 'é', '✓', ' ', '\0'),
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        fc.pre(a !== b);
        expect(flat(a)).not.toBe(flat(b));
        expect(sharded(a)).not.toBe(sharded(b));
        for (const path of [flat(a), sharded(a)]) {
          expect(path).toMatch(/^blocks\/([0-9a-f]{2}\/)?[A-Za-z0-9_~%+-][A-Za-z0-9._~%+-]*\.cbor$/);
          expect((path.split('/').at(-1) ?? '').length).toBeLessThanOrEqual(200);
        }
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it(`survives encoding for any state (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
        ),
        (entries) => {
          const state: Record<string, JsonValue> = {};
          for (const [key, value] of entries)
            if (key.isWellFormed() && !key.startsWith('\ufeff')) setEntry(state, key, Object.is(value, -0) ? 0 : value);
          const { root, blocks } = blocksOf(state);
          const back: Record<string, JsonValue> = {};
          for (const { key, bytes } of blocks) setEntry(back, key, decode(bytes) as JsonValue);
          expect(back).toEqual(state);
          expect(blocksOf(back).root).toEqual(root);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});
