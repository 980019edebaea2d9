import { grantProposal } from 'gatos-core';
import { defineCommand } from '../command/index.js';
import { describeProposal, proposalValue } from '../view/proposal.js';
import { governanceAuthor, governancePorts, ID, proposalNow } from './governance.js';

export const command = defineCommand({
  name: 'grant',
  summary: 'make a grant of a proposal whose quorum is met',
  description: `
Records the Proof-of-Consensus (which approvals make up the quorum) and the grant, both or neither. Anyone may do it; that enough have agreed is what counts. From then on
policies that ask for this action on this target find it. Exits with 17 while approvals are missing.
`,
  positionals: [ID],
  examples: [{ command: 'git gatos grant 01J8Z3V6E0R4Q9T2M5K7N1P8XA', note: 'once enough have approved' }],
  exits: ['no', 'waiting', 'untrusted', 'missing', 'conflict', 'temporary'],
  seeAlso: ['approve', 'proposals', 'revoke'],
  run: async (context, { id }) => {
    const workspace = await context.openRepository();
    const author = await governanceAuthor(workspace);
    const { progress, signal } = context;
    const granted = await grantProposal(governancePorts(workspace), { ...author, id, progress, signal });
    const view = await proposalNow(context, id);
    return {
      value: { ...proposalValue(view, author.actor), consensus: granted.consensus, status: granted.status },
      text: [
        granted.status === 'exists' ? 'it was granted before: nothing was written' : 'granted',
        ...describeProposal(view, context.colour),
      ],
      next: ['share it, then push what it allows: git gatos sync'],
    };
  },
});
