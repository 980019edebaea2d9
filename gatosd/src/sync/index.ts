/** Sync: exchanging chains with a remote, verified in both directions. */

export { type ExchangeContext, type Met, meetChain, meetTrust } from './advance.js';
export { bringHeads } from './bring.js';
export { PUSH_REFS, type PushAnswer, pushRefs, type RefPush } from './git-push.js';
export { meetPruned } from './prune.js';
export { relate } from './relation.js';
export { listRefs, listRemote, placeOf, type RemoteAt, sortRefs } from './remote.js';
export type { Movement, PrunedSegment, ReEmission, Refused, RolledBack, SyncRequest, SyncResult } from './request.js';
export { byStage } from './stage.js';
export { syncWith } from './sync.js';
