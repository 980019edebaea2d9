/** Runs the golden vectors of `conformance/vectors/effects`: ids, records, what follows from them, and what may follow one another. */
import { recordCid } from '../src/chain/index.js';
import { decode, formatHex, parseHex } from '../src/codec/index.js';
import {
  decideCall,
  decideOutcome,
  type Effect,
  type EntryKindName,
  effectError,
  entryKindOf,
  followFault,
  idempotencyId,
  openEntry,
  RECEIPT_KIND,
  shardOf,
  stateAt,
} from '../src/effects/index.js';
import { invariant } from '../src/kernel/index.js';
import { type VectorAnswer, vectorRunner } from './vector-runner.js';

/** Kind, and DAG-CBOR of the body in hex. */
interface RecordInput {
  readonly kind: string;
  readonly body: string;
}

function opened({ kind, body }: RecordInput): Effect {
  const of = entryKindOf(kind);
  invariant(of !== undefined, `${kind} is a kind of entries`);
  const bytes = parseHex(body);
  return openEntry(recordCid(kind, bytes), kind as EntryKindName, of.schema.read(decode(bytes), 'body'));
}

/** Input: id of a tool and key, in hex. */
function runId({ tool, key }: { readonly tool: string; readonly key: string }): VectorAnswer {
  const id = idempotencyId(parseHex(tool), parseHex(key));
  return { id: formatHex(id), chain: shardOf(id) };
}

function described(of: typeof RECEIPT_KIND | ReturnType<typeof entryKindOf>, body: string) {
  invariant(of !== undefined, 'the kind is one of effects');
  const kind = of as typeof RECEIPT_KIND;
  const bytes = parseHex(body);
  const read = kind.schema.read(decode(bytes), 'body');
  const { title, trailers = [] } = kind.describe(read, 1);
  return {
    cid: String(recordCid(kind.kind, bytes)),
    title,
    trailers: trailers.map(([name, value]) => `${name}: ${value}`),
    key: kind.indexKey(read),
    attachments: (kind.attachments?.(read) ?? []).map(({ path, size, cid }) => `${path} ${size} ${cid}`),
  };
}

function runRecord({ kind, body }: RecordInput): VectorAnswer {
  if (kind === RECEIPT_KIND.kind) return described(RECEIPT_KIND, body);
  const effect = opened({ kind, body });
  const states = { state: stateAt(effect, 0), later: stateAt(effect, Number.MAX_SAFE_INTEGER) };
  return { ...described(entryKindOf(kind), body), ...states };
}

/** Input: what stands (null: nothing), the hash of the request, the time in µs. */
function runCall(input: {
  readonly stands: RecordInput | null;
  readonly request: string;
  readonly now: number;
}): VectorAnswer {
  const { stands, request, now } = input;
  const effect = stands === null ? null : opened(stands);
  return { ...decideCall(effect, { request: parseHex(request), now }) };
}

/** Input: what stands, and who answers what. */
function runOutcome(input: {
  readonly stands: RecordInput;
  readonly attempt: number;
  readonly lease: string;
  readonly request: string;
  readonly response: string;
}): VectorAnswer {
  const { stands, attempt } = input;
  const [lease, request, response] = [input.lease, input.request, input.response].map(parseHex) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return { ...decideOutcome(opened(stands), { attempt, lease, request, response }) };
}

/** Input: records of one id with the times of their envelopes, oldest first. */
function runSequence({
  records,
}: {
  readonly records: readonly (RecordInput & { readonly time: number })[];
}): VectorAnswer {
  let before: Effect | null = null;
  for (const [seq, record] of records.entries()) {
    const after = opened(record);
    const why = followFault(before, after, record.time);
    if (why !== null) throw effectError('bad-entry', { id: formatHex(after.body.id), seq, why });
    before = after;
  }
  return { records: records.length, state: before === null ? 'absent' : stateAt(before, 0) };
}

export const EFFECTS_VECTORS = vectorRunner({
  ids: runId,
  records: runRecord,
  calls: runCall,
  outcomes: runOutcome,
  sequences: runSequence,
});
