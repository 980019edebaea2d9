/**
 * Proofs of messages: that a message stood in a segment, checked against the segment while it is here and against its summary
 * afterwards. A proof is made while the segment is here; who keeps message and proof needs nothing else of it.
 */
import { readChain, readEntry, recordBytes, recordCid, refOfChain } from '../chain/index.js';
import { type Cid, decode, encode, type Infer, type JsonValue, s, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { LIMITS, type LongCall, type Report, report, runCheck } from '../kernel/index.js';
import { inclusionProof, verifyInclusion } from '../merkle/index.js';
import { digestSegment } from './digest.js';
import { busError } from './errors.js';
import { listSegments, readLine, requireTopic, type SegmentRef } from './line.js';
import { hashMessage } from './message.js';
import { parseSegment } from './names.js';
import { END_KIND, MESSAGE_KIND } from './schema.js';

const PROOF = s.struct({
  v: s.literal(1),
  type: s.literal('bus-message'),
  /** The chain of the segment. */
  segment: s.text({ maxBytes: LIMITS.chainBytes }),
  /** Canonical DAG-CBOR of the message. */
  message: s.bytes({ max: LIMITS.recordBytes }),
  /** Its number in the segment. */
  index: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  /** Audit path from the message up to the root over all messages of the segment. */
  path: s.list(s.bytes({ length: 32 }), { max: LIMITS.merklePath }),
});
export type MessageProof = Infer<typeof PROOF>;

const PROOF_BYTES = 2 * LIMITS.recordBytes;

/**
 * The bytes of a proof that the message with this record CID stands in its segment. Throws `bus/no-topic`, `bus/no-message`,
 * `bus/still-open`.
 */
export async function proveMessage(
  backend: GitBackend,
  { topic, cid }: { readonly topic: string; readonly cid: Cid },
  options: LongCall = {},
): Promise<Uint8Array> {
  await requireTopic(backend, topic);
  for (const segment of await listSegments(backend, topic)) {
    const found = await findMessage(backend, { segment, cid }, options);
    if (found === null) continue;
    const { leaves, end } = await digestSegment(backend, segment, { ...options, leaves: true });
    if (end === null) throw busError('still-open', { segment: segment.chain });
    const { index, message } = found;
    const path = inclusionProof(leaves, index);
    const proof = { v: 1, type: 'bus-message', segment: segment.chain, message, index, path } satisfies MessageProof;
    return encode(proof as unknown as Value);
  }
  throw busError('no-message', { topic, cid: String(cid) });
}

interface Sought {
  readonly segment: SegmentRef;
  readonly cid: Cid;
}

async function findMessage(
  backend: GitBackend,
  { segment, cid }: Sought,
  options: LongCall,
): Promise<{ readonly index: number; readonly message: Uint8Array } | null> {
  for await (const batch of readChain(backend, { head: segment.oid }, options))
    for (const { envelope } of batch) {
      if (envelope.kind !== MESSAGE_KIND.kind) continue;
      for (let i = 0; i < envelope.count; i++) {
        const message = recordBytes(envelope, i);
        if (hashMessage(message).equals(cid)) return { index: envelope.seq + i, message };
      }
    }
  return null;
}

export interface ProvedMessage {
  readonly report: Report;
  /** What the proof shows when the report passes; else nothing of it is proved. */
  readonly fact: {
    readonly topic: string;
    readonly segment: string;
    readonly seq: number;
    /** CID of the message. */
    readonly cid: string;
    readonly message: JsonValue;
    /** Against what it was checked, and the CID of that: the end of the segment, or the record of its summary. */
    readonly against: 'segment' | 'summary' | null;
    readonly anchor: string | null;
  };
}

/** Where the root of a segment is taken from. */
interface Anchor {
  readonly against: 'segment' | 'summary';
  readonly cid: Cid;
  readonly root: Uint8Array;
  readonly count: number;
}

/**
 * Checks a proof against the segment or, once that was pruned, its summary; whether those are signed by whoever may is what
 * verification of the repository says. Throws `codec/*` and `bus/bad-proof` for bytes that are no proof.
 */
export async function verifyMessageProof(backend: GitBackend, bytes: Uint8Array): Promise<ProvedMessage> {
  const { segment, message, index, path } = PROOF.read(decode(bytes, { maxBytes: PROOF_BYTES }), 'proof');
  const place = parseSegment(segment);
  if (place === null) throw busError('bad-proof', { why: `\`${segment.slice(0, 80)}\` is no segment` });
  const body = MESSAGE_KIND.schema.read(decode(message), 'message');
  const cid = recordCid(MESSAGE_KIND.kind, message);
  let anchor: Anchor | null = null;
  const check = await runCheck('message-root', segment, async () => {
    const found = await anchorOf(backend, { segment, topic: place.topic, ulid: place.ulid });
    const claim = { root: found.root, size: found.count, index, leaf: cid.bytes, path };
    if (!verifyInclusion(claim))
      throw busError('bad-proof', { why: `the path does not lead from \`${cid}\` to the root of \`${segment}\`` });
    anchor = found;
    return `message ${index} of ${found.count}, by the ${found.against} of \`${segment}\``;
  });
  const { against = null, cid: anchorCid = null } = (anchor as Anchor | null) ?? {};
  const fact = { topic: place.topic, segment: place.ulid, seq: index, cid: String(cid), message: body as JsonValue };
  return {
    report: report(segment, [check]),
    fact: { ...fact, against, anchor: anchorCid === null ? null : String(anchorCid) },
  };
}

interface AnchorAt {
  readonly segment: string;
  readonly topic: string;
  readonly ulid: string;
}

async function anchorOf(backend: GitBackend, { segment, topic, ulid }: AnchorAt): Promise<Anchor> {
  const held = (await readLine(backend, topic))?.pruned.get(ulid);
  if (held !== undefined) {
    const { root, count } = held.summary;
    return { against: 'summary', cid: held.cid, root, count };
  }
  const oid = await backend.refs.read(refOfChain(segment));
  if (oid === null) throw busError('no-segment', { segment });
  const { envelope } = await readEntry(backend, oid);
  if (envelope.kind !== END_KIND.kind) throw busError('still-open', { segment });
  const { root, count } = await digestSegment(backend, { chain: segment, oid });
  return { against: 'segment', cid: envelope.cid, root, count };
}
