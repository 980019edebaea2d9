/** When a segment of the bus may be deleted, and that what was pruned stays so. */
import { busError, parseSegment, pruningFault, SEGMENT_RULE, summaryFor } from '../bus/index.js';
import type { GatosError, LongCall } from '../kernel/index.js';
import type { Refusal } from './judgement.js';
import type { ProofJudges } from './proofs.js';
import type { ChainUpdate, PrunedRef } from './read-push.js';
import { refuse } from './refusal.js';

export interface PruningJudges extends Pick<ProofJudges, 'after'> {
  readonly pruned: readonly PrunedRef[];
}

/** Refuses deletions that no summary covers, and segments that a summary has taken the place of. */
export async function refusePruning(
  { after, pruned }: PruningJudges,
  updates: readonly ChainUpdate[],
  options: LongCall,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const update of pruned) {
    const segment = parseSegment(update.chain);
    const fault =
      segment === null
        ? busError('not-summarised', { segment: update.chain })
        : await pruningFault(after, { ...segment, chain: update.chain, oid: update.old }, options);
    if (fault !== null) refusals.push(refuse(fault, update));
  }
  for (const update of updates) {
    const fault = await revivalFault({ after }, update);
    if (fault !== null) refusals.push(refuse(fault, update));
  }
  return refusals;
}

/** What was pruned is never created again, not even as it was. */
async function revivalFault(
  { after }: Pick<PruningJudges, 'after'>,
  { rule, old, chain }: ChainUpdate,
): Promise<GatosError | null> {
  const segment = rule === SEGMENT_RULE && old === null ? parseSegment(chain) : null;
  const held = segment === null ? null : await summaryFor(after, segment);
  return held === null ? null : busError('pruned', { segment: chain, summary: String(held.cid) });
}
