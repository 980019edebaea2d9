/** What is told of jobs while others write, and what looking at them costs. */
import { describe, expect, it } from 'vitest';
import { failingOnce, finish, held, refsOf } from '../../testing/jobs-held.js';
import { JobsWorld, RIVAL, runOf, SUBMITTER, WORKER } from '../../testing/jobs-world.js';
import { refOfChain } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { utf8 } from '../kernel/index.js';
import {
  cancelJob,
  claimChain,
  executionChain,
  jobOfChain,
  listJobs,
  manifestChain,
  parseJobId,
  readJob,
  readManifest,
  recordRun,
  resultChain,
  verifyJob,
  verifyJobs,
} from './index.js';

const NOBODY = Cid.hash('dag-cbor', utf8('nobody'));

describe('names', () => {
  it('of chains come from the id, and say it', () => {
    for (const chain of [manifestChain, claimChain, resultChain, executionChain].map((name) => name(NOBODY)))
      expect(String(jobOfChain(chain))).toBe(String(NOBODY));
    expect(parseJobId(String(NOBODY)).equals(NOBODY)).toBe(true);
  });

  it.each([
    '',
    'x',
    String(Cid.hash('raw', utf8('a file'))),
    String(NOBODY).toUpperCase(),
    ` ${NOBODY}`,
    `${NOBODY}/job`,
    'x'.repeat(1000),
  ])('refuse the id `%s`', (id) => {
    expect(() => parseJobId(id)).toThrow(expect.objectContaining({ code: 'jobs/name' }));
    expect(jobOfChain(`jobs/${id}`.replace('/job', ''))?.equals(NOBODY) ?? false).toBe(id === `${NOBODY}/job`);
    expect(jobOfChain(`audit/jobs/${id}`)).toBeNull();
  });

  it('refuse with a line that fits a terminal', () => {
    expect(() => parseJobId('x'.repeat(1000))).toThrow(/^`x{80}…` is not the id of a job$/);
  });

  it.each(['journal/default/user-alice', 'audit/policy/x', 'job/x', 'trust'])('belong to no job: %s', (chain) => {
    expect(jobOfChain(chain)).toBeNull();
  });
});

describe('a list', () => {
  it('is of all jobs by id, and says which are done', async () => {
    const { world, prepared, lease } = await held();
    const other = await world.submitted({ network: true });
    const third = await world.submitted({ outputs: [] });
    await finish({ world, prepared, lease });
    await cancelJob(world.ports, { ...(await world.as(RIVAL)), job: third.job, reason: null });
    const listed = (await listJobs(world.backend)).map(({ job, done }) => `${job} ${done}`);
    expect(listed).toEqual([`${prepared.job} true`, `${other.job} false`, `${third.job} true`].sort());
  });

  it('is empty where there are none, and reads no object', async () => {
    const world = await JobsWorld.open();
    expect(await listJobs(world.backend)).toEqual([]);
    await world.submitted();
    const { reads, backend } = counting(world.backend);
    expect(await listJobs(backend)).toHaveLength(1);
    expect(reads.objects).toBe(0);
  });
});

describe('a view', () => {
  it('of what is not there says so', async () => {
    const { backend } = await JobsWorld.open();
    await expect(readJob(backend, NOBODY, 0)).rejects.toMatchObject({ code: 'jobs/no-such-job' });
    await expect(readManifest(backend, NOBODY)).rejects.toMatchObject({ code: 'jobs/no-such-job' });
  });

  it.each(['claim', 'result', 'execution', 'job'])(
    'never shows half a result, when it comes before the %s is read',
    async (part) => {
      const { world, prepared, job, lease } = await held();
      const names: Record<string, string> = {
        claim: claimChain(job),
        result: resultChain(job),
        execution: executionChain(job),
        job: manifestChain(job),
      };
      const backend = interrupted(world.backend, refOfChain(names[part] ?? ''), () =>
        finish({ world, prepared, lease }),
      );
      const view = await readJob(backend, job, world.ports.clock.now());
      expect(view.state === 'held' ? null : view.state).toBe(view.result === null ? null : 'succeeded');
      if (view.result !== null)
        expect(view.execution?.entry.envelope.cid.equals(view.result.body.poe as Cid)).toBe(true);
      if (view.result === null) expect(view.claim?.state).toBe('held');
    },
  );
});

/** A backend on which something happens before a ref is read for the first time. */
function interrupted(backend: GitBackend, ref: string, happen: () => Promise<unknown>): GitBackend {
  let left = 1;
  const read = async (name: string) => {
    if (name === ref && left-- > 0) await happen();
    return backend.refs.read(name);
  };
  return { ...backend, refs: { ...backend.refs, read, list: (...given) => backend.refs.list(...given) } };
}

/** A backend that counts what is read. */
function counting(backend: GitBackend) {
  const reads = { refs: 0, lists: 0, objects: 0 };
  const objects = new Proxy(backend.objects, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      if (name === 'readMany')
        return (oids: Iterable<string>, ...rest: never[]) => {
          const all = [...oids];
          reads.objects += all.length;
          return target.readMany(all, ...rest);
        };
      if (name === 'read') reads.objects += 0;
      return (...given: never[]) => {
        if (name === 'read' || name === 'history') reads.objects += 1;
        return found.apply(target, given);
      };
    },
  });
  const refs: GitBackend['refs'] = {
    ...backend.refs,
    read: (name) => {
      reads.refs += 1;
      return backend.refs.read(name);
    },
    list: (prefix, options) => {
      reads.lists += 1;
      return backend.refs.list(prefix, options);
    },
  };
  return { reads, backend: { objects, refs } };
}

async function manyJobs(count: number): Promise<{ readonly world: JobsWorld; readonly jobs: readonly Cid[] }> {
  const world = await JobsWorld.open();
  const jobs: Cid[] = [];
  for (let i = 0; i < count; i++) {
    const prepared = await world.prepare({}, { a: String(i) });
    await recordRun(world.ports, { ...(await world.as(WORKER)), prepared, run: await runOf(world.backend) });
    jobs.push(prepared.job);
  }
  return { world, jobs };
}

describe('verification of jobs', () => {
  it('costs the same for each, however many there are', async () => {
    const costs: object[] = [];
    for (const count of [3, 30]) {
      const { world } = await manyJobs(count);
      const { reads, backend } = counting(world.backend);
      const checks = await verifyJobs({ backend });
      expect(checks).toHaveLength(4 * count);
      costs.push({ refs: reads.refs / count, objects: reads.objects / count, lists: reads.lists });
    }
    expect(costs[1]).toEqual(costs[0]);
  });

  it('of one does not look at the others, nor list them', async () => {
    const costs: object[] = [];
    for (const count of [3, 30]) {
      const { world, jobs } = await manyJobs(count);
      const { reads, backend } = counting(world.backend);
      const [job = NOBODY] = jobs;
      const one = await verifyJobs({ backend }, { only: [`jobs/${job}`] });
      expect(one.map(({ name }) => name)).toEqual(['manifest', 'claims', 'execution', 'result']);
      for (const only of [resultChain(job), executionChain(job), `jobs/${job}/`])
        expect(await verifyJobs({ backend }, { only: [only] })).toEqual(one);
      costs.push({ ...reads });
      expect(reads.lists).toBe(0);
    }
    expect(costs[1]).toEqual(costs[0]);
  });

  it('goes by what is asked for', async () => {
    const { world, jobs } = await manyJobs(2);
    const count = async (...only: string[]) => (await verifyJobs(world, { only })).length;
    expect(await count('jobs/')).toBe(8);
    expect(await count('jobs')).toBe(8);
    expect(await count('audit/')).toBe(8);
    expect(await count(`jobs/${jobs[0]}`, `audit/jobs/${jobs[0]}`)).toBe(4);
    expect(await count()).toBe(0);
    expect(await count('journal/', 'jobs/x', `jobs/${NOBODY}`, `jobs/${jobs[0]}/other`)).toBe(0);
    expect(await verifyJob(world, NOBODY)).toEqual([]);
  });

  it('tells of progress, and stops where it is asked to', async () => {
    const { world } = await manyJobs(3);
    const seen: (number | undefined)[][] = [];
    const stop = new AbortController();
    const progress = ({ done, total }: { done: number; total?: number | undefined }) => {
      seen.push([done, total]);
      if (done === 2) stop.abort(new Error('enough'));
    };
    await expect(verifyJobs(world, { progress, signal: stop.signal })).rejects.toThrow('enough');
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });

  it.each(['manifest', 'claim', 'execution', 'result'] as const)(
    'of a job that is finished while its %s is looked up refuses nothing that never stood',
    async (part) => {
      const { world, prepared, job, lease } = await held();
      const chains = { manifest: manifestChain, claim: claimChain, execution: executionChain, result: resultChain };
      const ref = refOfChain(chains[part](job));
      const backend = interrupted(world.backend, ref, () => finish({ world, prepared, lease }));
      const checks = await verifyJob({ backend }, job);
      expect(checks.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass', 'pass']);
      expect((await refsOf(world)).some((line) => line.includes('/result'))).toBe(true);
    },
  );

  it('tells a fault of the storage as what it is, and of the other parts what can be told', async () => {
    const { world, prepared, job, lease } = await held();
    await finish({ world, prepared, lease });
    const { backend } = failingOnce(world, 'objects.read', 'before');
    const checks = await verifyJob({ backend }, job);
    expect(checks.filter(({ outcome }) => outcome === 'pass')).toHaveLength(
      checks.filter(({ code }) => code === undefined).length,
    );
    expect(checks.flatMap(({ outcome, code }) => (outcome === 'pass' ? [] : [`${outcome} ${code}`]))).toContain(
      'unknown git/io',
    );
    expect(await world.as(SUBMITTER)).toBeDefined();
  });
});
