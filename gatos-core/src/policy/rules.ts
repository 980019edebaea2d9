/** The ref of the policy plane. */
import type { Rule } from '../chain/index.js';
import { policyError } from './errors.js';
import { BUNDLE_KIND, POLICY_CHAIN } from './schema.js';

export const POLICY_RULE: Rule = {
  plane: 'policy',
  pattern: POLICY_CHAIN,
  movement: 'append-only',
  kinds: [BUNDLE_KIND],
  signed: 'by-threshold',
  summary: 'adopted policies, the last one in force',
  admit: ({ count }, chain) => (count === 1 ? null : policyError('not-alone', { chain, count })),
};

export const POLICY_RULES: readonly Rule[] = [POLICY_RULE];
