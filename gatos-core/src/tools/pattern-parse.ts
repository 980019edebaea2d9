/** Reads the part of ECMAScript's regular expressions (flag `u`) whose cost we can tell; the rest is refused by name. */
import { type CodeSet, complement, DIGITS, DOT, SPACE, single, union, WORD } from './pattern-set.js';

export type PatternNode =
  | { readonly t: 'set'; readonly set: CodeSet }
  | { readonly t: 'all'; readonly items: readonly PatternNode[] }
  | { readonly t: 'any'; readonly items: readonly PatternNode[] }
  /** `max` is Infinity for `*`, `+` and `{n,}`. */
  | { readonly t: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number };

export interface ParsedPattern {
  readonly node: PatternNode;
  /** Does every alternative begin with `^`? */
  readonly anchored: boolean;
}

/** The pattern has a part that we do not take. */
export class PatternFault {
  constructor(readonly why: string) {}
}

const CLASSES: Readonly<Record<string, CodeSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', v: '\v', f: '\f', '0': '\0' };
const SYNTAX = '^$\\.*+?()[]{}|/';

/** Throws `PatternFault`. The text is a regular expression: whoever calls has made one of it. */
export function parsePattern(text: string): ParsedPattern {
  const reader = new PatternReader([...text]);
  return reader.whole();
}

class PatternReader {
  #at = 0;

  constructor(private readonly text: readonly string[]) {}

  whole(): ParsedPattern {
    const items: PatternNode[] = [];
    let anchored = true;
    do {
      anchored = this.#take('^') && anchored;
      items.push(this.#sequence());
      this.#take('$');
    } while (this.#take('|'));
    if (this.#at < this.text.length) throw this.#fault(this.text[this.#at] as string);
    return { node: { t: 'any', items }, anchored };
  }

  #take(character: string): boolean {
    if (this.text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    return this.text[this.#at++] ?? '';
  }

  #fault(what: string): PatternFault {
    const anchors = what === '^' || what === '$';
    const where = anchors
      ? '`^` stands at the beginning and `$` at the end of the pattern or of an alternative of it'
      : '';
    return new PatternFault(where === '' ? `\`${what}\` is not supported` : where);
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    for (;;) {
      const character = this.text[this.#at];
      if (character === undefined || '|)$^'.includes(character)) return { t: 'all', items };
      items.push(this.#quantified(this.#atom()));
    }
  }

  #atom(): PatternNode {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return { t: 'set', set: this.#class() };
    if (character === '.') return { t: 'set', set: DOT };
    return { t: 'set', set: character === '\\' ? this.#escape(SYNTAX) : single(codeOf(character)) };
  }

  #group(): PatternNode {
    if (this.#take('?') && !this.#take(':')) throw this.#fault(`(?${this.text[this.#at] ?? ''}`);
    const items: PatternNode[] = [];
    do items.push(this.#sequence());
    while (this.#take('|'));
    if (!this.#take(')')) throw this.#fault(this.text[this.#at] ?? '(');
    return { t: 'any', items };
  }

  #quantified(item: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return item;
    // Lazy or not makes no difference to whether it matches.
    this.#take('?');
    return { t: 'repeat', item, min: bounds[0], max: bounds[1] };
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (!this.#take('{')) return undefined;
    const end = this.text.indexOf('}', this.#at);
    const [min = '', max] = this.text.slice(this.#at, end).join('').split(',');
    this.#at = end + 1;
    if (max === undefined) return [Number(min), Number(min)];
    return [Number(min), max === '' ? Number.POSITIVE_INFINITY : Number(max)];
  }

  /** What a backslash makes of what follows it; `plain` stands for itself. */
  #escape(plain: string): CodeSet {
    const letter = this.#next();
    if (plain.includes(letter)) return single(codeOf(letter));
    if (Object.hasOwn(CLASSES, letter)) return CLASSES[letter] as CodeSet;
    if (Object.hasOwn(CONTROLS, letter)) return single(codeOf(CONTROLS[letter] as string));
    if (letter === 'x') return single(this.#digits(2));
    if (letter === 'u') return single(this.#unicode());
    throw this.#fault(`\\${letter}`);
  }

  #unicode(): number {
    if (this.text[this.#at] !== '{') {
      const unit = this.#digits(4);
      // Half of a pair may be followed by the other half, which makes one character of both.
      if (unit >= 0xd800 && unit <= 0xdfff)
        throw new PatternFault('a surrogate is written as `\\u{…}` or as the character');
      return unit;
    }
    const end = this.text.indexOf('}', this.#at);
    const code = Number.parseInt(this.text.slice(this.#at + 1, end).join(''), 16);
    this.#at = end + 1;
    return code;
  }

  #digits(count: number): number {
    const digits = this.text.slice(this.#at, this.#at + count).join('');
    this.#at += count;
    return Number.parseInt(digits, 16);
  }

  #class(): CodeSet {
    const negated = this.#take('^');
    const sets: CodeSet[] = [];
    while (!this.#take(']')) {
      const set = this.#classItem();
      const isRange = this.text[this.#at] === '-' && this.text[this.#at + 1] !== ']';
      if (!isRange) {
        sets.push(set);
        continue;
      }
      this.#at += 1;
      const [from, to] = [set[0]?.[0] ?? 0, this.#classItem()[0]?.[1] ?? 0];
      sets.push([[from, to]]);
    }
    return negated ? complement(union(sets)) : union(sets);
  }

  #classItem(): CodeSet {
    const character = this.#next();
    if (character !== '\\') return single(codeOf(character));
    if (this.#take('b')) return single(8);
    return this.#escape(`${SYNTAX}-`);
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
