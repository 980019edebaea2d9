import { availableParallelism } from 'node:os';
import { LIMITS } from 'gatos-core';
import { localRunners, type WorkEvent, work } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { parseDuration } from '../../view/duration.js';

const MICROS_PER_MS = 1000;
const LEASE_MS = 60_000;
const SHORTEST_LEASE_MS = 1000;
const FETCH_MS = 2000;

/** What a worker needs to see of a remote. */
const PREFIXES = [
  'refs/gatos/policies/',
  'refs/gatos/jobs/',
  'refs/gatos/mbus/jobs/',
  'refs/gatos/mbus-ack/jobs/',
  'refs/gatos/mbus-summary/jobs',
];

function lease(text: string): number {
  const ms = (parseDuration(text) ?? 0) / MICROS_PER_MS;
  if (ms < SHORTEST_LEASE_MS || ms > LIMITS.jobLeaseMs)
    throw new Error('a length of time from 1s to 1d, such as 60s or 5m');
  return ms;
}

export const command = defineCommand({
  name: 'work',
  summary: 'claim jobs and run them',
  description: `
Follows the queue and runs what this machine can run, until it is told to stop: after the first SIGINT or SIGTERM it takes no more jobs, and ends with 0 when
those that run are done. A second one kills those, gives them back to other workers, and ends with 130. Jobs of a worker that is killed itself are
taken over by others when its lease ends. A line on standard error tells of every job.

A job that fails for a fault of this machine is tried again, ever more rarely. With \`--drain\` that is given up after three times, and the exit status is 75.

With \`--remote\` the repository there decides who has a job: claims and results are pushed before they count. So workers on any number of clones share one
queue.
`,
  options: {
    concurrency: {
      kind: 'int',
      short: 'j',
      min: 1,
      max: 256,
      placeholder: 'N',
      summary: 'jobs at the same time; default: one a core',
    },
    lease: {
      kind: 'parsed',
      parse: lease,
      placeholder: 'TIME',
      summary: 'after this without a sign of life another worker takes over; default: 60s',
    },
    drain: { kind: 'flag', summary: 'end when the queue is empty' },
    remote: { kind: 'text', placeholder: 'NAME', summary: 'the remote whose repository decides', complete: 'remotes' },
    requireSandbox: { kind: 'flag', summary: 'run no process that cannot be confined' },
  },
  examples: [
    { command: 'git gatos job work --concurrency 4', note: 'a worker, until it is interrupted' },
    { command: 'git gatos job work --remote origin --drain', note: 'work off the queue of a server, then end' },
  ],
  exits: ['untrusted', 'denied', 'unchecked', 'temporary'],
  seeAlso: ['job submit', 'job list'],
  run: async (context, { concurrency, lease: leaseMs, drain, remote, requireSandbox }) => {
    const workspace = await context.openRepository({ remote });
    const stop = context.unhurried();
    const kill = context.hurry;
    let faults = 0;
    const places = concurrency ?? availableParallelism();
    const summary = await work(workspace, {
      runners: localRunners(workspace, { env: context.env, concurrency: places, requireSandbox, requireCommand: true }),
      concurrency: places,
      leaseMs: leaseMs ?? LEASE_MS,
      libraries: context.cwd,
      drain,
      stop,
      kill,
      onEvent: (event) => {
        if (event.what === 'fault') faults += 1;
        tell(context, event);
      },
      ...(remote === undefined ? {} : { fetch: () => workspace.refresh(PREFIXES), fetchMs: FETCH_MS }),
    });
    kill.throwIfAborted();
    const { finished, succeeded, lost, left } = summary;
    const gone = lost > 0 ? `, ${lost} lost to other workers` : '';
    return {
      value: summary,
      text: `${finished} done, ${succeeded} of them with success${gone}${left > 0 ? `; ${left} left` : ''}`,
      exit: drain && faults > 0 && left > 0 ? 'temporary' : 'ok',
    };
  },
});

function tell(context: Context, event: WorkEvent): void {
  context.note(lineOf(event));
}

function lineOf(event: WorkEvent): string {
  switch (event.what) {
    case 'claimed':
      return `${event.job}: claimed${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'finished':
      return `${event.job}: ${event.status}${event.failure === null ? '' : `, ${event.failure}`}`;
    case 'blind':
      return `the queue cannot be looked at, which is tried again: ${event.error.message}`;
    default:
      return `${event.job}: ${event.what}, ${event.error.message}`;
  }
}
