import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex, parseHex } from '../codec/index.js';
import { isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import { ENVELOPE_TYPE, formatBase64, formatDsse, pae, parseBase64, parseDsse } from './index.js';

const SEED = 20_253;

function codeOf(body: () => unknown): string {
  try {
    return `no error: ${JSON.stringify(body())}`;
  } catch (error) {
    return isGatosError(error) ? error.code : `not typed: ${String(error)}`;
  }
}

describe('pae', () => {
  interface PaeVector {
    readonly id: string;
    readonly input: { readonly payloadType: string; readonly payload: string };
    readonly want: { readonly pae: string };
  }
  const list: readonly PaeVector[] = JSON.parse(
    readFileSync(new URL('../../../conformance/vectors/identity/dsse-pae.json', import.meta.url), 'utf8'),
  );

  it.each(list)('$id', ({ input, want }) => {
    expect(formatHex(pae(input.payloadType, parseHex(input.payload)))).toBe(want.pae);
  });

  it('is the example of the DSSE specification', () => {
    expect(pae('http://example.com/HelloWorld', utf8('hello world'))).toEqual(
      utf8('DSSEv1 29 http://example.com/HelloWorld 11 hello world'),
    );
  });

  it(`is injective (seed ${SEED})`, () => {
    const part = fc.string({ unit: fc.constantFrom('1', ' ', 'a', 'é') });
    fc.assert(
      fc.property(part, part, part, part, (type1, body1, type2, body2) => {
        const same = type1 === type2 && body1 === body2;
        expect(formatHex(pae(type1, utf8(body1))) === formatHex(pae(type2, utf8(body2)))).toBe(same);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('DSSE JSON', () => {
  const signature = { keyid: 'ed25519:abc', sig: new Uint8Array([255, 254, 253]) };

  it('is one line with standard base64', () => {
    expect(
      formatDsse({ payloadType: ENVELOPE_TYPE, payload: new Uint8Array([251, 255]), signatures: [signature] }),
    ).toBe(
      '{"payload":"+/8=","payloadType":"application/vnd.gatos.envelope+dag-cbor;v=1","signatures":[{"keyid":"ed25519:abc","sig":"//79"}]}',
    );
  });

  it(`reads back what it wrote (seed ${SEED})`, () => {
    const text = fc.string({ unit: 'grapheme' });
    const envelope = fc.record({
      payloadType: text,
      payload: fc.uint8Array(),
      signatures: fc.array(fc.record({ keyid: text, sig: fc.uint8Array() }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(envelope, (value) => {
        expect(parseDsse(formatDsse(value))).toEqual(value);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('follows the rules of DSSE for what others write', () => {
    const text = '{"payloadType":"t","payload":"-_8=","extra":1,"signatures":[{"sig":"AA==","cert":"x"}]}';
    expect(parseDsse(text)).toEqual({
      payloadType: 't',
      payload: new Uint8Array([251, 255]),
      signatures: [{ keyid: '', sig: new Uint8Array([0]) }],
    });
  });

  const valid = { payloadType: 't', payload: 'AA==', signatures: [{ keyid: '', sig: 'AA==' }] };
  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no payload', JSON.stringify({ ...valid, payload: undefined })],
    ['no type', JSON.stringify({ ...valid, payloadType: undefined })],
    ['no signatures', JSON.stringify({ ...valid, signatures: undefined })],
    ['signatures of another type', JSON.stringify({ ...valid, signatures: {} })],
    ['a signature that is text', JSON.stringify({ ...valid, signatures: ['AA=='] })],
    ['no sig', JSON.stringify({ ...valid, signatures: [{ keyid: '' }] })],
    ['keyid of another type', JSON.stringify({ ...valid, signatures: [{ keyid: 1, sig: 'AA==' }] })],
    ['base64 without padding', JSON.stringify({ ...valid, payload: 'AA' })],
    ['base64 with set bits after the end', JSON.stringify({ ...valid, payload: 'AB==' })],
    ['two alphabets in one text', JSON.stringify({ ...valid, payload: '+_8=' })],
    ['a field twice', '{"payload":"AA==","payload":"AA==","payloadType":"t","signatures":[]}'],
    [
      'too many signatures',
      JSON.stringify({ ...valid, signatures: new Array(LIMITS.signatures + 1).fill(valid.signatures[0]) }),
    ],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseDsse(text))).toBe('identity/dsse');
  });
});

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('RFC 4648 section 10: %j is %j', (plain, text) => {
    expect(formatBase64(utf8(plain))).toBe(text);
    expect(parseBase64(text)).toEqual(utf8(plain));
  });

  it(`agrees with the platform on bytes, and accepts no other spelling (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(formatBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(parseBase64(formatBase64(bytes))).toEqual(bytes);
      }),
      { seed: SEED },
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'Aa+/=-_ \nŁ'), maxLength: 12 }), (text) => {
        const bytes = parseBase64(text);
        if (bytes !== null) expect(formatBase64(bytes)).toBe(text);
        else expect(Buffer.from(text, 'base64').toString('base64') === text).toBe(false);
      }),
      { seed: SEED, numRuns: 5000 },
    );
  });
});
