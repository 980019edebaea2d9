/** The refs of folds and states. Each envelope there holds one record, so that a commit's files belong to it alone. */
import type { Envelope, Rule } from '../chain/index.js';
import type { GatosError } from '../kernel/index.js';
import { foldError } from './errors.js';
import { CHECKPOINT_KIND, DEFINITION_KIND } from './schema.js';

function admitAlone({ count }: Envelope, chain: string): GatosError | null {
  return count === 1 ? null : foldError('not-alone', { chain, count });
}

export const DEFINITION_RULE: Rule = {
  plane: 'fold',
  pattern: 'folds/*',
  movement: 'append-only',
  kinds: [DEFINITION_KIND],
  summary: 'definitions of one fold, newest last',
  admit: admitAlone,
};

export const STATE_RULE: Rule = {
  plane: 'fold',
  pattern: 'state/*',
  movement: 'append-only',
  kinds: [CHECKPOINT_KIND],
  summary: 'checkpoints of one state, each with its Proof-of-Fold',
  admit: admitAlone,
};

export const FOLD_RULES: readonly Rule[] = [DEFINITION_RULE, STATE_RULE];
