import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../testing/refusal.js';
import {
  Cid,
  decode,
  decodeIpld,
  encode,
  encodeIpld,
  ForeignCid,
  formatHex,
  type IpldValue,
  parseHex,
} from './index.js';

// Data of others, read from beside the checkout when it is there, and never copied into it.
const folder = new URL('../../../../shared/vectors/dag-cbor/', import.meta.url);
const isHere = existsSync(folder);

interface DaslVector {
  readonly type: 'roundtrip' | 'invalid_in' | 'invalid_out';
  readonly data: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** Does a value hold what all of DAG-CBOR has and our profile has not? */
function isForeign(value: IpldValue): boolean {
  if (typeof value === 'bigint' || value instanceof ForeignCid) return true;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Cid) return false;
  return Object.values(value).some(isForeign);
}

describe.skipIf(!isHere)('fixtures of IPLD (ipld/codec-fixtures)', () => {
  const fixtures = new URL('codec-fixtures/', folder);
  const files = isHere ? readdirSync(fixtures).filter((name) => name.endsWith('.dag-cbor')) : [];
  const read = (name: string): Uint8Array => readFileSync(new URL(name, fixtures));

  it('are all there', () => {
    expect(files.length).toBe(125);
  });

  it.each(files)('%s', (name) => {
    const bytes = read(name);
    expect(`${Cid.hash('dag-cbor', bytes)}.dag-cbor`).toBe(name);
    expect(formatHex(encodeIpld(decodeIpld(bytes)))).toBe(formatHex(bytes));
    const refusal = codeOf(() => decode(bytes));
    if (isForeign(decodeIpld(bytes))) expect(['codec/cid', 'codec/not-in-model']).toContain(refusal);
    else expect(formatHex(encode(decode(bytes)))).toBe(formatHex(bytes));
  });

  it('are refused by our profile for foreign CIDs and for integers beyond ±(2^53−1) alone', () => {
    const verdicts = files.map((name) => codeOf(() => decode(read(name))) ?? 'accepted');
    const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
    expect([count('accepted'), count('codec/cid'), count('codec/not-in-model')]).toEqual([75, 43, 7]);
  });

  it('the negative case is refused', () => {
    const file = new URL('negative-duplicate-keys.json', fixtures);
    const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly { hex: string }[];
    expect(cases.length).toBe(1);
    for (const { hex } of cases) {
      expect(codeOf(() => decode(parseHex(hex)))).toBe('codec/not-canonical');
      expect(codeOf(() => decodeIpld(parseHex(hex)))).toBe('codec/not-canonical');
    }
  });
});

describe.skipIf(!isHere)('vectors of DASL (hyphacoop/dasl-testing)', () => {
  const dasl = new URL('dasl/', folder);
  const all = (isHere ? readdirSync(dasl) : [])
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(new URL(name, dasl), 'utf8')) as readonly DaslVector[]);
  const tagged = all.filter(({ tags }) => tags.includes('dag-cbor') || tags.includes('basic'));

  it('refuses all that is invalid to read', () => {
    const invalid = tagged.filter(({ type }) => type === 'invalid_in');
    expect(invalid.length).toBe(54);
    const accepted = invalid.filter(({ data }) => codeOf(() => decode(parseHex(data))) === undefined);
    expect(accepted.map(({ name }) => name)).toEqual([]);
    const wide = invalid.filter(({ data }) => codeOf(() => decodeIpld(parseHex(data))) === undefined);
    expect(wide.map(({ name }) => name)).toEqual([]);
  });

  it('round trips, except for integers written as floats', () => {
    const roundTrips = tagged.filter(({ type }) => type === 'roundtrip');
    expect(roundTrips.length).toBe(22);
    const failing = (again: (bytes: Uint8Array) => Uint8Array): readonly string[] =>
      roundTrips
        .filter(({ data }) => codeOf(() => expect(formatHex(again(parseHex(data)))).toBe(data)) !== undefined)
        .map(({ name }) => name);
    expect(failing((bytes) => encodeIpld(decodeIpld(bytes)))).toEqual(['zero float64']);
    expect(failing((bytes) => encode(decode(bytes)))).toEqual([
      'zero float64',
      'largest CBOR integer, 2^64-1',
      'smallest CBOR integer, -(2^64)',
      '2^53+1, unrepresentable in JS',
      '-(2^53+1), unrepresentable in JS',
    ]);
  });

  it('refuses every invalid CID', () => {
    const invalid = all.filter(({ type, tags }) => type === 'invalid_in' && tags.includes('dasl-cid'));
    expect(invalid.length).toBe(6);
    expect(invalid.map(({ data }) => codeOf(() => decode(parseHex(data))))).toEqual(invalid.map(() => 'codec/cid'));
  });

  it('has no way to write what is invalid to write', () => {
    const invalid = tagged.filter(({ type }) => type === 'invalid_out');
    expect(invalid.length).toBe(9);
    for (const { data, name } of invalid)
      expect(
        codeOf(() => decode(parseHex(data))),
        name,
      ).toBeDefined();
  });
});
