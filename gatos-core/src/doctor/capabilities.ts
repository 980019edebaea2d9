/** Capabilities that are taken to count and do not, because whoever issued the root does not any more. */
import { issuerFault, listCapabilities } from '../capabilities/index.js';
import type { GitBackend } from '../git/index.js';
import type { LongCall } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

export interface ExamineCapabilitiesRequest extends LongCall {
  readonly trust: TrustHistory;
  /** µs since the epoch. */
  readonly time: number;
}

/** One finding for each root that is neither revoked nor over, with what rests on it. */
export async function examineCapabilities(
  backend: GitBackend,
  { trust, time, signal }: ExamineCapabilitiesRequest,
): Promise<readonly Finding[]> {
  const all = await listCapabilities(backend, { signal });
  const live = all.filter(({ held, revocation }) => revocation === null && held.capability.expires_at > BigInt(time));
  return live.flatMap(({ held, parents }) => {
    const fault = parents.length === 0 ? issuerFault(held, trust.state, time) : null;
    if (fault === null) return [];
    const parts = live.filter((each) => each.parents.at(-1)?.hex === held.hex).length;
    const data = { id: held.hex, parts, why: fault.message, reason: 'its issuer does not count any more' };
    return [finding('capability-orphaned', { subject: held.hex, data })];
  });
}
