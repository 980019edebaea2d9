/**
 * What runs a job: one port, and a runner for each kind of program. A runner is given bytes and gives bytes back; it knows nothing of
 * repositories, claims or signatures.
 */
import type { Environment, GatosError, Manifest, ProgramKind, Status } from 'gatos-core';

/** Bytes of a file that a job is given. */
export interface GivenFile {
  /** Relative, plain (see `pathFault`), where it is put in the folder of the job. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  read(): Promise<Uint8Array>;
  /** Of a file that is too large to be read at once: the same piece by piece. */
  stream?(): AsyncIterable<Uint8Array>;
}

export interface Task {
  readonly manifest: Manifest;
  readonly inputs: readonly GivenFile[];
  readonly program: readonly GivenFile[];
  /** Folder in which a relative `libraries` path of the manifest is found; null: none. */
  readonly libraries: string | null;
  /** Values of variables that are handed on and not recorded (`--pass NAME`). */
  readonly passed: Readonly<Record<string, string>>;
  /** What it prints, as it comes (live view). */
  onOutput?(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /** Abort kills the job; `run` then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

export interface GivenOutput {
  readonly path: string;
  readonly size: number;
  read(): Promise<Uint8Array>;
  /** The same piece by piece, where a runner can do that. */
  stream?(): AsyncIterable<Uint8Array>;
}

/** How a job ran, and what it left. */
export interface Ran {
  readonly status: Status;
  /** 0 to 255; null when a signal ended it, or when it never ran. */
  readonly exit: number | null;
  readonly signal: string | null;
  /** Why it did not succeed, in one line; null when it did. */
  readonly failure: string | null;
  /** µs since the epoch. */
  readonly started: number;
  readonly finished: number;
  readonly environment: Omit<Environment, 'checkout' | 'lockfiles'>;
  /** Sorted by the bytes of their paths; what exists, also when it failed. */
  readonly outputs: readonly GivenOutput[];
  /** Each cut at `LIMITS.jobLogBytes`. */
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes that were printed beyond that. */
  readonly dropped: number;
  /** Removes the scratch folder; outputs cannot be read afterwards. */
  dispose(): Promise<void>;
}

export interface Runner {
  readonly kind: ProgramKind;
  /** Why a manifest cannot run here, or null. */
  refusal(manifest: Manifest): Promise<GatosError | null>;
  /** Rejects only for faults of ours or of the machine; whatever the program does is a status. */
  run(task: Task): Promise<Ran>;
}
