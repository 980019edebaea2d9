import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'job',
  summary: 'queue work, and work it off',
  description: `
A job is described by content: the files of its program, its inputs, and what it gives. Its id is the digest of that description. Workers claim jobs,
one worker a job at a time, and record what came of it with a signed Proof-of-Execution. \`git gatos run\` does all of that here and now.
`,
  commands: [
    { name: 'submit', summary: 'put a job into the queue', load: () => import('./submit.js') },
    { name: 'list', summary: 'list jobs and how they stand', load: () => import('./list.js') },
    { name: 'show', summary: 'show all that is known of a job', load: () => import('./show.js') },
    { name: 'logs', summary: 'print what a job printed', load: () => import('./logs.js') },
    { name: 'output', summary: 'write the outputs of a job to files', load: () => import('./output.js') },
    { name: 'cancel', summary: 'end a job that has no result', load: () => import('./cancel.js') },
    { name: 'work', summary: 'claim jobs and run them', load: () => import('./work.js') },
  ],
});
