/**
 * Ring 5. The journal: events in chains `journal/<namespace>/<actor>`, one chain a writer, one deterministic order for all
 * of them. An event is recorded once: its key (or its ulid) names it in the namespace.
 */
export { type EmitRequest, type EmitResult, emit, type JournalPorts } from './append.js';
export type { Recorded } from './emit-batch.js';
export { journalError } from './errors.js';
export { EventView } from './event-view.js';
export {
  catchUp,
  compareEntries,
  contentHash,
  type FoundKeys,
  findKeys,
  type KeyEntry,
  type KeyIndex,
  keyHash,
  memoryKeyIndex,
} from './key-index.js';
export {
  compareEnvelopes,
  type JournalHead,
  journalHeads,
  namespaces,
  type OrderedRange,
  readOrdered,
} from './order.js';
export { type ReEmitRequest, type ReEmitted, reEmit } from './re-emit.js';
export { JOURNAL_RULES } from './rules.js';
export {
  checkNamespace,
  DEFAULT_NAMESPACE,
  EVENT_KIND,
  EVENT_SCHEMA,
  type Event,
  journalChain,
  type NewEvent,
} from './schema.js';
export { UlidSource } from './ulid.js';
