/**
 * Is matching a `pattern` cheap whatever the text is? Engines of regular expressions try one way after another, so `^(a+)+$` takes
 * longer than the universe on forty letters. A pattern is taken when at each place of the text there is one way at most to go on with
 * the next character ("deterministic", Brüggemann-Klein and Wood 1998; here in the strong form, which tells loops apart too): then
 * whatever fails fails at once, and the cost follows the length of the text.
 */
import { LIMITS } from '../kernel/index.js';
import { PatternFault, type PatternNode, parsePattern } from './pattern-parse.js';
import { type CodeSet, overlap } from './pattern-set.js';

/** Places of the text that a pattern without `^` may be tried at have to be cheap, so it has to be short. */
const UNANCHORED_POSITIONS = 64;

/** Why a pattern is not taken, or undefined when it is. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > LIMITS.toolPatternUnits) return `is longer than ${LIMITS.toolPatternUnits} units`;
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    if (error instanceof SyntaxError) return `is not a regular expression: ${error.message}`;
    throw error;
  }
  try {
    const { node, anchored } = parsePattern(pattern);
    const ways = new Ways();
    const part = ways.add(node);
    if (!anchored && (ways.open || ways.positions > UNANCHORED_POSITIONS))
      return 'may take long on some texts: begin it with `^`, so that it is not tried at every place of the text';
    ways.check(part);
    return undefined;
  } catch (error) {
    if (error instanceof PatternFault) return error.why;
    throw error;
  }
}

/** Of a part of the pattern: the positions that it may begin and end with, and whether it may be empty. */
interface Part {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly empty: boolean;
}

const NOTHING: Part = { first: [], last: [], empty: true };

/** Positions of a pattern, repetitions written out, and which may follow which (Glushkov 1961). */
class Ways {
  readonly #sets: CodeSet[] = [];
  readonly #follow: Set<number>[] = [];
  #count = 0;
  /** Has it a repetition without end? */
  open = false;

  get positions(): number {
    return this.#sets.length;
  }

  add(node: PatternNode): Part {
    switch (node.t) {
      case 'set':
        return this.#position(node.set);
      case 'all':
        return node.items.reduce<Part>((before, item) => this.#join(before, this.add(item)), NOTHING);
      case 'any':
        return this.#either(node.items.map((item) => this.add(item)));
      case 'repeat':
        return this.#repeat(node);
    }
  }

  /** Throws when two ways lead on with one character. */
  check({ first }: Part): void {
    for (const places of [first, ...this.#follow]) {
      const sets = [...places].map((place) => this.#sets[place] as CodeSet);
      if (overlap(sets)) throw new PatternFault(AMBIGUOUS);
    }
  }

  #position(set: CodeSet): Part {
    if (this.#sets.length >= LIMITS.toolPatternPositions)
      throw new PatternFault(`has more than ${LIMITS.toolPatternPositions} places with its repetitions written out`);
    const place = this.#sets.push(set) - 1;
    this.#follow.push(new Set());
    return { first: [place], last: [place], empty: false };
  }

  #join(before: Part, after: Part): Part {
    this.#link(before.last, after.first);
    return {
      first: before.empty ? [...before.first, ...after.first] : before.first,
      last: after.empty ? [...before.last, ...after.last] : after.last,
      empty: before.empty && after.empty,
    };
  }

  #either(parts: readonly Part[]): Part {
    if (parts.filter(({ empty }) => empty).length > 1)
      throw new PatternFault(`${AMBIGUOUS}: two alternatives may be empty`);
    return {
      first: parts.flatMap(({ first }) => first),
      last: parts.flatMap(({ last }) => last),
      empty: parts.some(({ empty }) => empty),
    };
  }

  #repeat({ item, min, max }: Extract<PatternNode, { t: 'repeat' }>): Part {
    let part = NOTHING;
    for (let i = 0; i < min; i++) {
      const copy = this.#copy(item);
      if (max === Number.POSITIVE_INFINITY && i === min - 1) return this.#join(part, this.#loop(copy));
      part = this.#join(part, copy);
    }
    if (max === Number.POSITIVE_INFINITY) return { ...this.#loop(this.#copy(item)), empty: true };
    return max === min ? part : this.#join(part, this.#optional(item, max - min));
  }

  /** `(x(x(x)?)?)?`: from the innermost. */
  #optional(item: PatternNode, times: number): Part {
    let inner = NOTHING;
    for (let i = 0; i < times; i++) inner = { ...this.#join(this.#copy(item), inner), empty: true };
    return inner;
  }

  #copy(item: PatternNode): Part {
    const part = this.add(item);
    if (part.empty) throw new PatternFault(`${AMBIGUOUS}: what may be empty is repeated`);
    return part;
  }

  #loop(part: Part): Part {
    this.open = true;
    this.#link(part.last, part.first);
    return part;
  }

  #link(from: readonly number[], to: readonly number[]): void {
    this.#count += from.length * to.length;
    if (this.#count > LIMITS.toolPatternWays) throw new PatternFault('is too intricate');
    for (const one of from) {
      const follow = this.#follow[one] as Set<number>;
      for (const other of to) {
        // The same step by two loops: `(a+)+`.
        if (follow.has(other)) throw new PatternFault(AMBIGUOUS);
        follow.add(other);
      }
    }
  }
}

const AMBIGUOUS = 'may take long on some texts, since one character can be matched in two ways';
