/** The end of a job that is held: all of it becomes visible, or nothing. */
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../testing/governance-world.js';
import { failingOnce, finish, held, LEASE_MS, refsOf, stateOf } from '../../testing/jobs-held.js';
import { type JobsWorld, RIVAL, runOf, SUBMITTER, WORKER } from '../../testing/jobs-world.js';
import { chainOfRef, readHead } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import { bytesEqual, LIMITS, utf8 } from '../kernel/index.js';
import { applyAdoption, policyRootsAt, proposeAdoption } from '../policy/index.js';
import {
  cancelJob,
  claimChain,
  executionChain,
  filesBelow,
  finishJob,
  manifestChain,
  OUTPUTS_FOLDER,
  readAttached,
  readClaim,
  readExecution,
  readJob,
  renewClaim,
  resultChain,
} from './index.js';
import { KnownPolicies } from './policies.js';

describe('finishing', () => {
  it('makes proof, result and the end of the claim visible together', async () => {
    const { world, prepared, job, lease } = await held();
    const before = new Set((await refsOf(world)).map((line) => line.split(' ')[0]));
    const { status, poe, execution } = await finish({ world, prepared, lease });
    expect(status).toBe('recorded');
    const added = (await refsOf(world)).map((line) => line.split(' ')[0] ?? '').filter((name) => !before.has(name));
    expect(added.map(chainOfRef).sort()).toEqual([executionChain(job), resultChain(job)].sort());
    const view = await readJob(world.backend, job, 0);
    expect(view).toMatchObject({ state: 'succeeded', claim: { state: 'closed', attempt: 1 } });
    expect(view.result?.body.poe?.equals(poe)).toBe(true);
    expect(view.execution?.body).toEqual(execution);
    const clocks = await Promise.all(
      [manifestChain, claimChain, executionChain, resultChain].map(
        async (chain) => (await readHead(world.backend, chain(job)))?.envelope.clock ?? 0,
      ),
    );
    const [first = 0] = clocks;
    expect(clocks).toEqual([first, first + 2, first + 2, first + 2]);
    expect(await world.failures()).toEqual([]);
  });

  it.each(['objects.write', 'refs.transaction'])('leaves nothing visible when %s fails', async (operation) => {
    const { world, prepared, lease } = await held();
    const refs = await refsOf(world);
    const ports = failingOnce(world, operation, 'before');
    await expect(finish({ world, prepared, lease }, { ports })).rejects.toMatchObject({ code: 'git/io' });
    expect(await refsOf(world)).toEqual(refs);
    expect((await finish({ world, prepared, lease }, { ports })).status).toBe('recorded');
  });

  it('after the lease was lost is refused, and nothing of it is recorded', async () => {
    const { world, prepared, job, lease } = await held();
    world.pass(LEASE_MS + LIMITS.leaseSkew / 1000);
    const rival = await world.claim(job, RIVAL);
    const refs = await refsOf(world);
    const lost = { code: 'jobs/lost-lease', data: { job: String(job), holder: RIVAL } };
    await expect(finish({ world, prepared, lease })).rejects.toMatchObject(lost);
    expect(await refsOf(world)).toEqual(refs);
    await finish({ world, prepared, lease: rival }, { actor: RIVAL, outputs: { 'out/a.txt': 'b' } });
    await expect(finish({ world, prepared, lease })).rejects.toMatchObject(lost);
    expect((await readExecution(world.backend, job))?.entry.envelope.actor).toBe(RIVAL);
    expect(await world.failures()).toEqual([]);
  });

  it('of what was cancelled meanwhile is refused, and says so', async () => {
    const { world, prepared, job, lease } = await held();
    await cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job, reason: 'enough' });
    const done = { code: 'jobs/done', data: { status: 'cancelled' } };
    await expect(finish({ world, prepared, lease })).rejects.toMatchObject(done);
    expect(await readExecution(world.backend, job)).toBeNull();
    expect(await world.failures()).toEqual([]);
  });

  it('of two at once with one lease records one result, and both are told of it', async () => {
    const { world, prepared, job, lease } = await held();
    const both = await Promise.all([finish({ world, prepared, lease }), finish({ world, prepared, lease })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['exists', 'recorded']);
    expect(both[0]?.poe.equals(both[1]?.poe as Cid)).toBe(true);
    expect((await readClaim(world, job))?.envelope.seq).toBe(1);
  });

  it('races a renewal of the same lease, and wins', async () => {
    const { world, prepared, lease } = await held();
    const writer = await world.as(WORKER);
    for (let i = 0; i < 5; i++) await renewClaim(world.ports, { ...writer, lease, leaseMs: LEASE_MS });
    expect(await finish({ world, prepared, lease })).toMatchObject({ status: 'recorded' });
    expect(await world.failures()).toEqual([]);
  });

  it('races a cancellation: one of them stands, and the other is told', async () => {
    for (let round = 0; round < 6; round++) {
      const { world, prepared, job, lease } = await held();
      const cancel = async () => cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job, reason: null });
      const order = [() => finish({ world, prepared, lease }), cancel];
      const acts = round % 2 === 0 ? order : order.reverse();
      const settled = await Promise.allSettled(acts.map((act) => act()));
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const rejected = settled.find((each) => each.status === 'rejected');
      expect(rejected?.status === 'rejected' ? rejected.reason : null).toMatchObject({ code: 'jobs/done' });
      expect(await world.failures()).toEqual([]);
    }
  });

  it('keeps every status, and what the runner saw', async () => {
    const { world, prepared, job, lease } = await held();
    const change = { status: 'killed', exit: null, signal: 'SIGSEGV', failure: 'it crashed' } as const;
    await finish(
      { world, prepared, lease },
      { change: { ...change, stdout: utf8('out'), stderr: utf8('err'), dropped: 7 } },
    );
    const stored = await readExecution(world.backend, job);
    expect(stored?.body).toMatchObject({ ...change, logs: { stdout: 3, stderr: 3, dropped: 7 } });
    expect(await stateOf(world, job)).toBe('killed');
    expect(await world.failures()).toEqual([]);
  });

  it('of a run during which the clock was set back ends no earlier than it started', async () => {
    const { world, prepared, lease } = await held();
    const { execution } = await finish({ world, prepared, lease }, { change: { started: 1000, finished: 10 } });
    expect(execution).toMatchObject({ started: 1000, finished: 1000 });
    expect(await world.failures()).toEqual([]);
  });

  it('keeps outputs of any name, and gives them back', async () => {
    const { world, prepared, job, lease } = await held();
    const outputs = { 'x.cbor': 'no cbor', 'a b/ü.txt': '1', '日本語.csv': '2', 'outputs/stdout': '3', envelope: '4' };
    await finish({ world, prepared, lease }, { outputs });
    expect(await world.failures()).toEqual([]);
    const stored = await readExecution(world.backend, job);
    if (stored === null) throw new Error('there is a proof');
    const files = await filesBelow(world.backend, stored.entry, OUTPUTS_FOLDER);
    for (const file of stored.body.outputs)
      expect(await readAttached(world.backend, files.get(file.path), file)).toEqual(
        utf8(outputs[file.path as keyof typeof outputs]),
      );
    expect(stored.body.outputs).toHaveLength(5);
  });

  it('takes 4096 outputs', async () => {
    const { world, prepared, job, lease } = await held();
    const names = Array.from({ length: LIMITS.jobFiles }, (_, i) => [`out/${i}`, String(i)] as const);
    await finish({ world, prepared, lease }, { outputs: Object.fromEntries(names) });
    expect((await readExecution(world.backend, job))?.body.outputs).toHaveLength(LIMITS.jobFiles);
    expect(await world.failures()).toEqual([]);
  }, 60_000);

  it('takes a record just within its limit, and ends what is beyond it as over-limit', async () => {
    const long = (i: number) => [`${String(i).padStart(4, '0')}/${'x'.repeat(250)}`, 'x'] as const;
    const outputs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => long(i)));
    const { world, prepared, job, lease } = await held();
    const { execution } = await finish({ world, prepared, lease }, { outputs: outputs(3_500) });
    expect(execution.status).toBe('over-limit');
    expect(execution.failure).toMatch(/^the record of its 3500 outputs has \d+ bytes, the limit is 1048576$/);
    expect(execution.outputs).toEqual([]);
    const view = await readJob(world.backend, job, 0);
    expect(view.state).toBe('over-limit');
    const other = await world.submitted({ network: true });
    const second = { world, prepared: other, lease: await world.claim(other.job) };
    expect((await finish(second, { outputs: outputs(3_100) })).execution.outputs).toHaveLength(3_100);
    expect(await world.failures()).toEqual([]);
  }, 60_000);

  it('is refused before anything is written when even that is too large', async () => {
    const { world, prepared, lease } = await held();
    const refs = await refsOf(world);
    const variables = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`V${i}`, 'x'.repeat(60_000)]));
    const run = await runOf(world.backend);
    const change = { environment: { ...run.environment, variables } };
    await expect(finish({ world, prepared, lease }, { change })).rejects.toMatchObject({
      code: 'jobs/too-large',
      data: { limit: LIMITS.recordBytes },
    });
    expect(await refsOf(world)).toEqual(refs);
  });
});

describe('a policy that is adopted while a job runs', () => {
  async function adopt({ governance }: JobsWorld, text: string): Promise<Cid> {
    const { ports } = governance;
    const { signer } = await governance.as(ROOT);
    const files = [{ path: 'law.rgs', bytes: utf8(text) }];
    const pending = await proposeAdoption(ports, { actor: ROOT, signer, files });
    return (await applyAdoption(ports, pending.bytes)).envelope.cid;
  }
  const LAW = 'deny "one" message "one" when { input.pusher == "one" }\n';

  it('is named by the proof with its own code, whatever its caller knew', async () => {
    const { world, prepared, job, lease } = await held();
    const policyRoot = await adopt(world, LAW);
    const writer = { ...(await world.as(WORKER)), policyRoot };
    const run = await runOf(world.backend);
    const stale = new Uint8Array(32).fill(1);
    const parts = { ...writer, lease, manifest: prepared.manifest, run, policyCodeRoot: stale };
    const { execution } = await finishJob(world.ports, parts);
    const head = await world.backend.refs.read('refs/gatos/policies/active');
    const { codeRoot } = await policyRootsAt(world.backend, head ?? '');
    expect(bytesEqual(execution.policy_code_root ?? new Uint8Array(0), codeRoot)).toBe(true);
    expect(execution.policy_root?.equals(policyRoot)).toBe(true);
    expect((await readExecution(world.backend, job))?.entry.envelope.policy?.equals(policyRoot)).toBe(true);
    expect(await world.failures()).toEqual([]);
  });

  it('is looked up again when it could not be read', async () => {
    const { world } = await held();
    const policyRoot = await adopt(world, LAW);
    const known = new KnownPolicies(failingOnce(world, 'objects.read', 'before').backend);
    await expect(known.codeRoot(policyRoot)).rejects.toMatchObject({ code: 'git/io' });
    expect(await known.codeRoot(policyRoot)).toHaveLength(32);
    expect(await known.codeRoot(Cid.hash('dag-cbor', utf8('another')))).toBeNull();
    expect(await known.codeRoot(policyRoot)).toHaveLength(32);
  });

  it('does not change what an older proof rests on', async () => {
    const { world, prepared, lease } = await held();
    const first = await adopt(world, LAW);
    const run = await runOf(world.backend);
    const writer = { ...(await world.as(WORKER)), policyRoot: first };
    await finishJob(world.ports, { ...writer, lease, manifest: prepared.manifest, run });
    await adopt(world, LAW.replaceAll('one', 'two'));
    expect(await world.failures()).toEqual([]);
  });
});
