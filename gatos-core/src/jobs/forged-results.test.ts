/** Results that no verb writes, signed by who they name: each is told, when the repository is verified and at the gate. */
import { describe, expect, it } from 'vitest';
import { testCid } from '../../testing/governance-world.js';
import { type ForgedJob, type Forgery, recordOf, toldOf } from '../../testing/jobs-forge.js';
import { RIVAL } from '../../testing/jobs-world.js';

const result = (job: ForgedJob) => recordOf(job.result).body;

const RESULTS: readonly Forgery[] = [
  [
    'a proof, and no result',
    'result',
    /there is a proof, and no result/,
    (job) => {
      job.result = null;
    },
  ],
  [
    'the end of the claim, and no result',
    'result',
    /its claim is closed, and there is no result/,
    (job) => {
      job.result = null;
      job.execution = null;
    },
  ],
  [
    'a result, and no proof',
    'result',
    /its proof `\S+` is not here/,
    (job) => {
      job.execution = null;
      job.poe = testCid('gone');
    },
  ],
  [
    'another proof than the one that is there',
    'result',
    /it names the proof `\S+`, and `\S+` is there/,
    (job) => {
      job.poe = testCid('another');
    },
  ],
  [
    'another status than the proof',
    'result',
    /it says failed, the proof says succeeded/,
    (job) => {
      result(job).status = 'failed';
    },
  ],
  [
    'a result by another than the proof',
    'result',
    /it is by another actor than the proof/,
    (job) => {
      recordOf(job.result).actor = RIVAL;
    },
  ],
  [
    'a result that stands before its proof',
    'result',
    /it stands before its proof/,
    (job) => {
      recordOf(job.result).clock = recordOf(job.execution).clock - 1;
    },
  ],
  [
    'a cancelled job with a proof',
    'result',
    /it was cancelled, and yet there is a proof/,
    (job) => {
      result(job).status = 'cancelled';
      job.poe = null;
    },
  ],
  [
    'a cancelled job whose claim is closed',
    'result',
    /it was cancelled, and yet its claim is closed/,
    (job) => {
      result(job).status = 'cancelled';
      Object.assign(job, { poe: null, execution: null });
    },
  ],
  [
    'a result that stands before the manifest',
    'result',
    /it stands before the manifest/,
    (job) => {
      result(job).status = 'cancelled';
      Object.assign(job, { poe: null, execution: null, claims: [] });
      recordOf(job.result).clock = recordOf(job.manifest).clock - 1;
    },
  ],
  [
    'a result without a manifest',
    'manifest',
    /there is its claim and its execution and its result, and no manifest/,
    (job) => {
      job.manifest = null;
    },
  ],
  [
    'a cancelled job that names a proof',
    'records',
    /has a proof unless it was cancelled/,
    (job) => {
      result(job).status = 'cancelled';
    },
  ],
  [
    'a success without a proof',
    'records',
    /has a proof unless it was cancelled/,
    (job) => {
      job.poe = null;
    },
  ],
  [
    'a success with a reason why it was cancelled',
    'records',
    /gives a reason and was not cancelled/,
    (job) => {
      result(job).reason = 'bored';
    },
  ],
  [
    'a result of another job',
    'envelope',
    /its record is about job/,
    (job) => {
      result(job).job = testCid('another');
    },
  ],
];

describe('forged results', () => {
  it.each(RESULTS)('%s', async (_, check, words, change) => {
    const { failures, judgement } = await toldOf(change);
    expect(failures.join('\n')).toMatch(new RegExp(`^${check} fail: .*${words.source}`, 'm'));
    // Whatever is told follows from what is wrong, not from a check that could not be made.
    expect(failures.filter((line) => line.includes(' unknown: '))).toEqual([]);
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(words);
    expect(judgement.refusals.map(({ rule }) => rule)).not.toContain('gate/could-not-check');
  });
});
