/** Experiments that are signed by whoever may, and are not true: verification says why, and the gate lets none in. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { ExperimentLab, NOWHERE } from '../../testing/experiment-lab.js';
import { gateWorlds, told } from '../../testing/gate-world.js';
import type { Cid } from '../codec/index.js';
import { readExecution } from '../jobs/index.js';
import { EXIT, exitOfReport } from '../kernel/index.js';
import { chainsOfExperiment, type Experiment, experimentChain } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const open = async (): Promise<ExperimentLab> => new ExperimentLab(await worlds.open());
const COUNT = 'export function fold(state, event) { return { count: (state.count ?? 0) + 1 }; }';

/** Two jobs, the second reads from the first; a third that is no part; a state with two checkpoints. */
async function laboratory() {
  const lab = await open();
  const { folds } = lab.world;
  const checkpoints: Cid[] = [];
  for (const payload of [1, 2]) {
    await lab.world.emit('user:alice', [{ payload }]);
    const { appended } = await folds.fold(folds.bundle(COUNT));
    if (appended !== null && appended !== undefined) checkpoints.push(appended.envelope.cid);
  }
  const train = await lab.run({ outputs: { model: 'm' } });
  const source = { path: null, state: 'job', job: train } as const;
  const evaluate = await lab.run({ inputs: { model: 'm' }, source, outputs: { metrics: '1' } });
  const other = await lab.run({ outputs: { other: 'o' } });
  const failed = await lab.run({ outputs: { model: 'f' }, status: 'failed' });
  const poe = async (job: Cid): Promise<Cid> => (await readExecution(lab.client, job))?.entry.envelope.cid ?? NOWHERE;
  const created = await lab.create([train, evaluate], { states: ['test'] });
  return { lab, created, jobs: { train, evaluate, other, failed }, poe, checkpoints };
}

type Lab = Awaited<ReturnType<typeof laboratory>>;
type Change = (body: Experiment, lab: Lab) => Promise<Partial<Experiment>> | Partial<Experiment>;

const reversed = <T>(items: readonly T[]): readonly T[] => [...items].reverse();

const FORGED: readonly (readonly [string, string, RegExp, Change])[] = [
  [
    'the Proof-of-Execution of another job',
    'experiment',
    /it names the Proof-of-Execution/,
    async ({ poe }, lab) => ({
      poe: [poe[0] as Cid, await lab.poe(lab.jobs.other)],
    }),
  ],
  ['its two proofs swapped', 'experiment', /it names the Proof-of-Execution/, ({ poe }) => ({ poe: reversed(poe) })],
  [
    'a proof that is nowhere',
    'experiment',
    /it names the Proof-of-Execution/,
    ({ poe }) => ({
      poe: [poe[0] as Cid, NOWHERE],
    }),
  ],
  [
    'its jobs in another order',
    'experiment',
    /of a job that comes after it/,
    ({ poe, jobs }) => ({
      poe: reversed(poe),
      jobs: reversed(jobs),
    }),
  ],
  [
    'a job that failed',
    'experiment',
    /is failed/,
    async (_, lab) => ({
      jobs: [lab.jobs.failed],
      poe: [await lab.poe(lab.jobs.failed)],
    }),
  ],
  [
    'another job with its own proof',
    'roots',
    /inputs_root|program_id|outputs_root/,
    async ({ jobs, poe }, lab) => ({
      jobs: [jobs[0] as Cid, lab.jobs.other],
      poe: [poe[0] as Cid, await lab.poe(lab.jobs.other)],
    }),
  ],
  [
    'one job less',
    'roots',
    /inputs_root|program_id/,
    ({ jobs, poe }) => ({ jobs: jobs.slice(0, 1), poe: poe.slice(0, 1) }),
  ],
  ['another inputs_root', 'roots', /inputs_root/, () => ({ inputs_root: new Uint8Array(32) })],
  ['another program_id', 'roots', /program_id/, () => ({ program_id: NOWHERE })],
  ['another outputs_root', 'roots', /outputs_root/, () => ({ outputs_root: new Uint8Array(32) })],
  ['changed inputs that were none', 'roots', /changed inputs/, () => ({ dirty: ['in.csv'] })],
  [
    'a policy that its envelope does not cite',
    'policy',
    /and its envelope `none`/,
    () => ({
      policy_root: NOWHERE,
      policy_code_root: new Uint8Array(32),
    }),
  ],
  ['half a policy', 'policy', /half a policy/, () => ({ policy_code_root: new Uint8Array(32) })],
  ['a checkpoint that is nowhere', 'states', /no checkpoint/, () => ({ pof: [NOWHERE] })],
  ['a checkpoint of another state', 'states', /no checkpoint/, () => ({ states: ['state/other'] })],
  ['a chain that is no state', 'states', /no checkpoint/, () => ({ states: ['trust'] })],
  ['a Proof-of-Execution as a checkpoint', 'states', /no checkpoint/, ({ poe }) => ({ pof: [poe[0] as Cid] })],
];

describe('an experiment', () => {
  it('verifies with all that it rests on, and with a checkpoint that is not the newest any more', async () => {
    const { lab, created, checkpoints } = await laboratory();
    expect(await lab.faults()).toEqual([]);
    await lab.forge(created.id, () => ({ pof: checkpoints.slice(0, 1) }));
    expect(await lab.faults()).toEqual([]);
    expect(await lab.faults(await chainsOfExperiment(lab.client, created.id))).toEqual([]);
  });

  it.each(FORGED)('is refused with %s', async (_, name, why, change) => {
    const made = await laboratory();
    const { lab, created } = made;
    const changed = await change(created.body, made);
    await lab.forge(created.id, () => changed);
    const chain = experimentChain(created.id);
    const { report } = await lab.world.folds.verify({ only: [chain] });
    const [bad, ...more] = report.checks.filter(({ outcome }) => outcome !== 'pass');
    expect(bad).toMatchObject({ name, code: 'experiments/bad-proof', outcome: 'fail', subject: chain });
    expect(bad?.detail).toMatch(why);
    expect(more.filter(({ name: also }) => also === name)).toEqual([]);
    expect(exitOfReport(report)).toBe(EXIT.mismatch);
    const judgement = await lab.world.send('refs/gatos/');
    expect(new Set(told(judgement))).toEqual(new Set([`refs/gatos/${chain} gate/experiment`]));
  });

  it('is refused where it stands before what it rests on', async () => {
    const { lab, created } = await laboratory();
    await lab.forge(created.id, () => ({}), { early: true });
    expect(await lab.faults()).toEqual(['experiment experiments/bad-proof', 'states experiments/bad-proof']);
  });

  it('that rests on pointers could not be checked, and says so', async () => {
    const { lab, created } = await laboratory();
    await lab.forge(created.id, () => ({ pointers: [NOWHERE] }));
    expect(await lab.faults()).toEqual(['pointers experiments/pointers']);
    const { report } = await lab.world.folds.verify();
    expect([report.outcome, exitOfReport(report)]).toEqual(['unknown', EXIT.purged]);
  });

  it.each([
    ['its job', (lab: Lab) => `jobs/${lab.jobs.train}/`, 'experiments/job-missing'],
    ['its Proof-of-Execution', (lab: Lab) => `audit/jobs/${lab.jobs.train}`, 'experiments/no-proof'],
  ])('without %s says what is missing', async (_, prefix, code) => {
    const made = await laboratory();
    await made.lab.drop(prefix(made));
    const { report } = await made.lab.world.folds.verify({ only: [experimentChain(made.created.id)] });
    const [bad] = report.checks.filter(({ outcome }) => outcome !== 'pass');
    expect(bad).toMatchObject({ name: 'experiment', code, exit: EXIT.absent });
    expect(bad?.detail).toContain(String(made.jobs.train));
    expect(bad?.hint).toMatch(/^an experiment travels with/);
  });

  it('names the chains of its jobs, of those that they read from, and of its states', async () => {
    const { lab, jobs } = await laboratory();
    const { id } = await lab.create([jobs.evaluate], { states: ['test'] });
    expect(await chainsOfExperiment(lab.client, id)).toEqual([
      experimentChain(id),
      ...[jobs.evaluate, jobs.train].flatMap((job) => [`jobs/${job}`, `audit/jobs/${job}`]),
      'state/test',
    ]);
  });
});

describe('the gate', () => {
  it('takes an experiment that comes with its jobs, and then one that comes alone', async () => {
    const { lab, jobs } = await laboratory();
    expect(told(await lab.world.send('refs/gatos/'))).toEqual([]);
    const { id } = await lab.create([jobs.other]);
    expect(told(await lab.world.send(`refs/gatos/${experimentChain(id)}`))).toEqual([]);
  });

  it.each([
    ['its jobs', 'jobs/', /job `\w+` of experiment `\w+` is not here/],
    ['their Proofs-of-Execution', 'audit/jobs/', /there is no Proof-of-Execution of job `\w+`/],
  ])('refuses one without %s, in words that help', async (_, prefix, why) => {
    const { lab, created } = await laboratory();
    const ref = `refs/gatos/${experimentChain(created.id)}`;
    const sent = ['trust', 'journal/', 'folds/', 'state/', 'jobs/', 'audit/jobs/'].filter((each) => each !== prefix);
    // What is sent of others has a later place, so the place of the experiment is no reason.
    for (let i = 0; i < 12; i++) await lab.world.emit('user:alice', [{ payload: i }]);
    const updates = (await lab.world.updates('refs/gatos/')).filter(({ name }) =>
      sent.some((each) => name.startsWith(`refs/gatos/${each}`)),
    );
    // Parts of jobs without the others would be refused themselves: they are taken for granted.
    await lab.world.accept(updates);
    const judgement = await lab.world.send(ref);
    expect(told(judgement)).toEqual([`${ref} gate/experiment`]);
    const [refusal] = judgement.refusals;
    expect([refusal?.what, ...(refusal?.why ?? [])].join('\n')).toMatch(why);
    expect(refusal?.pass.join('\n')).toContain('with the jobs and states that it names, as `git gatos sync` does');
  });

  it('refuses one that comes to a server that has nothing else, and says what brings the rest', async () => {
    const { lab, created } = await laboratory();
    await lab.world.send('refs/gatos/trust');
    const judgement = await lab.world.send(`refs/gatos/${experimentChain(created.id)}`);
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals[0]?.pass.join('\n')).toContain('`git gatos sync`');
  });
});
