/** May this key speak for this actor at this place in history? (ADR-0006) */
import type { Authorize, EnvelopeHeader, EnvelopeSignature } from '../chain/index.js';
import { formatKey, formatTime } from '../codec/index.js';
import { type GatosError, invariant, Memo } from '../kernel/index.js';
import { trustError } from './errors.js';
import type { KeyState, TrustState } from './state.js';

/** Who decides: the roots, and how many of them it takes. */
export type Mandate = Pick<TrustState, 'roots' | 'threshold'>;

/** A mandate with its beginning: it holds for envelopes with a larger clock than this, until the next one begins. */
export interface DatedMandate extends Mandate {
  readonly from: number;
}

/**
 * Judges envelopes of every chain but trust itself: each signature must be by a key of the actor, valid at its clock and time; where
 * the rule asks for the threshold, as `authorizeByThreshold` under the mandate of that place. Signatures are given in stored form,
 * at least one; mandates, of all times, in the order of their beginnings.
 */
export function authorizer(state: TrustState, mandates: readonly DatedMandate[]): Authorize {
  // One key signs thousands of envelopes in a row.
  const last = new Memo((key) => ({ known: state.keys.get(formatKey(key)) }));
  return (header, signatures, { signed }) => {
    if (signed === 'by-threshold') {
      const mandate = mandates.findLast(({ from }) => from < header.clock) ?? NOBODY;
      return authorizeByThreshold({ ...mandate, keys: state.keys }, header, signatures);
    }
    invariant(signatures.length > 0, 'nobody is authorized without a signature');
    for (const { key } of signatures) {
      const { known } = last.get(key);
      const refusal = refuseKey(known, header, key);
      if (refusal !== null) return refusal;
    }
    return null;
  };
}

/** Before genesis. */
const NOBODY: Mandate = { roots: [], threshold: 1 };

/** What a key is judged by. */
type Occasion = Pick<EnvelopeHeader, 'actor' | 'chain' | 'clock' | 'time'>;

/** Why an ordinary envelope of an actor with this key would be refused, for those who do not want to find out when it is written. */
export function refuseKey(known: KeyState | undefined, header: Occasion, key: Uint8Array): GatosError | null {
  const { actor, chain } = header;
  if (known === undefined) return trustError('unknown-key', { key: formatKey(key), actor, chain });
  if (known.actor !== actor) return trustError('other-actor', { key: formatKey(key), actor, owner: known.actor });
  return refusePlace(known, header);
}

function refusePlace(known: KeyState, { clock, time }: Pick<Occasion, 'clock' | 'time'>): GatosError | null {
  const { key, added, revoked, not_before, not_after } = known;
  if (clock <= added) return trustError('not-yet', { key: formatKey(key), clock, added });
  if (revoked !== null && clock >= revoked.from)
    return trustError('revoked', { key: formatKey(key), clock, from: revoked.from, reason: revoked.reason });
  if (time >= not_before && time <= not_after) return null;
  const until = not_after === Number.MAX_SAFE_INTEGER ? 'further notice' : formatTime(not_after);
  return trustError('expired', {
    key: formatKey(key),
    time: formatTime(time),
    from: formatTime(not_before),
    until,
  });
}

/**
 * Judges what the roots decide, such as a trust change by the state before it: the distinct roots whose valid keys signed must reach
 * the threshold, the actor among the signers. Signatures by keys that are no root's are refused, so that nobody mistakes them for
 * support.
 */
export function authorizeByThreshold(
  { roots, threshold, keys }: Mandate & Pick<TrustState, 'keys'>,
  header: EnvelopeHeader,
  signatures: readonly EnvelopeSignature[],
): GatosError | null {
  const signers = new Set<string>();
  for (const { key } of signatures) {
    const name = formatKey(key);
    const known = keys.get(name);
    if (known === undefined) return trustError('unknown-key', { key: name, actor: header.actor, chain: header.chain });
    if (!roots.includes(known.actor))
      return trustError('not-a-root', { key: name, actor: known.actor, chain: header.chain, roots });
    const refusal = refusePlace(known, header);
    if (refusal !== null) return refusal;
    signers.add(known.actor);
  }
  const have = [...signers];
  if (have.length < threshold) return trustError('threshold', { chain: header.chain, have, need: threshold, roots });
  return signers.has(header.actor) ? null : trustError('actor-did-not-sign', { actor: header.actor });
}
