import { formatQuorum, parseQuorum, parseTime, propose } from 'gatos-core';
import { systemClock } from 'gatos-core/node';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import { parseDuration } from '../view/duration.js';
import { viewError } from '../view/errors.js';
import { describeProposal, proposalValue } from '../view/proposal.js';
import { governanceAuthor, governancePorts, proposalNow } from './governance.js';

export const command = defineCommand({
  name: 'propose',
  summary: 'ask for a grant',
  description: `
Records what is to be allowed and who has to agree. The quorum counts principals, never keys: \`2 of @leads\`, \`1 of @security and user:carol\`,
\`all of @owners or (2 of @leads and 1 of @security)\`. Once enough have approved, \`grant\` makes a grant that policies ask for by its action and target.

A grant is bound to the policy in force when it was proposed: when that changes, it no longer holds.
`,
  options: {
    action: { kind: 'text', required: true, placeholder: 'ACTION', summary: 'what is asked for, such as api-change' },
    target: { kind: 'text', required: true, placeholder: 'TARGET', summary: 'on what, such as refs/heads/main' },
    quorum: { kind: 'parsed', required: true, placeholder: 'QUORUM', summary: 'who has to agree', parse: canonical },
    reason: { kind: 'text', default: '', placeholder: 'TEXT', summary: 'why, for those who approve' },
    expires: {
      kind: 'parsed',
      placeholder: 'WHEN',
      summary: 'when it ends: 12h, 7d, 2w from now, a time (RFC 3339, UTC), or `never`; else 7d',
      parse: parseEnd,
    },
    uses: {
      kind: 'parsed',
      placeholder: 'N',
      summary: 'how often it may be used, or `any`; else once',
      parse: parseUses,
    },
    anyPolicy: { kind: 'flag', summary: 'let it hold whatever policy is in force' },
    under: {
      kind: 'text',
      placeholder: 'ID',
      summary: 'a granted proposal that this one rests on: it falls with it',
      complete: 'proposals',
    },
    supersedes: {
      kind: 'text',
      placeholder: 'ID',
      summary: 'a granted proposal that this one replaces once it is granted',
      complete: 'proposals',
    },
  },
  examples: [
    {
      command:
        "git gatos propose --action api-change --target refs/heads/main --quorum '2 of @leads' --reason 'users need paging'",
      note: 'two leads have to agree within a week',
    },
    {
      command: "git gatos propose --action deploy --target prod --quorum 'any of @ops' --uses 3 --expires 12h",
      note: 'three times, today',
    },
  ],
  exits: ['no', 'untrusted', 'missing', 'conflict', 'temporary'],
  seeAlso: ['approve', 'proposals', 'trust set-group'],
  run: async (context, { action, target, quorum, reason, expires, uses, anyPolicy, under, supersedes }) => {
    const workspace = await context.openRepository();
    const { id } = await propose(governancePorts(workspace), {
      ...(await governanceAuthor(workspace)),
      action,
      target,
      quorum,
      reason,
      expires: endAt(expires),
      uses: uses === undefined ? 1 : uses,
      bound: !anyPolicy,
      under: under === undefined ? undefined : await grantOf(context, under),
      supersedes: supersedes === undefined ? undefined : await grantOf(context, supersedes),
      progress: context.progress,
      signal: context.signal,
    });
    const view = await proposalNow(context, id);
    const { actor } = workspace.settings;
    return {
      value: proposalValue(view, actor),
      text: describeProposal(view, context.colour),
      next: [
        ...(view.mayApprove.includes(view.proposer) ? [`agree to it yourself: git gatos approve ${id}`] : []),
        view.mayApprove.length === 0
          ? 'nobody can approve it as things are: git gatos trust show lists the groups'
          : 'let the others know: git gatos sync',
        `see how it stands: git gatos proposals ${id}`,
      ],
    };
  },
});

/** The record of the grant that a proposal has become. */
async function grantOf(context: Context, id: string) {
  const { grant, standing } = await proposalNow(context, id);
  if (grant === null) throw viewError('not-granted', { id, state: standing.state });
  return grant;
}

function canonical(text: string): string {
  return formatQuorum(parseQuorum(text));
}

type End = { readonly after: number } | { readonly at: number } | null;

function parseEnd(text: string): End {
  if (text === 'never') return null;
  const after = parseDuration(text);
  if (after !== undefined) return { after };
  if (/^\d{4}-/.test(text)) return { at: parseTime(text) };
  throw new Error('it takes a length such as 12h, 7d or 2w, a time such as 2026-12-31T18:00:00Z, or `never`');
}

const WEEK: End = { after: 604_800_000_000 };

function endAt(end: End = WEEK): number | null {
  if (end === null) return null;
  return 'at' in end ? end.at : Math.floor(systemClock.now()) + end.after;
}

function parseUses(text: string): number | null {
  if (text === 'any') return null;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new Error('it takes a whole number of at least 1, or `any`');
}
