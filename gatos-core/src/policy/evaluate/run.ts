/** What one evaluation holds: gas, relations, memory of test rules, errors. */
import { type GlobCache, type Pool, RuleFault, type Val, type Work } from '../builtins/index.js';
import type { Place } from '../compile/index.js';
import { type Facts, readFacts } from './facts.js';
import { Relation, type Row } from './relation.js';

/** An error as it was met: of a predicate or of a head, by number. */
export interface Met {
  readonly rule: string;
  readonly place: Place;
  readonly code: string;
  readonly message: string;
}

export interface RunOptions {
  readonly pool: Pool;
  readonly globs: GlobCache;
  readonly input: Val;
  readonly meter: Meter;
  readonly arities: readonly number[];
  /** Rows of a test rule for what it needs. */
  readonly answer: (predicate: number, needed: readonly Val[], run: Run) => readonly Row[];
  readonly withGrants?: boolean;
  readonly keepsProofs?: boolean;
}

/** Gas: spent, and how far it may go. Runs that judge one document share it. */
export interface Meter {
  used: number;
  limit: number;
}

/** What literals matched while an expression was evaluated. */
export interface Trace {
  /** Ids. */
  readonly grants: Set<string>;
  readonly rows: { readonly predicate: number; readonly row: Row }[];
}

export interface KeptProof {
  /** Which alternative of the predicate. */
  readonly clause: number;
  /** Its variables. */
  readonly env: readonly (Val | undefined)[];
}

interface Answers {
  readonly next: Map<Val, Answers>;
  rows?: readonly Row[];
}

function nextAnswers<K>(level: Map<K, Answers>, key: K): Answers {
  let next = level.get(key);
  if (next === undefined) {
    next = { next: new Map() };
    level.set(key, next);
  }
  return next;
}

const NOWHERE: Place = [0, 0, 0];

export class Run implements Work {
  readonly pool: Pool;
  readonly globs: GlobCache;
  readonly input: Val;
  readonly facts: Facts;
  readonly relations: Relation[];
  /** Is kept how every row was derived? */
  readonly keepsProofs: boolean;
  /** How rows were derived, by predicate and position, where that was kept. */
  readonly #proofs = new Map<number, KeptProof[]>();
  readonly #answers = new Map<number, Answers>();
  readonly #answer: RunOptions['answer'];
  readonly members = new Map<Val, ReadonlySet<Val>>();
  readonly errors = new Map<string, Met>();
  readonly meter: Meter;
  /** The rule that runs, for errors. */
  rule = '';
  /** Where the evaluator is, for errors. */
  place: Place = NOWHERE;
  /** Bodies inside one another that are being solved. */
  depth = 0;
  /** The layer that is being derived; its relations grow. -1 when none is. */
  stratum = -1;
  /** Rows derived so far. */
  derived = 0;
  /** While a row is proved: rows of that layer count only if they were derived before. */
  before: { readonly stratum: number; readonly order: number } | null = null;
  /** While it is there: what literals match. */
  trace: Trace | null = null;

  constructor({ pool, globs, input, meter, arities, answer, withGrants = true, keepsProofs = false }: RunOptions) {
    this.pool = pool;
    this.globs = globs;
    this.input = input;
    this.meter = meter;
    this.facts = readFacts(input, { withGrants });
    this.#answer = answer;
    this.keepsProofs = keepsProofs;
    this.relations = arities.map((arity) => new Relation(arity));
  }

  spend(gas: number): void {
    const { meter } = this;
    meter.used += gas;
    if (meter.used <= meter.limit) return;
    meter.used = meter.limit;
    throw new RuleFault('policy/gas', 'its gas is used up');
  }

  /** Adds a row to a relation. */
  derive(predicate: number, row: Row): boolean {
    const relation = this.relations[predicate] as Relation;
    if (!relation.add(row, this.derived)) return false;
    this.derived++;
    return true;
  }

  /** Of the row that was derived last; of a predicate, all rows or none. */
  keepProof(predicate: number, proof: KeptProof): void {
    const kept = this.#proofs.get(predicate);
    if (kept === undefined) this.#proofs.set(predicate, [proof]);
    else kept.push(proof);
  }

  proofOf(predicate: number, position: number): KeptProof | undefined {
    return this.#proofs.get(predicate)?.[position];
  }

  /** Rows of a test rule for the arguments that it needs; found once for each. Nothing is kept of what fails for gas. */
  ask(predicate: number, needed: readonly Val[]): readonly Row[] {
    let level = nextAnswers(this.#answers, predicate);
    for (const value of needed) level = nextAnswers(level.next, value);
    level.rows ??= this.#answer(predicate, needed, this);
    return level.rows;
  }

  /** Notes an error once for each rule, place and code: the first in the order of evaluation. */
  note(rule: string, fault: RuleFault): void {
    const { code, message } = fault;
    const key = `${rule} ${this.place.join(' ')} ${code}`;
    if (!this.errors.has(key)) this.errors.set(key, { rule, place: this.place, code, message });
  }

  /**
   * Does one part of the work with at most half of the gas that is left, so that no rule can starve the others. An error that ends the
   * part is noted.
   */
  within(work: () => void): void {
    const { meter } = this;
    const total = meter.limit;
    meter.limit = meter.used + Math.ceil((total - meter.used) / 2);
    try {
      work();
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      this.note(this.rule, error);
    } finally {
      meter.limit = total;
    }
  }
}
