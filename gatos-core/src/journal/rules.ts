/** The refs of the journal. */
import type { Rule } from '../chain/index.js';
import { actorToRefComponent } from '../identity/index.js';
import { journalError } from './errors.js';
import { EVENT_KIND, isNamespace } from './schema.js';

export const JOURNAL_RULE: Rule = {
  plane: 'journal',
  pattern: 'journal/*/*',
  movement: 'append-only',
  kinds: [EVENT_KIND],
  summary: 'events of one actor in one namespace',
  admit: ({ actor }, chain) => {
    const [, ns = '', component] = chain.split('/');
    if (!isNamespace(ns)) return journalError('namespace', { ns });
    return actorToRefComponent(actor) === component ? null : journalError('other-actor', { chain, actor });
  },
};

export const JOURNAL_RULES: readonly Rule[] = [JOURNAL_RULE];
