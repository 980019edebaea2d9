/** A job that somebody holds, and what tests do with it. */
import type { WriterPorts } from '../src/chain/index.js';
import type { Cid } from '../src/codec/index.js';
import { gitError } from '../src/git/index.js';
import { type Finished, finishJob, type Lease, type PreparedJob, type RunRecord, readJob } from '../src/jobs/index.js';
import { withFaults } from './faults.js';
import { JobsWorld, runOf, type Texts, WORKER } from './jobs-world.js';

export const LEASE_MS = 60_000;

export interface Held {
  readonly world: JobsWorld;
  readonly prepared: PreparedJob;
  readonly job: Cid;
  readonly lease: Lease;
}

export async function held(): Promise<Held> {
  const world = await JobsWorld.open();
  const prepared = await world.submitted();
  return { world, prepared, job: prepared.job, lease: await world.claim(prepared.job) };
}

export interface Finish {
  readonly actor?: string;
  readonly ports?: WriterPorts;
  readonly outputs?: Texts;
  readonly change?: Partial<RunRecord>;
}

export async function finish(
  { world, prepared, lease }: Pick<Held, 'world' | 'prepared' | 'lease'>,
  { actor = WORKER, ports = world.ports, outputs, change }: Finish = {},
): Promise<Finished> {
  const run = await runOf(world.backend, outputs, change);
  return finishJob(ports, { ...(await world.as(actor)), lease, manifest: prepared.manifest, run });
}

export const refsOf = async ({ backend }: JobsWorld) =>
  (await backend.refs.list('refs/gatos/')).map(({ name, oid }) => `${name} ${oid}`);

export const stateOf = async (world: JobsWorld, job: Cid) =>
  (await readJob(world.backend, job, world.ports.clock.now())).state;

/** Ports on which one call of `operation` fails: before it takes effect, or after. */
export function failingOnce({ ports }: JobsWorld, operation: string, phase: 'before' | 'after'): WriterPorts {
  let left = 1;
  const backend = withFaults(ports.backend, (point) => {
    if (point.operation !== operation || point.phase !== phase || left-- <= 0) return { kind: 'pass' };
    return { kind: 'fail', error: gitError('io', { path: 'x', operation, why: 'simulated' }) };
  });
  return { ...ports, backend };
}
