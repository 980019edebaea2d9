/** Which messages go into which segment: one that is full is ended, and names the one in which the topic goes on. */
import type { Draft } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import type { Oid } from '../git/index.js';
import type { PreparedMessage } from './prepare.js';
import { END_KIND, MESSAGE_KIND } from './schema.js';

/** When a segment is full, and how much one envelope holds. */
export interface SegmentTerms {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly perEnvelope: number;
  /** Bytes of bodies that one envelope may hold. */
  readonly room: number;
}

export interface PlannedSegment {
  readonly ulid: string;
  /** Where it stands; null: it is new. */
  readonly oid: Oid | null;
  readonly drafts: Draft[];
  /** What is added to it, from `seq` on. */
  readonly items: PreparedMessage[];
  readonly seq: number;
  /** As they are once the drafts are written. */
  count: number;
  bytes: number;
  isEnded: boolean;
}

export type PlanStart = Pick<PlannedSegment, 'ulid' | 'oid' | 'count' | 'bytes'>;

interface Plan {
  readonly start: PlanStart;
  readonly items: readonly PreparedMessage[];
  readonly terms: SegmentTerms;
  /** The ulid of the segment after this one. */
  readonly nextUlid: (before: string) => string;
}

/** The segments that are written, in their order: the first is the active one, every one but the last is ended. */
export function planSegments({ start, items, terms, nextUlid }: Plan): readonly PlannedSegment[] {
  const begin = (at: PlanStart): PlannedSegment => ({ ...at, drafts: [], items: [], seq: at.count, isEnded: false });
  let segment = begin(start);
  const planned = [segment];
  for (let at = 0; at < items.length; ) {
    if (segment.count >= terms.maxMessages || segment.bytes >= terms.maxBytes) {
      const next = nextUlid(segment.ulid);
      endWith(segment, next);
      segment = begin({ ulid: next, oid: null, count: 0, bytes: 0 });
      planned.push(segment);
    }
    at = addEnvelope(segment, { items, at, terms });
  }
  return planned;
}

function endWith(segment: PlannedSegment, next: string): void {
  const end = { next, count: segment.count, bytes: segment.bytes };
  const bodies = [encode(end satisfies Value)];
  segment.drafts.push({ kind: END_KIND.kind, bodies, description: END_KIND.describe(end, 1) });
  segment.isEnded = true;
}

/** Fills one envelope, with one message at least. Returns where the next one starts. */
function addEnvelope(
  segment: PlannedSegment,
  { items, at, terms }: Pick<Plan, 'items' | 'terms'> & { readonly at: number },
): number {
  const most = Math.min(terms.perEnvelope, terms.maxMessages - segment.count);
  const bodies: Uint8Array[] = [];
  let bytes = 0;
  let end = at;
  for (; end < items.length && bodies.length < most; end++) {
    const { body } = items[end] as PreparedMessage;
    const isFull = bytes + body.length > terms.room || segment.bytes + bytes >= terms.maxBytes;
    if (bodies.length > 0 && isFull) break;
    bodies.push(body);
    bytes += body.length;
  }
  const { type } = items[at] as PreparedMessage;
  const first = { type, ulid: '', payload: null };
  segment.drafts.push({
    kind: MESSAGE_KIND.kind,
    bodies,
    description: MESSAGE_KIND.describe(first, bodies.length),
  });
  for (let i = at; i < end; i++) segment.items.push(items[i] as PreparedMessage);
  segment.count += bodies.length;
  segment.bytes += bytes;
  return end;
}
