/** The ports that every layer may need. A port is passed in; the core never reaches for the platform by itself. */

export interface Clock {
  /** Microseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Resolves after about that many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

export interface Random {
  /** `length` bytes from a cryptographic source. */
  bytes(length: number): Uint8Array;
}

/** The part of AbortSignal that long calls look at. */
export interface Abort {
  readonly aborted: boolean;
  throwIfAborted(): void;
}

export interface ProgressReport {
  /** What is being done, such as `verify journal/default/user-alice`. */
  readonly task: string;
  readonly done: number;
  /** Absent while unknown. */
  readonly total?: number | undefined;
  readonly unit: string;
}

export type Progress = (report: ProgressReport) => void;

/** What every long call takes. */
export interface LongCall {
  readonly signal?: Abort | undefined;
  readonly progress?: Progress | undefined;
}
