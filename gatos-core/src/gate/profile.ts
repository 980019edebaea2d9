/** What a profile demands at the gate: the fields of `profiles/` that it reads. A test compares them with the files. */
import { gateError } from './errors.js';

export interface ProfileTerms {
  /** Must every proof be confirmed? A false one is refused in any profile; one of another engine where they need not be is not. */
  readonly proofOfFold: boolean;
  /** Does a checkpoint seal what it folded? */
  readonly sealWindows: boolean;
  /** Seconds that a signed time may lie ahead of the gate's clock. */
  readonly clockSkewSeconds: number;
}

export const PROFILES: ReadonlyMap<string, ProfileTerms> = new Map([
  ['default', { proofOfFold: false, sealWindows: false, clockSkewSeconds: 86_400 }],
  ['local', { proofOfFold: false, sealWindows: false, clockSkewSeconds: 604_800 }],
  ['research', { proofOfFold: true, sealWindows: true, clockSkewSeconds: 300 }],
]);

/** Throws `gate/unknown-profile`: what it demands cannot be checked. */
export function termsOf(profile: string): ProfileTerms {
  const terms = PROFILES.get(profile);
  if (terms === undefined) throw gateError('unknown-profile', { profile });
  return terms;
}
