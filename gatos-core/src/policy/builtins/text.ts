/** Built-ins on texts. Characters are code points; texts are well-formed, so that no cut goes through one. */
import { LIMITS } from '../../kernel/index.js';
import { RuleFault } from './fault.js';
import type { ListVal } from './value.js';
import type { BuiltIn, Work } from './work.js';

/** Gas of reading or writing so many UTF-16 units. */
export function spendUnits(work: Work, units: number): void {
  work.spend(units >>> 3);
}

/** Throws `policy/too-large` before a text of so many units is made. */
export function checkTextUnits(units: number): void {
  if (units <= LIMITS.policyTextUnits) return;
  throw new RuleFault('policy/too-large', `a text of ${units} characters, the limit is ${LIMITS.policyTextUnits}`);
}

/** The text that a rule makes by joining two. */
export function joinTwo(left: string, right: string, work: Work): string {
  checkTextUnits(left.length + right.length);
  spendUnits(work, left.length + right.length);
  return left + right;
}

/** A built-in on texts that costs what it reads. */
export const readingTexts =
  (built: (args: readonly string[]) => string | boolean | number): BuiltIn =>
  (args, work) => {
    let units = 0;
    for (const arg of args as readonly string[]) units += arg.length;
    spendUnits(work, units);
    return built(args as readonly string[]);
  };

const SPACE = new Set([' ', '\t', '\n', '\r', '\v', '\f']);

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.has(text.charAt(start))) start++;
  while (end > start && SPACE.has(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function countPoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) count--;
  }
  return count;
}

/** Without regular expressions and locales: only A to Z and a to z change. */
function asciiCase(text: string, from: number, by: number): string {
  let out = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < from || unit > from + 25) continue;
    out += text.slice(copied, i) + String.fromCharCode(unit + by);
    copied = i + 1;
  }
  return out + text.slice(copied);
}

const split: BuiltIn = (args, work) => {
  const [text, separator] = args as readonly string[] as readonly [string, string];
  spendUnits(work, text.length + separator.length);
  const parts = separator === '' ? [...text] : text.split(separator);
  work.spend(parts.length);
  return work.pool.list(parts);
};

const join: BuiltIn = (args, work) => {
  const [list, separator] = args as readonly [ListVal, string];
  const texts = list.items as readonly string[];
  let units = separator.length * Math.max(0, texts.length - 1);
  for (const text of texts) units += text.length;
  checkTextUnits(units);
  work.spend(texts.length);
  spendUnits(work, units);
  return texts.join(separator);
};

const replace: BuiltIn = (args, work) => {
  const [text, from, to] = args as readonly string[] as readonly [string, string, string];
  if (from === '') throw new RuleFault('policy/argument', 'an empty text cannot be replaced');
  spendUnits(work, text.length + from.length + to.length);
  const parts = text.split(from);
  const units = text.length + (parts.length - 1) * (to.length - from.length);
  checkTextUnits(units);
  work.spend(parts.length);
  spendUnits(work, units);
  return parts.join(to);
};

const substring: BuiltIn = (args, work) => {
  const [text, start, end] = args as readonly [string, number, number];
  spendUnits(work, text.length);
  const points = [...text];
  return points.slice(Math.max(0, start), Math.max(0, end)).join('');
};

export const TEXT_IMPLEMENTATIONS: Readonly<Record<string, BuiltIn>> = {
  length: readingTexts(([text]) => countPoints(text as string)),
  lower: readingTexts(([text]) => asciiCase(text as string, 0x41, 32)),
  upper: readingTexts(([text]) => asciiCase(text as string, 0x61, -32)),
  starts_with: readingTexts(([text, start]) => (text as string).startsWith(start as string)),
  ends_with: readingTexts(([text, end]) => (text as string).endsWith(end as string)),
  contains: readingTexts(([text, part]) => (text as string).includes(part as string)),
  split,
  join,
  trim: readingTexts(([text]) => trim(text as string)),
  replace,
  substring,
  text: ([value], work) => {
    const text = String(value);
    spendUnits(work, text.length);
    return text;
  },
};
