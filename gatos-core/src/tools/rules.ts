/** The ref of the tool plane. */
import type { AnyRecordKind, Rule } from '../chain/index.js';
import { toolError } from './errors.js';
import { DECLARATION_KIND, TOOLS_CHAIN } from './schema.js';

export const TOOLS_RULE: Rule = {
  plane: 'tools',
  pattern: TOOLS_CHAIN,
  movement: 'append-only',
  kinds: [DECLARATION_KIND as AnyRecordKind],
  summary: 'declared tools by name: what each takes and gives, what it does, how it is run',
  // Their files have one folder.
  admit: ({ count }) =>
    count === 1 ? null : toolError('bad-declaration', { tool: '', why: `an envelope holds ${count} of them` }),
};

export const TOOL_RULES: readonly Rule[] = [TOOLS_RULE];
