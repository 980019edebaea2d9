/**
 * Ring 6. The push gate: the rules of all planes, and the policy in force, over what a push wants to move. Every door calls
 * `judgePush`, and what it says is a function of the accepted repository and the push alone.
 */
export { type DenialRequest, recordDenial } from './denial.js';
export { gateError } from './errors.js';
export { type DenialExplanation, explainDenial } from './explain-denial.js';
export { type FormatOptions, formatRefusals } from './format.js';
export { type JudgeOptions, judgePush } from './judge.js';
export { cidOf, encodeJudgement, type GrantUse, type Judgement, type Refusal, type Verdict } from './judgement.js';
export { PROFILES, type ProfileTerms } from './profile.js';
export type { CommitRanges, GatePorts, NewCommits, Push, RefUpdate } from './push.js';
export { walkedRanges } from './ranges.js';
export { GATE_RULES, type GateRule } from './refusal.js';
export { GateState } from './state.js';
