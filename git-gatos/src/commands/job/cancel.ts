import { cancelJob, parseJobId } from 'gatos-core';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'cancel',
  summary: 'end a job that has no result',
  description:
    'Records that a job is cancelled. A worker that runs it cannot record a result any more, and kills it when it next renews its lease.',
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the job', complete: 'jobs' }],
  options: {
    reason: { kind: 'text', placeholder: 'TEXT', summary: 'why' },
    remote: {
      kind: 'text',
      placeholder: 'NAME',
      summary: 'at this remote, where the workers are',
      complete: 'remotes',
    },
  },
  examples: [
    { command: 'git gatos job cancel bafy… --reason "wrong data"', note: 'it is done then, with the status cancelled' },
  ],
  exits: ['no', 'missing', 'conflict', 'untrusted', 'denied', 'temporary'],
  seeAlso: ['job list', 'job submit'],
  run: async (context, { id, reason, remote }) => {
    const workspace = await context.openRepository({ remote });
    const { repository } = workspace;
    if (remote !== undefined) await workspace.refresh(['refs/gatos/jobs/']);
    const writer = await repository.writer();
    await cancelJob(repository.ports, { ...writer, job: parseJobId(id), reason: reason ?? null });
    return { value: { job: id, status: 'cancelled' }, text: 'cancelled' };
  },
});
