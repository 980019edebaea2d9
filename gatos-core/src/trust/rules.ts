/** The ref of the trust plane. */
import type { Rule } from '../chain/index.js';
import { trustError } from './errors.js';
import { CHANGE_KIND, GENESIS_KIND, TRUST_CHAIN } from './schema.js';

export const TRUST_RULE: Rule = {
  plane: 'trust',
  pattern: TRUST_CHAIN,
  movement: 'append-only',
  kinds: [GENESIS_KIND, CHANGE_KIND],
  signed: 'by-threshold',
  summary: 'genesis, keys and groups',
  admit: ({ kind, repo }) => {
    const genesis = repo === null;
    if (genesis === (kind === GENESIS_KIND.kind)) return null;
    return trustError('misplaced-genesis', {
      why: genesis ? `its kind is \`${kind}\`` : 'it stands after the start of the chain',
    });
  },
};
