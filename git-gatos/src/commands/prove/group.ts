import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'prove',
  summary: 'make proofs that need no repository',
  description:
    'Proofs are small files that carry a signed checkpoint. `git gatos verify --proof FILE` checks them anywhere.',
  commands: [{ name: 'event', summary: 'prove that an event is in a state', load: () => import('./event.js') }],
});
