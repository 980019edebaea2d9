/** Numbers go in and out exactly, and their texts are those of ECMAScript: compared with the engine that runs the tests. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { encode, type JsonValue, mapEntries } from '../../codec/index.js';
import { createEngine } from './engine.js';
import type { EncodedRows } from './guest-events.js';
import { EventSink } from './guest-events.js';
import { shortestText } from './shortest-powers.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });
const CHUNK = 5000;

/** xorshift64*, so that a failing number is the same in every run. */
function* bits(seed: bigint): Generator<bigint> {
  let x = seed;
  for (;;) {
    x ^= x >> 12n;
    x ^= BigInt.asUintN(64, x << 25n);
    x ^= x >> 27n;
    yield BigInt.asUintN(64, x * 0x2545f4914f6cdd1dn);
  }
}

function numbers(): number[] {
  const out: number[] = [];
  const view = new DataView(new ArrayBuffer(8));
  const random = bits(20250913n);
  const next = (): bigint => random.next().value as bigint;
  const add = (value: number): void => {
    if (Number.isFinite(value) && !Object.is(value, -0)) out.push(value);
  };
  for (let i = 0; i < 90_000; i++) {
    view.setBigUint64(0, next());
    add(view.getFloat64(0));
  }
  for (let i = 0; i < 5000; i++) {
    view.setBigUint64(0, next() & ((1n << 52n) - 1n));
    add(view.getFloat64(0));
    const n = Number(next() % 4_000_000n) - 2_000_000;
    for (const value of [n, n / 1000, n / 7, n * 1e15, n / 2 ** 20]) add(value);
  }
  for (let k = -1074; k < 1024; k++)
    for (const value of [2 ** k, -(2 ** k), 2 ** k * (1 + 2 ** -52), 2 ** k * (1 - 2 ** -53)]) add(value);
  for (let k = -323; k < 309; k++)
    for (const digit of ['1', '5', '9.999999999999999', '1.2345678901234567']) add(Number(`${digit}e${k}`));
  for (const value of [
    0,
    1e21,
    999999999999999900000,
    5e-324,
    0.1 + 0.2,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 53 + 2,
    2 ** 31,
    2 ** 31 - 1,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 32,
    4.35,
    1.005,
    2.5,
    1.45,
    8.345,
    0.000001,
    0.0000001,
    Number.MAX_VALUE,
  ])
    add(value);
  return out;
}

const NUMBERS = numbers();
const chunks = Array.from({ length: Math.ceil(NUMBERS.length / CHUNK) }, (_, i) =>
  NUMBERS.slice(i * CHUNK, (i + 1) * CHUNK),
);

function rowsOf(payload: JsonValue): EncodedRows {
  const bytes = encode({ ulid: 'u', type: 't', payload });
  const { entries } = mapEntries(bytes);
  const at = (name: string): number => entries.get(name)?.start ?? 0;
  const sink = new EventSink();
  sink.add(bytes, {
    ulidStart: at('ulid'),
    typeStart: at('type'),
    keyStart: 0,
    keyEnd: 0,
    payloadStart: at('payload'),
  });
  return sink.take();
}

/** What `body` makes of each number, in a fold. */
async function inFold(body: string, each: readonly (readonly number[])[] = chunks): Promise<unknown[]> {
  const source = `export function fold(state, event) { return { out: event.payload.map((x) => ${body}) }; }`;
  const sandbox = await engine.instantiate({ source, gas: 1e9, memory: 128 * 1024 * 1024 });
  return each.flatMap((chunk) => {
    sandbox.reset({});
    sandbox.run({ rows: rowsOf(chunk), groups: [{ actor: 'a', time: 0, count: 1 }], count: 1 });
    return (sandbox.snapshot() as { readonly out: readonly unknown[] }).out;
  });
}

/** Numbers whose answers differ, a few of them. */
function differing(got: readonly unknown[], want: (value: number) => unknown, tried = NUMBERS): unknown[] {
  expect(got.length).toBe(tried.length);
  return tried
    .flatMap((value, i) => (Object.is(got[i], want(value)) ? [] : [[value, got[i], want(value)]]))
    .slice(0, 10);
}

/** Every so-manieth number, and all those near the powers of two and of ten. */
function some(every: number): number[] {
  return NUMBERS.filter((_, i) => i % every === 0 || i > 114_000);
}

it(`has ${NUMBERS.length} numbers to try`, () => {
  expect(NUMBERS.length).toBeGreaterThan(100_000);
});

describe('numbers', () => {
  it('come in from DAG-CBOR and go out as they are', async () => {
    expect(differing(await inFold('x'), (x) => x)).toEqual([]);
  });

  it('come in from JSON text as they are', async () => {
    const sandbox = await engine.instantiate({
      source: 'export const fold = (state, event) => ({ out: event.payload });',
      gas: 1e9,
      memory: 128 * 1024 * 1024,
    });
    for (const chunk of chunks) {
      sandbox.reset({});
      sandbox.run({
        rows: JSON.stringify([['u', 't', null, chunk]]),
        groups: [{ actor: 'a', time: 0, count: 1 }],
        count: 1,
      });
      const { out } = sandbox.snapshot() as { readonly out: readonly number[] };
      expect(out.filter((value, i) => !Object.is(value, chunk[i]))).toEqual([]);
    }
  });

  it('survive reset with a state', async () => {
    const sandbox = await engine.instantiate({
      source: 'export const fold = (state) => state;',
      gas: 1e9,
      memory: 128 * 1024 * 1024,
    });
    for (const chunk of chunks) {
      sandbox.reset({ chunk });
      expect(
        (sandbox.snapshot() as { readonly chunk: readonly number[] }).chunk.filter(
          (value, i) => !Object.is(value, chunk[i]),
        ),
      ).toEqual([]);
    }
  });

  it('are read from text as in ECMAScript', async () => {
    const texts = await inFold(
      '[Number(String(x)), parseFloat(String(x)), JSON.parse(String(x)), +x.toExponential(20)]',
    );
    const bad = NUMBERS.filter((value, i) => !(texts[i] as number[]).every((read) => Object.is(read, value)));
    expect(bad).toEqual([]);
  });
});

describe('texts of numbers', () => {
  const FORMATS: readonly (readonly [string, (x: number) => string])[] = [
    ['String(x)', (x) => String(x)],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    ['`${x}`', (x) => `${x}`],
    ["x + ''", (x) => `${x}`],
    ["[x].join('')", (x) => [x].join('')],
    ['JSON.stringify(x)', (x) => JSON.stringify(x)],
    ['Object.keys({ [x]: 1 })[0]', (x) => Object.keys({ [x]: 1 })[0] as string],
    ['x.toString(10)', (x) => x.toString(10)],
    ['x.toExponential()', (x) => x.toExponential()],
    ...[0, 2, 7, 20, 100].map((n) => [`x.toFixed(${n})`, (x: number) => x.toFixed(n)] as const),
    ...[1, 3, 15, 17, 21, 100].map((n) => [`x.toPrecision(${n})`, (x: number) => x.toPrecision(n)] as const),
    ...[0, 1, 5, 20, 100].map((n) => [`x.toExponential(${n})`, (x: number) => x.toExponential(n)] as const),
    ...[2, 3, 4, 5, 7, 8, 10, 12, 16, 24, 32, 35, 36].map(
      (n) => [`x.toString(${n})`, (x: number) => x.toString(n)] as const,
    ),
  ];

  it.each(FORMATS)('%s', async (body, want) => {
    const tried = body === 'String(x)' ? NUMBERS : some(20);
    expect(
      differing(
        await inFold(body, [tried.slice(0, CHUNK), tried.slice(CHUNK, 2 * CHUNK), tried.slice(2 * CHUNK)]),
        want,
        tried,
      ),
    ).toEqual([]);
  });

  it('of the listed powers of two are the shortest', () => {
    const listed = Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074)).filter(
      (value) => shortestText(value) !== undefined,
    );
    expect(listed.length).toBe(54);
    for (const value of listed) {
      expect(shortestText(value)).toBe(String(value));
      expect(shortestText(-value)).toBe(String(-value));
    }
    expect(shortestText(2)).toBeUndefined();
  });

  it('refuse what ECMAScript refuses', async () => {
    const body =
      '[() => x.toFixed(101), () => x.toString(1), () => x.toString(37), () => x.toPrecision(0), () => x.toExponential(-1)].map((f) => { try { f(); return "done"; } catch (e) { return e.name; } }).join()';
    expect(await inFold(body, [[1.5]])).toEqual(['RangeError,RangeError,RangeError,RangeError,RangeError']);
    expect(
      await inFold(
        '[(0).toString(7), (-0).toString(3), NaN.toString(5), (-1 / 0).toString(9), (1 / 0).toString()].join()',
        [[1]],
      ),
    ).toEqual(['0,0,NaN,-Infinity,Infinity']);
  });
});
