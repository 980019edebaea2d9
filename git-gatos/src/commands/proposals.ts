import type { ProposalView } from 'gatos-core';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import { counted } from '../view/count.js';
import { describeProposal, hasEnded, nextFor, proposalValue } from '../view/proposal.js';
import { ID, proposalNow, proposalsNow } from './governance.js';

export const command = defineCommand({
  name: 'proposals',
  summary: 'show what is proposed and granted, and who may still approve',
  description: `
Lists proposals with their state, the count at each term of their quorum, who may still approve, and the next command. Those that have ended (expired, revoked,
superseded, used up) are left out unless \`--all\` is given.
`,
  positionals: [{ ...ID, optional: true, summary: 'only this one' }],
  options: { all: { kind: 'flag', summary: 'those that have ended too' } },
  examples: [{ command: 'git gatos proposals', note: 'what waits, and what holds' }],
  exits: ['missing', 'untrusted', 'mismatch'],
  seeAlso: ['propose', 'approve', 'grant', 'revoke'],
  run: async (context, { id, all }) => {
    const { actor } = (await context.openRepository()).settings;
    if (id !== undefined) {
      const view = await proposalNow(context, id);
      return { value: proposalValue(view, actor), text: blockOf(view, context, actor) };
    }
    const views = await proposalsNow(context);
    const shown = all ? views : views.filter((view) => !hasEnded(view));
    const hidden = views.length - shown.length;
    const text = shown.flatMap((view, i) => [...(i > 0 ? [''] : []), ...blockOf(view, context, actor)]);
    return {
      value: shown.map((view) => proposalValue(view, actor)),
      text:
        text.length > 0 ? text : views.length === 0 ? 'nothing is proposed here' : 'nothing waits, and no grant holds',
      next: [
        ...(hidden > 0 ? [`${counted(hidden, 'proposal')} that ended: git gatos proposals --all`] : []),
        ...(views.length === 0
          ? ["ask for a grant: git gatos propose --action A --target T --quorum '1 of @GROUP'"]
          : []),
      ],
    };
  },
});

/** A proposal with what this person can do about it. */
function blockOf(view: ProposalView, { colour }: Context, actor: string | undefined): readonly string[] {
  const next = nextFor(view, actor);
  return [...describeProposal(view, colour), ...(next === null ? [] : [`  ${colour.cyan('next:')} ${next}`])];
}
