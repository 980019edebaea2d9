/** What git cannot do with a remote is that the remote cannot be reached. */
import { isGatosError } from 'gatos-core';
import { remoteError } from './errors.js';

/** Throws `remote/unreachable` for `git/git-failed`; all else passes through. */
export async function reaching<T>(remote: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (!isGatosError(cause, 'git/git-failed')) throw cause;
    throw remoteError('unreachable', { remote, why: String(cause.data.why) }, { cause });
  }
}
