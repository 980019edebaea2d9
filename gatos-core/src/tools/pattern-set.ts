/** Sets of code points, as ranges in ascending order that do not touch: what one place of a `pattern` matches. */

export type CodeSet = readonly (readonly [from: number, to: number])[];

const LAST = 0x10ffff;

export function single(code: number): CodeSet {
  return [[code, code]];
}

export function union(sets: readonly CodeSet[]): CodeSet {
  const all = sets.flat().sort(([a], [b]) => a - b);
  const out: [number, number][] = [];
  for (const [from, to] of all) {
    const before = out.at(-1);
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else out.push([from, to]);
  }
  return out;
}

export function complement(set: CodeSet): CodeSet {
  const out: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) out.push([next, LAST]);
  return out;
}

/** Does some code point stand in two of these sets? */
export function overlap(sets: readonly CodeSet[]): boolean {
  const all = sets.flat().sort(([a], [b]) => a - b);
  return all.some(([from], i) => i > 0 && from <= (all[i - 1]?.[1] ?? -1));
}

const codes = (text: string): CodeSet =>
  union([...text].map((character) => single(character.codePointAt(0) as number)));

export const DIGITS: CodeSet = [[0x30, 0x39]];
/** `\w` without `i`. */
export const WORD: CodeSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const LINE_ENDS = codes('\n\r\u2028\u2029');
/** `\s`: WhiteSpace and LineTerminator of ECMA-262. */
export const SPACE: CodeSet = union([
  codes('\t\v\f \u00a0\ufeff\u1680\u202f\u205f\u3000'),
  [[0x2000, 0x200a]],
  LINE_ENDS,
]);
/** `.` without `s`. */
export const DOT: CodeSet = complement(LINE_ENDS);
