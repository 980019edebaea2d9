import { defineCommand } from '../../command/index.js';
import { describeTrust, trustValue } from '../../view/trust.js';

export const command = defineCommand({
  name: 'show',
  summary: 'who may speak here, and who may change that',
  description:
    'Verifies the trust chain and prints its present state: roots and threshold, principals with their keys, groups.',
  examples: [{ command: 'git gatos trust show', note: 'who may sign here' }],
  exits: ['missing', 'untrusted', 'mismatch'],
  seeAlso: ['trust add', 'trust export'],
  run: async (context) => {
    const trust = await (await context.openRepository()).repository.trust();
    return { value: trustValue(trust), text: describeTrust(trust, context.colour) };
  },
});
