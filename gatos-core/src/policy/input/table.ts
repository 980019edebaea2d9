/** The one table of the fields of `input`. The compiler, the JSON Schema, the check and the completion all read it. */
import type { JsonValue } from '../../codec/index.js';
import type { Field, Type } from './types.js';

const bool: Type = { t: 'bool' };
const int: Type = { t: 'int' };
const text: Type = { t: 'text' };
const list = (of: Type): Type => ({ t: 'list', of });
const nullable = (of: Type): Type => ({ t: 'nullable', of });
const record = (fields: Readonly<Record<string, Field>>): Type => ({ t: 'record', fields });

const field = (type: Type, about: string, preset?: JsonValue): Field =>
  preset === undefined ? { type, about } : { type, about, preset };
const choice = (about: string, oneOf: readonly string[], preset: string): Field => ({
  type: text,
  about,
  oneOf,
  preset,
});

/** 2026-01-05T09:00:00Z, a Monday morning. */
const MORNING = 1_767_603_600_000_000;
const OLD = '1'.repeat(40);
const NEW = '2'.repeat(40);
const KEY = `ed25519:${'A'.repeat(43)}`;

const person = record({
  name: field(text, 'name as the commit says it; nobody has checked it', 'Alice'),
  email: field(text, 'address as the commit says it; nobody has checked it', 'alice@example.org'),
  time: field(int, 'µs since the epoch, as the commit says it', MORNING),
});

const signer = record({
  key: field(text, 'public key, `ed25519:…`', KEY),
  actor: field(nullable(text), 'whose key it is by the accepted trust chain; null: nobody’s, or revoked', 'user:alice'),
  valid: field(bool, 'does the signature fit?', true),
});

const change = record({
  path: field(text, 'path in the repository, `/` between folders', 'README.md'),
  op: choice('what happened to the path', ['add', 'modify', 'delete', 'type'], 'modify'),
  mode: field(nullable(text), 'octal mode after the change, such as `100644`; null when deleted', '100644'),
  old_mode: field(nullable(text), 'octal mode before the change; null when added', '100644'),
  id: field(nullable(text), 'object id after the change; null when deleted', NEW),
  old_id: field(nullable(text), 'object id before the change; null when added', OLD),
  size: field(nullable(int), 'bytes of the new blob; null when deleted or no blob', 1),
});

const commit = record({
  id: field(text, 'object id', NEW),
  parents: field(list(text), 'object ids of the parents', [OLD]),
  author: field(person, 'who wrote the change'),
  committer: field(person, 'who made the commit'),
  signer: field(nullable(signer), 'who signed it; null when not signed, or not with an Ed25519 SSH key'),
  subject: field(text, 'first line of the message', 'a change'),
  message: field(text, 'whole message', 'a change\n'),
  changes: field(list(change), 'against the first parent, sorted by path; all files for a root commit'),
});

const envelope = record({
  cid: field(text, 'CID of the envelope'),
  chain: field(text, 'chain, a ref name without `refs/gatos/`', 'journal/main/user.alice'),
  plane: field(text, 'plane that owns the chain', 'journal'),
  kind: field(text, 'kind of its records', 'journal.event'),
  actor: field(text, 'who signed it', 'user:alice'),
  seq: field(int, 'sequence number in the chain'),
  count: field(int, 'number of records', 1),
  clock: field(int, 'logical clock'),
  time: field(int, 'µs since the epoch, as the actor says it', MORNING),
  keys: field(list(text), 'keys that signed it', [KEY]),
});

const tag = record({
  name: field(text, 'name as the tag object says it', 'v1.0.0'),
  target: field(text, 'object id that it points to', NEW),
  tagger: field(nullable(person), 'who made it; null when the object does not say'),
  signer: field(nullable(signer), 'who signed it; null when not signed'),
  message: field(text, 'message', 'a tag\n'),
});

const update = record({
  ref: field(text, 'full ref name', 'refs/heads/main'),
  name: field(text, 'ref name without `refs/heads/`, `refs/tags/` or `refs/gatos/`', 'main'),
  space: choice('where the ref lies', ['branch', 'tag', 'gatos', 'other'], 'branch'),
  kind: choice('what happens to the ref', ['create', 'update', 'delete'], 'update'),
  old: field(nullable(text), 'object id before; null when created', OLD),
  new: field(nullable(text), 'object id after; null when deleted', NEW),
  fast_forward: field(bool, 'does the new value contain the old one? true for create, false for delete', true),
  commits: field(list(commit), 'commits that no accepted ref contains, parents first; empty below `refs/gatos/`'),
  envelopes: field(
    list(envelope),
    'envelopes that the update adds, oldest first; empty elsewhere than below `refs/gatos/`',
  ),
  tag: field(nullable(tag), 'the annotated tag; null when there is none'),
});

const grant = record({
  id: field(text, 'ULID of the proposal', '01KE6PA0000000000000000000'),
  cid: field(text, 'CID of the record of the grant'),
  action: field(text, 'what it allows'),
  target: field(text, 'to what it allows it'),
  approvers: field(list(text), 'actors whose approval counts now, sorted'),
  expires: field(nullable(int), 'µs since the epoch; null: never'),
  uses_left: field(nullable(int), 'how often it may still be used; null: any number', 1),
});

/** The type of `input`. */
export const INPUT_TYPE: Extract<Type, { readonly t: 'record' }> = {
  t: 'record',
  fields: {
    v: field(int, 'version of this document', 1),
    profile: field(text, 'profile of the accepted trust chain', 'default'),
    received: field(int, 'when the push was received, µs since the epoch', MORNING),
    repository: field(text, 'CID of the genesis record'),
    policy: field(nullable(text), '`policy_root` in force'),
    pusher: field(nullable(text), 'who the transport says is pushing; null where it says nothing', 'user:alice'),
    options: field(list(text), 'push options (`git push -o`)'),
    updates: field(list(update), 'ref updates of the push, in the order of ref names'),
    grants: field(list(grant), 'grants that hold now, in the order of ids'),
    groups: field({ t: 'map', of: list(text) }, 'members by group of the accepted trust chain'),
  },
};
