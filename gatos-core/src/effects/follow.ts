/** Does a record of an id follow from the one before it? The state machine, seen from what was written. */
import { bytesEqual, LIMITS } from '../kernel/index.js';
import { encodeStruct, sameAgent, TOOL_DEF } from '../mythos/index.js';
import type { Effect } from './entry.js';
import type { EntryKindName, KeptMark, KeptOutcome, KeptResponse } from './entry-shape.js';
import { isHeldBy, isRetrySafe, leaseEnd, stateOf } from './state.js';

type Why = string | null;

/** Why a record cannot stand after another one of its id (null: none), in an envelope of this time (µs). */
export function followFault(before: Effect | null, after: Effect, time: number): Why {
  if (before === null && after.kind !== 'effect.register') return 'follows nothing';
  return FOLLOW[after.kind](before as Effect, after, time);
}

const FOLLOW: Readonly<Record<EntryKindName, (before: Effect, after: Effect, time: number) => Why>> = {
  'effect.register': (before: Effect | null, after, time) => leaseFault(after, time) ?? registered(before, after, time),
  'effect.ended': (before, after) => {
    if (before.body.ended !== null || before.outcome !== null || before.body.resolution !== null)
      return 'ends what has ended';
    return sameLease(before, after) ?? sameMarks(before, after);
  },
  'effect.commit': (before, after) => {
    if (before.outcome !== null) return 'is a second outcome';
    if (before.body.ended !== null || before.body.resolution !== null) return 'commits what has ended';
    return sameLease(before, after) ?? sameMarks(before, after);
  },
  'effect.divergence': (before, after) => {
    const { marks } = after.body;
    if (marks.length !== before.body.marks.length + 1) return 'adds no mark, or more than one';
    const as = before.body.resolution?.as ?? 'acted';
    if (as !== 'acted') return `marks what is resolved as \`${as}\``;
    return (
      sameLease(before, after) ??
      sameEnd(before, after) ??
      sameOutcome(before, after) ??
      marksKept(before.body.marks, marks) ??
      marked(after)
    );
  },
  'effect.resolved': (before, after, time) => sameLease(before, after) ?? resolved(before, after, time),
};

function leaseFault({ register }: Effect, time: number): Why {
  const at = BigInt(time);
  if (register.time_observed > at) return 'was registered later than it was signed';
  const most = at + BigInt(LIMITS.effectLeaseMs) * 1000n;
  return register.lease_expires_at > most
    ? `asks for a lease of more than ${LIMITS.effectLeaseMs / 1000} seconds`
    : null;
}

function registered(before: Effect | null, after: Effect, time: number): Why {
  const { attempt } = after.body;
  if (before === null) return attempt === 1 ? null : `is attempt ${attempt}, and there was none before`;
  if (attempt === before.body.attempt) return renewed(before, after);
  if (attempt !== before.body.attempt + 1) return `is attempt ${attempt}, after ${before.body.attempt}`;
  if (before.body.resolution !== null)
    return before.body.resolution.as === 'not-acted' ? null : `follows the resolution \`${before.body.resolution.as}\``;
  if (!bytesEqual(before.body.request, after.body.request)) return 'is of another request';
  switch (stateOf(before)) {
    case 'released':
      return null;
    case 'pending':
      if (time < leaseEnd(before)) return 'takes over while the lease of another invocation lasts';
      break;
    case 'unknown':
      break;
    default:
      return `invokes again what is ${stateOf(before)}`;
  }
  return isRetrySafe(after) ? null : 'invokes again a tool that may have acted, and may not be invoked twice';
}

function renewed(before: Effect, after: Effect): Why {
  if (stateOf(before) !== 'pending') return `renews the lease of what is ${stateOf(before)}`;
  if (!isHeldBy(before, after.body)) return 'renews the lease of another invocation';
  if (!sameAgent(before.register.owner, after.register.owner)) return 'renews the lease of another owner';
  return leaseEnd(after) < leaseEnd(before) ? 'shortens its lease' : (sameCall(before, after) ?? null);
}

/** What an id keeps as long as its lease does. */
function sameCall(before: Effect, after: Effect): Why {
  const same =
    bytesEqual(before.body.request, after.body.request) &&
    bytesEqual(before.body.capability, after.body.capability) &&
    bytesEqual(encodeStruct(TOOL_DEF, before.def), encodeStruct(TOOL_DEF, after.def));
  return same ? null : 'says other things of the call than the register';
}

function sameEnd({ body: { ended: one } }: Effect, { body: { ended: two } }: Effect): Why {
  return one?.acted === two?.acted && one?.why === two?.why ? null : 'says otherwise how the invocation ended';
}

function sameLease(before: Effect, after: Effect): Why {
  if (!isHeldBy(before, after.body)) return 'is of another lease';
  if (!bytesEqual(before.body.register, after.body.register)) return 'has another register';
  return sameCall(before, after);
}

function sameMarks(before: Effect, after: Effect): Why {
  if (before.marks.length !== after.marks.length) return 'changes the marks';
  return marksKept(before.body.marks, after.body.marks);
}

function marksKept(before: readonly KeptMark[], after: readonly KeptMark[]): Why {
  return before.every((mark, i) => sameMark(mark, after[i] as KeptMark)) ? null : 'changes the marks';
}

/** A mark says which digests contradict one another; the outcome that it shows stands beside it. */
function sameMark(one: KeptMark, two: KeptMark): boolean {
  if (!bytesEqual(one.mark, two.mark)) return false;
  if (one.rival === null || two.rival === null) return one.rival === two.rival;
  return bytesEqual(one.rival.receipt, two.rival.receipt) && sameKept(one.rival.response, two.rival.response);
}

/** Are the bytes of a response kept in the same place? Those in a record are the ones of the hash. */
function sameKept(one: KeptResponse | null, two: KeptResponse | null): boolean {
  if (one === null || two === null) return one === two;
  const place = one.blob === two.blob && (one.inline === undefined) === (two.inline === undefined);
  return place && bytesEqual(one.hash, two.hash) && one.size === two.size;
}

/** Who signed it was asked of the record that brought it, so later ones repeat all of it. */
function isSame(one: KeptOutcome, two: KeptOutcome): boolean {
  const commits =
    one.commit === null || two.commit === null ? one.commit === two.commit : bytesEqual(one.commit, two.commit);
  return commits && bytesEqual(one.receipt, two.receipt) && sameKept(one.response, two.response);
}

function sameOutcome(before: Effect, after: Effect): Why {
  const [one, two] = [before.body.outcome, after.body.outcome];
  const ended =
    before.body.ended?.acted === after.body.ended?.acted && before.body.ended?.why === after.body.ended?.why;
  if (!ended) return 'changes how the invocation ended';
  if (one === null || two === null) return one === two ? null : 'changes the outcome';
  return isSame(one, two) ? null : 'changes the outcome';
}

/** Does the mark that was added say what there is to be seen? */
function marked({ marks, body, outcome }: Effect): Why {
  const added = marks.at(-1);
  if (added === undefined) return 'adds no mark';
  const { reason, evidence } = added.opened;
  const [first, second] = evidence;
  if (evidence.length !== 2 || first === undefined || second === undefined || bytesEqual(first, second))
    return 'has a mark without two digests that contradict one another';
  if (reason === 1) {
    if (added.rival !== null) return 'marks another request, and shows an outcome';
    return bytesEqual(first, body.request) ? null : 'marks a request that is not recorded';
  }
  if (outcome === null || added.rival === null) return 'marks two outcomes, and does not show them';
  if (reason === 2)
    return bytesEqual(first, outcome.receipt.response_hash) && bytesEqual(second, added.rival.response.hash)
      ? null
      : 'marks responses that are not recorded';
  return bytesEqual(first, outcome.receipt.receipt_id) ? null : 'marks an outcome that is not recorded';
}

function resolved(before: Effect, after: Effect, time: number): Why {
  const state = stateOf(before);
  const open = before.outcome === null && before.body.ended === null;
  if (state !== 'unknown' && state !== 'divergent' && state !== 'pending') return `resolves what is ${state}`;
  if (open && time < leaseEnd(before)) return 'resolves what may still be invoked';
  if (after.body.resolution?.as === 'not-acted' && before.outcome !== null)
    return 'says that it did not act, and there is a receipt';
  const dropped = after.body.resolution?.as === 'acted' && before.outcome !== null && after.outcome === null;
  if (dropped) return 'leaves the outcome that stands';
  const [one, two] = [before.body.outcome, after.body.outcome];
  const kept = one !== null && two !== null && bytesEqual(one.receipt, two.receipt);
  return kept && !isSame(one, two) ? 'changes the outcome' : null;
}
