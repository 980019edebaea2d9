/** What the runner and its threads tell each other. */
import type { GatosError, Status } from 'gatos-core';

export interface GivenBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface Request {
  /** Shared with the runner: see `SharedLog`. */
  readonly log: SharedArrayBuffer;
  readonly entry: string;
  readonly program: readonly GivenBytes[];
  readonly inputs: readonly GivenBytes[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Globs of the files that are kept. */
  readonly outputs: readonly string[];
  readonly memoryBytes: number;
  /** Bytes of files and of what is printed. */
  readonly outputBytes: number;
}

export interface QuickjsRequest extends Request {
  readonly kind: 'quickjs';
  readonly gas: number;
}

export interface WasmRequest extends Request {
  readonly kind: 'wasm';
  /** 32 bytes from which all randomness follows. */
  readonly seed: Uint8Array;
  /** Seconds since the epoch at which the clock starts. */
  readonly epoch: number;
}

/** One call of a tool: a module that imports nothing is given bytes and gives bytes. */
export interface WasmCallRequest {
  readonly kind: 'wasm-call';
  readonly module: Uint8Array;
  readonly request: Uint8Array;
  readonly memoryBytes: number;
  readonly responseBytes: number;
}

export type ThreadRequest = QuickjsRequest | WasmRequest | WasmCallRequest;

/** How the program ended. */
export interface Verdict {
  readonly status: Status;
  readonly exit: number | null;
  readonly failure: string | null;
}

export interface Outcome extends Verdict {
  /** Sorted by the bytes of their paths. */
  readonly outputs: readonly GivenBytes[];
  /** Of a call: why there is no answer. */
  readonly fault?: CallFault | undefined;
}

/** The module is none that can be called, it did what it may not, it takes too much memory, its answer is too large. */
export type CallFault = 'refused' | 'trap' | 'memory' | 'flood';

/** A fault of ours or of the machine: the code of `sandboxedError` and its data. */
export type ThreadFault = { readonly room: string } | { readonly why: string };

export type ThreadReply = { readonly outcome: Outcome } | { readonly fault: ThreadFault };

export const SUCCEEDED: Verdict = { status: 'succeeded', exit: 0, failure: null };

/** Ends a job from inside of its sandbox. */
export class Ending {
  constructor(readonly verdict: Verdict) {}
}

/** This machine has not what the job may have. */
export class NoRoom {
  constructor(readonly what: string) {}
}

export function overLimit(failure: string): Ending {
  return new Ending({ status: 'over-limit', exit: null, failure });
}

/** An error whose data can be told to a person in one line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? (error as GatosError | Error).message : String(error);
}
