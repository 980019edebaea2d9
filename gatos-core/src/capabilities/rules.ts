/** The refs of the capability plane: what was issued and revoked, and how often it was used. */
import type { Envelope, Rule } from '../chain/index.js';
import type { GatosError } from '../kernel/index.js';
import { capabilityError } from './errors.js';
import { ISSUED_CHAIN, isUsedChain, REVOKED_CHAIN, USED } from './names.js';
import { ISSUED_KIND, REVOKED_KIND, USED_KIND } from './schema.js';

export const ISSUED_RULE: Rule = {
  plane: 'capabilities',
  pattern: ISSUED_CHAIN,
  movement: 'append-only',
  kinds: [ISSUED_KIND],
  summary: 'who may do what, and pass on what of it',
};

export const REVOKED_RULE: Rule = {
  plane: 'capabilities',
  pattern: REVOKED_CHAIN,
  movement: 'append-only',
  kinds: [REVOKED_KIND],
  summary: 'what no longer counts, and why',
};

export const USED_RULE: Rule = {
  plane: 'capabilities',
  pattern: `${USED}*`,
  movement: 'append-only',
  kinds: [USED_KIND],
  summary: 'how often capabilities were used, by the first digit of the root',
  admit: (_: Envelope, chain: string): GatosError | null =>
    isUsedChain(chain) ? null : capabilityError('misplaced', { chain, why: 'it is named after no hexadecimal digit' }),
};

export const CAPABILITY_RULES: readonly Rule[] = [ISSUED_RULE, REVOKED_RULE, USED_RULE];
