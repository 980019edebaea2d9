/** Jobs that are recorded when they were run already, and jobs that are cancelled. */
import { describe, expect, it } from 'vitest';
import { type Finish, failingOnce, finish, held, refsOf, stateOf } from '../../testing/jobs-held.js';
import { JobsWorld, RIVAL, runOf, SUBMITTER, WORKER } from '../../testing/jobs-world.js';
import { readHead } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import { utf8 } from '../kernel/index.js';
import {
  cancelJob,
  claimChain,
  manifestChain,
  newNonce,
  type PreparedJob,
  readJob,
  readResult,
  recordRun,
  releaseClaim,
  repeatedJob,
} from './index.js';

describe('recording a run', () => {
  const record = async (
    world: JobsWorld,
    prepared: PreparedJob,
    { actor = WORKER, ports = world.ports, outputs }: Finish = {},
  ) => recordRun(ports, { ...(await world.as(actor)), prepared, run: await runOf(world.backend, outputs) });

  it('writes manifest, claim, proof and result in one step', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.prepare();
    expect(await record(world, prepared)).toMatchObject({ status: 'recorded' });
    const view = await readJob(world.backend, prepared.job, 0);
    expect(view).toMatchObject({ state: 'succeeded', claim: { state: 'closed', attempt: 1, worker: WORKER } });
    expect(await world.failures()).toEqual([]);
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
  });

  it('does so for a job that was submitted and not claimed yet, after it', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.submitted();
    expect(await record(world, prepared)).toMatchObject({ status: 'recorded' });
    expect(await world.failures()).toEqual([]);
    const clock = async (chain: string) => (await readHead(world.backend, chain))?.envelope.clock ?? 0;
    expect(await clock(claimChain(prepared.job))).toBe((await clock(manifestChain(prepared.job))) + 1);
  });

  it.each<[string, (world: JobsWorld, prepared: PreparedJob) => Promise<unknown>, RegExp]>([
    ['done', (world, prepared) => record(world, prepared, { actor: RIVAL }), /is done already: succeeded/],
    ['held', (world, { job }) => world.claim(job, RIVAL), /it is with `user:carol`/],
    [
      'cancelled',
      async (world, { job }) => cancelJob(world.ports, { ...(await world.as(RIVAL)), job, reason: null }),
      /is done already: cancelled/,
    ],
  ])('of a job that is %s is refused, and a repetition is not', async (_, before, message) => {
    const world = await JobsWorld.open();
    const prepared = await world.submitted();
    await before(world, prepared);
    const refs = await refsOf(world);
    await expect(record(world, prepared)).rejects.toMatchObject({
      code: 'jobs/done',
      message: expect.stringMatching(message),
    });
    expect(await refsOf(world)).toEqual(refs);
    const again = repeatedJob(prepared, newNonce(world.ports));
    expect(await record(world, again)).toMatchObject({ status: 'recorded' });
    expect(await world.failures()).toEqual([]);
  });

  it('may be repeated after a fault that hid that it went through; another run may not', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.prepare();
    const ports = failingOnce(world, 'refs.transaction', 'after');
    await expect(record(world, prepared, { ports })).rejects.toMatchObject({ code: 'git/io' });
    expect(await record(world, prepared, { ports })).toMatchObject({ status: 'exists' });
    const other = record(world, prepared, { outputs: { 'out/a.txt': 'other' } });
    await expect(other).rejects.toMatchObject({ code: 'jobs/done' });
    await expect(record(world, prepared, { actor: RIVAL })).rejects.toMatchObject({ code: 'jobs/done' });
  });

  it('leaves nothing visible when it fails', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.prepare();
    const refs = await refsOf(world);
    const ports = failingOnce(world, 'refs.transaction', 'before');
    await expect(record(world, prepared, { ports })).rejects.toMatchObject({ code: 'git/io' });
    expect(await refsOf(world)).toEqual(refs);
  });
});

describe('cancelling', () => {
  it('ends a job once, with a reason or without', async () => {
    const world = await JobsWorld.open();
    const { job } = await world.submitted();
    const cancel = async (reason: string | null) => cancelJob(world.ports, { ...(await world.as(RIVAL)), job, reason });
    await cancel('wrong data');
    expect((await readResult(world.backend, job))?.body).toMatchObject({
      status: 'cancelled',
      poe: null,
      reason: 'wrong data',
    });
    expect(await stateOf(world, job)).toBe('cancelled');
    await expect(cancel(null)).rejects.toMatchObject({ code: 'jobs/done', data: { status: 'cancelled' } });
    expect(await world.failures()).toEqual([]);
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
  });

  it('of what is done, or is not there, is refused', async () => {
    const { world, prepared, job, lease } = await held();
    await finish({ world, prepared, lease }, { change: { status: 'failed', exit: 1, failure: 'exit status 1' } });
    const writer = await world.as(SUBMITTER);
    await expect(cancelJob(world.ports, { ...writer, job, reason: null })).rejects.toMatchObject({
      code: 'jobs/done',
      data: { status: 'failed' },
    });
    const nothing = Cid.hash('dag-cbor', utf8('nothing'));
    await expect(cancelJob(world.ports, { ...writer, job: nothing, reason: null })).rejects.toMatchObject({
      code: 'jobs/no-such-job',
    });
    await expect(cancelJob(world.ports, { ...writer, job, reason: 'two\nlines' })).rejects.toMatchObject({
      code: 'codec/schema',
    });
  });

  it('while somebody holds it passes the gate, before and after the claim was given back', async () => {
    const { world, job, lease } = await held();
    await cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job, reason: null });
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
    await world.accept();
    await releaseClaim(world.ports, { ...(await world.as(WORKER)), lease });
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
  });
});
