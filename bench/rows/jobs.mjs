/**
 * The queue at its busiest: jobs that do nothing, so that all of the time is ours. The limit is what the disk asks for: submission, claim and result of
 * each job are three steps that have to be durable one after the other, and each costs what one durable append costs here, now.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWorkspace, submitCommand } from 'gatosd';
import { gatosCommand, makeRepository } from '../cli.mjs';
import { inFolder, median, perSecond, seconds } from '../measure.mjs';
import { makeEvents } from '../records.mjs';

const STEPS = 3;
const GRACE_MS = 2000;
const LIMITS = { time_ms: 60_000, memory_bytes: 32 * 1024 * 1024, output_bytes: 1024 * 1024 };
const PROGRAM = 'export function run() { return { outputs: {} }; }\n';

const open = ({ path, env }) => openWorkspace({ cwd: path, env, passphrase: async () => null });

/** Submits that many jobs from one process, one after the other, as a caller does who waits for each. */
async function submitAll(workspace, { path, env }, count) {
  for (let i = 0; i < count; i++) {
    const { status } = await submitCommand(workspace, {
      cwd: path,
      env,
      kind: 'quickjs',
      argv: ['noop.mjs', String(i)],
      inputs: [],
      outputs: [],
      program: [],
      libraries: [],
      variables: {},
      limits: LIMITS,
      network: false,
      again: false,
    });
    if (status !== 'recorded') throw new Error(`job ${i}: ${status}`);
  }
}

/** Starts workers; resolves when they have told of that many results, with the seconds until then. */
async function workAll({ path, env }, { workers, count }) {
  const start = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - start) / 1e9;
  let done = 0;
  let last = 0;
  const [command, args] = gatosCommand('job', 'work', '--drain');
  const children = Array.from({ length: workers }, () => {
    const child = spawn(command, args, { cwd: path, env, stdio: ['ignore', 'ignore', 'pipe'] });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!line.endsWith(': succeeded')) return;
      done += 1;
      last = elapsed();
    });
    return child;
  });
  const ended = Promise.all(children.map((child) => once(child, 'close')));
  while (done < count && children.some(({ exitCode }) => exitCode === null)) await sleep(20);
  // A drained worker ends by itself; one that does not is told to, and the row says so.
  const late = await Promise.race([ended.then(() => 0), sleep(GRACE_MS).then(() => 1)]);
  for (const child of children) child.kill('SIGTERM');
  await ended;
  if (done !== count) throw new Error(`${done} of ${count} jobs were done`);
  return { working: last, late: late === 1 };
}

/** Seconds of each of so many durable appends. */
async function appends({ repository }, count, seed) {
  const times = [];
  for (const event of makeEvents(count, seed))
    times.push(await seconds(() => repository.emit([event], { ns: 'default' })));
  return times;
}

/** Every job has exactly one result, and it is a success. */
function checkResults({ git, output }, count) {
  const results = git('for-each-ref', '--format=%(refname)', 'refs/gatos/jobs').match(/\/result$/gm)?.length ?? 0;
  const good = JSON.parse(output('job', 'list', '--state', 'succeeded', '--json')).length;
  if (results !== count || good !== count) throw new Error(`${results} results, ${good} successes of ${count}`);
}

export async function jobsThroughput({ jobs = 1000, probes = 150 } = {}) {
  return inFolder(async (folder) => {
    const work = makeRepository(folder);
    writeFileSync(join(work.path, 'noop.mjs'), PROGRAM);
    const workspace = await open(work);
    const before = await appends(workspace, probes, 1);
    const submitting = await seconds(() => submitAll(workspace, work, jobs));
    const { working, late } = await workAll(work, { workers: 2, count: jobs });
    const after = await appends(workspace, probes, 2);
    await workspace.close();
    checkResults(work, jobs);
    const append = median([...before, ...after]);
    const time = submitting + working;
    const ratio = time / (jobs * STEPS * append);
    const parts = `submit ${submitting.toFixed(1)} s, work ${working.toFixed(1)} s${late ? ', a worker did not end' : ''}`;
    return {
      name: `${jobs.toLocaleString('en')} no-op quickjs jobs, 2 workers`,
      ours: `${perSecond(jobs, time)} (${parts})`,
      limit: `${STEPS} durable appends a job, ${(append * 1000).toFixed(2)} ms each`,
      ratio,
      target: '≤ 3',
      met: ratio <= 3,
    };
  });
}
