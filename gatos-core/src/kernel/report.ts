/**
 * The answer of every verification: a list of named checks, each with its evidence, never a bare boolean.
 * `unknown` means "could not check" (bytes missing, newer format): it is neither a pass nor a proof of tampering.
 */

import { type ErrorData, GatosError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';

export type Outcome = 'pass' | 'fail' | 'unknown';

export interface Check {
  /** Stable name, such as `signature`. */
  readonly name: string;
  readonly outcome: Outcome;
  /** What was looked at: a chain, a CID, a path. */
  readonly subject: string;
  /** One line for a person. */
  readonly detail: string;
  /** `area/what` of the fault, when the check did not pass. */
  readonly code?: string | undefined;
  readonly exit?: ExitCode | undefined;
  readonly hint?: string | undefined;
  readonly evidence?: ErrorData | undefined;
}

export interface Report {
  readonly subject: string;
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
}

export function passed(name: string, subject: string, detail: string, evidence?: ErrorData): Check {
  return { name, outcome: 'pass', subject, detail, evidence };
}

const COULD_NOT_CHECK = new Set(['unavailable', 'unsupported', 'missing']);

/** A check that did not pass, from the fault that says why. */
export function failed(name: string, subject: string, error: GatosError): Check {
  return {
    name,
    outcome: COULD_NOT_CHECK.has(error.kind) ? 'unknown' : 'fail',
    subject,
    detail: error.message,
    code: error.code,
    exit: error.exit,
    hint: error.hint,
    evidence: error.data,
  };
}

/** A failure outweighs an unknown, which outweighs a pass. An empty list passes nothing: it is unknown. */
export function report(subject: string, checks: readonly Check[]): Report {
  const outcome = checks.some((check) => check.outcome === 'fail')
    ? 'fail'
    : checks.length === 0 || checks.some((check) => check.outcome === 'unknown')
      ? 'unknown'
      : 'pass';
  return { subject, outcome, checks };
}

/**
 * The exit status a command ends with after this report: that of the first check that decided the outcome. What could not be checked
 * for no other reason than that bytes are unavailable has a status of its own.
 */
export function exitOfReport({ outcome, checks }: Report): ExitCode {
  if (outcome === 'pass') return EXIT.ok;
  const decisive = checks.find((check) => check.outcome === outcome);
  if (outcome === 'unknown') {
    const purged = checks.filter((check) => check.outcome === outcome).every(({ exit }) => exit === EXIT.purged);
    return purged && checks.length > 0 ? EXIT.purged : EXIT.unchecked;
  }
  return decisive?.exit ?? EXIT.mismatch;
}

/** Runs one check: a GatosError becomes a check that did not pass, anything else is a bug and goes on up. */
export async function runCheck(name: string, subject: string, body: () => Promise<string> | string): Promise<Check> {
  try {
    return passed(name, subject, await body());
  } catch (error) {
    if (error instanceof GatosError) return failed(name, subject, error);
    throw error;
  }
}
