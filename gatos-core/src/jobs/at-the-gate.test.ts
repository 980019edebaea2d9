/** Parts of jobs that no verb writes, signed by who they name: each is told, when the repository is verified and at the gate. */
import { describe, expect, it } from 'vitest';
import { FORGED_JOB, FORGED_UNTIL, type ForgedJob, forge, recordOf } from '../../testing/jobs-forge.js';
import { JobsWorld, runOf, WORKER } from '../../testing/jobs-world.js';
import { append } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import { decodeCommit, decodeTree } from '../git/index.js';
import { requestBy } from '../trust/index.js';
import { CLAIM_KIND, CLAIM_RULE, claimChain, finishJob, releaseClaim, renewClaim, verifyJobs } from './index.js';

const execution = (job: ForgedJob) => recordOf(job.execution).body;
const claim = (job: ForgedJob, i: number) => recordOf(job.claims[i]);

/** A job as workers leave it, of which the manifest and the first claim were pushed when they were made. */
async function worked(): Promise<JobsWorld> {
  const world = await JobsWorld.open();
  const prepared = await world.submitted();
  await world.accept();
  const lease = await world.claim(prepared.job);
  await world.accept();
  const parts = { lease, manifest: prepared.manifest, run: await runOf(world.backend) };
  await finishJob(world.ports, { ...(await world.as(WORKER)), ...parts });
  return world;
}

const isProof = (name: string) => name.includes('/audit/jobs/');

describe('a part of a job', () => {
  it.each<readonly [string, (name: string) => boolean, RegExp]>([
    ['the proof alone', isProof, /the claim under which it was run was not closed\n.*there is a proof, and no result/],
    ['the result alone', (name) => name.endsWith('/result'), /its proof `\S+` is not here/],
    ['the end of the claim alone', (name) => name.endsWith('/claim'), /its claim is closed, and there is no result/],
    ['result and proof', (name) => !name.endsWith('/claim'), /the claim under which it was run was not closed/],
    ['all but the proof', (name) => !isProof(name), /its proof `\S+` is not here/],
    ['all but the result', (name) => !name.endsWith('/result'), /there is a proof, and no result/],
  ])('%s is refused, and says what to do; the rest makes it pass', async (_, wanted, words) => {
    const world = await worked();
    const judgement = await world.judge(wanted);
    expect(judgement.verdict).toBe('deny');
    expect(new Set(judgement.refusals.map(({ rule }) => rule))).toEqual(new Set(['gate/job']));
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(words);
    expect(judgement.refusals[0]?.pass.join(' ')).toMatch(/push all that belongs to a job together/);
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
  });

  it('without its manifest is refused, and the manifest makes it pass', async () => {
    const world = await forge();
    const judgement = await world.judge((name) => !name.endsWith('/job'));
    expect(judgement.refusals.map(({ rule }) => rule)).toEqual(['gate/job']);
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(/and no manifest/);
    await world.accept(await world.updates((name) => name.endsWith('/job')));
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
  });

  it('a proof that is swapped for another valid one is named, with both', async () => {
    const other = await forge((job) => {
      execution(job).finished = 1_700_000_000_600_000;
    });
    const world = await forge();
    const name = `refs/gatos/audit/jobs/${FORGED_JOB}`;
    const [expected, next] = [await world.backend.refs.read(name), await other.backend.refs.read(name)];
    await copyCommit(other, world, next ?? '');
    await world.backend.refs.transaction([{ name, expected, next }]);
    const failures = await world.failures();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^result fail: .*it names the proof `(\S+)`, and `(?!\1)\S+` is there$/);
  });
});

/** Copies a commit with all that is below its tree. */
async function copyCommit(from: JobsWorld, to: JobsWorld, oid: string): Promise<void> {
  const objects = from.backend.objects;
  const copy = async (id: string): Promise<void> => {
    const { type, content } = await objects.read(id);
    if (type === 'commit') await copy(decodeCommit(content, objects.format).tree);
    if (type === 'tree') for (const entry of decodeTree(content, objects.format)) await copy(entry.oid);
    if (type !== 'tag') await to.backend.objects.write([{ type, content }]);
  };
  await copy(oid);
}

describe('the gate, claim by claim', () => {
  it('looks at what is new of a claim chain only, and still sees what does not follow', async () => {
    const world = await forge((job) => {
      const first = claim(job, 0);
      const renewals = Array.from({ length: 50 }, (_, i) => ({
        ...first,
        clock: first.clock + 1 + i,
        time: first.time + i,
        body: { ...first.body, lease_until: FORGED_UNTIL + i },
      }));
      Object.assign(job, { claims: [first, ...renewals], execution: null, result: null });
    });
    await world.accept();
    const job = FORGED_JOB;
    const lease = { job, attempt: 1, until: FORGED_UNTIL, head: '', clock: 0 };
    const renewed = await renewClaim(world.ports, { ...(await world.as(WORKER)), lease, leaseMs: 120_000 });
    expect(renewed.clock).toBeGreaterThan(50);
    let reads = 0;
    const { objects } = world.backend;
    const counting = {
      ...world.backend,
      objects: new Proxy(objects, {
        get: (target, name) => {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== 'function') return found;
          if (name === 'history')
            return async function* (...given: Parameters<typeof objects.history>) {
              for await (const commit of target.history(...given)) {
                reads++;
                yield commit;
              }
            };
          return found.bind(target);
        },
      }),
    };
    const chain = claimChain(job);
    const [update] = await world.updates();
    const since = new Map([[chain, update?.old ?? '']]);
    expect(
      (await verifyJobs({ backend: counting }, { only: [chain], since })).every(({ outcome }) => outcome === 'pass'),
    ).toBe(true);
    expect(reads).toBe(1);
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
    await world.accept();
    await releaseClaim(world.ports, { ...(await world.as(WORKER)), lease: renewed });
    await world.accept();
    const forged = { job, worker: WORKER, lease_until: renewed.until, attempt: 1, state: 'held' };
    await appendBlindly(world, chain, forged);
    expect((await world.judge()).refusals.flatMap(({ why }) => why).join('\n')).toMatch(
      /goes on with attempt 1, which was released/,
    );
  });
});

/** Appends what `append` does not look into. */
async function appendBlindly(world: JobsWorld, chain: string, body: Record<string, Value>): Promise<void> {
  const draft = { kind: CLAIM_KIND.kind, bodies: [encode(body)], description: CLAIM_KIND.describe(body as never, 1) };
  const expected = await world.backend.refs.read(`refs/gatos/${chain}`);
  await append(
    world.ports,
    requestBy(await world.as(WORKER), { chain, rule: CLAIM_RULE, expected, prepare: async () => [draft] }),
  );
}
