import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'state',
  summary: 'what the events fold to',
  description:
    'Reads checkpoints: the state as it was folded, with its Proof-of-Fold. A state may be followed by `~N` for the Nth checkpoint before the newest.',
  commands: [
    { name: 'show', summary: 'print a state', load: () => import('./show.js') },
    { name: 'get', summary: 'print one key of a state', load: () => import('./get.js') },
    { name: 'list', summary: 'list the states here', load: () => import('./list.js') },
    { name: 'log', summary: 'list the checkpoints of a state', load: () => import('./log.js') },
    { name: 'diff', summary: 'compare two checkpoints', load: () => import('./diff.js') },
    { name: 'prove', summary: 'make a proof of one key', load: () => import('./prove.js') },
  ],
});
