import { type ProposalView, type Revocable, revokeRecord } from 'gatos-core';
import { defineCommand } from '../command/index.js';
import { viewError } from '../view/errors.js';
import { describeProposal, proposalValue } from '../view/proposal.js';
import { governanceAuthor, governancePorts, ID, proposalNow } from './governance.js';

export const command = defineCommand({
  name: 'revoke',
  summary: 'take back a grant, an approval or a proposal',
  description: `
Takes back the grant of a proposal, or the proposal while it is not granted, and everything that rests on it falls with it. \`--what approval\` takes back your own
approval: a grant that then lacks its quorum falls too. A grant may be revoked by who proposed it, by who approved it, and by a root; a proposal by who made it and by
a root. What was done under a grant before stays done.
`,
  positionals: [ID],
  options: {
    what: {
      kind: 'choice',
      choices: ['grant', 'proposal', 'approval'],
      summary: 'default: the grant, else the proposal',
    },
    reason: { kind: 'text', required: true, placeholder: 'TEXT', summary: 'why' },
  },
  examples: [
    {
      command: 'git gatos revoke 01J8Z3V6E0R4Q9T2M5K7N1P8XA --reason "plan changed"',
      note: 'the grant, or the proposal while there is none',
    },
    {
      command: 'git gatos revoke 01J8Z3V6E0R4Q9T2M5K7N1P8XA --what approval --reason "had not seen the numbers"',
      note: 'your approval',
    },
  ],
  exits: ['no', 'untrusted', 'missing', 'conflict', 'temporary'],
  seeAlso: ['proposals', 'grant'],
  run: async (context, { id, what, reason }) => {
    const workspace = await context.openRepository();
    const author = await governanceAuthor(workspace);
    const before = await proposalNow(context, id);
    const kind = what ?? (before.grant === null ? 'proposal' : 'grant');
    const target = targetOf(before, { kind, actor: author.actor });
    const { progress, signal } = context;
    const request = { ...author, kind, target, reason, progress, signal };
    const revoked = await revokeRecord(governancePorts(workspace), request);
    const view = await proposalNow(context, id);
    return {
      value: {
        ...proposalValue(view, author.actor),
        revoked: kind,
        revocation: revoked.id,
        status: revoked.status,
        fell: revoked.fell,
      },
      text: [
        revoked.status === 'exists' ? `the ${kind} was revoked before: nothing was written` : `revoked the ${kind}`,
        ...revoked.fell.map((each) => `the grant of ${each} holds no more`),
        ...describeProposal(view, context.colour),
      ],
      next: ['it counts where it is known: git gatos sync'],
    };
  },
});

/** The record that is meant. Throws `view/nothing-to-revoke`. */
function targetOf(view: ProposalView, { kind, actor }: { kind: Revocable; actor: string }) {
  if (kind === 'proposal') return view.cid;
  const { grant, approvals, id } = view;
  const record = kind === 'grant' ? grant : (approvals.find((each) => each.actor === actor)?.cid ?? null);
  if (record === null) throw viewError('nothing-to-revoke', { id, kind, actor });
  return record;
}
