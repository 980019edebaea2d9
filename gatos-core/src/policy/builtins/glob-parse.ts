/**
 * Globs: `*` within a segment, `**` as a whole segment any number of segments, `?` one character but `/`, `[a-z]` and
 * `[!a-z]` (never `/`), `{a,b}` alternatives (they nest), `\` before a character that stands for itself.
 */
import { LIMITS } from '../../kernel/index.js';
import { RuleFault } from './fault.js';

export interface GlobState {
  /** Null: reads nothing, and goes on at each of `jumps`. */
  readonly takes: ((point: number) => boolean) | null;
  next: number;
  readonly jumps: number[];
  readonly accepts: boolean;
}

const SLASH = 0x2f;
const notSlash = (point: number): boolean => point !== SLASH;
const anything = (): boolean => true;
/** Where a whole segment may begin and end, besides the ends of the pattern. */
const OPENERS = ['/', '{', ','];
const CLOSERS = ['/', '}', ','];

class GlobParser {
  readonly states: GlobState[] = [];
  #at = 0;
  #braces = 0;
  readonly #points: readonly string[];

  constructor(readonly pattern: string) {
    this.#points = [...pattern];
  }

  parse(): readonly GlobState[] {
    this.#sequence();
    if (this.#at < this.#points.length) throw this.#refused('a `}` closes nothing');
    this.states.push({ takes: null, next: -1, jumps: [], accepts: true });
    return this.states;
  }

  #refused(why: string): RuleFault {
    return new RuleFault('policy/glob', `the pattern \`${this.pattern.slice(0, 100)}\` is malformed: ${why}`);
  }

  #take(takes: (point: number) => boolean): void {
    this.states.push({ takes, next: this.states.length + 1, jumps: [], accepts: false });
  }

  #jump(...jumps: number[]): GlobState {
    const state: GlobState = { takes: null, next: -1, jumps, accepts: false };
    this.states.push(state);
    return state;
  }

  /** Any number of what `takes` takes. */
  #many(takes: (point: number) => boolean): void {
    const start = this.states.length;
    this.#jump(start + 1, start + 2);
    this.states.push({ takes, next: start, jumps: [], accepts: false });
  }

  #sequence(): void {
    for (;;) {
      const char = this.#points[this.#at];
      if (char === undefined || (this.#braces > 0 && char === ',') || char === '}') return;
      this.#at++;
      if (char === '*') this.#star();
      else if (char === '?') this.#take(notSlash);
      else if (char === '[') this.#class();
      else if (char === '{') this.#alternatives();
      else this.#literal(char === '\\' ? this.#escaped() : char);
    }
  }

  #literal(char: string): void {
    const wanted = char.codePointAt(0) as number;
    this.#take((point) => point === wanted);
  }

  #escaped(): string {
    const char = this.#points[this.#at++];
    if (char === undefined) throw this.#refused('nothing follows the `\\`');
    return char;
  }

  #star(): void {
    const before = this.#points[this.#at - 2];
    const isDouble = this.#points[this.#at] === '*';
    if (isDouble) this.#at++;
    const after = this.#points[this.#at];
    const isWhole = isDouble && this.#bounds(before, OPENERS) && this.#bounds(after, CLOSERS);
    if (!isWhole) {
      this.#many(notSlash);
    } else if (after === '/') {
      this.#at++;
      this.#folders();
    } else {
      // `a/**` is what lies in `a`, not `a/` itself; `**` alone is everything.
      if (before === '/') this.#take(anything);
      this.#many(anything);
    }
  }

  #bounds(char: string | undefined, signs: readonly string[]): boolean {
    return char === undefined || (signs.includes(char) && (char !== ',' || this.#braces > 0));
  }

  /** Any number of segments, each with its slash. */
  #folders(): void {
    const start = this.states.length;
    this.#jump(start + 1, start + 4);
    // One character at least: no segment is empty.
    this.#take(notSlash);
    this.#jump(start + 1, start + 3);
    this.states.push({ takes: (point) => point === SLASH, next: start, jumps: [], accepts: false });
  }

  #alternatives(): void {
    if (++this.#braces > LIMITS.policyGlobDepth) throw this.#refused('its braces are nested too deep');
    const split = this.#jump();
    const ends: GlobState[] = [];
    for (;;) {
      split.jumps.push(this.states.length);
      this.#sequence();
      ends.push(this.#jump());
      const char = this.#points[this.#at++];
      if (char === undefined) throw this.#refused('a `{` is not closed');
      if (char === '}') break;
    }
    for (const end of ends) end.jumps.push(this.states.length);
    this.#braces--;
  }

  #class(): void {
    const negated = this.#points[this.#at] === '!' || this.#points[this.#at] === '^';
    if (negated) this.#at++;
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; ; first = false) {
      const from = this.#classPoint();
      if (from === ']' && !first) break;
      const isRange = this.#points[this.#at] === '-' && this.#points[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      const to = isRange ? this.#classPoint() : from;
      const [low, high] = [pointOf(from), pointOf(to)];
      if (low > high) throw this.#refused('a range of a class runs backwards');
      ranges.push([low, high]);
    }
    this.#take((point) => point !== SLASH && ranges.some(([low, high]) => low <= point && point <= high) !== negated);
  }

  /** A character of a class; an escaped `]` comes as `\]`, so that it does not close. */
  #classPoint(): string {
    const char = this.#points[this.#at++];
    if (char === undefined) throw this.#refused('a `[` is not closed');
    return char === '\\' ? `\\${this.#escaped()}` : char;
  }
}

const pointOf = (char: string): number =>
  (char.length > 1 && char[0] === '\\' ? char.slice(1) : char).codePointAt(0) as number;

/** Throws `policy/glob`. `prefix`: what every text that fits begins with. */
export function parseGlob(pattern: string): { readonly states: readonly GlobState[]; readonly prefix: string } {
  if (pattern.length > LIMITS.policyGlobLength) {
    throw new RuleFault(
      'policy/glob',
      `a pattern of ${pattern.length} characters, the limit is ${LIMITS.policyGlobLength}`,
    );
  }
  const states = new GlobParser(pattern).parse();
  return { states, prefix: /^[^*?[{\\},]*/.exec(pattern)?.[0] ?? '' };
}
