/** What every step of one exchange with a remote works on. */
import type { Cid } from 'gatos-core';
import type { Workspace } from '../workspace.js';
import type { RemoteAt } from './remote.js';
import type { SyncRequest } from './request.js';

export interface RoundContext {
  readonly workspace: Workspace;
  readonly request: SyncRequest;
  readonly at: RemoteAt;
  /** The genesis to insist on, if there is one. */
  readonly pin: Cid | undefined;
}
