import { type JobView, listJobs, readJob } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { jobLine, jobValue } from '../../view/job.js';

const STATES = [
  'open',
  'held',
  'expired',
  'succeeded',
  'failed',
  'timed-out',
  'killed',
  'over-limit',
  'no-output',
  'changed-input',
  'cancelled',
] as const;

export const command = defineCommand({
  name: 'list',
  summary: 'list jobs and how they stand',
  description: `
Lists jobs, newest last: \`open\` waits for a worker, \`held\` is being run, \`expired\` was held by a worker that did not come back; the others are done.
`,
  options: {
    state: { kind: 'choice', choices: STATES, placeholder: 'STATE', summary: 'only those that stand so' },
    waiting: { kind: 'flag', summary: 'only those without a result' },
  },
  examples: [{ command: 'git gatos job list --waiting', note: 'the queue' }],
  exits: ['unchecked'],
  seeAlso: ['job show', 'job work'],
  run: async (context, { state, waiting }) => {
    const { backend, ports } = (await context.openRepository()).repository;
    const views: JobView[] = [];
    for (const { job, done } of await listJobs(backend)) {
      if (waiting && done) continue;
      views.push(await readJob(backend, job, ports.clock.now()));
      context.signal.throwIfAborted();
    }
    const kept = views.filter((view) => state === undefined || view.state === state);
    const time = ({ manifest }: JobView) => manifest.entry.envelope.time;
    kept.sort((a, b) => time(a) - time(b));
    return {
      value: kept.map(jobValue),
      text: kept.length === 0 ? 'no jobs' : kept.map((view) => jobLine(view, context.colour)),
      ...(views.length === 0 ? { next: ['submit one: git gatos job submit -o out.txt -- COMMAND'] } : {}),
    };
  },
});
