/** Effects that somebody has to look at: of which nobody knows whether they acted, and that contradict themselves. */
import { formatHex, formatTime } from '../codec/index.js';
import { divergentWhy, type Effect, isEffect, type ListedEffect, listEffects, stateAt } from '../effects/index.js';
import type { GitBackend } from '../git/index.js';
import type { LongCall } from '../kernel/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

interface EffectsRequest extends LongCall {
  /** µs since the epoch. */
  readonly time: number;
}

type Listed = ListedEffect & { readonly record: Effect };

/** One finding for each sort, with the oldest. Throws as `readChain`. */
export async function examineEffects(
  backend: GitBackend,
  { time, signal }: EffectsRequest,
): Promise<readonly Finding[]> {
  const all = (await listEffects(backend, { signal })).filter((each): each is Listed => isEffect(each.record));
  const [unknown, divergent] = ['unknown', 'divergent'].map((state) =>
    all.filter(({ record }) => stateAt(record, time) === state),
  );
  const told = (listed: readonly Listed[] = []) => {
    const [oldest] = listed;
    if (oldest === undefined) return null;
    const id = formatHex(oldest.record.body.id);
    return { oldest, data: { effects: listed.length, id, time: formatTime(oldest.first) } };
  };
  const findings: Finding[] = [];
  const [lost, torn] = [told(unknown), told(divergent)];
  if (lost !== null) findings.push(finding('effect-unknown', { subject: lost.data.id, data: lost.data }));
  if (torn !== null) {
    const data = { ...torn.data, why: divergentWhy(torn.oldest.record) };
    findings.push(finding('effect-divergent', { subject: data.id, data }));
  }
  return findings;
}
