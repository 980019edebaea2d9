import { checkpointsBackwards, foldError } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { checkpointValue } from '../../view/checkpoint.js';
import { counted } from '../../view/count.js';

export const command = defineCommand({
  name: 'log',
  summary: 'list the checkpoints of a state',
  description: 'Lists checkpoints, newest first, each with what it folded.',
  positionals: [{ name: 'state', kind: 'text', summary: 'name of the state', complete: 'states' }],
  options: { limit: { kind: 'int', short: 'n', min: 1, placeholder: 'N', summary: 'at most so many' } },
  examples: [{ command: 'git gatos state log sum -n 5', note: 'the last five checkpoints' }],
  exits: ['missing'],
  seeAlso: ['state show', 'state diff'],
  run: async (context, { state, limit = Number.MAX_SAFE_INTEGER }) => {
    const { backend } = (await context.openRepository()).repository;
    const rows = [];
    for await (const checkpoint of checkpointsBackwards(backend, state)) {
      rows.push(checkpointValue(checkpoint));
      if (rows.length >= limit) break;
    }
    if (rows.length === 0) throw foldError('no-such-state', { name: state });
    const text = rows.map(
      ({ events, time, actor, state_root }, i) =>
        `${state}~${i} ${counted(events, 'event')} ${time} ${actor} ${state_root}`,
    );
    return { value: rows, text };
  },
});
