/**
 * Writing to a remote first: for workers on several clones, of which one repository decides. Whatever stands before that repository, a
 * gate say, judges every write before it is anybody's.
 */
export { type RemoteFirstBackend, type RemoteFirstOptions, remoteFirstBackend } from './backend.js';
export { remoteError } from './errors.js';
export type { Refreshed, RefreshRequest } from './mirror.js';
export type { RemoteStep } from './remote-refs.js';
export { openRemoteWorkspace, type RemoteWorkspaceOptions } from './workspace.js';
