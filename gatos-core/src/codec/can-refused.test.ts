/** Every encoding of MYTHOS-CAN that is not the one of its value, and what is meant to cost its reader time or memory. */
import { describe, expect, it } from 'vitest';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import { canOfJson, decodeCan, encodeCan, formatHex, type JsonValue, parseHex, scanCan } from './index.js';

interface Refused {
  readonly what: string;
  readonly bytes: string;
  readonly offset: number;
  readonly why: RegExp;
}

const REFUSED: readonly Refused[] = [
  { what: 'nothing', bytes: '', offset: 0, why: /ends where a value/ },
  { what: 'a tag that there is not', bytes: '09', offset: 0, why: /0x09 is no tag/ },
  { what: 'the last tag that there is not', bytes: 'ff', offset: 0, why: /0xff is no tag/ },
  { what: 'a number that is not there', bytes: '03', offset: 1, why: /ends within a number/ },
  { what: 'a number that goes on', bytes: '0380', offset: 1, why: /ends within a number/ },
  { what: 'zero in two bytes', bytes: '038000', offset: 1, why: /shortest/ },
  { what: 'one in two bytes', bytes: '038100', offset: 1, why: /shortest/ },
  { what: 'a number with many empty groups', bytes: '03818080808000', offset: 1, why: /shortest/ },
  { what: '2^64', bytes: '0380808080808080808002', offset: 1, why: /64 bits/ },
  { what: 'a number of 11 bytes', bytes: '038080808080808080808001', offset: 1, why: /64 bits/ },
  { what: 'a number that never ends', bytes: `03${'ff'.repeat(40)}`, offset: 1, why: /64 bits/ },
  { what: 'a signed number in too many bytes', bytes: '048000', offset: 1, why: /shortest/ },
  { what: 'a signed number beyond 64 bits', bytes: '0480808080808080808002', offset: 1, why: /64 bits/ },
  { what: 'bytes with a long length', bytes: '05810000', offset: 1, why: /shortest/ },
  { what: 'fewer bytes than announced', bytes: '050300', offset: 2, why: /a length of 3, but 1/ },
  { what: 'a length of 2^63 bytes', bytes: '0580808080808080808001', offset: 11, why: /but 0 bytes/ },
  { what: 'a text of 2^53 bytes', bytes: '06808080808080801000', offset: 9, why: /but 1 bytes/ },
  { what: 'a text with a lone continuation', bytes: '060180', offset: 2, why: /not UTF-8/ },
  { what: 'a text that ends within a character', bytes: '0602e282', offset: 2, why: /not UTF-8/ },
  { what: 'an overlong character', bytes: '0602c0af', offset: 2, why: /not UTF-8/ },
  { what: 'a surrogate in UTF-8', bytes: '0603eda080', offset: 2, why: /not UTF-8/ },
  { what: 'a character beyond Unicode', bytes: '0604f4908080', offset: 2, why: /not UTF-8/ },
  { what: 'a text of which the end is malformed', bytes: '06036161ff', offset: 4, why: /not UTF-8/ },
  { what: 'a list with a long count', bytes: '07810000', offset: 1, why: /shortest/ },
  { what: 'a list that is too short', bytes: '070200', offset: 2, why: /a count of 2, but 1/ },
  { what: 'a list of 2^63 items', bytes: '0780808080808080808001', offset: 11, why: /but 0 at most/ },
  { what: 'a map of 2^60 entries', bytes: '088080808080808080100000', offset: 10, why: /but 1 at most/ },
  { what: 'a map without a value', bytes: '080100', offset: 2, why: /but 0 at most/ },
  { what: 'a key twice', bytes: '0802030100030100', offset: 5, why: /comes twice/ },
  { what: 'keys that descend', bytes: '0802030200030100', offset: 5, why: /do not ascend/ },
  {
    what: 'numbers as keys by value, not by bytes',
    bytes: '08020381010003800200',
    offset: 6,
    why: /do not ascend/,
  },
  {
    what: 'a key of an inner map twice',
    bytes: '07010802030100030100',
    offset: 7,
    why: /comes twice/,
  },
  { what: 'a byte behind the value', bytes: '0000', offset: 1, why: /1 more bytes/ },
  { what: 'a value behind the value', bytes: '07000700', offset: 2, why: /2 more bytes/ },
];

describe('MYTHOS-CAN refuses', () => {
  it.each(REFUSED)('$what', ({ bytes, offset, why }) => {
    const refusal = refusalOf(() => decodeCan(parseHex(bytes)));
    expect(refusal).toMatchObject({ code: 'codec/can', data: { offset } });
    expect(refusal.data.why).toMatch(why);
  });

  it('takes keys of text by their length first, because the length is encoded first', () => {
    expect(() => decodeCan(parseHex('0802060162000602616100'))).not.toThrow();
  });

  it('every prefix of a value', () => {
    const whole = parseHex('080303010702050661620302060162030408010301028001');
    const bytes = parseHex('080203010702050261620601610302080103010302');
    expect(() => decodeCan(bytes)).not.toThrow();
    for (let end = 0; end < bytes.length; end++)
      expect(refusalOf(() => decodeCan(bytes.subarray(0, end))).code, `${end} bytes`).toBe('codec/can');
    expect(refusalOf(() => decodeCan(whole)).code).toBe('codec/can');
  });
});

describe('MYTHOS-CAN is bounded', () => {
  it.each([
    ['lists', '0701'],
    ['maps in values', '08010300'],
    ['maps in keys', '0801'],
  ])('10,000 levels of %s are refused after the first few', (_, level) => {
    const bytes = parseHex(`${level.repeat(10_000)}00`);
    expect(refusalOf(() => decodeCan(bytes))).toMatchObject({ code: 'codec/depth', data: { limit: LIMITS.depth } });
    expect(refusalOf(() => scanCan(bytes)).code).toBe('codec/depth');
  });

  it('the deepest that is allowed is taken', () => {
    const nested = (levels: number) => parseHex(`${'0701'.repeat(levels)}00`);
    expect(() => decodeCan(nested(LIMITS.depth))).not.toThrow();
    expect(refusalOf(() => decodeCan(nested(LIMITS.depth + 1))).code).toBe('codec/depth');
  });

  it('more bytes than the limit are refused before they are looked at', () => {
    const huge = new Uint8Array(LIMITS.blockBytes + 1);
    expect(refusalOf(() => decodeCan(huge)).code).toBe('codec/too-large');
    expect(refusalOf(() => decodeCan(new Uint8Array(11), { maxBytes: 10 })).code).toBe('codec/too-large');
  });

  it('a small input does not become a large tree: the values of a tree are counted', () => {
    const count = LIMITS.canValues + 10;
    const bytes = new Uint8Array(count + 4);
    bytes.set([0x07, (count & 0x7f) | 0x80, ((count >> 7) & 0x7f) | 0x80, count >> 14]);
    expect(refusalOf(() => decodeCan(bytes)).data.why).toMatch(/more than/);
    expect(scanCan(bytes)).toBe(bytes.length);
  });

  it('a count or length is never believed: nothing is made for it', () => {
    for (const tag of ['05', '06', '07', '08'])
      for (const length of ['ffffffff0f', 'ffffffffffffff7f', 'ffffffffffffffffff01'])
        expect(refusalOf(() => decodeCan(parseHex(`${tag}${length}00`))).code).toBe('codec/can');
  });

  it('work grows with the bytes, not with their square: a wide map of long keys', () => {
    // Each key differs from its neighbour in its last byte alone, which is the worst for comparing.
    const keyLength = 200;
    const entries = 20_000;
    const parts: number[] = [0x08, ...leb(entries)];
    for (let i = 0; i < entries; i++) {
      const key = new Array<number>(keyLength).fill(0x61);
      for (let at = keyLength - 1, rest = i; rest > 0; at--, rest = Math.floor(rest / 26)) key[at] = 0x61 + (rest % 26);
      parts.push(0x06, ...leb(keyLength), ...key, 0x00);
    }
    const bytes = Uint8Array.from(parts);
    expect(scanCan(bytes)).toBe(bytes.length);
  });
});

function leb(value: number): readonly number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  return [...out, rest];
}

describe('the deepest values', () => {
  const nest = (depth: number, inner: Uint8Array): Uint8Array => {
    const head = Array.from({ length: depth }, () => [7, 1]).flat();
    return Uint8Array.of(...head, ...inner);
  };

  it.each([
    ['bytes', Uint8Array.of(5, 1, 0xff)],
    ['a signed integer', Uint8Array.of(4, 1)],
    ['text', Uint8Array.of(6, 1, 0x61)],
  ])('are written again as they were read: %s', (_, inner) => {
    const bytes = nest(LIMITS.depth, inner);
    expect(formatHex(encodeCan(decodeCan(bytes)))).toBe(formatHex(bytes));
    expect(codeOf(() => decodeCan(nest(LIMITS.depth + 1, inner)))).toBe('codec/depth');
  });

  it('are refused as JSON, too, and not by running out of stack', () => {
    let deep: JsonValue = 0;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(codeOf(() => canOfJson(deep))).toBe('codec/depth');
  });
});
