/** From the operating system's error codes to the faults of this folder. */
import { GatosError } from 'gatos-core';
import { errnoOf } from './errno.js';
import { chunkError } from './errors.js';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_ACCESS = new Set(['EACCES', 'EPERM', 'EROFS']);

export interface Attempt {
  /** What was to be done, as a verb that fits `could not … PATH`. */
  readonly operation: string;
  readonly path: string;
}

/** The fault of a failed system call, told from its code alone, as threads send it. */
export function faultOfCode(code: string, { operation, path }: Attempt, cause?: unknown): GatosError {
  if (NO_SPACE.has(code)) return chunkError('no-space', { path }, { cause });
  if (NO_ACCESS.has(code)) return chunkError('no-access', { path, operation }, { cause });
  return chunkError('io', { path, operation, why: code }, { cause });
}

/** The typed fault for a failed system call. What is no system error passes through: it is a fault already, or a bug. */
export function faultOf(error: unknown, what: Attempt): unknown {
  const code = errnoOf(error);
  return code === null || error instanceof GatosError ? error : faultOfCode(code, what, error);
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
