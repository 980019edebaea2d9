/** Claims that no verb writes, signed by who they name: each is told, when the repository is verified and at the gate. */
import { describe, expect, it } from 'vitest';
import { testCid } from '../../testing/governance-world.js';
import { claimAfter, FORGED_UNTIL, type ForgedJob, type Forgery, recordOf, toldOf } from '../../testing/jobs-forge.js';
import { RIVAL } from '../../testing/jobs-world.js';
import { LIMITS } from '../kernel/index.js';

const execution = (job: ForgedJob) => recordOf(job.execution).body;
const claim = (job: ForgedJob, i: number) => recordOf(job.claims[i]);

const CLAIMS: readonly Forgery[] = [
  [
    'a claim by another than it names',
    'claims',
    /claim 0 is by `user:carol` and names `user:bob`/,
    (job) => {
      claim(job, 0).actor = RIVAL;
    },
  ],
  [
    'a first attempt that is no first',
    'claims',
    /claim 0 is attempt 2, and there was none before/,
    (job) => {
      claim(job, 0).body.attempt = 2;
      claim(job, 1).body.attempt = 2;
      execution(job).attempt = 2;
    },
  ],
  [
    'a release of what nobody held',
    'claims',
    /claim 0 releases what nobody held/,
    (job) => {
      job.claims = [claimAfter(job, 0, {}, { state: 'released' })];
      job.execution = null;
      job.result = null;
    },
  ],
  [
    'a lease of years',
    'claims',
    /claim 0 asks for a lease of more than 86400 seconds/,
    (job) => {
      claim(job, 0).body.lease_until = claim(job, 0).time + LIMITS.jobLeaseMs * 1000 + 1;
    },
  ],
  [
    'an attempt that jumps',
    'claims',
    /claim 1 is attempt 3, after 1/,
    (job) => {
      claim(job, 1).body.attempt = 3;
      execution(job).attempt = 3;
    },
  ],
  [
    'an attempt that goes back',
    'claims',
    /claim 2 is attempt 1, after 2/,
    (job) => {
      const time = FORGED_UNTIL + 1;
      const second = claimAfter(job, 0, { time }, { attempt: 2, lease_until: time });
      job.claims = [
        claim(job, 0),
        second,
        { ...second, clock: second.clock + 1, body: { ...second.body, attempt: 1 } },
      ];
    },
  ],
  [
    'an end by another than its holder',
    'claims',
    /claim 1 is of `user:carol`, but `user:bob` holds the job/,
    (job) => {
      Object.assign(claim(job, 1), { actor: RIVAL });
      claim(job, 1).body.worker = RIVAL;
    },
  ],
  [
    'a renewal by another',
    'claims',
    /claim 1 is of `user:carol`, but `user:bob` holds the job/,
    (job) => {
      job.claims[1] = claimAfter(job, 0, { actor: RIVAL }, { worker: RIVAL });
    },
  ],
  [
    'a take-over while the lease lasts',
    'claims',
    /claim 1 takes over while the lease of `user:bob` lasts/,
    (job) => {
      const time = FORGED_UNTIL - 1;
      job.claims[1] = claimAfter(job, 0, { actor: RIVAL, time }, { worker: RIVAL, attempt: 2, lease_until: time });
    },
  ],
  [
    'a take-over that ends at once',
    'claims',
    /claim 1 starts an attempt and does not hold it/,
    (job) => {
      job.claims[1] = claimAfter(job, 0, { time: FORGED_UNTIL }, { attempt: 2, state: 'closed' });
    },
  ],
  [
    'a renewal of what was released',
    'claims',
    /claim 2 goes on with attempt 1, which was released/,
    (job) => {
      const released = claimAfter(job, 0, {}, { state: 'released' });
      job.claims = [claim(job, 0), released, { ...claim(job, 0), clock: released.clock + 1 }];
    },
  ],
  [
    'a claim after the end',
    'claims',
    /claim 2 follows the end of the job/,
    (job) => {
      job.claims.push(
        claimAfter(job, 1, { actor: RIVAL, time: FORGED_UNTIL }, { worker: RIVAL, attempt: 2, state: 'held' }),
      );
    },
  ],
  [
    'a claim of another job',
    'envelope',
    /its record is about job/,
    (job) => {
      claim(job, 0).body.job = testCid('another');
    },
  ],
  [
    'a claim in a state of its own',
    'records',
    /state/,
    (job) => {
      claim(job, 0).body.state = 'mine';
    },
  ],
  [
    'an attempt 0',
    'records',
    /attempt/,
    (job) => {
      claim(job, 0).body.attempt = 0;
    },
  ],
  [
    'a claim without a manifest',
    'manifest',
    /there is its claim, and no manifest/,
    (job) => {
      Object.assign(job, { manifest: null, execution: null, result: null, claims: [claim(job, 0)] });
    },
  ],
];

describe('forged claims', () => {
  it.each(CLAIMS)('%s', async (_, check, words, change) => {
    const { failures, judgement } = await toldOf(change);
    expect(failures.join('\n')).toMatch(new RegExp(`^${check} fail: .*${words.source}`, 'm'));
    // Whatever is told follows from what is wrong, not from a check that could not be made.
    expect(failures.filter((line) => line.includes(' unknown: '))).toEqual([]);
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(words);
    expect(judgement.refusals.map(({ rule }) => rule)).not.toContain('gate/could-not-check');
  });
});
