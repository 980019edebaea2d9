/** Submitting a job, taking it, keeping it and giving it back: who may, and what is left when somebody may not. */
import { describe, expect, it } from 'vitest';
import { failingOnce, finish, held, LEASE_MS, refsOf, stateOf } from '../../testing/jobs-held.js';
import { JobsWorld, RIVAL, SUBMITTER, WORKER } from '../../testing/jobs-world.js';
import type { WriterPorts } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import {
  cancelJob,
  claimChain,
  claimJob,
  readClaim,
  readResult,
  releaseClaim,
  renewClaim,
  submitJob,
} from './index.js';

describe('submitting', () => {
  it('is done once, by whoever, and says so', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.prepare();
    expect(await submitJob(world.ports, await world.as(SUBMITTER), prepared)).toBe('recorded');
    const refs = await refsOf(world);
    expect(await submitJob(world.ports, await world.as(RIVAL), prepared)).toBe('exists');
    expect(await refsOf(world)).toEqual(refs);
    expect(await stateOf(world, prepared.job)).toBe('open');
  });

  it('of two at once is recorded once', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.prepare();
    const [alice, bob] = [await world.as(SUBMITTER), await world.as(WORKER)];
    const both = await Promise.all([alice, bob].map((writer) => submitJob(world.ports, writer, prepared)));
    expect(both.sort()).toEqual(['exists', 'recorded']);
    expect(await world.failures()).toEqual([]);
  });

  it('may be repeated after a fault that hid that it went through', async () => {
    const world = await JobsWorld.open();
    const prepared = await world.prepare();
    const ports = failingOnce(world, 'refs.transaction', 'after');
    const writer = await world.as(SUBMITTER);
    await expect(submitJob(ports, writer, prepared)).rejects.toMatchObject({ code: 'git/io' });
    expect(await submitJob(ports, writer, prepared)).toBe('exists');
  });
});

describe('claiming', () => {
  it('gives a lease on what nobody holds, and on nothing else', async () => {
    const { world, job, lease } = await held();
    expect(lease).toMatchObject({ attempt: 1 });
    expect(await stateOf(world, job)).toBe('held');
    await expect(world.claim(job, RIVAL)).rejects.toMatchObject({ code: 'jobs/held', data: { worker: WORKER } });
    await expect(world.claim(job, WORKER)).rejects.toMatchObject({ code: 'jobs/held', data: { worker: WORKER } });
    const nothing = Cid.hash('dag-cbor', utf8('nothing'));
    await expect(world.claim(nothing)).rejects.toMatchObject({ code: 'jobs/no-such-job' });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, LIMITS.jobLeaseMs + 1])(
    'gives no lease of %d ms',
    async (ms) => {
      const world = await JobsWorld.open();
      const { job } = await world.submitted();
      await expect(world.claim(job, WORKER, ms)).rejects.toMatchObject({ code: 'jobs/bad-lease' });
      const lease = await world.claim(job);
      const writer = await world.as(WORKER);
      await expect(renewClaim(world.ports, { ...writer, lease, leaseMs: ms })).rejects.toMatchObject({
        code: 'jobs/bad-lease',
      });
    },
  );

  it('goes to one of many who try at once', async () => {
    const world = await JobsWorld.open();
    const { job } = await world.submitted();
    const actors = Array.from({ length: 12 }, (_, i) => [WORKER, RIVAL, SUBMITTER][i % 3] as string);
    const tries = await Promise.allSettled(actors.map((actor) => world.claim(job, actor)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of tries) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'jobs/held' });
    expect((await readClaim(world, job))?.envelope.seq).toBe(0);
  });

  it('takes over when the lease ended as long ago as clocks may differ, not before', async () => {
    const { world, job, lease } = await held();
    const now = world.ports.clock.now();
    const wait = lease.until - now;
    world.pass(wait / 1000);
    await expect(world.claim(job, RIVAL)).rejects.toMatchObject({ code: 'jobs/held' });
    expect(await stateOf(world, job)).toBe('held');
    world.pass(LIMITS.leaseSkew / 1000 - 1);
    await expect(world.claim(job, RIVAL)).rejects.toMatchObject({ code: 'jobs/held' });
    world.pass(1);
    expect(await stateOf(world, job)).toBe('expired');
    expect(await world.claim(job, RIVAL)).toMatchObject({ attempt: 2 });
    expect(await world.failures()).toEqual([]);
  });

  it('takes what was released at once, as another attempt', async () => {
    const { world, job, lease } = await held();
    await releaseClaim(world.ports, { ...(await world.as(WORKER)), lease });
    expect(await stateOf(world, job)).toBe('open');
    expect(await world.claim(job, RIVAL)).toMatchObject({ attempt: 2 });
    expect(await world.failures()).toEqual([]);
  });

  it('takes nothing that is done or cancelled', async () => {
    const { world, prepared, job, lease } = await held();
    await finish({ world, prepared, lease });
    await expect(world.claim(job, RIVAL)).rejects.toMatchObject({ code: 'jobs/done', data: { status: 'succeeded' } });
    const other = await world.submitted({ network: true });
    await cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job: other.job, reason: null });
    await expect(world.claim(other.job)).rejects.toMatchObject({ code: 'jobs/done', data: { status: 'cancelled' } });
  });

  it('is never signed for a time before the one at which it was decided', async () => {
    const { world, job, lease } = await held();
    world.pass(LEASE_MS + LIMITS.leaseSkew / 1000);
    let looks = 0;
    const start = world.ports.clock.now();
    // The clock is set back by an hour right after it was looked at.
    const clock = { now: () => (looks++ === 0 ? start : start - 3_600_000_000), sleep: async () => undefined };
    const taken = await claimJob({ ...world.ports, clock }, { ...(await world.as(RIVAL)), job, leaseMs: LEASE_MS });
    expect(taken.attempt).toBe(2);
    expect((await readClaim(world, job))?.envelope.time).toBe(start);
    expect(lease.until).toBeLessThan(start);
    expect(await world.failures()).toEqual([]);
  });
});

describe('a lease', () => {
  it('is renewed from now on, and never shortened', async () => {
    const { world, job, lease } = await held();
    const writer = await world.as(WORKER);
    world.pass(1000);
    const longer = await renewClaim(world.ports, { ...writer, lease, leaseMs: LEASE_MS });
    expect(longer.until).toBeGreaterThan(lease.until + 999_000);
    const same = await renewClaim(world.ports, { ...writer, lease: longer, leaseMs: 1 });
    expect(same.until).toBe(longer.until);
    expect((await readClaim(world, job))?.body).toMatchObject({ attempt: 1, state: 'held', lease_until: longer.until });
    expect(await world.failures()).toEqual([]);
  });

  it('that was lost is neither renewed nor given back, and says to whom', async () => {
    const { world, job, lease } = await held();
    world.pass(LEASE_MS + LIMITS.leaseSkew / 1000);
    await world.claim(job, RIVAL);
    const request = { ...(await world.as(WORKER)), lease };
    const lost = { code: 'jobs/lost-lease', data: { holder: RIVAL } };
    await expect(renewClaim(world.ports, { ...request, leaseMs: 1 })).rejects.toMatchObject(lost);
    await expect(releaseClaim(world.ports, request)).rejects.toMatchObject(lost);
    expect((await readClaim(world, job))?.body).toMatchObject({ worker: RIVAL, state: 'held' });
  });

  it('that was lost to another process of the same worker is lost', async () => {
    const { world, prepared, job, lease } = await held();
    world.pass(LEASE_MS + LIMITS.leaseSkew / 1000);
    await world.claim(job, WORKER);
    await expect(finish({ world, prepared, lease })).rejects.toMatchObject({ code: 'jobs/lost-lease' });
  });

  it('is as good after its end, while nobody took over', async () => {
    const { world, prepared, lease } = await held();
    world.pass(10 * LEASE_MS);
    const renewed = await renewClaim(world.ports, { ...(await world.as(WORKER)), lease, leaseMs: LEASE_MS });
    world.pass(10 * LEASE_MS);
    expect(await finish({ world, prepared, lease: renewed })).toMatchObject({ status: 'recorded' });
    expect(await world.failures()).toEqual([]);
  });

  it('may be renewed, given back and ended again after a fault that hid that it went through', async () => {
    const { world, prepared, job, lease } = await held();
    const writer = await world.as(WORKER);
    const hiding = () => failingOnce(world, 'refs.transaction', 'after');
    const renew = (ports: WriterPorts) => renewClaim(ports, { ...writer, lease, leaseMs: LEASE_MS });
    let ports = hiding();
    await expect(renew(ports)).rejects.toMatchObject({ code: 'git/io' });
    const renewed = await renew(ports);
    expect(renewed.head).toBe(await world.backend.refs.read(`refs/gatos/${claimChain(job)}`));
    ports = hiding();
    // With the lease from before: its holder never heard of the renewals.
    await expect(finish({ world, prepared, lease }, { ports })).rejects.toMatchObject({ code: 'git/io' });
    const again = await finish({ world, prepared, lease }, { ports });
    expect(again.status).toBe('exists');
    expect(again.poe.equals((await readResult(world.backend, job))?.body.poe as Cid)).toBe(true);
    const other = await world.submitted({ network: true });
    const second = await world.claim(other.job);
    ports = hiding();
    const release = () => releaseClaim(ports, { ...writer, lease: second });
    await expect(release()).rejects.toMatchObject({ code: 'git/io' });
    await release();
    expect((await readClaim(world, other.job))?.envelope.seq).toBe(1);
    expect(await world.failures()).toEqual([]);
  });

  it('of a job that was cancelled is not renewed', async () => {
    const { world, job, lease } = await held();
    await cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job, reason: 'enough' });
    const request = { ...(await world.as(WORKER)), lease };
    const done = { code: 'jobs/done', data: { status: 'cancelled' } };
    await expect(renewClaim(world.ports, { ...request, leaseMs: 1 })).rejects.toMatchObject(done);
    await releaseClaim(world.ports, request);
    expect(await world.failures()).toEqual([]);
  });
});
