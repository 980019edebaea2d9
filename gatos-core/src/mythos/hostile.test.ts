/** Bytes that are chosen to cost: what is read of them is bounded before it is made, and what is shown of them hides nothing. */
import { describe, expect, it } from 'vitest';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { CAN_TAG, CanMap, CanWriter, canView, decodeCan, encodeCan, formatHex } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { AGENT_ID, decodeStruct, EXPR, encodeStruct, META, structJson, TOOL_REQUEST, TOOL_RESPONSE } from './index.js';

const TOOL = new Uint8Array(32).fill(7);
const KEY = new Uint8Array(32).fill(1);

/** A map whose keys are field numbers, with these encoded values. */
function fields(entries: readonly (readonly [number: number, value: Uint8Array])[]): Uint8Array {
  const writer = new CanWriter();
  const sorted = entries.map(([number, value]) => [encodeCan(BigInt(number)), value] as const);
  sorted.sort(([a], [b]) => Buffer.compare(a, b));
  writer.head(CAN_TAG.map, sorted.length);
  for (const [key, value] of sorted) {
    writer.raw(key);
    writer.raw(value);
  }
  return writer.take();
}

/** `count` times the same bytes, as a list. */
function listOf(count: number, item: Uint8Array): Uint8Array {
  const writer = new CanWriter();
  writer.head(CAN_TAG.list, count);
  const head = writer.take();
  const out = new Uint8Array(head.length + count * item.length);
  out.set(head);
  for (let i = 0, at = head.length; i < count; i++, at += item.length) out.set(item, at);
  return out;
}

describe('structs of many values', () => {
  const TOO_MANY = LIMITS.structValues + 1;

  it('are refused before lists of them are made', () => {
    const bomb = fields([
      [1, encodeCan(20n)],
      [2, listOf(TOO_MANY, fields([[1, encodeCan(1n)]]))],
    ]);
    expect(bomb.length).toBeLessThan(LIMITS.blockBytes);
    expect(refusalOf(() => decodeStruct(EXPR, bomb)).message).toMatch(/more than 2097152 values/);
  });

  it('are refused as fields that nobody knows', () => {
    const count = TOO_MANY;
    const writer = new CanWriter();
    writer.head(CAN_TAG.map, count);
    writer.raw(new Uint8Array(2 * count));
    expect(refusalOf(() => decodeStruct(AGENT_ID, writer.take())).message).toMatch(/more than 2097152 values/);
  });

  it('are refused as entries of a map of the table', () => {
    const writer = new CanWriter();
    writer.head(CAN_TAG.map, TOO_MANY);
    for (let i = 0; i < TOO_MANY; i++) {
      writer.text(String(i).padStart(8, '0'));
      writer.bytes(new Uint8Array());
    }
    const meta = { spec: '', version: 1, author: { scheme: 1, key: KEY }, artifact_id: TOOL, signatures: [] };
    const plain = decodeCan(encodeStruct(META, meta)) as CanMap;
    const bomb = fields([
      ...plain.entries.map(([key, value]) => [Number(key), encodeCan(value)] as const),
      [8, writer.take()],
    ]);
    expect(refusalOf(() => decodeStruct(META, bomb)).message).toMatch(/more than 2097152 values/);
  });
});

describe('a value of any shape', () => {
  const many = listOf(LIMITS.canValues + 1, Uint8Array.of(0));

  it('is written again when it was read, however many values it holds', () => {
    const bytes = fields([
      [
        1,
        fields([
          [1, encodeCan(1n)],
          [2, encodeCan(TOOL)],
        ]),
      ],
      [3, many],
    ]);
    const read = decodeStruct(TOOL_REQUEST, bytes);
    expect(Buffer.compare(encodeStruct(TOOL_REQUEST, read), bytes)).toBe(0);
  });

  it('is shown as bytes when it holds too many to build', () => {
    const view = structJson(TOOL_RESPONSE, { status: 200, body: many }) as { readonly body: object };
    expect(view.body).toMatchObject({ unreadable: expect.stringContaining('values') });
    const foreign = structJson(AGENT_ID, { scheme: 1, key: KEY, unknown: [[9n, many]] }) as Record<string, object>;
    expect(foreign['field 9']).toMatchObject({ unreadable: expect.stringContaining('values') });
  });
});

describe('fields of somebody else', () => {
  const agent = { scheme: 1, key: KEY };

  it('are written once each, and are values', () => {
    const zero = Uint8Array.of(0);
    expect(
      codeOf(() =>
        encodeStruct(AGENT_ID, {
          ...agent,
          unknown: [
            [9n, zero],
            [9n, zero],
          ],
        }),
      ),
    ).toBe('mythos/unencodable');
    for (const broken of [new Uint8Array(), Uint8Array.of(0, 0), Uint8Array.of(9), Uint8Array.of(3, 0x80, 0)])
      expect(codeOf(() => encodeStruct(AGENT_ID, { ...agent, unknown: [[9n, broken]] }))).toBe('mythos/unencodable');
  });
});

describe('what people are shown', () => {
  it('hides no entry of a map behind another one whose key looks the same', () => {
    const hidden = new CanMap([
      ['1', 'as text'],
      [1n, 'as a number'],
    ]);
    expect(JSON.stringify(canView(hidden))).toContain('as text');
    expect(JSON.stringify(canView(hidden))).toContain('as a number');
    const bytes = new CanMap([
      [Uint8Array.of(0xab), 1n],
      ['ab', 2n],
      [[1n], 3n],
      [[2n], 4n],
    ]);
    expect(canView(bytes)).toEqual({
      entries: [
        [{ bytes: 'ab' }, 1],
        ['ab', 2],
        [[1], 3],
        [[2], 4],
      ],
    });
  });

  it('has entries under `__proto__` as any others', () => {
    const view = canView(new CanMap([['__proto__', 'data']]));
    expect(Object.keys(view as object)).toEqual(['__proto__']);
    expect(formatHex(encodeCan(new CanMap([['__proto__', 1n]])))).toContain(formatHex(encodeCan('__proto__')));
  });
});
