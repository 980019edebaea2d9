/** From the operating system's error codes to typed faults: nothing above an adapter sees an errno. Each adapter says its own words. */
import { GatosError } from '../src/kernel/index.js';
import { errnoOf } from './errno.js';

export interface Attempt {
  /** What was to be done, as a verb that fits `could not … PATH`: `read`, `write`, `lock`. */
  readonly operation: string;
  readonly path: string;
}

/** The words of an area for the three kinds of failure. */
export interface SystemWords {
  noSpace(what: Attempt, cause: unknown): GatosError;
  noAccess(what: Attempt, cause: unknown): GatosError;
  io(what: Attempt & { readonly why: string }, cause: unknown): GatosError;
}

export interface SystemFaults {
  /** The fault of a failed system call, told from its code alone, as threads send it. */
  faultOfCode(code: string, what: Attempt, cause?: unknown): GatosError;
  /** The typed fault for a failed system call. What is no system error passes through: it is a fault already, or a bug. */
  faultOf(error: unknown, what: Attempt): unknown;
  /** Runs `body`; a system error in it becomes the typed fault. */
  attempt<T>(what: Attempt, body: () => T): T;
  /** As `attempt`, for a body that returns a promise. */
  attemptAsync<T>(what: Attempt, body: () => Promise<T>): Promise<T>;
}

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_ACCESS = new Set(['EACCES', 'EPERM', 'EROFS']);

export function systemFaults(words: SystemWords): SystemFaults {
  const faultOfCode: SystemFaults['faultOfCode'] = (code, what, cause) => {
    if (NO_SPACE.has(code)) return words.noSpace(what, cause);
    if (NO_ACCESS.has(code)) return words.noAccess(what, cause);
    return words.io({ ...what, why: code }, cause);
  };
  const faultOf: SystemFaults['faultOf'] = (error, what) => {
    const code = errnoOf(error);
    return code === null || error instanceof GatosError ? error : faultOfCode(code, what, error);
  };
  return {
    faultOfCode,
    faultOf,
    attempt: (what, body) => {
      try {
        return body();
      } catch (error) {
        throw faultOf(error, what);
      }
    },
    attemptAsync: async (what, body) => {
      try {
        return await body();
      } catch (error) {
        throw faultOf(error, what);
      }
    },
  };
}
