import { formatJson, readState } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { findCheckpoint } from '../../view/checkpoint.js';

export const command = defineCommand({
  name: 'show',
  summary: 'print a state',
  description:
    'Prints the newest checkpoint of a state. `--json` prints the bare value. Stored bytes are checked against the signed root as they are read.',
  positionals: [{ name: 'state', kind: 'text', summary: 'name of the state, or NAME~N', complete: 'states' }],
  examples: [{ command: 'git gatos state show sum --json', note: 'the bare value, for another program' }],
  exits: ['no', 'missing', 'mismatch'],
  seeAlso: ['state get', 'state log', 'fold verify'],
  run: async (context, { state: spec }) => {
    const { repository } = await context.openRepository();
    const checkpoint = await findCheckpoint(repository, spec);
    const state = await readState(repository.backend, checkpoint);
    const { body } = checkpoint;
    return {
      value: state,
      text: formatJson(state, { indent: 2, sorted: true }),
      next: [`where it comes from: git gatos state log ${body.name}`, `check it: git gatos fold verify ${body.name}`],
    };
  },
});
