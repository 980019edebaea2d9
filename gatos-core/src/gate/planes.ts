/** What planes promise of their chains beyond valid envelopes: definitions, policies, proofs, governance. */

import { readChain } from '../chain/index.js';
import { checkDefinitions } from '../fold/index.js';
import type { LongCall } from '../kernel/index.js';
import { POLICY_CHAIN } from '../policy/index.js';
import type { ChainJudges } from './chains.js';
import type { Refusal } from './judgement.js';
import { refuseAdoption } from './policy.js';
import { type ProofJudges, refuseProofs } from './proofs.js';
import { refusePruning } from './pruning.js';
import type { ChainUpdate, PrunedRef } from './read-push.js';
import { refuse, refuseBy, refuseCheck } from './refusal.js';
import { refuseWatched } from './watches.js';

export interface PlaneJudges extends ProofJudges, Pick<ChainJudges, 'extended' | 'accepted'> {
  readonly pruned: readonly PrunedRef[];
}

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
  refusals.push(...(await refusePruning(judges, updates, options)));
  refusals.push(...(await refuseWatched(judges, updates, options)));
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
