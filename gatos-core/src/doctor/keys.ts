/** Keys of the trust chain that end soon: whoever has no other that holds longer loses the voice. */
import { formatKey, formatTime } from '../codec/index.js';
import { type KeyState, keysOf, principalsOf, type TrustState } from '../trust/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

/** Microseconds before its end at which a key is told. */
const KEY_SOON = 30 * 86_400 * 1_000_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Who signs here, and with which key. */
export interface Self {
  readonly actor: string;
  /** `ed25519:…` */
  readonly key: string;
}

export function examineKeys(
  state: TrustState,
  { time, self }: { readonly time: number; readonly self: Self | null },
): readonly Finding[] {
  const own = self === null ? [] : endingOwn(state, { time, self });
  const others = principalsOf(state).filter((actor) => actor !== self?.actor);
  return [...own, ...others.flatMap((actor) => endingLast(state, { actor, time }))];
}

function isSoon({ not_after }: KeyState, time: number): boolean {
  return not_after < FOR_EVER && not_after - time <= KEY_SOON;
}

function endingOwn(state: TrustState, { time, self }: { time: number; self: Self }): readonly Finding[] {
  const known = state.keys.get(self.key);
  if (known === undefined || known.revoked !== null || !isSoon(known, time)) return [];
  const end = formatTime(known.not_after);
  const data = { ...self, time: end, next: `after-${end.slice(0, 10)}` };
  return [finding('own-key-expires', { subject: self.actor, data })];
}

/** Keys that ended long ago are history: only an end that is to come is told. */
function endingLast(state: TrustState, { actor, time }: { actor: string; time: number }): readonly Finding[] {
  const active = keysOf(state, actor).filter(({ revoked, not_after }) => revoked === null && not_after >= time);
  const last = active.reduce<KeyState | null>((a, b) => (a === null || b.not_after > a.not_after ? b : a), null);
  if (last === null || !isSoon(last, time)) return [];
  const data = { actor, key: formatKey(last.key), time: formatTime(last.not_after) };
  return [finding('key-expires', { subject: actor, data })];
}
