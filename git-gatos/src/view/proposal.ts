/** Proposals in words: what is asked for, how it stands, who may still approve, and what comes next. */
import { formatMissing, formatTime, type ProposalView, type QuorumAnswer, type Standing } from 'gatos-core';
import { type Style, visible } from '../output/style.js';
import { shellWord } from './shell.js';

const MARKS: Readonly<Record<Standing['state'], keyof Style>> = {
  proposal: 'yellow',
  partial: 'yellow',
  granted: 'green',
  expired: 'dim',
  revoked: 'red',
  superseded: 'dim',
  'used-up': 'dim',
  stale: 'red',
  unknown: 'red',
};

/** A state that nothing brings back. */
export function hasEnded({ standing: { state } }: ProposalView): boolean {
  return state === 'expired' || state === 'revoked' || state === 'superseded' || state === 'used-up';
}

interface TreePlace {
  /** Can approvals still count? */
  readonly open: boolean;
  readonly indent: string;
}

/** The expression as a tree, one line a term: how many it has, needs, and who may still be one of them. */
function describeQuorum(node: QuorumAnswer, style: Style, { open, indent }: TreePlace): readonly string[] {
  const mark = node.met ? style.green('✓') : style.yellow('·');
  if (node.kind !== 'count') {
    const all = node.kind === 'and' ? 'all of these' : 'one of these';
    return [
      `${indent}${mark} ${all}`,
      ...node.parts.flatMap((part) => describeQuorum(part, style, { open, indent: `${indent}  ` })),
    ];
  }
  const { term, have, need, may, never } = node;
  const count = `${have.length} of ${need}`;
  const who = have.length === 0 ? '' : ` (${have.join(', ')})`;
  const rest =
    never !== null ? `; it cannot be met: ${never}` : open && may.length > 0 ? `; may still: ${may.join(', ')}` : '';
  return [`${indent}${mark} ${visible(`${term}: ${count}${who}${rest}`)}`];
}

/** The command that takes a proposal further, for this person; null where there is none. */
export function nextFor(
  { id, proposal, standing, mayApprove }: ProposalView,
  actor: string | undefined,
): string | null {
  const { action, target, quorum } = proposal;
  switch (standing.state) {
    case 'proposal':
    case 'partial':
      if (standing.quorum.met) return `git gatos grant ${id}`;
      return actor !== undefined && mayApprove.includes(actor) ? `git gatos approve ${id}` : null;
    case 'stale':
    case 'expired':
    case 'used-up':
      return `git gatos propose --action ${shellWord(action)} --target ${shellWord(target)} --quorum ${shellWord(quorum)}`;
    default:
      return null;
  }
}

function usesText({ usesLeft, proposal }: ProposalView): string {
  if (proposal.uses === null) return 'any number of uses';
  const left = usesLeft ?? proposal.uses;
  return left === proposal.uses
    ? `${proposal.uses === 1 ? 'one use' : `${proposal.uses} uses`}`
    : `${left} of ${proposal.uses} uses left`;
}

export function describeProposal(view: ProposalView, style: Style): readonly string[] {
  const { id, proposer, time, proposal, standing, approvals, mayApprove } = view;
  const { action, target, reason, expires } = proposal;
  const open = standing.state === 'proposal' || standing.state === 'partial';
  // What is still missing, the tree says.
  const waits = standing.reason === 'waiting';
  return [
    `${style.bold(id)} ${style[MARKS[standing.state]](standing.state)}${waits ? '' : `: ${visible(standing.why)}`}`,
    `  ${style.bold(visible(action))} on ${style.bold(visible(target))}`,
    `  by ${visible(proposer)} ${formatTime(time)}, ${expires === null ? 'never expires' : `until ${formatTime(expires)}`}, ${usesText(view)}`,
    ...(reason === '' ? [] : [`  ${visible(reason.replaceAll('\n', '\n  '))}`]),
    ...describeQuorum(standing.quorum.missing, style, { open, indent: '  ' }),
    ...approvals
      .filter(({ comment, revoked }) => comment !== '' || revoked)
      .map((each) => `  ${visible(`${each.actor}${each.revoked ? ' took back the approval' : ''}: ${each.comment}`)}`),
    ...(open && !standing.quorum.met
      ? [`  may still approve: ${mayApprove.length === 0 ? 'nobody' : mayApprove.join(', ')}`]
      : []),
  ];
}

export function standingValue({ state, reason, why, quorum, approvers, grant, usesLeft }: Standing) {
  return {
    state,
    state_reason: reason,
    why,
    quorum: quorum.missing,
    quorum_met: quorum.met,
    missing: quorum.met ? null : formatMissing(quorum.missing),
    approvers,
    grant: grant?.cid ?? null,
    uses_left: usesLeft,
  };
}

export function proposalValue(view: ProposalView, actor: string | undefined) {
  const { id, cid, proposer, time, proposal, standing, approvals, mayApprove } = view;
  const { ulid: _, expires, quorum, ...terms } = proposal;
  return {
    id,
    cid,
    proposer,
    time: formatTime(time),
    ...terms,
    expression: quorum,
    expires: expires === null ? null : formatTime(expires),
    ...standingValue(standing),
    approvals: approvals.map((each) => ({ ...each, time: formatTime(each.time) })),
    may_approve: mayApprove,
    next: nextFor(view, actor),
  };
}
