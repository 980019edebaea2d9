/** Record kinds of the trust chain: who speaks here, with which keys, and who may change that. */

import { ACTOR, defineKind } from '../chain/index.js';
import { type Infer, type Schema, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { trustError } from './errors.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER } as const;
const NAME = s.text({ maxBytes: LIMITS.nameBytes, pattern: /^[a-z0-9][a-z0-9._-]*$/ });
const REASON = s.text({ maxBytes: LIMITS.reasonBytes });
const KEY = s.bytes({ length: 32 });
const ACTORS = s.list(ACTOR, { max: LIMITS.principals });

/** A key with its validity interval, in microseconds since the epoch, both ends included. */
const KEY_GRANT = s.struct({ key: KEY, not_before: s.optional(s.int(TIME)), not_after: s.optional(s.int(TIME)) });

const GENESIS = s.struct({
  /** 16 random bytes: two repositories of the same people differ. */
  nonce: s.bytes({ length: 16 }),
  profile: NAME,
  /** How many distinct roots must sign a change. */
  threshold: s.int({ min: 1, max: LIMITS.signatures }),
  roots: ACTORS,
  principals: s.list(s.struct({ actor: ACTOR, keys: s.list(KEY_GRANT, { max: LIMITS.keysPerPrincipal }) }), {
    max: LIMITS.principals,
  }),
  groups: s.list(s.struct({ name: NAME, members: ACTORS }), { max: LIMITS.groups }),
});
export type Genesis = Infer<typeof GENESIS>;
export type KeyGrant = Infer<typeof KEY_GRANT>;

const OPERATIONS = {
  'add-key': s.struct({
    op: s.literal('add-key'),
    actor: ACTOR,
    key: KEY,
    not_before: s.optional(s.int(TIME)),
    not_after: s.optional(s.int(TIME)),
  }),
  'revoke-key': s.struct({
    op: s.literal('revoke-key'),
    key: KEY,
    reason: REASON,
    /** Clock from which signatures no longer count ("compromised since"); absent: from this change on. */
    since: s.optional(s.int(TIME)),
  }),
  'rotate-key': s.struct({ op: s.literal('rotate-key'), old: KEY, key: KEY, reason: REASON }),
  'set-group': s.struct({ op: s.literal('set-group'), name: NAME, members: ACTORS }),
  'set-roots': s.struct({
    op: s.literal('set-roots'),
    roots: ACTORS,
    threshold: s.int({ min: 1, max: LIMITS.signatures }),
  }),
};
type Operations = typeof OPERATIONS;
export type Operation = keyof Operations;
export type TrustChange = { [O in Operation]: Infer<Operations[O]> }[Operation];

const NAMES = Object.keys(OPERATIONS) as readonly Operation[];
/** Refuses what names no operation; the others each have a shape of their own. */
const NAMELESS = s.oneOf(NAMES);

function operationOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'op' in value ? value.op : undefined;
}

function shapeOf(value: unknown): Schema<TrustChange> {
  const op = operationOf(value);
  const name = NAMES.find((known) => known === op);
  return (name === undefined ? s.struct({ op: NAMELESS }) : OPERATIONS[name]) as Schema<TrustChange>;
}

/** Reading throws `trust/unknown-operation` for one that a later version may know (ADR-0006, "Compatibility"). */
const CHANGE: Schema<TrustChange> = {
  // One of several structs: no shape says that.
  shape: { t: 'value' },
  find: (value) => shapeOf(value).find(value),
  read: (value, path) => {
    const op = operationOf(value);
    if (typeof op === 'string' && NAMELESS.find(op) !== undefined) throw trustError('unknown-operation', { op });
    return shapeOf(value).read(value, path);
  },
};

export const GENESIS_KIND = defineKind({
  kind: 'trust.genesis',
  schema: GENESIS,
  describe: ({ roots, threshold, profile }) => ({
    title: `trust: genesis by ${threshold} of ${roots.length} roots`,
    trailers: [['Profile', profile]],
  }),
});

export const CHANGE_KIND = defineKind({
  kind: 'trust.change',
  schema: CHANGE,
  describe: (first, count) => ({ title: `trust: ${first.op}${count > 1 ? ` and ${count - 1} more` : ''}` }),
});

export const TRUST_CHAIN = 'trust';
