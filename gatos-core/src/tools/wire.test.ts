import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { CanMap, CanSigned, type CanValue, encodeCan, formatHex, type JsonValue } from '../codec/index.js';
import { concatBytes, LIMITS, utf8 } from '../kernel/index.js';
import { decodeToolRequest, decodeToolResponse, encodeToolRequest, encodeToolResponse } from './wire.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const ID = new Uint8Array(32).fill(7);

const { body } = fc.letrec<{ body: JsonValue }>((tie) => ({
  body: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('body'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('body'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const hash = (digest: CanValue = ID, alg: CanValue = 1n, more: [CanValue, CanValue][] = []) =>
  new CanMap([[1n, alg], [2n, digest], ...more]);
const can = (entries: readonly (readonly [CanValue, CanValue])[]): Uint8Array => encodeCan(new CanMap(entries));

describe(`requests (seed ${SEED})`, () => {
  it('come back', () => {
    const key = fc.option(fc.uint8Array({ minLength: 1, maxLength: LIMITS.eventKeyBytes }), { nil: undefined });
    fc.assert(
      fc.property(body, key, (body, idempotency_key) => {
        const bytes = encodeToolRequest({ tool_id: ID, idempotency_key, body });
        expect(decodeToolRequest(bytes)).toEqual({ tool_id: ID, idempotency_key, body });
      }),
      { seed: SEED },
    );
  });

  it('have these bytes', () => {
    const bytes = encodeToolRequest({ tool_id: ID, idempotency_key: utf8('k'), body: { n: [1, -1] } });
    const id = `0802${'0301'}${'0301'}${'0302'}0520${'07'.repeat(32)}`;
    expect(formatHex(bytes)).toBe(`08030301${id}0302${'05016b'}0303${'0801' + '06016e' + '0702' + '0301' + '0401'}`);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['no struct', encodeCan([1n])],
    ['no tool', can([[3n, null]])],
    ['no body', can([[1n, hash()]])],
    [
      'a tool of another algorithm',
      can([
        [1n, hash(ID, 2n)],
        [3n, null],
      ]),
    ],
    [
      'a tool with 31 bytes',
      can([
        [1n, hash(ID.slice(1))],
        [3n, null],
      ]),
    ],
    [
      'a hash with a third field',
      can([
        [1n, hash(ID, 1n, [[3n, null]])],
        [3n, null],
      ]),
    ],
    [
      'a key that is text',
      can([
        [1n, hash()],
        [2n, 'k'],
        [3n, null],
      ]),
    ],
    [
      'an empty key',
      can([
        [1n, hash()],
        [2n, new Uint8Array(0)],
        [3n, null],
      ]),
    ],
    [
      'a key that is too long',
      can([
        [1n, hash()],
        [2n, new Uint8Array(LIMITS.eventKeyBytes + 1)],
        [3n, null],
      ]),
    ],
    [
      'a field that is not known',
      can([
        [1n, hash()],
        [3n, null],
        [4n, null],
      ]),
    ],
    [
      'a field by text',
      can([
        [1n, hash()],
        [3n, null],
        ['body', null],
      ]),
    ],
    [
      'bytes in the body',
      can([
        [1n, hash()],
        [3n, [ID]],
      ]),
    ],
    [
      'a key of a map that is no text',
      can([
        [1n, hash()],
        [3n, new CanMap([[1n, null]])],
      ]),
    ],
    [
      'an integer beyond 2^53',
      can([
        [1n, hash()],
        [3n, 2n ** 60n],
      ]),
    ],
    [
      'a signed integer that is not negative',
      can([
        [1n, hash()],
        [3n, new CanSigned(1n)],
      ]),
    ],
    ['bytes behind it', concatBytes([encodeToolRequest({ tool_id: ID, body: 1 }), Uint8Array.of(0)])],
  ])('with %s are refused', (_what, bytes) => {
    expect(codeOf(() => decodeToolRequest(bytes))).toBe('tools/bad-request');
  });

  it.each<[string, Parameters<typeof encodeToolRequest>[0]]>([
    ['a fraction', { tool_id: ID, body: 0.5 }],
    ['an integer beyond 2^53', { tool_id: ID, body: [2 ** 60] }],
    ['a short id', { tool_id: ID.slice(1), body: 1 }],
    ['an empty key', { tool_id: ID, idempotency_key: new Uint8Array(0), body: 1 }],
    ['half a character', { tool_id: ID, body: '\ud800' }],
  ])('with %s are not made', (_what, request) => {
    expect(codeOf(() => encodeToolRequest(request))).toBe('tools/bad-request');
  });

  it('that are too large are neither made nor read', () => {
    const text = 'x'.repeat(LIMITS.toolRequestBytes);
    expect(codeOf(() => encodeToolRequest({ tool_id: ID, body: text }))).toBe('tools/too-large');
    expect(codeOf(() => decodeToolRequest(new Uint8Array(LIMITS.toolRequestBytes + 1)))).toBe('tools/too-large');
  });
});

describe(`answers (seed ${SEED})`, () => {
  it('come back', () => {
    fc.assert(
      fc.property(body, (body) => {
        expect(decodeToolResponse(encodeToolResponse({ status: 200, body }))).toEqual({
          status: 200,
          body,
          error: undefined,
        });
      }),
      { seed: SEED },
    );
    const failed = { status: 404, body: { partly: true }, error: 'no such thing' };
    expect(decodeToolResponse(encodeToolResponse(failed))).toEqual(failed);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /byte 0/],
    ['no status', can([[2n, 1n]]), /status/],
    [
      'a status that is text',
      can([
        [1n, '200'],
        [2n, 1n],
      ]),
      /status/,
    ],
    [
      'status 0',
      can([
        [1n, 0n],
        [3n, 'x'],
      ]),
      /status is 0/,
    ],
    [
      'status 65536',
      can([
        [1n, 65_536n],
        [3n, 'x'],
      ]),
      /status/,
    ],
    ['status 200 and no body', can([[1n, 200n]]), /no body/],
    [
      'status 200 and an error',
      can([
        [1n, 200n],
        [2n, 1n],
        [3n, 'x'],
      ]),
      /an error/,
    ],
    [
      'status 500 and no error',
      can([
        [1n, 500n],
        [2n, 1n],
      ]),
      /does not say why/,
    ],
    [
      'an error that is no text',
      can([
        [1n, 500n],
        [3n, 1n],
      ]),
      /error/,
    ],
    [
      'an error that is too long',
      can([
        [1n, 500n],
        [3n, 'x'.repeat(LIMITS.toolErrorBytes + 1)],
      ]),
      /more than/,
    ],
    [
      'a field that is not known',
      can([
        [1n, 200n],
        [2n, 1n],
        [32n, 1n],
      ]),
      /not known/,
    ],
    [
      'bytes in the body',
      can([
        [1n, 200n],
        [2n, ID],
      ]),
      /bytes/,
    ],
    ['fields out of order', Uint8Array.of(8, 2, 3, 2, 2, 3, 1, 3, 0xc8, 1), /byte/],
    ['a status in another spelling', Uint8Array.of(8, 2, 3, 1, 3, 0xc8, 0x81, 0, 3, 2, 2), /byte/],
    ['a list without end', Uint8Array.of(8, 2, 3, 1, 3, 0xc8, 1, 3, 2, 7, 0xff, 0xff, 0xff, 0x7f), /byte/],
    [
      'ten thousand lists in one another',
      Uint8Array.from([8, 2, 3, 1, 3, 0xc8, 1, 3, 2, ...Array.from({ length: 10_000 }, () => [7, 1]).flat(), 0]),
      /deep|nest/,
    ],
  ])('with %s are refused', (_what, bytes, why) => {
    const fault = refusalOf(() => decodeToolResponse(bytes));
    expect([fault.code, fault.message]).toEqual(['tools/bad-response', expect.stringMatching(why)]);
  });

  it('that are larger than asked for are refused', () => {
    const bytes = encodeToolResponse({ status: 200, body: 'x'.repeat(100) });
    expect(codeOf(() => decodeToolResponse(bytes, { maxBytes: 100 }))).toBe('tools/too-large');
    expect(codeOf(() => decodeToolResponse(bytes, { maxBytes: bytes.length }))).toBeUndefined();
  });

  it('that say nothing are not made', () => {
    for (const response of [
      { status: 200 },
      { status: 500 },
      { status: 200, body: 1, error: 'x' },
      { status: 1.5, error: 'x' },
      { status: 0, error: 'x' },
    ])
      expect(codeOf(() => encodeToolResponse(response))).toBe('tools/bad-response');
  });
});
