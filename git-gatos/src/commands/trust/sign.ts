import { LIMITS, signChange } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { saved, trustPorts } from './change.js';

export const command = defineCommand({
  name: 'sign',
  summary: 'sign a saved change',
  description:
    'Adds your signature to a change that another root saved, in the same file. Read what it does first: the change is printed.',
  positionals: [{ name: 'file', kind: 'path', summary: 'the saved change', complete: 'files' }],
  examples: [{ command: 'git gatos trust sign change.gatos', note: 'after reading what it does' }],
  exits: ['no', 'untrusted', 'conflict', 'missing'],
  seeAlso: ['trust apply'],
  run: async (context, { file }) => {
    const bytes = await context.readSource({ from: 'file', path: file }, { maxBytes: LIMITS.envelopeBytes * 2 });
    const workspace = await context.openRepository();
    const { signer } = await workspace.author();
    return saved(await signChange(trustPorts(workspace), bytes, signer), file);
  },
});
