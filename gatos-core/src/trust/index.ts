/**
 * Ring 4. Trust: genesis, keys over time, groups, rotation and revocation, as a chain of its own. Each change needs the
 * threshold of the state before it, counted in principals; every other signature is judged at its place in history.
 */
export { authorizeByThreshold, authorizer, type DatedMandate, type Mandate, refuseKey } from './authority.js';
export { trustError } from './errors.js';
export {
  openTrust,
  type TrustHistory,
  type TrustOptions,
  type TrustPorts,
  type TrustVerdict,
  verifyTrust,
} from './history.js';
export {
  addSignature,
  appliedAs,
  draftPending,
  type Pending,
  type PendingDraft,
  type PendingPlace,
  publishPending,
  readPending,
  signPending,
} from './pending.js';
export { TRUST_RULE } from './rules.js';
export { CHANGE_KIND, GENESIS_KIND, type Genesis, TRUST_CHAIN, type TrustChange } from './schema.js';
export {
  applyChanges,
  type KeyState,
  keysOf,
  type Place,
  principalsOf,
  stateOfGenesis,
  type TrustState,
} from './state.js';
export {
  applyPending,
  type ChangeRequest,
  type FoundingRequest,
  found,
  type PendingChange,
  pendingChange,
  proposeChange,
  signChange,
  type TrustWriterPorts,
} from './write.js';
export { refuseWriter, requestBy, type Writer, type WrittenPlace } from './writer.js';
