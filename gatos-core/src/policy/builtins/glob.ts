/**
 * Globs over paths. A pattern becomes a non-deterministic automaton; matching walks the text once and builds the
 * deterministic one as it goes, so the time is linear in the text, whatever the pattern (R. Cox, "Regular Expression
 * Matching Can Be Simple And Fast").
 */
import { LIMITS } from '../../kernel/index.js';
import { type GlobState, parseGlob } from './glob-parse.js';

/** One set of states of the pattern. */
interface Node {
  readonly states: readonly number[];
  readonly accepts: boolean;
  /** By code point below 128. */
  readonly ascii: (Node | undefined)[];
  readonly other: Map<number, Node>;
}

const ASCII = 128;
const free = (): void => undefined;

export class Glob {
  /** Steps of the automaton that were computed rather than looked up; for tests. */
  steps = 0;
  readonly size: number;
  readonly #states: readonly GlobState[];
  readonly #prefix: string;
  #nodes = new Map<string, Node>();
  #start: Node;
  #memory = 0;

  /** Throws `policy/glob` when the pattern is malformed or too long. */
  constructor(pattern: string) {
    const { states, prefix } = parseGlob(pattern);
    this.#states = states;
    this.#prefix = prefix;
    this.size = states.length;
    this.#start = this.#node([0]);
  }

  /** `spend` is told what each step costs that is computed rather than looked up. */
  matches(text: string, spend: (gas: number) => void = free): boolean {
    if (!text.startsWith(this.#prefix)) return false;
    let node = this.#start;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < ASCII) {
        node = node.ascii[unit] ?? this.#step(node, unit, spend);
      } else {
        const point = text.codePointAt(i) as number;
        if (point > 0xffff) i++;
        node = node.other.get(point) ?? this.#step(node, point, spend);
      }
      if (node.states.length === 0) return false;
    }
    return node.accepts;
  }

  #step(node: Node, point: number, spend: (gas: number) => void): Node {
    this.steps += node.states.length + 1;
    spend(1 + (node.states.length >>> 2));
    const reached: number[] = [];
    for (const at of node.states) {
      const state = this.#states[at] as GlobState;
      if (state.takes?.(point) === true) reached.push(state.next);
    }
    const next = this.#node(reached);
    if (point < ASCII) node.ascii[point] = next;
    else node.other.set(point, next);
    if (++this.#memory > LIMITS.policyGlobMemory) this.#forget();
    return next;
  }

  /** The set of states that are reached without reading. */
  #node(from: readonly number[]): Node {
    const seen = new Set<number>();
    const todo = [...from];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const state = this.#states[at] as GlobState;
      if (state.takes === null) todo.push(...state.jumps);
    }
    const states = [...seen].sort((a, b) => a - b);
    const key = states.join();
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const accepts = states.some((at) => this.#states[at]?.accepts === true);
    const made: Node = { states, accepts, ascii: new Array<Node | undefined>(ASCII), other: new Map() };
    this.#nodes.set(key, made);
    return made;
  }

  /** Starts again with an empty table: what is remembered is bounded, what is answered is the same. */
  #forget(): void {
    this.#nodes = new Map();
    this.#memory = 0;
    this.#start = this.#node([0]);
  }
}

/** Patterns that were compiled, up to a number of them. */
export class GlobCache {
  #known = new Map<string, Glob>();

  has(pattern: string): boolean {
    return this.#known.has(pattern);
  }

  /** Throws `policy/glob`. */
  get(pattern: string): Glob {
    const known = this.#known.get(pattern);
    if (known !== undefined) return known;
    const made = new Glob(pattern);
    if (this.#known.size >= LIMITS.policyGlobs) this.#known = new Map();
    this.#known.set(pattern, made);
    return made;
  }
}
