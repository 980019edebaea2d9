/** Integers, durations and times. */
import { parseTime } from '../../codec/index.js';
import { isGatosError } from '../../kernel/index.js';
import type { ValueForm } from './ast.js';
import { shown } from './shown.js';
import type { Sink } from './sink.js';

const MICROS: Readonly<Record<string, number>> = {
  s: 1_000_000,
  m: 60 * 1_000_000,
  h: 3600 * 1_000_000,
  d: 86_400 * 1_000_000,
  w: 7 * 86_400 * 1_000_000,
};

const DATE = /\d{4}-\d{2}-\d{2}(?:[Tt][0-9:]*(?:\.[0-9]+)?[A-Za-z]*(?:[+-]\d{2}:\d{2})?)?/y;
const DIGITS = /[0-9][0-9_]*/y;
const FRACTION = /\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+(?![0-9A-Za-z_])/y;
const LETTERS = /[A-Za-z_][0-9A-Za-z_]*/y;

export interface LexedNumber {
  readonly value: number;
  readonly form: ValueForm;
  readonly end: number;
}

function match(shape: RegExp, text: string, at: number): string {
  shape.lastIndex = at;
  return shape.exec(text)?.[0] ?? '';
}

interface Found {
  readonly text: string;
  readonly start: number;
}

function time(found: Found, sink: Sink): LexedNumber {
  const { text, start } = found;
  const end = start + text.length;
  const form: ValueForm = { as: 'source', text };
  if (text.length === 'YYYY-MM-DD'.length) {
    sink.report({ start, end }, 'time', { text, why: 'it is a date without a time of day' });
    return { value: 0, form, end };
  }
  try {
    return { value: parseTime(text), form, end };
  } catch (error) {
    if (!isGatosError(error, 'codec/text')) throw error;
    const why = String(error.data.why);
    sink.report({ start, end }, 'time', { text: shown(text), why });
    return { value: 0, form, end };
  }
}

function whyNoInteger(digits: string): string | null {
  if (digits.endsWith('_') || digits.includes('__')) return 'a `_` stands between two digits';
  if (digits.length > 1 && digits.startsWith('0')) return 'it starts with `0`';
  return null;
}

function whyNoUnit(letters: string): { readonly why: string; readonly hint: string } {
  const hint = 'units are `s`, `m`, `h`, `d` and `w`; two of them are added: `1h + 30m`';
  return { why: `\`${shown(letters)}\` is no unit`, hint };
}

/** Reads the number that starts with a digit at `start`. Never throws: faults go to the sink, and the value is 0. */
export function lexNumber({ text, start }: { text: string; start: number }, sink: Sink): LexedNumber {
  const date = match(DATE, text, start);
  if (date !== '') return time({ text: date, start }, sink);
  const digits = match(DIGITS, text, start);
  const fraction = match(FRACTION, text, start + digits.length);
  const letters = match(LETTERS, text, start + digits.length + fraction.length);
  const whole = digits + fraction + letters;
  const end = start + whole.length;
  const fault = (report: () => void): LexedNumber => {
    report();
    return { value: 0, form: { as: 'json' }, end };
  };
  const span = { start, end };
  if (fraction !== '') return fault(() => sink.report(span, 'float', { text: shown(whole) }));
  const factor = letters === '' ? 1 : Object.hasOwn(MICROS, letters) ? MICROS[letters] : undefined;
  if (factor === undefined)
    return fault(() => sink.report(span, 'number', { text: shown(whole), ...whyNoUnit(letters) }));
  const why = whyNoInteger(digits);
  if (why !== null) return fault(() => sink.report(span, 'number', { text: shown(whole), why, hint: null }));
  // Exact: beyond 2^53 the product is rounded, but never below it.
  const value = Number(digits.replaceAll('_', '')) * factor;
  if (!Number.isSafeInteger(value)) return fault(() => sink.report(span, 'integer', { text: shown(whole) }));
  return { value, form: whole === String(value) ? { as: 'json' } : { as: 'source', text: whole }, end };
}
