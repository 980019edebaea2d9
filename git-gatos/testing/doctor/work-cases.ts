/** Messages, jobs and experiments: what old topics, workers that are gone and incomplete clones come to. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Cid,
  claimJob,
  compactTopic,
  type JobSpec,
  listSegments,
  prepareJob,
  publishMessages,
  submitJob,
} from 'gatos-core';
import type { Case } from './case.js';
import type { DoctorWorld } from './world.js';

const TOPIC = 'readings';
const messages = (count: number) => Array.from({ length: count }, (_, n) => ({ payload: n }));

/** A topic whose messages are so old, one in each segment. */
function publish(world: DoctorWorld, days: number, count: number): Promise<unknown> {
  return world.past(days, (ports, writer) =>
    publishMessages(ports, { ...writer, topic: TOPIC, messages: messages(count), limits: { maxMessages: 1 } }),
  );
}

/** A consumer that has handled the first so many messages. */
async function consume(world: DoctorWorld, count: number): Promise<void> {
  await world.gatos(world.work, 'bus', 'subscribe', TOPIC, '--consumer', 'reader', '--limit', String(count));
}

const TRUE: JobSpec = {
  program: { kind: 'process', entry: 'true', args: [], env: {}, files: [] },
  inputs: [],
  outputs: [],
  limits: { time_ms: 60_000, memory_bytes: 2 ** 30, output_bytes: 2 ** 20 },
};

/** A job that was submitted some days ago, with a message or without. */
function submit(world: DoctorWorld, days: number, { told = true } = {}): Promise<Cid> {
  return world.past(days, async (ports, writer) => {
    const prepared = await prepareJob(ports.backend, TRUE, { policyRoot: null });
    await submitJob(ports, writer, prepared);
    const payload = { job: String(prepared.job), kind: 'process' };
    if (told) await publishMessages(ports, { ...writer, topic: 'jobs', messages: [{ payload, type: 'submitted' }] });
    return prepared.job;
  });
}

/** An experiment of one job and one state. */
async function experiment(world: DoctorWorld): Promise<string> {
  const { work } = world;
  await world.gatos(work, 'run', '-o', 'out', '--', 'sh', '-c', 'echo 42 > out');
  return (await world.gatos(work, 'pox', 'create', '--title', 'forty-two')).trim();
}

function dropRefs({ git, work }: Pick<DoctorWorld, 'git' | 'work'>, ...prefixes: readonly string[]): void {
  for (const ref of git(work, 'for-each-ref', '--format=%(refname)', ...prefixes).split('\n'))
    git(work, 'update-ref', '-d', ref);
}

/** Only the commands that are needed, and perhaps a `bwrap`. */
function otherPath(world: DoctorWorld, bwrap?: string): string {
  const folder = world.at('bin');
  mkdirSync(folder);
  for (const command of ['git', 'sh', 'true']) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), join(folder, command));
  }
  world.env.PATH = folder;
  if (bwrap !== undefined) install(world, bwrap);
  return folder;
}

function install(world: DoctorWorld, script: string): void {
  const path = world.at('bin/bwrap');
  world.write(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** As a runner that was killed leaves it: the folder of a job, named after a process that is gone. */
async function leftover(world: DoctorWorld): Promise<void> {
  const [folder, before] = [world.at('tmp'), process.env.TMPDIR];
  process.env.TMPDIR = folder;
  try {
    const run = world.gatos(world.work, 'run', '--', 'sleep', '0.5');
    const ended = run.then(() => true);
    while (readdirSync(folder).length === 0 && !(await Promise.race([ended, sleep(5, false)])));
    const [name = ''] = readdirSync(folder);
    await run;
    world.write(join(folder, name.replace(/-\d+-\d+-/, `-${spawnSync('true').pid}-1-`), 'work/half a result'), 'x');
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

export const WORK_CASES: readonly Case[] = [
  {
    code: 'old-segments',
    provoke: async (world) => {
      await publish(world, 40, 4);
      await consume(world, 3);
      await world.shell(world.work, 'git gatos sync');
    },
  },
  {
    code: 'old-segments',
    note: 'of a topic with very many',
    provoke: async (world) => {
      await publish(world, 2, 502);
      await world.shell(world.work, 'git gatos sync');
    },
  },
  {
    code: 'pruned-segment',
    provoke: async (world) => {
      await publish(world, 40, 3);
      const [first] = await world.within(world.work, ({ backend }) => listSegments(backend, TOPIC));
      await world.past(0, (ports, writer) => compactTopic(ports, { ...writer, topic: TOPIC, olderThan: 0 }));
      world.git(world.work, 'update-ref', `refs/gatos/${first?.chain}`, first?.oid ?? '');
    },
  },
  {
    code: 'consumer-behind',
    note: 'it keeps old segments from being pruned',
    provoke: async (world) => {
      await publish(world, 40, 4);
      await consume(world, 1);
    },
    mend: (world, line) => world.shell(world.work, line.replace('COMMAND', 'true')),
  },
  {
    code: 'consumer-behind',
    note: 'by very many messages',
    provoke: async (world) => {
      await publish(world, 0, 1);
      await consume(world, 1);
      const batch = { topic: TOPIC, messages: messages(10_000) };
      await world.past(0, (ports, writer) => publishMessages(ports, { ...writer, ...batch }));
    },
    // What nobody needs.
    mend: async (world, line) => {
      const [topic = '', consumer = ''] = /subscribe (\S+) --consumer (\S+) /.exec(line)?.slice(1) ?? [];
      await world.gatos(world.work, 'bus', 'ack', topic, 'end', '--consumer', consumer);
    },
  },
  { code: 'jobs-waiting', provoke: (world) => submit(world, 2).then() },
  {
    code: 'jobs-abandoned',
    provoke: async (world) => {
      const job = await submit(world, 2);
      await world.past(2, (ports, writer) => claimJob(ports, { ...writer, job, leaseMs: 1000 }));
    },
  },
  { code: 'job-untold', provoke: (world) => submit(world, 0, { told: false }).then() },
  {
    code: 'job-untold',
    note: 'among others that are told',
    provoke: async (world) => {
      await submit(world, 0, { told: false });
      await world.gatos(world.work, 'job', 'submit', '--', 'true', 'with', 'arguments');
    },
  },
  {
    code: 'experiment-incomplete',
    note: 'a job',
    provoke: async (world) => {
      await experiment(world);
      await world.gatos(world.work, 'sync');
      dropRefs(world, 'refs/gatos/jobs', 'refs/gatos/audit/jobs');
    },
  },
  {
    code: 'experiment-incomplete',
    note: 'a state',
    provoke: async (world) => {
      await experiment(world);
      await world.gatos(world.work, 'sync');
      dropRefs(world, 'refs/gatos/state');
    },
  },
  {
    code: 'no-bubblewrap',
    provoke: async (world) => {
      await submit(world, 0);
      otherPath(world);
    },
    mend: (world) => install(world, 'exit 0'),
  },
  {
    code: 'bubblewrap-broken',
    provoke: async (world) => {
      await submit(world, 0);
      otherPath(world, 'echo "bwrap: No permissions to create new namespace" >&2; exit 1');
    },
    mend: null,
  },
  { code: 'job-leftover', provoke: leftover },
  {
    code: 'receipt-unrecorded',
    provoke: async (world) => {
      const { work } = world;
      const id = await experiment(world);
      await world.gatos(work, 'key', 'new', 'other');
      await world.gatos(work, 'config', 'set', 'key', 'other');
      await world.gatos(work, 'reproduce', id);
      if (readdirSync(join(work, '.git/gatos/receipts')).length !== 1) throw new Error('there is no receipt in a file');
      await world.gatos(work, 'config', 'set', 'key', 'default');
      await world.gatos(work, 'trust', 'add', 'user:alice', 'other');
      await world.gatos(work, 'config', 'set', 'key', 'other');
    },
  },
];
