/** Explanations of a decision: how each firing follows, and what would make it pass. */
import type { JsonValue } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { RuleFault } from '../builtins/index.js';
import type { PolicyInput } from '../input/index.js';
import type { Firing } from './decision.js';
import { type Derivation, DerivationBuilder, type Negation } from './derivation.js';
import { describeStep, namesIn, valuesIn } from './describe.js';
import type { Listed, Machine, Observation } from './machine.js';
import type { Position } from './positions.js';
import { type Need, WhyNot } from './why-not.js';

/** One way in which the firing would not have come about. */
export interface Way extends Position {
  /** The literal that would have to fail. */
  readonly literal: string;
  /** For a `not`: what would make its body hold, the nearest first; any one alternative may do. */
  readonly needs: readonly Need[];
}

export interface Explanation {
  readonly firing: Firing;
  readonly form: 'deny' | 'warn' | 'require';
  readonly derivation: Derivation | null;
  /** Any one of them is enough. */
  readonly ways: readonly Way[];
}

/**
 * Explains the firings of the decision on this document, those of one id when it is given, in the order of the decision.
 * Deterministic; what would take more than LIMITS.policyExplainGas is left out. Throws `evaluate/input`.
 */
export function explain(machine: Machine, input: PolicyInput | JsonValue, id?: string): readonly Explanation[] {
  const observation = machine.observe(input, { proofs: true });
  const { meter } = observation.run;
  meter.limit = meter.used + LIMITS.policyExplainGas;
  return observation.listed
    .filter(({ firing }) => id === undefined || firing.id === id)
    .map((each) => one(observation, each));
}

function one(observation: Observation, { firing, found }: Listed): Explanation {
  const { positions } = observation;
  const { source } = found.head;
  const builder = new DerivationBuilder(observation, positions);
  const { id: rule, place, body } = source;
  const derivation = within(() => builder.build({ rule, place, scope: source, body, env: found.env }), null);
  const ways = builder.negations
    .slice(0, LIMITS.policyExplainWidth)
    .map((negation) => within(() => wayOf(observation, negation), null))
    .filter((way) => way !== null);
  return { firing, form: source.form, derivation, ways: ways.length > 0 ? ways : conditions(observation, found) };
}

/** What ends for want of gas, or errs, is left out of the explanation. */
function within<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    return otherwise;
  }
}

function wayOf(observation: Observation, { step, scope, env }: Negation): Way {
  const { positions } = observation;
  const literal = describeStep(step, valuesIn(observation, scope.names, env));
  const needs = new WhyNot(observation, positions).needsOf(step.body, scope, env);
  return { ...positions.of(step.place), literal, needs };
}

/** A rule without `not`: each of its conditions, with the values for which it held. */
function conditions(observation: Observation, { head, env }: Listed['found']): readonly Way[] {
  const { positions } = observation;
  const { names, body } = head.source;
  const found = body.filter(({ op }) => op !== 'bind' && op !== 'each');
  const steps = found.length > 0 ? found : body.filter(({ op }) => op === 'each');
  return steps.slice(0, LIMITS.policyExplainWidth).map((step) => {
    const literal = describeStep(step, namesIn(observation, names));
    const values = within(() => describeStep(step, valuesIn(observation, names, env)), literal);
    const position = positions.of(step.place);
    return {
      ...position,
      literal,
      needs: [{ ...position, needed: `not: ${literal}`, found: values === literal ? null : values }],
    };
  });
}
