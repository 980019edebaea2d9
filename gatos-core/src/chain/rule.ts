/**
 * The rule: what may happen to a ref that matches a pattern. Verification of a whole repository, the push gate, doctor and
 * the ref table in the docs are all derived from the planes' rules, so a check exists once.
 */
import type { GatosError } from '../kernel/index.js';
import type { Envelope } from './envelope.js';
import type { AnyRecordKind } from './kind.js';

/**
 * How a ref may move: `append-only` by fast-forward; `create-once` never again; `compare-and-swap` by fast-forward from a head
 * that the writer names, so that a lost race is told and not retried. `local` refs hold no chain.
 *
 * What was written shows whether a chain is a line, and whether it was written once: verification asks that (`checkMovement`).
 * On which head somebody decided shows nowhere afterwards, so that is asked when it is written (`append`).
 */
export type Movement = 'append-only' | 'create-once' | 'compare-and-swap' | 'local';

export interface Rule {
  /** The plane that owns the ref. */
  readonly plane: string;
  /** Chain name pattern: literal components, `*` for exactly one, and `**` at the end for one or more. */
  readonly pattern: string;
  readonly movement: Movement;
  /** The record kinds that may stand in the chain. Empty for refs that hold no envelopes (`local`). */
  readonly kinds: readonly AnyRecordKind[];
  /**
   * Who signs: absent, keys of the envelope's actor; `by-threshold`, as many roots as the trust chain asks for at that place in
   * history, the actor among them. `Authorize` judges it.
   */
  readonly signed?: 'by-threshold' | undefined;
  /** One line for the ref table. */
  readonly summary: string;
  /**
   * Where the summary of a chain under this rule stands: once it does, the ref may be deleted, and is never created again. Null for a
   * name that no chain of the rule has. Absent: what was recorded stays.
   */
  pruned?(chain: string): string | null;
  /** May this envelope stand in this chain, before its records are looked at? */
  admit?(envelope: Envelope, chain: string): GatosError | null;
}

export function matchesPattern(pattern: string, chain: string): boolean {
  const want = pattern.split('/');
  const have = chain.split('/');
  const open = want.at(-1) === '**';
  if (open) want.pop();
  if (open ? have.length <= want.length : have.length !== want.length) return false;
  return want.every((component, i) => component === '*' || component === have[i]);
}

/** The one rule for a chain, or null when the ref has no place below `refs/gatos/`. */
export function ruleFor(rules: readonly Rule[], chain: string): Rule | null {
  return rules.find((rule) => matchesPattern(rule.pattern, chain)) ?? null;
}

/** Is a chain under this rule an index: does one of its kinds give its records keys? */
export function isIndex({ kinds }: Rule): boolean {
  return kinds.some(({ indexKey }) => indexKey !== undefined);
}
