import { submitCommand } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { commandRequest, JOB_OPTIONS } from './options.js';

const { pass: _, ...OPTIONS } = JOB_OPTIONS;

export const command = defineCommand({
  name: 'submit',
  summary: 'put a job into the queue',
  description: `
Records a job with its inputs and its program, and tells the workers. Prints the id. The same job submitted twice is one job; \`--again\` runs it once more when
it is done.

The options are those of \`run\`, but for \`--pass\`: a worker has variables of its own.
`,
  options: {
    ...OPTIONS,
    again: { kind: 'flag', summary: 'run it once more, although it is done' },
    remote: {
      kind: 'text',
      placeholder: 'NAME',
      summary: 'submit to this remote, where the workers are',
      complete: 'remotes',
    },
  },
  positionals: [
    { kind: 'rest', name: 'command', of: 'text', min: 1, summary: 'the command and its arguments, after `--`' },
  ],
  examples: [
    {
      command: 'git gatos job submit -i data.csv -o model.json -- node train.mjs data.csv model.json',
      note: 'for any worker that has node',
    },
  ],
  exits: ['no', 'untrusted', 'conflict', 'denied', 'temporary'],
  seeAlso: ['run', 'job work', 'job show'],
  run: async (context, { again, remote, ...args }) => {
    const workspace = await context.openRepository({ remote });
    const { progress, signal } = context;
    const request = { ...commandRequest(context, args), again, progress, signal };
    const { job, manifest, status } = await submitCommand(workspace, request);
    const told = {
      recorded: [],
      exists: ['it was submitted before'],
      done: ['it is done already; --again runs it once more'],
    };
    return {
      value: { job: String(job), status, kind: manifest.program.kind },
      text: String(job),
      next: [
        ...told[status],
        `see how it stands: git gatos job show ${job}`,
        ...(status === 'recorded' ? ['work it off: git gatos job work'] : []),
      ],
    };
  },
});
