/**
 * What the records of the ledger of effects look like (design 4.5). Each record of an idempotency id says all that stands of it, so the newest one
 * answers every question; each names the one that it replaces. MYTHOS objects are kept as their canonical bytes; fields beside
 * them repeat what rules and keys need.
 */
import { type Infer, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';

const DIGEST = s.bytes({ length: 32 });
const OBJECT = s.bytes({ max: LIMITS.effectObjectBytes });
const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;
const REASON = s.text({ maxBytes: LIMITS.effectReasonBytes, pattern: LINE, form: 'text without control characters' });
const OID = s.text({
  maxBytes: LIMITS.oidBytes,
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  form: 'the id of an object',
});

/** Where a response larger than LIMITS.effectInlineBytes lies in the tree of the commit that brings it. */
export const RESPONSE_PATH = 'response';

const RESPONSE = s.struct({
  /** SHA-256 of the exact bytes. */
  hash: DIGEST,
  size: s.int({ min: 0, max: LIMITS.toolResponseBytesMax }),
  /** The bytes, up to LIMITS.effectInlineBytes. */
  inline: s.optional(s.bytes({ max: LIMITS.effectInlineBytes })),
  /** Larger ones are attached to the record of the outcome; the git object saves looking for it. */
  blob: s.optional(OID),
});
/** Neither `inline` nor `blob`: the bytes were not kept. */
export type KeptResponse = Infer<typeof RESPONSE>;
const OUTCOME = s.struct({
  /** A Receipt. */
  receipt: OBJECT,
  /** An EffectCommit; null: the receipt was accepted by a resolution. */
  commit: s.nullable(OBJECT),
  /** Null: a resolution gave the receipt alone. */
  response: s.nullable(RESPONSE),
});
export type KeptOutcome = Infer<typeof OUTCOME>;

const MARK = s.struct({
  /** A DivergenceMark, signed by who wrote the record. */
  mark: OBJECT,
  /** The outcome that contradicts the one that stands; null: another request did. */
  rival: s.nullable(s.struct({ receipt: OBJECT, response: RESPONSE })),
});
export type KeptMark = Infer<typeof MARK>;

export const ACTED = ['no', 'unknown'] as const;
/** Of an invocation without an outcome: it certainly did not act, or nobody knows. */
export type Acted = (typeof ACTED)[number];

export const RESOLUTIONS = ['acted', 'not-acted', 'discard'] as const;
/**
 * `acted`: it did, and the receipt that stands is its outcome, or there is none. `not-acted`: it did not, the key may be used anew.
 * `discard`: the key is closed.
 */
export type ResolvedAs = (typeof RESOLUTIONS)[number];

const FIELDS = {
  /** Idempotency id. */
  id: DIGEST,
  tool: DIGEST,
  /** The ToolDef whose id that is: what it says of retries counts for ever. */
  def: OBJECT,
  /** SHA-256 of the exact request bytes. */
  request: DIGEST,
  /** 1 for the first lease; one more for each that follows it. */
  attempt: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** Random: leases of one owner are told apart by it. */
  lease: s.bytes({ length: 16 }),
  /** The capability under which the tool was to be invoked. */
  capability: DIGEST,
  /** The EffectRegister of this lease. */
  register: OBJECT,
  ended: s.nullable(s.struct({ acted: s.oneOf(ACTED), why: REASON })),
  outcome: s.nullable(OUTCOME),
  marks: s.list(MARK, { max: LIMITS.effectMarks }),
  resolution: s.nullable(
    s.struct({
      as: s.oneOf(RESOLUTIONS),
      /** Record of the grant that allows it. */
      grant: s.cid,
      why: REASON,
    }),
  ),
  replaces: s.nullable(s.cid),
} as const;

export const ENTRY_SHAPE = s.struct(FIELDS);
export type Entry = Infer<typeof ENTRY_SHAPE>;

export const ENTRY_KINDS = [
  'effect.register',
  'effect.ended',
  'effect.commit',
  'effect.divergence',
  'effect.resolved',
] as const;
export type EntryKindName = (typeof ENTRY_KINDS)[number];

export const LOOSE_SHAPE = s.struct({
  /** The receipt's id. */
  id: DIGEST,
  tool: DIGEST,
  request: DIGEST,
  capability: DIGEST,
  /** Which use of the capability it is: what the count stands under. */
  use: DIGEST,
  /** When whoever called had the capability checked, µs since the epoch. */
  began: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  receipt: OBJECT,
  response: RESPONSE,
});
/** A receipt that is no outcome in the ledger: of a call without a key, or of an invocation whose lease was lost. */
export type LooseReceipt = Infer<typeof LOOSE_SHAPE>;
