/**
 * One error class for every fault. `code` is `area/what`; each area declares its codes in one closed table next to the code
 * that throws them (see any `errors.ts`), and message, hint and exit status are derived from code and data.
 * Answers (a failed verification, a denial) are values, bugs are `invariant()`; only faults are thrown.
 */
import { EXIT, type ExitCode } from './exit-codes.js';

export type ErrorKind =
  | 'input'
  | 'missing'
  | 'limit'
  | 'unsupported'
  | 'denied'
  | 'integrity'
  | 'conflict'
  | 'unavailable'
  | 'internal';

const EXIT_OF_KIND: Record<ErrorKind, ExitCode> = {
  input: EXIT.no,
  missing: EXIT.missing,
  limit: EXIT.no,
  unsupported: EXIT.unchecked,
  denied: EXIT.denied,
  integrity: EXIT.mismatch,
  conflict: EXIT.conflict,
  unavailable: EXIT.unchecked,
  internal: EXIT.bug,
};

export type ErrorData = Readonly<Record<string, unknown>>;

/** How one code of an area turns into words. Messages: lower-case start, no final full stop, input in backticks. */
export interface ErrorDefinition<D> {
  readonly kind: ErrorKind;
  /** Overrides the exit status that follows from `kind`. */
  readonly exit?: ExitCode;
  readonly message: (data: D) => string;
  /** The next step for the reader, apart from the message. */
  readonly hint?: (data: D) => string;
}

export interface ErrorFields {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly data: ErrorData;
  readonly exit: ExitCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class GatosError extends Error {
  override readonly name = 'GatosError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly data: ErrorData;
  readonly exit: ExitCode;
  readonly hint: string | undefined;

  constructor(fields: ErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.kind = fields.kind;
    this.code = fields.code;
    this.data = fields.data;
    this.exit = fields.exit;
    this.hint = fields.hint;
  }
}

type Definitions = Readonly<Record<string, ErrorDefinition<never>>>;
type DataOf<D> = D extends ErrorDefinition<infer T> ? T : never;

/** The constructor of one area's errors: `throw codecError('depth', { limit })`. Unknown codes and wrong data do not compile. */
export type ErrorArea<T extends Definitions> = <C extends keyof T & string>(
  what: C,
  data: DataOf<T[C]>,
  options?: { cause?: unknown },
) => GatosError;

export function errorArea<const T extends Definitions>(area: string, definitions: T): ErrorArea<T> {
  return (what, data, options) => {
    const definition = definitions[what] as unknown as ErrorDefinition<unknown>;
    return new GatosError({
      kind: definition.kind,
      code: `${area}/${what}`,
      data: data as ErrorData,
      exit: definition.exit ?? EXIT_OF_KIND[definition.kind],
      message: definition.message(data),
      hint: definition.hint?.(data),
      cause: options?.cause,
    });
  };
}

/** Narrowing helper: is this a GatosError, and if `code` is given, that one? */
export function isGatosError(error: unknown, code?: string): error is GatosError {
  return error instanceof GatosError && (code === undefined || error.code === code);
}
