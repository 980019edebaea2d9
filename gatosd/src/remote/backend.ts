/** A clone in which nothing is written that its remote has not taken first. */
import type { Cid, SignatureEngine } from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import type { Environment } from '../git-run.js';
import { Mirror, type Refreshed, type RefreshRequest } from './mirror.js';
import { RemoteFirstRefs, type RemoteStep } from './remote-refs.js';

export interface RemoteFirstOptions {
  /** Name of the remote whose word counts. */
  readonly remote: string;
  readonly engine: SignatureEngine;
  /** The environment that git is run with. */
  readonly env: Environment;
  /** The genesis to insist on. */
  readonly pin?: Cid | undefined;
  /** Ends git where it is; what a push did is then found by the next refresh. */
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly onStep?: ((step: RemoteStep) => void) | undefined;
}

export interface RemoteFirstBackend extends NativeBackend {
  /** Fetches, verifies and takes over what the remote has. Throws `remote/unreachable`, and for the trust chain as a sync. */
  refresh(request?: RefreshRequest): Promise<Refreshed>;
}

/** Wraps the backend of a clone; closing one closes the other. */
export function remoteFirstBackend(backend: NativeBackend, options: RemoteFirstOptions): RemoteFirstBackend {
  const { remote, engine, env, pin, signal, onStep = () => undefined } = options;
  const { gitDir, format } = backend;
  const at = { cwd: backend.workTree ?? gitDir, env, gitDir, format, remote, signal };
  const mirror = new Mirror({ at, backend, engine, pin });
  const refs = new RemoteFirstRefs({ at, backend, mirror, onStep });
  return { ...backend, refs, refresh: (request) => mirror.refresh(request) };
}
