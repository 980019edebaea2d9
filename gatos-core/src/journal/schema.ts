/** The event record and its place: chains `journal/<namespace>/<actor>`. */

import { type Description, defineKind } from '../chain/index.js';
import { type Infer, type JsonValue, s } from '../codec/index.js';
import { actorToRefComponent } from '../identity/index.js';
import { LIMITS } from '../kernel/index.js';
import { journalError } from './errors.js';
import { acceptsEvent, firstTypeOf, ULID_LENGTH } from './event-check.js';

// No control characters: types and keys are shown in terminals and in commit messages.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
const PLAIN = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

const plainText = (maxBytes: number) => s.text({ maxBytes, pattern: PLAIN, form: 'text without control characters' });

/** Idempotency key chosen by the caller. */
const KEY = s.refine(plainText(LIMITS.eventKeyBytes), (key) =>
  ULID.test(key) ? 'has the form of a ulid, which is reserved for events without a key' : undefined,
);

export const EVENT_SCHEMA = s.struct({
  ulid: s.text({ maxBytes: ULID_LENGTH, pattern: ULID, form: 'a ulid' }),
  type: plainText(LIMITS.eventTypeBytes),
  payload: s.json,
  /** Absent: the ulid is the key. */
  key: s.optional(KEY),
});
export type Event = Infer<typeof EVENT_SCHEMA>;

function describe(type: string, count: number): Description {
  return { title: count === 1 ? `event: ${type}` : `events: ${count}, first ${type}` };
}

export const EVENT_KIND = defineKind({
  kind: 'journal.event',
  schema: EVENT_SCHEMA,
  describe: ({ type }, count) => describe(type, count),
  accepts: acceptsEvent,
  describeEnvelope: (envelope) => describe(firstTypeOf(envelope), envelope.count),
});

/** What a caller wants recorded. */
export interface NewEvent {
  readonly type: string;
  readonly payload: JsonValue;
  readonly key?: string | undefined;
}

export const DEFAULT_NAMESPACE = 'default';
export const JOURNAL_PREFIX = 'journal/';

const NAMESPACE = /^[a-z0-9][a-z0-9._-]*$/;

export function isNamespace(ns: string): boolean {
  const isPlain = NAMESPACE.test(ns) && ns.length <= LIMITS.nameBytes;
  return isPlain && !ns.includes('..') && !ns.endsWith('.') && !ns.endsWith('.lock');
}

/** Throws `journal/namespace`. */
export function checkNamespace(ns: string): string {
  if (!isNamespace(ns)) throw journalError('namespace', { ns });
  return ns;
}

/** `journal/default/user-alice`. Throws `journal/namespace`, `identity/actor`. */
export function journalChain(ns: string, actor: string): string {
  return `${JOURNAL_PREFIX}${checkNamespace(ns)}/${actorToRefComponent(actor)}`;
}
