/** The one table of rules: every ref below `refs/gatos/` that has a place, from the planes that own them. */
import { AUDIT_RULES } from '../audit/index.js';
import { BLOB_RULES } from '../blobs/index.js';
import { BUS_RULES } from '../bus/index.js';
import { CAPABILITY_RULES } from '../capabilities/index.js';
import type { Rule } from '../chain/index.js';
import { EFFECT_RULES } from '../effects/index.js';
import { EXPERIMENT_RULES } from '../experiments/index.js';
import { FOLD_RULES } from '../fold/index.js';
import { GOVERNANCE_RULES } from '../governance/index.js';
import { JOB_RULES } from '../jobs/index.js';
import { JOURNAL_RULES } from '../journal/index.js';
import { POLICY_RULES } from '../policy/index.js';
import { TOOL_RULES } from '../tools/index.js';
import { TRUST_RULE } from '../trust/index.js';

export const RULES: readonly Rule[] = [
  TRUST_RULE,
  ...JOURNAL_RULES,
  ...FOLD_RULES,
  ...POLICY_RULES,
  ...GOVERNANCE_RULES,
  ...AUDIT_RULES,
  ...BUS_RULES,
  ...JOB_RULES,
  ...EXPERIMENT_RULES,
  ...BLOB_RULES,
  ...TOOL_RULES,
  ...CAPABILITY_RULES,
  ...EFFECT_RULES,
  {
    plane: 'cache',
    pattern: 'cache/**',
    movement: 'local',
    kinds: [],
    summary: 'rebuildable, never authoritative, never pushed',
  },
];
