/** Manifests that no verb writes, signed by who they name: each is told, when the repository is verified and at the gate. */
import { describe, expect, it } from 'vitest';
import { testCid } from '../../testing/governance-world.js';
import {
  claimAfter,
  FORGED_JOB,
  FORGED_UNTIL,
  type ForgedJob,
  type Forgery,
  forge,
  idOf,
  recordOf,
  toldOf,
} from '../../testing/jobs-forge.js';
import { RIVAL } from '../../testing/jobs-world.js';
import type { Value } from '../codec/index.js';
import { utf8 } from '../kernel/index.js';

const execution = (job: ForgedJob) => recordOf(job.execution).body;
const claim = (job: ForgedJob, i: number) => recordOf(job.claims[i]);

const MANIFESTS: readonly Forgery[] = [
  [
    'a manifest in the place of another',
    'envelope',
    /its record is about job/,
    (job) => {
      recordOf(job.manifest).body.network = true;
    },
  ],
  [
    'a manifest under a policy that never was',
    'manifest',
    /its policy `\S+` was never adopted here/,
    (job) => {
      const body = { ...recordOf(job.manifest).body, policy_root: testCid('policy') };
      Object.assign(job, { claims: [], execution: null, result: null, job: idOf(body) });
      recordOf(job.manifest).body = body;
    },
  ],
  [
    'an input of a job that gave none such',
    'manifest',
    /its input `data.csv` is no output of job/,
    (job) => {
      const { inputs } = recordOf(job.manifest).body as { inputs: readonly Record<string, Value>[] };
      const source = { path: null, state: 'job', job: testCid('elsewhere') };
      const body = { ...recordOf(job.manifest).body, inputs: inputs.map((input) => ({ ...input, source })) };
      Object.assign(job, { claims: [], execution: null, result: null, job: idOf(body) });
      recordOf(job.manifest).body = body;
    },
  ],
  [
    'an altered input',
    'attachments',
    /its bytes are not those/,
    (job) => {
      recordOf(job.manifest).files = [{ path: 'inputs/data.csv', bytes: utf8('x,y\n1,3\n') }];
    },
  ],
  [
    'a missing input',
    'attachments',
    /it is missing/,
    (job) => {
      recordOf(job.manifest).files = [];
    },
  ],
  [
    'a file that nobody lists',
    'attachments',
    /no record lists it/,
    (job) => {
      recordOf(job.manifest).files.push({ path: 'program/evil.sh', bytes: utf8('rm') });
    },
  ],
];

describe('forged manifests', () => {
  it.each(MANIFESTS)('%s', async (_, check, words, change) => {
    const { failures, judgement } = await toldOf(change);
    expect(failures.join('\n')).toMatch(new RegExp(`^${check} fail: .*${words.source}`, 'm'));
    // Whatever is told follows from what is wrong, not from a check that could not be made.
    expect(failures.filter((line) => line.includes(' unknown: '))).toEqual([]);
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(words);
    expect(judgement.refusals.map(({ rule }) => rule)).not.toContain('gate/could-not-check');
  });
});
describe('an honest job', () => {
  it('passes, and the gate takes it whole and in the order in which it came to be', async () => {
    const world = await forge();
    expect(await world.failures()).toEqual([]);
    expect(await world.judge()).toMatchObject({ verdict: 'allow', refusals: [] });
    const { report } = await world.verify([`jobs/${FORGED_JOB}`]);
    const own = report.checks.filter(({ subject }) => subject === `jobs/${FORGED_JOB}`);
    expect(own.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'manifest pass',
      'claims pass',
      'execution pass',
      'result pass',
    ]);
  });

  it('is one that changes hands when the lease has ended', async () => {
    const world = await forge((job) => {
      const time = FORGED_UNTIL;
      const taken = claimAfter(
        job,
        0,
        { actor: RIVAL, time },
        { worker: RIVAL, attempt: 2, lease_until: time + 60_000_000 },
      );
      const closed = { ...taken, clock: taken.clock + 1, body: { ...taken.body, state: 'closed' } };
      job.claims = [claim(job, 0), taken, closed];
      for (const part of [recordOf(job.execution), recordOf(job.result)])
        Object.assign(part, { actor: RIVAL, clock: part.clock + 1 });
      execution(job).attempt = 2;
    });
    expect(await world.failures()).toEqual([]);
  });
});
