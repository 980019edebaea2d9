/** The refs of folds and states. */
import type { Rule } from '../chain/index.js';
import { CHECKPOINT_KIND, DEFINITION_KIND } from './schema.js';

export const FOLD_RULES: readonly Rule[] = [
  {
    plane: 'fold',
    pattern: 'folds/*',
    movement: 'append-only',
    kinds: [DEFINITION_KIND],
    summary: 'definitions of one fold, newest last',
  },
  {
    plane: 'fold',
    pattern: 'state/*',
    movement: 'append-only',
    kinds: [CHECKPOINT_KIND],
    summary: 'checkpoints of one state, each with its Proof-of-Fold',
  },
];
