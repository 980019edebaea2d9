/** fast-check arbitraries of MYTHOS-CAN values and structs, with the values that codecs get wrong more often than chance has it. */
import fc from 'fast-check';
import { CanMap, CanSigned, type CanValue, encodeCan, formatHex } from '../src/codec/index.js';
import type { AnyStruct, Member } from '../src/mythos/index.js';
import { anyText } from './arbitrary-value.js';

const EDGES = [0n, 1n, 127n, 128n, 255n, 256n, 16383n, 16384n, 2n ** 28n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n];
const around = EDGES.flatMap((n) => [n - 1n, n, n + 1n]);
const U64 = 2n ** 64n;

export const anyU64: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...[...around, U64 - 1n].filter((n) => n >= 0n)),
  fc.bigInt({ min: 0n, max: U64 - 1n }),
);

export const anyI64: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...around.flatMap((n) => [n, -n]).filter((n) => n >= -(2n ** 63n) && n < 2n ** 63n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

export const anyBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 140 });
export const anyDigest: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 32, maxLength: 32 });

const scalar: fc.Arbitrary<CanValue> = fc.oneof(
  fc.constantFrom(null, true, false),
  anyU64,
  anyI64.map((value) => new CanSigned(value)),
  anyText,
  anyBytes,
);

/** A map with each key once, in any order. */
function mapOf(entries: readonly (readonly [CanValue, CanValue])[]): CanMap {
  const seen = new Set<string>();
  return new CanMap(
    entries.filter(([key]) => {
      const name = formatHex(encodeCan(key));
      return !seen.has(name) && seen.add(name);
    }),
  );
}

/** Any value of MYTHOS-CAN; keys of maps are of any kind, too. */
export const anyCan: fc.Arbitrary<CanValue> = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    scalar,
    fc.array(tie('tree'), { maxLength: 8 }),
    fc.array(fc.tuple(fc.oneof(scalar, tie('tree')), tie('tree')), { maxLength: 8 }).map((entries) => {
      return mapOf(entries as readonly (readonly [CanValue, CanValue])[]);
    }),
  ),
})).tree as fc.Arbitrary<CanValue>;

/** Encoded values to mutate; short ones, so that a mutation hits something that matters. */
export function canCorpus(seed: number): readonly Uint8Array[] {
  const encoded = fc.sample(anyCan, { seed, numRuns: 400 }).map(encodeCan);
  return encoded.filter((bytes) => bytes.length < 300);
}

const u = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(0, 1, 127, 128, 255, max), fc.nat({ max })).map((n) => Math.min(n, max));

/** Values of one type of field, by the name that the table gives it. */
function fieldOf(type: string, structs: ReadonlyMap<string, AnyStruct>, depth: number): fc.Arbitrary<unknown> {
  if (type.startsWith('list of '))
    return fc.array(fieldOf(type.slice('list of '.length), structs, depth + 1), { maxLength: depth > 2 ? 1 : 4 });
  const map = /^map of (text|u32) to (.*)$/.exec(type);
  if (map !== null) {
    const key = map[1] === 'text' ? anyText : u(0xffff_ffff).map(String);
    const item = fieldOf(map[2] as string, structs, depth + 1);
    return fc.uniqueArray(fc.tuple(key, item), { selector: ([name]) => name, maxLength: 3 }).map(Object.fromEntries);
  }
  if (type === 'u8' || type.startsWith('u8 (')) return u(0xff);
  if (type === 'u16' || type.startsWith('u16 (')) return u(0xffff);
  if (type === 'u32' || type.startsWith('u32 (')) return u(0xffff_ffff);
  if (type === 'u64') return anyU64;
  if (type === 'i64' || type.startsWith('time')) return anyI64;
  if (type === 'bool') return fc.boolean();
  if (type === 'text') return anyText;
  if (type === 'Hash') return anyDigest;
  if (type.startsWith('bytes')) return anyBytes;
  if (type === 'any value') return scalar.map(encodeCan);
  const nested = structs.get(type);
  if (nested === undefined) throw new Error(`no values are known for the type ${type}`);
  return anyStructValue(nested, structs, depth + 1);
}

/** Fields that no table has. */
const unknownFields: fc.Arbitrary<readonly (readonly [bigint, Uint8Array])[]> = fc.uniqueArray(
  fc.tuple(
    fc.oneof(fc.bigInt({ min: 100n, max: 400n }), fc.bigInt({ min: 2n ** 53n, max: U64 - 1n })),
    scalar.map(encodeCan),
  ),
  { selector: ([number]) => number, minLength: 1, maxLength: 3 },
);

const DEEP = 4;

function presentIn(member: Member, depth: number): fc.Arbitrary<boolean> {
  if (!member.optional) return fc.constant(true);
  return depth >= DEEP ? fc.constant(false) : fc.boolean();
}

/** Any object of a struct: every combination of optional fields, and now and then fields of somebody else. */
export function anyStructValue(
  struct: AnyStruct,
  structs: ReadonlyMap<string, AnyStruct>,
  depth = 0,
): fc.Arbitrary<Record<string, unknown>> {
  const members = struct.members.map((member) =>
    presentIn(member, depth).chain((isThere) =>
      isThere
        ? fieldOf(member.type, structs, depth).map((value) => [member.name, value] as const)
        : fc.constant(undefined),
    ),
  );
  const unknown = fc.option(unknownFields, { nil: undefined, freq: 6 });
  return fc.tuple(fc.tuple(...members), unknown).map(([entries, foreign]) => ({
    ...Object.fromEntries(entries.filter((entry) => entry !== undefined)),
    ...(foreign === undefined ? {} : { unknown: foreign }),
  }));
}
