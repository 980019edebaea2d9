/** Receipts that are recorded, or beside a repository: of another proof, of other jobs, with a verdict that their digests deny. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { ExperimentLab, NOWHERE } from '../../testing/experiment-lab.js';
import { REPRODUCTION_ULID } from '../../testing/experiment-world.js';
import { gateWorlds, told } from '../../testing/gate-world.js';
import {
  chainsOfReproduction,
  compareReceipt,
  experimentChain,
  parseReceipt,
  type Reproduction,
  readExperiment,
  readReproductions,
  reproductionChain,
  type StoredExperiment,
  signReceipt,
} from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const OTHER_ULID = '01HF7YAT00000000000000000C';
const CHAIN = reproductionChain(REPRODUCTION_ULID);

let lab: ExperimentLab;
let experiment: StoredExperiment;
let honest: Reproduction;
beforeEach(async () => {
  lab = new ExperimentLab(await worlds.open());
  const train = await lab.run({ outputs: { model: 'm' } });
  const evaluate = await lab.run({ inputs: { model: 'm' }, outputs: { metrics: '1' } });
  const { id } = await lab.create([train, evaluate]);
  experiment = await readExperiment(lab.client, id);
  const { jobs, outputs_root } = experiment.body;
  const roots = await Promise.all(jobs.map(async (job) => (await lab.executionOf(job)).outputs_root));
  honest = {
    ulid: REPRODUCTION_ULID,
    experiment: id,
    pox: experiment.entry.envelope.cid,
    verdict: 'identical',
    outputs_root,
    jobs: jobs.map((job, i) => ({ job, status: 'succeeded', outputs_root: roots[i] ?? new Uint8Array(32) })),
    differences: [],
    environment_same: true,
    started: 1,
    finished: 2,
  };
});

const DRIFT = { where: 'output', job: null, name: 'model', recorded: 'a', reproduced: 'b', detail: '' } as const;
const ZERO = new Uint8Array(32);

/** What an honest machine would write when the first job gave something else. */
const drifted = (body: Reproduction): Partial<Reproduction> => ({
  verdict: 'drifted',
  differences: [DRIFT],
  outputs_root: ZERO,
  jobs: body.jobs.map((job, i) => (i === 0 ? { ...job, outputs_root: ZERO } : job)),
});

const FORGED: readonly (readonly [string, RegExp, (body: Reproduction) => Partial<Reproduction>])[] = [
  ['another proof', /names the Proof-of-Experiment/, () => ({ pox: NOWHERE })],
  ['one job less', /jobs are not those/, ({ jobs }) => ({ jobs: jobs.slice(0, 1) })],
  ['its jobs in another order', /jobs are not those/, ({ jobs }) => ({ jobs: [...jobs].reverse() })],
  ['other outputs that are said to be identical', /says `identical`/, () => ({ outputs_root: ZERO })],
  ['another output of one job', /says `identical`/, (body) => ({ jobs: drifted(body).jobs ?? [] })],
  [
    'a job that failed, and is said to be identical',
    /says `identical`/,
    ({ jobs }) => ({ jobs: jobs.map((job) => ({ ...job, status: 'failed' as const })) }),
  ],
  ['drift without other digests', /says `drifted`/, () => ({ verdict: 'drifted', differences: [DRIFT] })],
  ['failure without other digests', /says `failed`/, () => ({ verdict: 'failed' })],
];

describe('a recorded receipt', () => {
  const record = (change: Partial<Reproduction>): Promise<void> =>
    lab.receipt({ ...honest, ...change }, experiment.entry.envelope.clock);

  it.each([
    ['identical', () => ({})],
    ['drifted', drifted],
    ['failed', (body: Reproduction) => ({ ...drifted(body), verdict: 'failed' as const })],
  ])('that says %s verifies, and passes the gate', async (_, change) => {
    await record(change(honest));
    expect(await lab.faults()).toEqual([]);
    expect(told(await lab.world.send('refs/gatos/'))).toEqual([]);
    expect((await readReproductions(lab.client, honest.experiment)).map(({ body }) => body.ulid)).toEqual([
      honest.ulid,
    ]);
    const rests = await chainsOfReproduction(lab.client, honest.ulid);
    expect(rests.slice(0, 2)).toEqual([CHAIN, experimentChain(honest.experiment)]);
    expect(await lab.faults(rests)).toEqual([]);
  });

  it.each(FORGED)('of %s does not hold, and does not pass the gate', async (_, why, change) => {
    await record(change(honest));
    const { report } = await lab.world.folds.verify({ only: [CHAIN] });
    const bad = report.checks.filter(({ outcome }) => outcome !== 'pass');
    expect(bad.map(({ name }) => name)).toEqual(['reproduction']);
    expect(bad[0]?.detail).toMatch(why);
    expect(told(await lab.world.send('refs/gatos/'))).toEqual([`refs/gatos/${CHAIN} gate/experiment`]);
  });

  it('of an experiment that is not here could not be checked, and does not pass the gate', async () => {
    await record({ experiment: OTHER_ULID });
    expect(await lab.faults([CHAIN])).toEqual(['reproduction experiments/no-such-experiment']);
    expect(told(await lab.world.send('refs/gatos/'))).toEqual([`refs/gatos/${CHAIN} gate/could-not-check`]);
  });

  it('that stands before its experiment does not hold', async () => {
    await lab.receipt(honest, 0);
    expect(await lab.faults()).toEqual(['reproduction experiments/bad-receipt']);
  });

  it('of an experiment that went away rests on itself alone', async () => {
    await record({});
    await lab.drop('audit/proofs/experiments/');
    expect(await chainsOfReproduction(lab.client, honest.ulid)).toEqual([CHAIN]);
  });
});

describe('a receipt in a file, beside a repository', () => {
  const compared = async (change: Partial<Reproduction> = {}) => {
    const signer = lab.world.folds.signer('user:bob');
    const { held, checks } = await compareReceipt(
      lab.client,
      parseReceipt(await signReceipt({ ...honest, ...change }, signer)),
    );
    return [held, ...checks.map(({ code, outcome }) => code ?? outcome)];
  };

  it('is about the experiment that is here, another one of that id, or none', async () => {
    expect(await compared()).toEqual(['same', 'pass']);
    expect(await compared(drifted(honest))).toEqual(['same', 'pass']);
    expect(await compared({ pox: NOWHERE })).toEqual(['other', 'experiments/receipt-other']);
    expect(await compared({ experiment: OTHER_ULID })).toEqual(['absent']);
    expect(await compared({ outputs_root: ZERO })).toEqual(['same', 'experiments/bad-receipt']);
  });
});
