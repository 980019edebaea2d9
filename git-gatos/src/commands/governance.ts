/** What the commands of governance share: who writes, under which law, and proposals by their id. */
import {
  type GovernanceAuthor,
  type GovernanceWriterPorts,
  governanceError,
  listProposals,
  type ProposalView,
} from 'gatos-core';
import { systemClock, systemRandom } from 'gatos-core/node';
import type { Context } from '../context.js';
import type { Repository } from '../repository.js';

/** The positional that names a proposal. */
export const ID = { name: 'id', kind: 'text', summary: 'id of the proposal, a ulid', complete: 'proposals' } as const;

export function governancePorts({ backend, engine }: Repository): GovernanceWriterPorts {
  return { backend, engine, clock: systemClock, random: systemRandom };
}

export async function governanceAuthor({ repository, author }: Repository): Promise<GovernanceAuthor> {
  return { ...(await author()), trust: await repository.trust(), policyRoot: await repository.policyRoot() };
}

/** Every proposal here and how it stands at this moment. */
export async function proposalsNow(context: Context): Promise<readonly ProposalView[]> {
  const workspace = await context.openRepository();
  const { repository } = workspace;
  const { progress, signal } = context;
  const [trust, policyRoot] = [await repository.trust(), await repository.policyRoot()];
  const conditions = { trust, policyRoot, time: Math.floor(systemClock.now()) };
  return listProposals(governancePorts(workspace), { ...conditions, progress, signal });
}

/** Throws `governance/no-such-proposal`. */
export async function proposalNow(context: Context, id: string): Promise<ProposalView> {
  const view = (await proposalsNow(context)).find((each) => each.id === id);
  if (view === undefined) throw governanceError('no-such-proposal', { id });
  return view;
}
