/** From the operating system's error codes to the typed faults of the git ports: nothing above this folder sees an errno. */

import { gitError } from '../../src/git/index.js';
import { GatosError } from '../../src/kernel/index.js';

/** The `code` of a system error, or null for anything else. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Is this the system's way to say that there is no such file? */
export function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_ACCESS = new Set(['EACCES', 'EPERM', 'EROFS']);

export interface Attempt {
  /** What was to be done, as a verb that fits `could not … PATH`: `read`, `write`, `lock`. */
  readonly operation: string;
  readonly path: string;
}

/** The typed fault for a failed system call. What is no system error passes through: it is a fault already, or a bug. */
export function faultOf(error: unknown, { operation, path }: Attempt): unknown {
  const code = errnoOf(error);
  if (code === null || error instanceof GatosError) return error;
  if (NO_SPACE.has(code)) return gitError('no-space', { path }, { cause: error });
  if (NO_ACCESS.has(code)) return gitError('no-access', { path, operation }, { cause: error });
  return gitError('io', { path, operation, why: code }, { cause: error });
}

/** Runs `body`; a system error in it becomes the typed fault. */
export function attempt<T>(what: Attempt, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw faultOf(error, what);
  }
}

/** As `attempt`, for a body that returns a promise. */
export async function attemptAsync<T>(what: Attempt, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw faultOf(error, what);
  }
}
