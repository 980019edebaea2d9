/** What is looked at of a capability before anybody asks for anything, and what is found. */
import type { Check } from '../kernel/index.js';
import type { HeldCapability } from './held.js';

/** What holds of a capability by itself, and of all that it rests on. */
export const OWN = ['bytes', 'id', 'signature', 'recorded'] as const;
export const SHARED = ['parents', 'delegation', 'attenuation', 'windows', 'revocation'] as const;
export type Stage = (typeof OWN)[number] | (typeof SHARED)[number];

/** What was found of a capability and what it rests on. */
export interface Standing {
  /** The capability first, the root last, as far as they could be read. */
  readonly chain: readonly HeldCapability[];
  /** Is the last one the root? */
  readonly complete: boolean;
  readonly checks: Readonly<Record<Stage, Check>>;
}
