import { approveProposal } from 'gatos-core';
import { defineCommand } from '../command/index.js';
import { describeProposal, proposalValue } from '../view/proposal.js';
import { governanceAuthor, governancePorts, ID, proposalNow } from './governance.js';

export const command = defineCommand({
  name: 'approve',
  summary: 'agree to a proposal',
  description: `
Signs your approval of exactly what was proposed: any change of it would be another proposal. A principal has one voice, however many keys; approving twice changes
nothing. \`git gatos proposals ID\` shows what you would agree to.
`,
  positionals: [ID],
  options: { comment: { kind: 'text', default: '', placeholder: 'TEXT', summary: 'what you have to say about it' } },
  examples: [{ command: 'git gatos approve 01J8Z3V6E0R4Q9T2M5K7N1P8XA', note: 'after reading it' }],
  exits: ['no', 'untrusted', 'denied', 'missing', 'conflict', 'expired', 'temporary'],
  seeAlso: ['proposals', 'grant', 'revoke'],
  run: async (context, { id, comment }) => {
    const workspace = await context.openRepository();
    const author = await governanceAuthor(workspace);
    const { progress, signal } = context;
    const request = { ...author, id, comment, progress, signal };
    const { status, cid } = await approveProposal(governancePorts(workspace), request);
    const view = await proposalNow(context, id);
    const { standing } = view;
    return {
      value: { ...proposalValue(view, author.actor), approval: cid, status },
      text: [
        status === 'exists' ? 'you had approved it before: nothing was written' : 'approved',
        ...describeProposal(view, context.colour),
      ],
      next: standing.quorum.met
        ? [`make the grant: git gatos grant ${id}`]
        : ['let the others know: git gatos sync', `see who is still missing: git gatos proposals ${id}`],
    };
  },
});
