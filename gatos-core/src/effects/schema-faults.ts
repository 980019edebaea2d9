/** What a record says in its own fields and in the MYTHOS objects that it carries has to be the same. Signatures are another matter. */
import { sha256 } from '#hash';
import { bytesEqual, isGatosError, LIMITS } from '../kernel/index.js';
import {
  checkStructId,
  DIVERGENCE_MARK,
  decodeStruct,
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  type EffectRegister,
  RECEIPT,
  type Receipt,
  type Struct,
  TOOL_DEF,
} from '../mythos/index.js';
import type { Entry, EntryKindName, KeptMark, KeptOutcome, KeptResponse, LooseReceipt } from './entry-shape.js';
import { idempotencyId } from './names.js';

type Why = string | undefined;

/** Why kept bytes of a response are not what they say they are. */
function responseFault({ hash, size, inline, blob }: KeptResponse): Why {
  if (inline === undefined) {
    if (size <= LIMITS.effectInlineBytes) return `has ${size} bytes, which stand in the record`;
    return undefined;
  }
  if (blob !== undefined) return 'stands in the record and beside it';
  if (inline.length !== size) return `has ${inline.length} bytes, not ${size}`;
  return bytesEqual(sha256(inline), hash) ? undefined : 'has bytes with another hash';
}

/** An object, or why the bytes are none. */
function opened<T>(struct: Struct<T>, bytes: Uint8Array): T | string {
  try {
    const value = decodeStruct(struct, bytes);
    checkStructId(struct, value);
    return value;
  } catch (error) {
    if (isGatosError(error)) return error.message;
    throw error;
  }
}

const PARTS: Readonly<Record<EntryKindName, (entry: Entry) => Why>> = {
  'effect.register': (entry) =>
    (entry.ended ?? entry.outcome ?? entry.resolution ?? entry.marks[0]) ? 'registers what has ended' : undefined,
  'effect.ended': ({ ended, outcome, resolution }) => {
    if (ended === null) return 'does not say how it ended';
    return (outcome ?? resolution) ? 'has no outcome, and has one' : undefined;
  },
  'effect.commit': ({ ended, outcome, resolution }) => {
    if (outcome?.commit == null || outcome.response === null) return 'has no commit with a response';
    const { inline, blob } = outcome.response;
    if (inline === undefined && blob === undefined) return 'does not keep its response';
    return (ended ?? resolution) ? 'commits what has ended' : undefined;
  },
  'effect.divergence': ({ marks, resolution }) => {
    if (marks.length === 0) return 'has no mark';
    return resolution === null ? undefined : 'is resolved and divergent';
  },
  'effect.resolved': ({ resolution, outcome, marks, ended }) => {
    if (resolution === null) return 'does not say how it is resolved';
    if (marks.length > 0 || ended !== null) return 'leaves what it resolves';
    return resolution.as === 'acted' || outcome === null ? undefined : `keeps an outcome, as \`${resolution.as}\``;
  },
};

/** Why a body is no record of its kind. */
export function entryFault(kind: EntryKindName, entry: Entry): Why {
  return (
    PARTS[kind](entry) ??
    defFault(entry) ??
    registerFault(entry) ??
    (entry.outcome === null ? undefined : outcomeFault(entry, entry.outcome)) ??
    marksFault(entry)
  );
}

function defFault({ def, tool }: Entry): Why {
  const found = opened(TOOL_DEF, def);
  if (typeof found === 'string') return `has no definition of a tool: ${found}`;
  return bytesEqual(found.tool_id, tool) ? undefined : 'has the definition of another tool';
}

function registerFault({ register, id, tool, request }: Entry): Why {
  const found = opened(EFFECT_REGISTER, register);
  if (typeof found === 'string') return `has no register: ${found}`;
  if (!bytesEqual(found.tool_id, tool)) return 'has the register of another tool';
  if (!bytesEqual(found.request_hash, request)) return 'has the register of another request';
  if (!bytesEqual(found.idem_id, id)) return 'has the register of another id';
  if (!bytesEqual(idempotencyId(tool, found.idempotency_key), id)) return 'has an id that its key does not make';
  return timesFault(found);
}

const MAX_TIME = BigInt(Number.MAX_SAFE_INTEGER);

function timesFault({ lease_expires_at: until, time_observed: from }: EffectRegister): Why {
  if (from < 0n || until > MAX_TIME) return 'has a lease beyond all times';
  return until < from ? 'has a lease that ends before it begins' : undefined;
}

function outcomeFault(entry: Entry, { receipt, commit, response }: KeptOutcome): Why {
  const found = opened(RECEIPT, receipt);
  if (typeof found === 'string') return `has no receipt: ${found}`;
  const why = aboutFault(entry, found, response);
  if (why !== undefined || commit === null) return why;
  const made = opened(EFFECT_COMMIT, commit);
  if (typeof made === 'string') return `has no commit: ${made}`;
  const same =
    bytesEqual(made.idem_id, entry.id) &&
    bytesEqual(made.tool_id, entry.tool) &&
    bytesEqual(made.request_hash, entry.request) &&
    bytesEqual(made.response_hash, found.response_hash) &&
    bytesEqual(made.receipt_id, found.receipt_id) &&
    made.status === found.status;
  return same ? undefined : 'has a commit that says other things than its receipt';
}

/** Is a receipt about this effect, and this response? */
function aboutFault(entry: Entry, receipt: Receipt, response: KeptResponse | null): Why {
  if (!bytesEqual(receipt.tool_id, entry.tool)) return 'has a receipt of another tool';
  if (!bytesEqual(receipt.request_hash, entry.request)) return 'has a receipt of another request';
  if (!bytesEqual(idempotencyId(entry.tool, receipt.idempotency_key), entry.id)) return 'has a receipt of another key';
  return hashFault(receipt, response);
}

function hashFault({ response_hash: hash }: Receipt, response: KeptResponse | null): Why {
  if (response === null) return undefined;
  return responseFault(response) ?? (bytesEqual(hash, response.hash) ? undefined : 'has a receipt of another response');
}

function marksFault(entry: Entry): Why {
  const reasons = new Set<number>();
  for (const kept of entry.marks) {
    const mark = opened(DIVERGENCE_MARK, kept.mark);
    if (typeof mark === 'string') return `has no mark: ${mark}`;
    if (!bytesEqual(mark.idem_id, entry.id) || !bytesEqual(mark.tool_id, entry.tool))
      return 'has the mark of another id';
    if (reasons.has(mark.reason)) return 'has two marks for one reason';
    reasons.add(mark.reason);
    const why = rivalFault(entry, kept);
    if (why !== undefined) return why;
  }
  return undefined;
}

function rivalFault(entry: Entry, { rival }: KeptMark): Why {
  if (rival === null) return undefined;
  const receipt = opened(RECEIPT, rival.receipt);
  if (typeof receipt === 'string') return `has no receipt of the other outcome: ${receipt}`;
  return aboutFault(entry, receipt, rival.response);
}

/** Why a body is no receipt by itself. */
export function receiptFault({ id, tool, request, receipt, response }: LooseReceipt): Why {
  const found = opened(RECEIPT, receipt);
  if (typeof found === 'string') return `has no receipt: ${found}`;
  if (!bytesEqual(found.receipt_id, id)) return 'has another receipt than its id says';
  if (!bytesEqual(found.tool_id, tool)) return 'has a receipt of another tool';
  if (!bytesEqual(found.request_hash, request)) return 'has a receipt of another request';
  if (response.inline === undefined && response.blob === undefined) return 'does not keep its response';
  return hashFault(found, response);
}
