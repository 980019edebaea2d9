/**
 * Ring 5. Effects: what was done to the outside world, once. A ledger by idempotency id: a lease before anything is invoked, a receipt over
 * the exact bytes afterwards, and a commit that makes it the one outcome.
 *
 * Invariants: at most one invocation for each lease; an id has at most one outcome, and whoever repeats the call gets it; contradictions
 * stay for ever, and nothing is invoked after them until a grant resolves them.
 */
export {
  type EffectCall,
  type HeldEffect,
  heldError,
  type OpenCallRequest,
  type OpenedCall,
  openCall,
} from './call.js';
export {
  type Effect,
  findEffect,
  isEffect,
  type Loose,
  type Outcome,
  openEntry,
  readEffect,
  readResponse,
} from './entry.js';
export {
  type Entry,
  type EntryKindName,
  type KeptResponse,
  type LooseReceipt,
  RESOLUTIONS,
  type ResolvedAs,
} from './entry-shape.js';
export { effectError } from './errors.js';
export { followFault } from './follow.js';
export { grantFault, RESOLVE_ACTION, RESOLVE_GROUP, resolveQuorumText } from './grants.js';
export { findReceipt, historyOf, type ListedEffect, listEffects, type Recorded } from './history.js';
export { type EndRequest, endCall, renewLease } from './lease.js';
export { EFFECTS, idempotencyId, parseEffectId, SHARDS, shardOf } from './names.js';
export {
  type CommitRequest,
  type Committed,
  commitEffect,
  type Given,
  type ReceiptRequest,
  receiptOf,
  recordReceipt,
} from './outcome.js';
export { type AcceptedReceipt, type ResolveRequest, resolveEffect } from './resolve.js';
export { EFFECT_RULES, EFFECTS_RULE } from './rules.js';
export {
  COMMIT_KIND,
  DIVERGENCE_KIND,
  ENDED_KIND,
  entryKindOf,
  RECEIPT_KIND,
  REGISTER_KIND,
  RESOLVED_KIND,
} from './schema.js';
export {
  type Answered,
  decideCall,
  decideOutcome,
  divergentWhy,
  leaseEnd,
  resolvable,
  type State,
  stateAt,
} from './state.js';
export { verifyEffects } from './verify.js';
