/** Proofs that no verb writes, signed by who they name: each is told, when the repository is verified and at the gate. */
import { describe, expect, it } from 'vitest';
import { testCid } from '../../testing/governance-world.js';
import { type ForgedJob, type Forgery, recordOf, toldOf } from '../../testing/jobs-forge.js';
import { RIVAL } from '../../testing/jobs-world.js';
import { Cid, type Value } from '../codec/index.js';
import { utf8 } from '../kernel/index.js';
import { namedRoot } from './index.js';

const execution = (job: ForgedJob) => recordOf(job.execution).body;
const result = (job: ForgedJob) => recordOf(job.result).body;
const claim = (job: ForgedJob, i: number) => recordOf(job.claims[i]);
const DIGEST = new Uint8Array(32).fill(9);

const PROOFS: readonly Forgery[] = [
  [
    'other inputs',
    'execution',
    /its inputs are not those of the manifest/,
    (job) => {
      execution(job).inputs_root = DIGEST;
    },
  ],
  [
    'another program',
    'execution',
    /its program is not that of the manifest/,
    (job) => {
      execution(job).program_id = testCid('program');
    },
  ],
  [
    'outputs of another root',
    'execution',
    /its outputs are not those of its root/,
    (job) => {
      execution(job).outputs_root = DIGEST;
    },
  ],
  [
    'an end before its start',
    'execution',
    /it ended before it started/,
    (job) => {
      execution(job).finished = 1;
    },
  ],
  [
    'success with exit 1',
    'execution',
    /it succeeded with exit status 1/,
    (job) => {
      execution(job).exit = 1;
    },
  ],
  [
    'success without an exit',
    'execution',
    /it succeeded with exit status none/,
    (job) => {
      execution(job).exit = null;
    },
  ],
  [
    'success and a reason why not',
    'execution',
    /it succeeded, and yet: oops/,
    (job) => {
      execution(job).failure = 'oops';
    },
  ],
  [
    'an exit and a signal',
    'execution',
    /exit status 1 and by signal `SIGKILL`/,
    (job) => {
      Object.assign(execution(job), { status: 'killed', exit: 1, signal: 'SIGKILL' });
      result(job).status = 'killed';
    },
  ],
  [
    'a proof by another than who held it',
    'execution',
    /`user:bob` held the job, `user:carol` ran it/,
    (job) => {
      recordOf(job.execution).actor = RIVAL;
      recordOf(job.result).actor = RIVAL;
    },
  ],
  [
    'a proof of another attempt',
    'execution',
    /it is of attempt 2, the last is 1/,
    (job) => {
      execution(job).attempt = 2;
    },
  ],
  [
    'a proof while the job is held',
    'execution',
    /the claim under which it was run was not closed/,
    (job) => {
      job.claims = [claim(job, 0)];
    },
  ],
  [
    'a proof that nobody claimed',
    'execution',
    /the claim under which it was run was not closed/,
    (job) => {
      job.claims = [];
    },
  ],
  [
    'half a policy',
    'execution',
    /it names half a policy/,
    (job) => {
      execution(job).policy_code_root = DIGEST;
    },
  ],
  [
    'a policy that its envelope does not cite',
    'execution',
    /it names the policy `\S+`, and its envelope `none`/,
    (job) => {
      Object.assign(execution(job), { policy_root: testCid('policy'), policy_code_root: DIGEST });
    },
  ],
  [
    'a policy that never was',
    'execution',
    /its policy `\S+` was never adopted here/,
    (job) => {
      recordOf(job.execution).policy = testCid('policy');
      Object.assign(execution(job), { policy_root: testCid('policy'), policy_code_root: DIGEST });
    },
  ],
  [
    'a proof that stands before its manifest',
    'execution',
    /it stands before the manifest/,
    (job) => {
      recordOf(job.execution).clock = recordOf(job.manifest).clock - 1;
    },
  ],
  [
    'a proof of another job',
    'envelope',
    /its record is about job/,
    (job) => {
      execution(job).job = testCid('another');
    },
  ],
  [
    'a status of its own',
    'records',
    /status/,
    (job) => {
      execution(job).status = 'cancelled';
    },
  ],
  [
    'outputs out of order',
    'records',
    /sort by bytes/,
    (job) => {
      const [first] = execution(job).outputs as readonly Record<string, Value>[];
      execution(job).outputs = [first as Value, { ...first, path: 'a' }];
    },
  ],
  [
    'an output below another',
    'records',
    /below `out\/a.txt`, which is a file/,
    (job) => {
      const [first] = execution(job).outputs as readonly Record<string, Value>[];
      execution(job).outputs = [first as Value, { ...first, path: 'out/a.txt/b' }];
    },
  ],
  [
    'an altered output',
    'attachments',
    /outputs\/out\/a.txt.*its bytes are not those/,
    (job) => {
      recordOf(job.execution).files[0] = { path: 'outputs/out/a.txt', bytes: utf8('b') };
    },
  ],
  [
    'an altered log',
    'attachments',
    /stdout.*its bytes are not those/,
    (job) => {
      recordOf(job.execution).files[1] = { path: 'stdout', bytes: utf8('Done\n') };
    },
  ],
  [
    'a missing output',
    'attachments',
    /outputs\/out\/a.txt.*it is missing/,
    (job) => {
      recordOf(job.execution).files.shift();
    },
  ],
  [
    'an output more',
    'attachments',
    /outputs\/out\/b.txt.*no record lists it/,
    (job) => {
      recordOf(job.execution).files.push({ path: 'outputs/out/b.txt', bytes: utf8('b') });
    },
  ],
  [
    'a size that is not that of the bytes',
    'attachments',
    /its bytes are not those/,
    (job) => {
      const outputs = [{ path: 'out/a.txt', cid: Cid.hash('raw', utf8('a')), size: 2 }];
      Object.assign(execution(job), { outputs, outputs_root: namedRoot(outputs) });
    },
  ],
];

describe('forged proofs', () => {
  it.each(PROOFS)('%s', async (_, check, words, change) => {
    const { failures, judgement } = await toldOf(change);
    expect(failures.join('\n')).toMatch(new RegExp(`^${check} fail: .*${words.source}`, 'm'));
    // Whatever is told follows from what is wrong, not from a check that could not be made.
    expect(failures.filter((line) => line.includes(' unknown: '))).toEqual([]);
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(words);
    expect(judgement.refusals.map(({ rule }) => rule)).not.toContain('gate/could-not-check');
  });
});
