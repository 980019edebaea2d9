/**
 * Text to number, as ECMAScript has it. Up to 20 digits there is one answer, and the engine that runs the tests gives it too.
 * Beyond, ECMA-262 (7.1.4.1.2, RoundMVResult) lets an engine take 0 for each digit after the twentieth, or count the twentieth one up.
 * That choice is part of the pinned binary, so here it is only held to the two that are allowed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './engine.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });
const CHUNK = 4000;

/** xorshift64*, so that a failing text is the same in every run. */
function random(seed: bigint): () => bigint {
  let x = seed;
  return () => {
    x ^= x >> 12n;
    x ^= BigInt.asUintN(64, x << 25n);
    x ^= x >> 27n;
    return BigInt.asUintN(64, x * 0x2545f4914f6cdd1dn);
  };
}

const view = new DataView(new ArrayBuffer(8));
function double(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function digits(next: () => bigint, count: number): string {
  let out = String((next() % 9n) + 1n);
  while (out.length < count) out += String(next() % 10n);
  return out;
}

/** As a text, so that -0, NaN and infinities come through as well. */
const told = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
const TOLD = '(v) => (v === 0 && 1 / v < 0 ? "-0" : String(v))';

/** What a fold makes of each text. */
async function inFold(expression: string, texts: readonly string[]): Promise<string[]> {
  const source = `const told = ${TOLD}; export function fold(state, { payload }) { return { out: payload.map((t) => told(${expression})) }; }`;
  const sandbox = await engine.instantiate({ source, gas: 1e9, memory: 64 * 1024 * 1024 });
  const out: string[] = [];
  for (let i = 0; i < texts.length; i += CHUNK) {
    const rows = JSON.stringify([['u', 't', null, texts.slice(i, i + CHUNK)]]);
    sandbox.reset({});
    sandbox.run({ rows, groups: [{ actor: 'a', time: 0, count: 1 }], count: 1 });
    out.push(...(sandbox.snapshot() as { readonly out: readonly string[] }).out);
  }
  sandbox.dispose();
  return out;
}

async function differing(expression: string, texts: readonly string[], want: (text: string) => number) {
  const got = await inFold(expression, texts);
  expect(got.length).toBe(texts.length);
  return texts
    .flatMap((text, i) => (got[i] === told(want(text)) ? [] : [[text, got[i], told(want(text))]]))
    .slice(0, 10);
}

/** Decimal texts of at most 20 digits, of every size that a number can have, and around its ends. */
function shortTexts(): string[] {
  const next = random(20261120n);
  const out: string[] = [];
  for (let i = 0; i < 30_000; i++) {
    const all = digits(next, Number(next() % 20n) + 1);
    const exponent = Number(next() % 680n) - 350;
    out.push(`${all}e${exponent - all.length}`, `${i % 2 === 0 ? '-' : ''}${all.slice(0, 4)}.${all.slice(4)}0`);
  }
  for (let i = 0; i < 5000; i++) {
    const subnormal = double(next() & ((1n << 52n) - 1n));
    for (const count of [1, 5, 16, 17, 18, 20]) out.push(subnormal.toPrecision(count));
    out.push(double(next() & 0x7fefffffffffffffn).toPrecision(20));
  }
  for (let k = -1074; k < 1024; k++) out.push((2 ** k).toPrecision(20), (2 ** k * (1 + 2 ** -52)).toPrecision(19));
  for (const edge of ['2.4703282292062327', '2.4703282292062328', '2.4703282292062327208', '2.4703282292062327209'])
    out.push(`${edge}e-324`);
  for (const edge of ['1.7976931348623157', '1.7976931348623158', '1.7976931348623158079', '1.7976931348623158080'])
    out.push(`${edge}e308`, `-${edge}e308`);
  out.push('2.2250738585072011e-308', '2.2250738585072012e-308', '2.2250738585072014e-308', '9007199254740993', '1e23');
  return out.filter((text) => Number.isFinite(Number(text)) || /e30[89]$/.test(text));
}

/** Texts that are no plain decimals. */
const ODD = [
  ...['', ' ', '\t\n\u000b\f\r\u00a0\ufeff\u2028\u2029\u3000', '\u180e1', '\u200b1', ' 12 ', '\u00a012\ufeff'],
  ...[
    '.',
    '+',
    '-',
    '+-1',
    '--1',
    '.5',
    '5.',
    '-.5',
    '+.5e1',
    '5.e1',
    '.e1',
    'e5',
    '1e',
    '1e+',
    '1e-',
    '1e5.5',
    '1e2e3',
  ],
  ...['0x10', '0X1f', '-0x10', '0x', '0x1.8', '0xg', '0b11', '0B2', '0b', '0o17', '0O8', '0o', '017', '00012', '08.5'],
  ...['Infinity', '-Infinity', '+Infinity', 'infinity', 'Infinityx', 'INFINITY', 'NaN', 'nan', 'null', 'true'],
  ...['1_000', '1,5', '12px', '1.2.3', '1n', '١٢', '１', '-0', '-0.0', '0e0', '-0e-400', '0e1000000000000'],
  ...['1e1000', '-1e1000', '1e-1000', '-1e-1000', '1e1000000000000', '1e-1000000000000', '1e99999999999999999999'],
  `0.${'0'.repeat(400)}1e401`,
  `1${'0'.repeat(400)}e-400`,
  `${'0'.repeat(1000)}7`,
  `0.1${'0'.repeat(1000)}`,
  `0x${'f'.repeat(60)}`,
  '0x1fffffffffffff8',
  '0x20000000000001',
  '0x20000000000003',
  `0b1${'0'.repeat(53)}1`,
  `0b1${'0'.repeat(52)}11`,
  `0o${'7'.repeat(30)}`,
];

const SHORT = shortTexts();

describe(`${SHORT.length} texts of at most 20 digits`, () => {
  it.each<[string, (text: string) => number]>([
    ['parseFloat(t)', (text) => Number.parseFloat(text)],
    ['Number(t)', Number],
    ['+t', Number],
    ['t * 1', Number],
  ])('%s', async (expression, want) => {
    expect(SHORT.length).toBeGreaterThan(90_000);
    expect(await differing(expression, SHORT, want)).toEqual([]);
  });

  it('in JSON', async () => {
    const json = SHORT.map((text) => text.replace(/\.(?=e|$)/, '').replace(/^(-?)0+(?=\d)/, '$1'));
    expect(await differing('JSON.parse(t)', json, Number)).toEqual([]);
  });

  it('in the text of the module', async () => {
    const some = SHORT.filter((_, i) => i % 37 === 0 && !/^-?0\d/.test(SHORT[i] as string));
    const source = `const all = [${some.join(', ')}]; const told = ${TOLD}; export const fold = () => ({ out: all.map(told) });`;
    const sandbox = await engine.instantiate({ source, gas: 1e6, memory: 64 * 1024 * 1024 });
    sandbox.reset({});
    sandbox.run({ rows: '[["u","t",null,0]]', groups: [{ actor: 'a', time: 0, count: 1 }], count: 1 });
    expect(sandbox.snapshot()).toEqual({ out: some.map((text) => told(Number(text))) });
  });
});

describe('odd texts', () => {
  it.each<[string, (text: string) => number]>([
    ['parseFloat(t)', (text) => Number.parseFloat(text)],
    ['Number(t)', Number],
    ['+t', Number],
    // biome-ignore lint/correctness/useParseIntRadix: without one is what is tried
    ['parseInt(t)', (text) => Number.parseInt(text)],
    ['parseInt(t, 10)', (text) => Number.parseInt(text, 10)],
    ['parseInt(t, 16)', (text) => Number.parseInt(text, 16)],
    ['parseInt(t, 2)', (text) => Number.parseInt(text, 2)],
    ['parseInt(t, 32.9)', (text) => Number.parseInt(text, 32)],
    ['parseInt(t, 1)', () => Number.NaN],
    ['parseInt(t, -1)', () => Number.NaN],
    ['Number.parseFloat(t)', (text) => Number.parseFloat(text)],
    ['Math.round(t)', (text) => Math.round(text as unknown as number)],
  ])('%s', async (expression, want) => {
    expect(await differing(expression, ODD, want)).toEqual([]);
  });
});

/** The exact decimal text of `significand · 2^exponent`. */
function exact(significand: bigint, exponent: number): string {
  if (exponent >= 0) return String(significand << BigInt(exponent));
  const all = String(significand * 5n ** BigInt(-exponent)).padStart(1 - exponent, '0');
  return `${all.slice(0, exponent)}.${all.slice(exponent)}`;
}

/** Points exactly between two neighbours, with up to a thousand digits: subnormal ones, too. */
function halfways(count: number): string[] {
  const next = random(7n);
  return Array.from({ length: count }, (_, i) => {
    const bits = next() & (i % 3 === 0 ? (1n << 52n) - 1n : 0x7fdfffffffffffffn);
    const biased = Number(bits >> 52n);
    const significand = (bits & ((1n << 52n) - 1n)) | (biased === 0 ? 0n : 1n << 52n);
    return exact(2n * significand + 1n, Math.max(biased, 1) - 1076);
  });
}

/** The two answers that ECMA-262 allows: digits after the twentieth are 0; or that, with the twentieth counted up. */
function allowed(text: string): readonly [string, string] {
  const [whole = '', fraction = ''] = text.split('.');
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = BigInt(all.slice(0, 20));
  const exponent = all.length - 20 - fraction.length;
  return [told(Number(`${kept}e${exponent}`)), told(Number(`${kept + 1n}e${exponent}`))];
}

describe('texts of more than 20 digits', () => {
  const HALFWAYS = halfways(600);
  const texts = HALFWAYS.flatMap((text) => {
    const point = text.includes('.') ? '' : '.';
    const below = text.replace(/[1-9]0*$/, (end) => String(BigInt(end) - 1n).padStart(end.length, '0'));
    return [text, `${text}${point}0000001`, `${below}${point}9`];
  }).filter((text) => text.replace(/[.]/, '').replace(/^0+/, '').length > 20);

  it.each(['parseFloat(t)', 'Number(t)', '+t'])(
    '%s: one of the two neighbours that are allowed',
    async (expression) => {
      expect(texts.length).toBeGreaterThan(1500);
      const got = await inFold(expression, texts);
      const wrong = texts.flatMap((text, i) => (allowed(text).includes(got[i] as string) ? [] : [[text, got[i]]]));
      expect(wrong).toEqual([]);
    },
  );

  it('the same by every way', async () => {
    const [first, ...others] = await Promise.all(
      ['parseFloat(t)', 'Number(t)', '+t', 't - 0', 'Number(" " + t)'].map((expression) => inFold(expression, texts)),
    );
    for (const other of others) expect(other).toEqual(first);
  });
});
