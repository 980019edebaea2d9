/** The one table of rules: every ref below `refs/gatos/` that has a place, from the planes that own them. */
import type { Rule } from '../chain/index.js';
import { FOLD_RULES } from '../fold/index.js';
import { JOURNAL_RULES } from '../journal/index.js';
import { TRUST_RULE } from '../trust/index.js';

export const RULES: readonly Rule[] = [
  TRUST_RULE,
  ...JOURNAL_RULES,
  ...FOLD_RULES,
  {
    plane: 'cache',
    pattern: 'cache/**',
    movement: 'local',
    kinds: [],
    summary: 'rebuildable, never authoritative, never pushed',
  },
];
