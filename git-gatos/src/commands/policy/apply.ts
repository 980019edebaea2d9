import { applyAdoption } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { trustPorts } from '../trust/change.js';
import { applied, FILE, readAdoptionFile } from './adoption.js';

export const command = defineCommand({
  name: 'apply',
  summary: 'make a saved adoption law',
  description: 'Makes a saved adoption law, if enough roots have signed it and no other adoption came first.',
  positionals: [FILE],
  examples: [{ command: 'git gatos policy apply law.gatos', note: 'once enough roots have signed' }],
  exits: ['no', 'untrusted', 'conflict', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['policy sign', 'policy show'],
  run: async (context, { file }) => {
    const bytes = await readAdoptionFile(context, file);
    const workspace = await context.openRepository();
    return applied(workspace, await applyAdoption(trustPorts(workspace), bytes));
  },
});
