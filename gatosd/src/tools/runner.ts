/**
 * What runs a tool: one port, and a runner for each kind. A runner is given the exact bytes of a request and gives the exact bytes of the
 * answer; it knows nothing of ledgers, capabilities or receipts.
 *
 * What a failure says about the world matters more than why it happened: the ledger may try again only what certainly did not act.
 */
import type { ToolLimits, ToolResponse } from 'gatos-core';

export type CallLimits = Required<ToolLimits>;

export interface CallOptions {
  /** Abort ends the call; `invoke` then rejects with the reason of the signal, and whether the tool acted is unknown. */
  readonly signal?: AbortSignal | undefined;
  /** Default: what the manifest says. Only less than that is taken. */
  readonly limits?: Partial<CallLimits> | undefined;
}

/**
 * `not-started`: it certainly did not act, since it never ran, or ran where nothing can be acted upon (wasm). `unknown`: it may have acted.
 */
export type FailureOutcome = 'not-started' | 'unknown';

export type FailureCode =
  /** The request is too large, the tool has no file, the host is not allowed: refused before anything was sent. */
  | 'refused'
  /** No such command, no connection. */
  | 'unavailable'
  /** It took longer than it may. */
  | 'time'
  | 'memory'
  /** It gave more than it may. */
  | 'flood'
  /** It ended before it had answered, or not well after it. */
  | 'exit'
  /** What it gave is no answer: no frame, more after the frame, no ToolResponse. */
  | 'bad-answer'
  /** A module of wasm did what it may not. */
  | 'trap'
  /** The connection was lost after the request had been sent, or an HTTP status is none of an answer. */
  | 'connection';

export interface ToolFailure {
  readonly outcome: FailureOutcome;
  readonly code: FailureCode;
  /** One line for a person. */
  readonly why: string;
}

export interface Answered {
  /** As the tool gave them. */
  readonly response: Uint8Array;
  readonly answer: ToolResponse;
  readonly failure?: undefined;
  /** What it wrote to its standard error, bounded. */
  readonly log: Uint8Array;
}

export interface NotAnswered {
  readonly response?: undefined;
  readonly answer?: undefined;
  readonly failure: ToolFailure;
  readonly log: Uint8Array;
}

export type Invoked = Answered | NotAnswered;

export interface ToolRunner {
  /** Rejects only with the reason of the signal, and for faults of ours; whatever the tool does is in the answer. */
  invoke(request: Uint8Array, options?: CallOptions): Promise<Invoked>;
  /** Ends what it keeps, such as threads. */
  close(): Promise<void>;
}

/** What one kind of runner does: bytes of an answer that nobody has looked at yet. */
export type RawCall = (request: Uint8Array, options: RawOptions) => Promise<RawEnd>;

export interface RawOptions {
  readonly signal: AbortSignal | undefined;
  readonly limits: CallLimits;
}

export type RawEnd = Omit<Answered, 'answer'> | NotAnswered;

export const NO_LOG = new Uint8Array(0);

export function failing(failure: ToolFailure, log: Uint8Array = NO_LOG): NotAnswered {
  return { failure, log };
}

export function notStarted(code: FailureCode, why: string, log?: Uint8Array): NotAnswered {
  return failing({ outcome: 'not-started', code, why }, log);
}

export function unknown(code: FailureCode, why: string, log?: Uint8Array): NotAnswered {
  return failing({ outcome: 'unknown', code, why }, log);
}
