/** Values in and out of the guest, and events straight from DAG-CBOR. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cid, encode, formatJson, type JsonValue, mapEntries, type Value } from '../../codec/index.js';
import { createEngine } from './engine.js';
import { EventSink } from './guest-events.js';
import { decodeFromGuest } from './guest-read.js';
import { encodeForGuest } from './guest-write.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });
const echo = await engine.instantiate({
  source: 'export const fold = (state, event) => ({ event });',
  gas: 1000,
  memory: 64 * 1024 * 1024,
});
const SEED = 7;

const wellFormed = (text: string): boolean => text.isWellFormed() && !text.startsWith('\ufeff');
const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.constantFrom('__proto__', 'constructor', '', '\u0000', 'ÿ', 'Ā', '4294967295', '0'),
  )
  .filter(wellFormed);
const number = fc
  .oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((n) => n + 0);
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

function spans(bytes: Uint8Array) {
  const { entries } = mapEntries(bytes);
  const start = (name: string): number => entries.get(name)?.start ?? 0;
  return {
    ulidStart: start('ulid'),
    typeStart: start('type'),
    keyStart: start('key'),
    keyEnd: entries.get('key')?.end ?? 0,
    payloadStart: start('payload'),
  };
}

function throughGuest(payload: JsonValue): JsonValue {
  const bytes = encode({ ulid: 'u', type: 't', payload, key: 'k' } as Value);
  const sink = new EventSink();
  sink.add(bytes, spans(bytes));
  echo.reset({});
  echo.run({ rows: sink.take(), groups: [{ actor: 'a', time: 0, count: 1 }], count: 1 });
  const { event } = echo.snapshot() as { readonly event: { readonly payload: JsonValue } };
  return event.payload;
}

describe('values', () => {
  it(`pass from DAG-CBOR through the guest unchanged (seed ${SEED})`, () => {
    fc.assert(
      fc.property(value, (payload) => {
        expect(formatJson(throughGuest(payload), { sorted: true })).toBe(formatJson(payload, { sorted: true }));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it(`pass as a state unchanged (seed ${SEED})`, () => {
    fc.assert(
      fc.property(value, (inner) => {
        echo.reset({ inner });
        expect(formatJson(echo.snapshot(), { sorted: true })).toBe(formatJson({ inner }, { sorted: true }));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('of every length of text and number of keys', () => {
    for (const length of [0, 1, 15, 16, 63, 64, 65, 127, 128, 4095, 4096, 4097, 70_000]) {
      for (const unit of ['a', 'ÿ', 'Ā', '漢', '😀']) {
        const long = unit.repeat(length);
        expect(throughGuest(long)).toBe(long);
        expect(throughGuest(`${'a'.repeat(length)}${unit}`)).toBe(`${'a'.repeat(length)}${unit}`);
      }
    }
    for (const count of [0, 1, 30, 31, 32, 127, 128, 5000]) {
      const map = Object.fromEntries(Array.from({ length: count }, (_, i) => [`key number ${i}`, i]));
      expect(throughGuest(map)).toEqual(map);
      expect(throughGuest(Object.keys(map))).toEqual(Object.keys(map));
    }
  });

  it('are encoded with sorted keys, whatever order they had', () => {
    const one = encodeForGuest({ b: { y: 1, x: [2] }, a: 3 }).slice();
    expect(encodeForGuest({ a: 3, b: { x: [2], y: 1 } })).toEqual(one);
    expect(decodeFromGuest(one)).toEqual({ a: 3, b: { x: [2], y: 1 } });
  });

  it('bytes and links cannot enter a fold', () => {
    const sink = new EventSink();
    const add = (payload: Value): void => {
      const bytes = encode({ ulid: 'u', type: 't', payload });
      sink.add(bytes, spans(bytes));
    };
    add(1);
    expect(() => add([Uint8Array.of(1)])).toThrow(/event 1 of the batch/);
    expect(() => add({ a: Cid.hash('raw', Uint8Array.of(1)) })).toThrow(
      expect.objectContaining({ code: 'fold/event-value' }),
    );
    expect(sink.count).toBe(1);
  });
});
