/** Ring 0. What every other folder may use: bytes, errors, exit statuses, reports, limits, ports. Imports nothing. */
export { bytesEqual, compareBytes, compareText, concatBytes, EMPTY_BYTES, fromUtf8, utf8 } from './bytes.js';
export {
  type ErrorArea,
  type ErrorData,
  type ErrorDefinition,
  type ErrorKind,
  errorArea,
  GatosError,
  isGatosError,
} from './errors.js';
export { EXIT, EXIT_MEANING, type ExitCode, type ExitName } from './exit-codes.js';
export { InvariantError, invariant } from './invariant.js';
export { LIMITS } from './limits.js';
export { Memo } from './memo.js';
export type { Abort, Clock, LongCall, Progress, ProgressReport, Random } from './ports.js';
export { type Check, exitOfReport, failed, type Outcome, passed, type Report, report, runCheck } from './report.js';
