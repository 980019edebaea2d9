import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'fold',
  summary: 'turn events into state',
  description: `
A fold is a deterministic JavaScript function from state and event to the next state. It runs in a sandbox without clock, randomness or network;
the checkpoint it leaves carries a Proof-of-Fold that anyone recomputes from a clone.
`,
  commands: [
    { name: 'new', summary: 'write a fold to start from', load: () => import('./new.js') },
    { name: 'run', summary: 'fold what is new and record a checkpoint', load: () => import('./run.js') },
    { name: 'verify', summary: 'recompute a Proof-of-Fold', load: () => import('./verify.js') },
    { name: 'lint', summary: 'say what the sandbox refuses', load: () => import('./lint.js') },
    { name: 'bench', summary: 'measure a fold', load: () => import('./bench.js') },
    { name: 'list', summary: 'list the folds here', load: () => import('./list.js') },
  ],
});
