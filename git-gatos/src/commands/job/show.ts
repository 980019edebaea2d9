import { parseJobId, readJob } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { jobDetails, jobLines } from '../../view/job.js';

export const command = defineCommand({
  name: 'show',
  summary: 'show all that is known of a job',
  description:
    'Shows what a job takes and gives, who ran it on what machine, and what came of it. Nothing is verified: `verify ID` is.',
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the job', complete: 'jobs' }],
  examples: [{ command: 'git gatos job show bafy…', note: 'its inputs, its outputs, its machine' }],
  exits: ['no', 'missing', 'unchecked'],
  seeAlso: ['job logs', 'job output', 'verify'],
  run: async (context, { id }) => {
    const { backend, ports } = (await context.openRepository()).repository;
    const view = await readJob(backend, parseJobId(id), ports.clock.now());
    return {
      value: jobDetails(view),
      text: jobLines(view, context.colour),
      next: [`check it: git gatos verify ${id}`],
    };
  },
});
