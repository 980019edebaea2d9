/**
 * Solutions of a body: its literals in order, with backtracking. One loop, no recursion from literal to literal, so that
 * the length of a body costs no stack; bodies inside bodies and test rules do, and are bounded.
 */
import { LIMITS } from '../../kernel/index.js';
import { RuleFault } from '../builtins/index.js';
import type { Place } from '../compile/index.js';
import type { Env } from './env.js';
import type { Run } from './run.js';

export type CompiledStep = Single | Many;

/** Holds once or not at all. */
export interface Single {
  readonly place: Place;
  readonly holds: (env: Env, run: Run) => boolean;
  readonly open?: undefined;
}

/** Holds in several ways; each call of what `open` gives binds the next one. */
export interface Many {
  readonly place: Place;
  readonly holds?: undefined;
  readonly open: (env: Env, run: Run) => () => boolean;
}

export type Body = readonly CompiledStep[];

export interface SolveOptions {
  /** What to do with an error: note it and go on with the next way. Without it, the error is thrown on. */
  readonly onFault?: (fault: RuleFault) => void;
}

/** Gas of an error that is caught, which costs more time than a literal. */
const FAULT_GAS = 50;

/** Calls `found` for each solution until it returns true. Whether it did. Gas: 1 a literal tried, 1 a candidate. */
export function solve(body: Body, env: Env, run: Run, found: () => boolean, options: SolveOptions = {}): boolean {
  if (run.depth >= LIMITS.policyCallDepth) {
    throw new RuleFault('policy/depth', `rules and bodies are nested more than ${LIMITS.policyCallDepth} deep`);
  }
  run.depth++;
  try {
    return walk(body, env, run, found, options.onFault);
  } finally {
    run.depth--;
  }
}

function walk(
  body: Body,
  env: Env,
  run: Run,
  found: () => boolean,
  onFault: ((fault: RuleFault) => void) | undefined,
): boolean {
  const cursors: ((() => boolean) | undefined)[] = [];
  const place = { at: 0, forward: true };
  for (;;) {
    try {
      return advance(body, { env, run, found, cursors, place });
    } catch (error) {
      if (!(error instanceof RuleFault) || onFault === undefined || error.code === 'policy/gas') throw error;
      onFault(error);
      run.spend(FAULT_GAS);
      // That way fails: back to the next candidate of what stands before, or of the literal itself if it has begun.
      place.forward = false;
      if (place.at >= body.length || cursors[place.at] === undefined) place.at--;
    }
  }
}

interface Walk {
  readonly env: Env;
  readonly run: Run;
  readonly found: () => boolean;
  readonly cursors: ((() => boolean) | undefined)[];
  readonly place: { at: number; forward: boolean };
}

function advance(body: Body, { env, run, found, cursors, place }: Walk): boolean {
  const { length } = body;
  while (place.at >= 0) {
    const { at } = place;
    let holds: boolean;
    if (at === length) {
      if (found()) return true;
      holds = false;
    } else {
      const step = body[at] as CompiledStep;
      if (place.forward) {
        run.place = step.place;
        run.spend(1);
        if (step.open === undefined) {
          holds = step.holds(env, run);
        } else {
          cursors[at] = undefined;
          const next = step.open(env, run);
          cursors[at] = next;
          holds = next();
        }
      } else {
        holds = step.open === undefined ? false : (cursors[at] as () => boolean)();
      }
    }
    place.forward = holds;
    place.at = holds ? at + 1 : at - 1;
  }
  return false;
}
