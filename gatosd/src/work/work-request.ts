/** What a worker is asked for, what it tells meanwhile, and what it answers. */
import type { Cid, GatosError, Status } from 'gatos-core';
import type { AttemptStep } from './attempt.js';
import type { Runners } from './perform.js';

export type WorkEvent =
  | { readonly what: 'claimed'; readonly job: Cid; readonly attempt: number }
  | { readonly what: 'finished'; readonly job: Cid; readonly status: Status; readonly failure: string | null }
  /** Another worker took over, or somebody cancelled it. */
  | { readonly what: 'lost'; readonly job: Cid; readonly error: GatosError }
  /** This worker cannot run it, and does not try again; another one may. */
  | { readonly what: 'refused'; readonly job: Cid; readonly error: GatosError }
  /** A fault of this machine; it is tried again, ever more rarely, but with `drain` not forever. */
  | { readonly what: 'fault'; readonly job: Cid; readonly error: GatosError }
  /** The queue cannot be looked at just now. */
  | { readonly what: 'blind'; readonly error: GatosError };

export interface WorkRequest {
  readonly runners: Runners;
  /** Jobs that are run at the same time. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly libraries: string | null;
  /** Ends when every job that it can run is done, and nothing waits. */
  readonly drain?: boolean | undefined;
  /** No more jobs are claimed; it ends when those that run are done. */
  readonly stop: AbortSignal;
  /** Kills the jobs that run, and gives them back. */
  readonly kill?: AbortSignal | undefined;
  readonly onEvent?: ((event: WorkEvent) => void) | undefined;
  /** Called before the queue is looked at: brings what is new on a remote. */
  readonly fetch?: (() => Promise<void>) | undefined;
  /** Milliseconds between two looks at a remote. */
  readonly fetchMs?: number | undefined;
  /** For tests. */
  readonly onStep?: ((step: AttemptStep, job: Cid) => void) | undefined;
}

export interface WorkSummary {
  readonly finished: number;
  readonly succeeded: number;
  readonly lost: number;
  /** Jobs that this worker has seen and that are not done, as far as it knows. */
  readonly left: number;
}
