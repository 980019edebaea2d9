import { applyPending, LIMITS, pendingChange } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { applied, trustPorts } from './change.js';

export const command = defineCommand({
  name: 'apply',
  summary: 'make a saved change law',
  description:
    'Appends a saved change to the trust chain, if enough roots have signed it and no other change came first.',
  positionals: [{ name: 'file', kind: 'path', summary: 'the saved change', complete: 'files' }],
  examples: [{ command: 'git gatos trust apply change.gatos', note: 'once enough roots have signed' }],
  exits: ['no', 'untrusted', 'conflict', 'missing'],
  seeAlso: ['trust sign', 'trust show'],
  run: async (context, { file }) => {
    const bytes = await context.readSource({ from: 'file', path: file }, { maxBytes: LIMITS.envelopeBytes * 2 });
    const workspace = await context.openRepository();
    const pending = pendingChange(await workspace.repository.trust(), bytes);
    return applied(pending, String((await applyPending(trustPorts(workspace), bytes)).envelope.cid));
  },
});
