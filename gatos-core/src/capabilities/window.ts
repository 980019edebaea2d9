/** When a capability counts. */
import type { GatosError } from '../kernel/index.js';
import type { Capability } from '../mythos/index.js';
import { capabilityError } from './errors.js';
import { formatMicros } from './held.js';

/** Why it does not count at this time (µs), or null: it does from `not_before` on, and before `expires_at`. */
export function timeFault(
  { not_before, expires_at }: Pick<Capability, 'not_before' | 'expires_at'>,
  now: number,
): GatosError | null {
  const at = BigInt(now);
  const [from, until, time] = [formatMicros(not_before), formatMicros(expires_at), formatMicros(at)];
  if (at >= expires_at) return capabilityError('expired', { until, now: time });
  return at < not_before ? capabilityError('not-yet', { from, now: time }) : null;
}
