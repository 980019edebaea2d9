import * as ipld from '@ipld/dag-cbor';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../testing/refusal.js';
import { Cid, decode, decodeIpld, encode, encodeIpld, ForeignCid, formatHex, parseHex, type Value } from './index.js';

describe('all of DAG-CBOR', () => {
  it.each([
    ['2^53', '1b0020000000000000', 2n ** 53n],
    ['2^64-1', '1bffffffffffffffff', 2n ** 64n - 1n],
    ['-(2^53)', '3b001fffffffffffff', -(2n ** 53n)],
    ['-(2^64)', '3bffffffffffffffff', -(2n ** 64n)],
  ])('reads and writes %s as a bigint', (_name, hex, value) => {
    expect(decodeIpld(parseHex(hex))).toBe(value);
    expect(formatHex(encodeIpld(value))).toBe(hex);
    expect(formatHex(ipld.encode(value))).toBe(hex);
    expect(codeOf(() => decode(parseHex(hex)))).toBe('codec/not-in-model');
    expect(codeOf(() => encode(value as unknown as Value))).toBe('codec/unencodable');
  });

  it('writes a small bigint as the integer it is, and refuses one of more than 64 bits', () => {
    expect(formatHex(encodeIpld([5n, -1n, 0n, 2n ** 53n - 1n]))).toBe('840520001b001fffffffffffff');
    expect(codeOf(() => encodeIpld({ a: 2n ** 64n }))).toBe('codec/unencodable');
    expect(codeOf(() => encodeIpld(-(2n ** 64n) - 1n))).toBe('codec/unencodable');
  });

  it('keeps CIDs of other profiles as they are, and ours as ours', () => {
    const ours = Cid.hash('raw', new Uint8Array());
    const v0 = parseHex(`1220${'ab'.repeat(32)}`);
    const identity = parseHex('01550002abcd');
    const value = decodeIpld(encodeIpld([ours, new ForeignCid(v0), new ForeignCid(identity)])) as readonly unknown[];
    expect(value[0]).toBeInstanceOf(Cid);
    expect(value.slice(1).map((cid) => formatHex((cid as ForeignCid).bytes))).toEqual([
      formatHex(v0),
      formatHex(identity),
    ]);
    expect(new ForeignCid(v0).equals(new ForeignCid(v0))).toBe(true);
    expect(new ForeignCid(v0).equals(new ForeignCid(identity))).toBe(false);
  });

  it.each([
    ['no bytes', ''],
    ['version 2', '025500'],
    ['version 0 cut short', `1220${'ab'.repeat(31)}`],
    ['version 0 with more behind', `1220${'ab'.repeat(33)}`],
    ['a hash shorter than it states', '01550003abcd'],
    ['a hash longer than it states', '01550001abcd'],
    ['a varint with a needless byte', '0155800002abcd'],
    ['a varint without an end', '01ffffffffffffffffffff'],
    ['no hash', '0155'],
  ])('refuses a CID with %s', (_name, hex) => {
    expect(codeOf(() => new ForeignCid(parseHex(hex)))).toBe('codec/cid');
  });

  it.each([
    'f90000',
    'a2616200616100',
    'f7',
    '9fff',
    '62c328',
    'fb8000000000000000',
    '1800',
    '63efbbbf',
    'c000',
    '0000',
  ])('is as strict as ours about %s', (hex) => {
    expect(codeOf(() => decodeIpld(parseHex(hex)))).toBe(codeOf(() => decode(parseHex(hex))));
    expect(codeOf(() => decodeIpld(parseHex(hex)))).toBeDefined();
  });
});
