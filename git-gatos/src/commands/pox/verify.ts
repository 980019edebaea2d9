import { experimentChain } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { verifySubjects } from '../../view/verify-subjects.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'check an experiment with all that it rests on',
  description:
    'As `git gatos verify ID`: the experiment, its jobs, its states and its policy, every stored byte of them.',
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the experiment', complete: 'experiments' }],
  examples: [{ command: 'git gatos pox verify 01J…', note: 'a checklist' }],
  exits: ['absent', 'untrusted', 'mismatch', 'rewritten', 'expired', 'missing', 'purged', 'unchecked', 'denied', 'no'],
  seeAlso: ['verify', 'reproduce'],
  run: async (context, { id }) => verifySubjects(context, [experimentChain(id)]),
});
