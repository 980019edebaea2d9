/**
 * The evaluator of policies: document in, decision out. Invariants: it ends within its gas; the same document and program
 * give the same decision, byte for byte; a rule that errs denies, and hides no other rule.
 */
export { type Decision, decodeDecision, encodeDecision, type Firing, type RuleError } from './decision.js';
export type { Derivation, LiteralProof, Read } from './derivation.js';
export { type Explanation, explain, type Way } from './explain.js';
export { formatExplanation } from './format-explanation.js';
export { type EvaluateOptions, type Machine, type PrepareOptions, prepare } from './machine.js';
export type { Position, Sources } from './positions.js';
export type { Need } from './why-not.js';
