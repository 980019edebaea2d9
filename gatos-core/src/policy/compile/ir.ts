/**
 * The compiled form of a policy bundle (`.rgc`): what the evaluator runs and what `policy_code_root` is the digest of. Everything is
 * resolved: names are numbers, durations are integers, constants are folded in, literals stand in the order in which they are tried.
 * Spans point into the sources of the bundle, so that a decision can cite its line.
 */
import type { JsonValue } from '../../codec/index.js';

/** [module index, start, end] in UTF-16 units of the module's source. */
export type Place = readonly [module: number, start: number, end: number];

export interface Program {
  readonly v: 1;
  /** Sorted by name. */
  readonly modules: readonly {
    readonly name: string;
    readonly file: string /** SHA-256 of the file's bytes. */;
    readonly digest: Uint8Array;
  }[];
  /** Sorted by name. */
  readonly predicates: readonly Predicate[];
  /** Predicates by layer: a layer uses only itself (positively) and those before it. Test predicates are in none. */
  readonly strata: readonly (readonly number[])[];
  /** In order of id. */
  readonly heads: readonly Head[];
}

export interface Predicate {
  /** `module.rule` */
  readonly name: string;
  readonly arity: number;
  /** Parameters that the caller must bind; empty for a relation, which is derived whole. */
  readonly needs: readonly number[];
  readonly clauses: readonly Clause[];
}

export interface Scope {
  /** Number of variables; each has a slot. */
  readonly slots: number;
  /** Name of each slot as written; '' for those the compiler made. */
  readonly names: readonly string[];
}

export interface Clause extends Scope {
  readonly head: readonly Expr[];
  readonly body: readonly Step[];
  readonly place: Place;
}

export interface Head extends Scope {
  readonly id: string;
  readonly effect: 'deny' | 'warn';
  /** A `require` is a deny whose last step is the `not` of `that`; the explanation speaks of what was required. */
  readonly form: 'deny' | 'warn' | 'require';
  /** Texts and expressions, one after the other. */
  readonly message: readonly (string | Expr)[];
  readonly hint: readonly (string | Expr)[] | null;
  readonly because: string | null;
  /** Slots that tell one firing from another. */
  readonly key: readonly number[];
  readonly body: readonly Step[];
  readonly place: Place;
}

export type Step = {
  readonly place: Place;
} /** For each element: `value` (and `key`) are free slots that it binds; null: not named. */ & (
  | { readonly op: 'each'; readonly of: Expr; readonly key: number | null; readonly value: number | null }
  | { readonly op: 'bind'; readonly slot: number; readonly expr: Expr }
  /** Holds when true; anything but a boolean is an error. */
  | { readonly op: 'test'; readonly expr: Expr }
  /** Args: an expression that is bound, a free slot that the row binds, or null for `_`. */
  | { readonly op: 'rows'; readonly predicate: number; readonly args: readonly Arg[] }
  /** The same over `input`: granted, grant, member. */
  | { readonly op: 'facts'; readonly facts: FactName; readonly args: readonly Arg[] }
  | { readonly op: 'not'; readonly body: readonly Step[] }
  | {
      readonly op: 'every';
      readonly of: Expr;
      readonly key: number | null;
      readonly value: number;
      readonly body: readonly Step[];
    }
);

export type Arg = { readonly bound: Expr } | { readonly free: number } | null;
export type FactName = 'grant' | 'granted' | 'member';

export type Expr = { readonly place: Place } & (
  | { readonly op: 'value'; readonly value: JsonValue }
  | { readonly op: 'slot'; readonly slot: number }
  | { readonly op: 'input' }
  | { readonly op: 'field'; readonly of: Expr; readonly name: string }
  | { readonly op: 'index'; readonly of: Expr; readonly index: Expr }
  | { readonly op: 'call'; readonly builtin: string; readonly args: readonly Expr[] }
  | { readonly op: 'list'; readonly items: readonly Expr[] }
  | { readonly op: 'record'; readonly entries: readonly (readonly [key: string, value: Expr])[] }
  | {
      readonly op: 'binary';
      readonly fn: '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*';
      readonly left: Expr;
      readonly right: Expr;
    }
  | { readonly op: 'in'; readonly left: Expr; readonly right: Expr; readonly negated: boolean }
  | {
      readonly op: 'aggregate';
      readonly fn: 'count' | 'min' | 'max';
      readonly value: Expr;
      readonly body: readonly Step[];
    }
  | { readonly op: 'collect'; readonly value: Expr; readonly body: readonly Step[] }
);
