/** Making experiments: of what, in which order, and of what not. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { ExperimentLab, NOWHERE } from '../../testing/experiment-lab.js';
import { gateWorlds } from '../../testing/gate-world.js';
import { chooseParts, readExperiment } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const open = async (): Promise<ExperimentLab> => new ExperimentLab(await worlds.open());
const code = (what: string) => expect.objectContaining({ code: what });
const COUNT = 'export function fold(state, event) { return { count: (state.count ?? 0) + 1 }; }';
const chosen = async (lab: ExperimentLab) => {
  const { jobs, states } = await chooseParts(lab.client);
  return { jobs: jobs.map(String), states };
};

describe('an experiment', () => {
  it('is of its jobs in the order in which they were run, and verifies', async () => {
    const lab = await open();
    const second = await lab.run({ started: 9, outputs: { b: '2' } });
    const first = await lab.run({ started: 3, outputs: { a: '1' } });
    const { id, body } = await lab.create([second, first]);
    expect(body.jobs.map(String)).toEqual([first, second].map(String));
    expect((await readExperiment(lab.client, id)).body).toEqual(body);
    expect(await lab.faults()).toEqual([]);
  });

  it('has who reads after who gave, whatever the clocks of workers say', async () => {
    const lab = await open();
    const train = await lab.run({ started: 50, outputs: { model: 'm' } });
    const evaluate = await lab.run({ started: 1, inputs: { model: 'm' }, outputs: { metrics: 'x' } });
    const source = { path: null, state: 'job', job: evaluate } as const;
    const plot = await lab.run({ started: 0, inputs: { metrics: 'x' }, source, outputs: { plot: 'p' } });
    const { body } = await lab.create([plot, evaluate, train]);
    expect(body.jobs.map(String)).toEqual([train, evaluate, plot].map(String));
    expect(await lab.faults()).toEqual([]);
  });

  it('comes to an end with jobs whose files only look as if they read from each other', async () => {
    const lab = await open();
    const one = await lab.run({ inputs: { a: '1' }, outputs: { b: '2' } });
    const two = await lab.run({ inputs: { b: '2' }, outputs: { a: '1' } });
    const same = await lab.run({ inputs: { c: '3' }, outputs: { d: '3' } });
    expect((await lab.create([same, two, one])).body.jobs.map(String)).toEqual([same, one, two].map(String));
    expect(await lab.faults()).toEqual([]);
  });

  it('is refused without a job, and of jobs that are not here, were not run, or failed', async () => {
    const lab = await open();
    await expect(lab.create([])).rejects.toThrow(code('experiments/no-jobs'));
    await expect(lab.create([NOWHERE])).rejects.toThrow(code('jobs/no-such-job'));
    await expect(lab.create([await lab.submit()])).rejects.toThrow(code('experiments/not-run'));
    await expect(lab.create([await lab.run({ status: 'failed' })])).rejects.toThrow(code('experiments/failed-job'));
    const job = await lab.run();
    await expect(lab.create([job, job])).rejects.toThrow(code('experiments/bad-record'));
    await expect(lab.create([job], { title: 'a\nb' })).rejects.toThrow(code('experiments/bad-record'));
    await expect(lab.create([job], { states: ['none'] })).rejects.toThrow(code('fold/no-such-state'));
    expect(await lab.client.refs.list('refs/gatos/audit/proofs/')).toEqual([]);
  });

  it('refuses inputs that differed from what is committed, or tells of them', async () => {
    const lab = await open();
    const source = { path: 'in.csv', state: 'modified' } as const;
    const job = await lab.run({ source, inputs: { z: '1', a: '2' } });
    await expect(lab.create([job])).rejects.toThrow(/`a`, `z` differed/);
    const { body } = await lab.create([job], { allowDirty: true });
    expect(body.dirty).toEqual(['a', 'z']);
    expect(await lab.faults()).toEqual([]);
  });

  it('rests on the newest checkpoints of its states', async () => {
    const lab = await open();
    const { folds } = lab.world;
    await lab.world.emit('user:alice', [{ payload: 1 }]);
    const { appended } = await folds.fold(folds.bundle(COUNT));
    const { body } = await lab.create([await lab.run()], { states: ['test'] });
    expect(body.states).toEqual(['state/test']);
    expect(body.pof.map(String)).toEqual([String(appended?.envelope.cid)]);
    expect(await lab.faults()).toEqual([]);
  });
});

describe('without a choice it is', () => {
  it('of the last job for each output, and of what those read', async () => {
    const lab = await open();
    await lab.run({ outputs: { model: 'old' } });
    const train = await lab.run({ outputs: { model: 'm' } });
    const evaluate = await lab.run({ inputs: { model: 'm' }, outputs: { metrics: '1' } });
    const later = await lab.run({ outputs: { model: 'newer' } });
    await lab.run({ outputs: {} });
    await lab.run({ outputs: { metrics: '2' }, status: 'failed' });
    await lab.submit({ outputs: { metrics: '3' } });
    expect((await chosen(lab)).jobs).toEqual([train, evaluate, later].map(String));
  });

  it('of one job where two gave the same', async () => {
    const lab = await open();
    await lab.run({ outputs: { model: 'm' } });
    const again = await lab.run({ outputs: { model: 'm' } });
    const evaluate = await lab.run({ inputs: { model: 'm' }, outputs: { metrics: '1' } });
    expect((await chosen(lab)).jobs).toEqual([again, evaluate].map(String));
  });

  it('of nothing that belongs to an experiment already, whether or not each can be read', async () => {
    const lab = await open();
    await lab.create([await lab.run({ outputs: { a: '1' } })]);
    expect(await chosen(lab)).toEqual({ jobs: [], states: [] });
    const fresh = await lab.run({ outputs: { a: '2' } });
    const [head] = await lab.client.refs.list('refs/gatos/jobs/');
    const name = 'refs/gatos/audit/proofs/experiments/01HF7YAT00000000000000000A';
    await lab.client.refs.transaction([{ name, expected: null, next: head?.oid ?? '' }]);
    expect((await chosen(lab)).jobs).toEqual([String(fresh)]);
  });

  it('of the states with a checkpoint since', async () => {
    const lab = await open();
    const { folds } = lab.world;
    const bundle = folds.bundle(COUNT);
    await lab.world.emit('user:alice', [{ payload: 1 }]);
    await folds.fold(bundle);
    expect((await chosen(lab)).states).toEqual(['test']);
    await lab.create([await lab.run()], { states: ['test'] });
    expect((await chosen(lab)).states).toEqual([]);
    await lab.world.emit('user:alice', [{ payload: 2 }]);
    await folds.fold(bundle);
    expect((await chosen(lab)).states).toEqual(['test']);
    await lab.create([await lab.run({ outputs: { other: '1' } })]);
    expect((await chosen(lab)).states).toEqual([]);
  });
});
