/** Does what the ledger promises of one effect hold? The shard that it stands in is verified. */
import {
  type Check,
  type Effect,
  EXIT,
  type ExitName,
  effectShard,
  exitOfReport,
  formatHex,
  type LooseReceipt,
  report,
  verifyEffects,
} from 'gatos-core';
import type { Repository } from '../repository.js';

export interface CheckedEffect {
  /** Faults of this effect, or that there are none. */
  readonly checks: readonly Check[];
  readonly exit: ExitName;
}

export async function checkedEffect(
  { backend, engine, repository }: Repository,
  found: Effect | LooseReceipt,
  { signal }: { readonly signal: AbortSignal },
): Promise<CheckedEffect> {
  const id = formatHex(found.body.id);
  const trust = await repository.trust();
  const all = await verifyEffects({ backend, engine }, { trust, only: [effectShard(found.body.id)], signal });
  // Faults of others in the same shard are theirs.
  const checks = all.filter(
    ({ outcome, evidence }) => outcome === 'pass' || evidence?.id === undefined || evidence.id === id,
  );
  const status = exitOfReport(report(id, checks));
  const names = Object.entries(EXIT) as [ExitName, number][];
  return { checks, exit: names.find(([, code]) => code === status)?.[0] ?? 'mismatch' };
}
