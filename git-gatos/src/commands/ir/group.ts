import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'ir',
  summary: 'run packets: programs whose every effect is allowed and proved',
  description: `
A packet carries a bundle: operations, what they refer to, and tasks with budgets. A bundle is checked as a whole before anything of it runs. What a task does to the
world goes through the tool gateway and the blob store, under capabilities that you lend to it, and leaves receipts; its trace says what it did.
`,
  commands: [
    { name: 'check', summary: 'check a packet: its signatures, and its program', load: () => import('./check.js') },
    { name: 'run', summary: 'run a task of a packet', load: () => import('./run.js') },
    { name: 'show', summary: 'show what a packet would do', load: () => import('./show.js') },
    { name: 'build', summary: 'make a packet from a description, and sign it', load: () => import('./build.js') },
  ],
});
