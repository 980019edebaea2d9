import { newestCheckpoint, stateNames } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { checkpointValue } from '../../view/checkpoint.js';
import { counted } from '../../view/count.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list the states here',
  description: 'Lists every state with its newest checkpoint.',
  examples: [{ command: 'git gatos state list', note: 'every state and how far it has come' }],
  seeAlso: ['state show', 'fold run'],
  run: async (context) => {
    const { backend } = (await context.openRepository()).repository;
    const rows = [];
    for (const name of await stateNames(backend)) rows.push(checkpointValue(await newestCheckpoint(backend, name)));
    const text = rows.map(
      ({ name, events, time, state_root }) => `${name} ${counted(events, 'event')} ${time} ${state_root}`,
    );
    return {
      value: rows,
      text: text.length === 0 ? 'no states yet' : text,
      next: text.length === 0 ? ['make one: git gatos fold run NAME'] : [],
    };
  },
});
