/** fast-check arbitraries of the data model, with the values that codecs get wrong more often than chance has it. */
import fc from 'fast-check';
import { Cid, encode, type JsonValue, setEntry, type Value } from '../src/codec/index.js';

const oddNumbers = [0, 1, -1, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]
  .flatMap((n) => [n, -n - 1, -n, n + 0.5])
  .concat([2 ** 53, -(2 ** 53), 1e21, 1e300, 5e-324, Number.MAX_VALUE])
  .filter((n) => !Object.is(n, -0));

/** Finite, and not -0. */
export const anyNumber: fc.Arbitrary<number> = fc
  .oneof(
    fc.constantFrom(...oddNumbers),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
  )
  .map((n) => (Object.is(n, -0) ? 0 : n));

const oddTexts = [
  '',
  '"',
  '\\',
  '\0',
  '\u001f',
  '\u007f',
  '\u2028',
  '\uffff',
  'a\ufeff',
  '\u{10ffff}',
  '__proto__',
  'constructor',
  '10',
  '9',
];

/** Well-formed, and without a leading U+FEFF. */
export const anyText: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom(...oddTexts),
    fc.string({ maxLength: 90 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  )
  .map((text) => text.replace(/^\ufeff+/, ''));

export const anyCid: fc.Arbitrary<Cid> = fc
  .tuple(fc.constantFrom('raw' as const, 'dag-cbor' as const), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([codec, digest]) => Cid.of(codec, digest));

function mapOf<T>(entries: readonly (readonly [string, T])[]): { readonly [key: string]: T } {
  const map: Record<string, T> = {};
  for (const [key, value] of entries) setEntry(map, key, value);
  return map;
}

function treeOf<T>(leaf: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthSize: 'medium' },
      leaf,
      fc.array(tie('tree'), { maxLength: 8 }),
      fc.array(fc.tuple(anyText, tie('tree')), { maxLength: 8 }).map(mapOf),
    ),
  }));
  return tree as fc.Arbitrary<unknown>;
}

const scalar = fc.oneof(fc.constantFrom(null, true, false), anyNumber, anyText);

/** Any value of the DAG-CBOR data model. */
export const anyValue = treeOf(fc.oneof(scalar, fc.uint8Array({ maxLength: 70 }), anyCid)) as fc.Arbitrary<Value>;

/** Any value that JSON can say. */
export const anyJson = treeOf(scalar) as fc.Arbitrary<JsonValue>;

/** Encoded values to mutate; short ones, so that a mutation hits something that matters. */
export function encodedCorpus(values: fc.Arbitrary<Value>, seed: number): readonly Uint8Array[] {
  const encoded = fc.sample(values, { seed, numRuns: 400 }).map((value) => encode(value));
  return encoded.filter((bytes) => bytes.length < 300);
}
