/** What planes promise of their chains beyond valid envelopes: definitions, policies, proofs, governance. */

import { readChain } from '../chain/index.js';
import { checkDefinitions } from '../fold/index.js';
import { GOVERNANCE_RULES, verifyGovernance } from '../governance/index.js';
import type { LongCall } from '../kernel/index.js';
import { POLICY_CHAIN } from '../policy/index.js';
import type { ChainJudges } from './chains.js';
import type { Refusal } from './judgement.js';
import { refuseAdoption } from './policy.js';
import { type ProofJudges, refuseProofs } from './proofs.js';
import type { ChainUpdate } from './read-push.js';
import { refuse, refuseBy, refuseCheck } from './refusal.js';

export interface PlaneJudges extends ProofJudges, Pick<ChainJudges, 'extended' | 'accepted'> {}

const GOVERNANCE = new Set(GOVERNANCE_RULES);

/** The refusals of chains that are valid themselves. */
export async function refusePlanes(
  judges: PlaneJudges,
  updates: readonly ChainUpdate[],
  options: LongCall,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const update of updates) {
    refusals.push(...(await refuseDefinition(judges, update, options)));
    if (update.chain === POLICY_CHAIN) refusals.push(...(await refuseAdoptions(judges, update, options)));
  }
  refusals.push(...(await refuseGovernance(judges, updates, options)));
  if (refusals.length > 0) return refusals;
  for (const update of updates) {
    if (!update.chain.startsWith('state/')) continue;
    const fault = await refuseProofs(judges, update, options);
    if (fault !== null) refusals.push(refuse(fault, update));
  }
  return refusals;
}

async function refuseDefinition(
  { ports }: PlaneJudges,
  update: ChainUpdate,
  options: LongCall,
): Promise<readonly Refusal[]> {
  const { chain, next: head, old } = update;
  if (!chain.startsWith('folds/')) return [];
  const check = await checkDefinitions(ports.backend, { chain, head, after: old ?? undefined }, options);
  return check.outcome === 'pass' ? [] : [refuseCheck('gate/definition', check, update)];
}

async function refuseAdoptions(
  { ports, accepted }: PlaneJudges,
  update: ChainUpdate,
  options: LongCall,
): Promise<readonly Refusal[]> {
  const { next: head, old } = update;
  for await (const batch of readChain(ports.backend, { head, after: old ?? undefined }, options)) {
    for (const entry of batch) {
      const fault = await refuseAdoption(ports.backend, entry, accepted);
      if (fault !== null) return [refuseBy('gate/policy-bundle', fault, update)];
    }
  }
  return [];
}

async function refuseGovernance(
  { ports, after, state, extended }: PlaneJudges,
  updates: readonly ChainUpdate[],
  options: LongCall,
): Promise<readonly Refusal[]> {
  const pushed = new Map(updates.filter(({ rule }) => GOVERNANCE.has(rule)).map((update) => [update.chain, update]));
  if (pushed.size === 0) return [];
  const ports_ = { backend: after, engine: ports.engine, memo: state.ledger };
  const checks = await verifyGovernance(ports_, { ...options, trust: extended, only: [...pushed.keys()] });
  return checks.flatMap((check) => {
    const update = pushed.get(check.subject);
    if (update === undefined || check.outcome === 'pass') return [];
    return [refuseCheck('gate/governance', check, update)];
  });
}
