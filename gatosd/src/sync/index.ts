/** Sync: exchanging chains with a remote, verified in both directions. */

export { listRemote, type RemoteAt } from './remote.js';
export type { Movement, ReEmission, Refused, RolledBack, SyncRequest, SyncResult } from './request.js';
export { syncWith } from './sync.js';
