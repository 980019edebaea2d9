/** One attempt at one job: claim it, run it, record what came of it, and never leave it behind claimed for nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Cid,
  claimJob,
  type Execution,
  finishJob,
  GatosError,
  isGatosError,
  type Lease,
  type RunRecord,
  readManifest,
  releaseClaim,
  type StoredManifest,
  type Writer,
} from 'gatos-core';
import type { Ran } from '../runners/index.js';
import type { Workspace } from '../workspace.js';
import { largeFiles } from './large.js';
import { LeaseKeeper } from './lease-keeper.js';
import { givenFiles, type Runners, recordOf, runnerFor } from './perform.js';

/** For tests: a moment in an attempt. */
export type AttemptStep = 'claimed' | 'ran' | 'staged' | 'recorded';

export interface AttemptRequest {
  readonly job: Cid;
  readonly runners: Runners;
  readonly leaseMs: number;
  /** Folder in which libraries of the machine are looked for; null: none. */
  readonly libraries: string | null;
  /** Kills the job, which is then given back. */
  readonly kill: AbortSignal;
  readonly onClaimed?: ((lease: Lease) => void) | undefined;
  readonly onStep?: ((step: AttemptStep) => void) | undefined;
}

export interface Attempted {
  readonly execution: Execution;
  readonly attempt: number;
}

/**
 * Throws `jobs/no-such-job`, `jobs/done`, `jobs/held` when there is nothing to be had, `work/no-runner` and why a runner refuses before the
 * job is claimed, `jobs/lost-lease` when another worker took over, `jobs/done` when it was cancelled, what `kill` was aborted with, and
 * faults of the machine. A job that was claimed, is still ours and has no result then is released.
 */
export async function attemptJob(workspace: Workspace, request: AttemptRequest): Promise<Attempted> {
  const { job, runners, leaseMs, libraries, kill, onClaimed, onStep } = request;
  const { repository, backend } = workspace;
  const { ports } = repository;
  const manifest = await readManifest(backend, job);
  const runner = await runnerFor(runners, manifest.body);
  const writer = await repository.writer();
  const lease = await claimJob(ports, { ...writer, job, leaseMs });
  onClaimed?.(lease);
  onStep?.('claimed');
  const keeper = new LeaseKeeper({ ports, writer: () => repository.writer(), lease, leaseMs });
  const over = new AbortController();
  const unlink = linked([keeper.lost, kill], over);
  let ran: Ran | undefined;
  try {
    const given = await givenFiles(backend, manifest);
    ran = await runner.run({ manifest: manifest.body, ...given, libraries, passed: {}, signal: over.signal });
    onStep?.('ran');
    const run = await recordOf(backend, ran, {
      checkout: null,
      lockfiles: [],
      signal: over.signal,
      large: largeFiles(workspace, { signal: over.signal }),
    });
    onStep?.('staged');
    const execution = await finish(workspace, { manifest, run, keeper, over: over.signal });
    onStep?.('recorded');
    return { execution, attempt: lease.attempt };
  } catch (error) {
    const held = await keeper.stop();
    if (!isOver(error) && !keeper.lost.aborted) await giveBack(workspace, writer, held);
    throw error;
  } finally {
    unlink();
    await keeper.stop();
    await ran?.dispose();
  }
}

/** Aborts one with the first of others. Not `AbortSignal.any`: the others live as long as the worker, and would keep each of these. */
function linked(signals: readonly AbortSignal[], over: AbortController): () => void {
  const links = signals.map((signal) => ({ signal, abort: () => over.abort(signal.reason) }));
  for (const { signal, abort } of links) {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  }
  return () => {
    for (const { signal, abort } of links) signal.removeEventListener('abort', abort);
  };
}

interface FinishParts {
  readonly manifest: StoredManifest;
  readonly run: RunRecord;
  readonly keeper: LeaseKeeper;
  readonly over: AbortSignal;
}

/**
 * A job that took hours is not lost to a remote that does not answer for minutes: so often it is tried again, the lease kept meanwhile.
 * What went through and did not say so is found by the next try.
 */
const TRIES = 12;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

async function finish({ repository }: Workspace, { manifest, run, keeper, over }: FinishParts): Promise<Execution> {
  for (let attempt = 1; ; attempt++) {
    const lease = await keeper.stop();
    over.throwIfAborted();
    try {
      const request = { ...(await repository.writer()), lease, manifest: manifest.body, run };
      const { execution } = await finishJob(repository.ports, request);
      return execution;
    } catch (error) {
      if (attempt === TRIES || !isTemporary(error)) throw error;
    }
    keeper.resume();
    // What ends the pause early is found above.
    await sleep(Math.min(PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS), undefined, { signal: over }).catch(
      () => null,
    );
  }
}

const PASSING = new Set(['chain/contended', 'git/ref-locked', 'bus/overtaken']);

/** May the same do in a while? */
export function isTemporary(error: unknown): error is GatosError {
  if (!(error instanceof GatosError)) return false;
  // A gate of ours says why it refuses; without a word two pushes were in each other's way.
  if (error.code === 'remote/refused') return (error.data.said as readonly string[]).length === 0;
  return error.kind === 'unavailable' || PASSING.has(error.code);
}

/** The job is not ours any more. */
function isOver(error: unknown): boolean {
  return isGatosError(error, 'jobs/lost-lease') || isGatosError(error, 'jobs/done');
}

/** Others need not wait for the end of the lease. What goes wrong here changes nothing: then they wait. */
async function giveBack({ repository }: Workspace, writer: Writer, lease: Lease): Promise<void> {
  await releaseClaim(repository.ports, { ...writer, lease }).catch(() => undefined);
}
