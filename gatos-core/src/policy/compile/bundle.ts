/** What all parts of one compilation share. */
import type { Body, Span } from '../language/index.js';
import type { BodyPlan } from './build.js';
import type { Constants } from './constants.js';
import type { Findings } from './findings.js';
import type { Expr, Place } from './ir.js';
import type { Unit } from './modules.js';
import type { Frame } from './scope.js';

export interface PredicateInfo {
  /** `module.rule` */
  readonly name: string;
  readonly unit: Unit;
  readonly index: number;
  readonly arity: number;
  /** Names of the parameters as the first alternative writes them. */
  readonly parameters: readonly string[];
  /** Parameters that the caller must bind. */
  readonly needs: Set<number>;
  /** Who calls it. */
  readonly callers: Set<PredicateInfo>;
}

export interface Bundle {
  readonly findings: Findings;
  readonly constants: Constants;
  /** By full name. */
  readonly predicates: ReadonlyMap<string, PredicateInfo>;
  /** Position of each module in the program. */
  readonly moduleIndex: ReadonlyMap<Unit, number>;
  /** Resolves the names of a body (bodies hold expressions, and expressions hold bodies). */
  readonly resolveBody: (site: Site, frame: Frame, body: Body) => BodyPlan;
  /** Expressions that stand for something refused: they fit everywhere, so that one mistake is one finding. */
  readonly poisoned: WeakSet<Expr>;
  /** How many values constants may still bring into the program: each use is a copy. */
  readonly budget: { left: number };
}

/** Where something is being compiled. */
export interface Site {
  readonly bundle: Bundle;
  readonly unit: Unit;
  /** The rule whose body this is; null in a head. */
  readonly caller: PredicateInfo | null;
}

export function placeOf({ bundle, unit }: Site, { start, end }: Span): Place {
  return [bundle.moduleIndex.get(unit) ?? 0, start, end];
}
