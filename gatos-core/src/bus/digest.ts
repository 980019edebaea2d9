/** What a whole segment comes to: counts, times and the Merkle root over its messages, with the checks of its form on the way. */
import { type ChainEntry, readChain, recordBody, recordBytes } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, type GatosError, type LongCall } from '../kernel/index.js';
import { Frontier, leafHash } from '../merkle/index.js';
import { busError } from './errors.js';
import type { HeldSummary } from './line.js';
import { hashMessage } from './message.js';
import { parseSegment } from './names.js';
import { END_KIND, type End, MESSAGE_KIND, type Summary } from './schema.js';
import { bodyBytes } from './segment-state.js';

export interface SegmentDigest {
  readonly chain: string;
  /** Its last envelope. */
  readonly head: Cid | null;
  readonly count: number;
  readonly bytes: number;
  /** RFC 9162 root over the record CIDs of the messages. */
  readonly root: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Null while it goes on. */
  readonly end: End | null;
  /** Leaf hashes of the messages, where they were asked for. */
  readonly leaves: readonly Uint8Array[];
}

/** Which segment, up to which commit. */
export interface SegmentAt {
  readonly chain: string;
  readonly oid: Oid;
}

/** Throws `bus/after-end`, `bus/bad-end`, and as `readChain`. */
export async function digestSegment(
  backend: GitBackend,
  { chain, oid }: SegmentAt,
  { leaves = false, ...options }: LongCall & { readonly leaves?: boolean } = {},
): Promise<SegmentDigest> {
  const walk = new SegmentWalk(chain, leaves);
  for await (const batch of readChain(backend, { head: oid }, options)) for (const entry of batch) walk.add(entry);
  return walk.digest();
}

class SegmentWalk {
  readonly #tree = new Frontier();
  readonly #leaves: Uint8Array[] = [];
  #head: Cid | null = null;
  #bytes = 0;
  #from: number | null = null;
  #to = 0;
  #end: End | null = null;

  constructor(
    private readonly chain: string,
    private readonly keepsLeaves: boolean,
  ) {}

  add(entry: ChainEntry): void {
    const { envelope } = entry;
    if (this.#end !== null) throw busError('after-end', { chain: this.chain, seq: envelope.seq });
    this.#head = envelope.cid;
    this.#from ??= envelope.time;
    this.#to = envelope.time;
    if (envelope.kind === END_KIND.kind) {
      this.#end = recordBody(envelope, 0, END_KIND);
      const why = endFault(this.#end, { chain: this.chain, count: this.#tree.size, bytes: this.#bytes });
      if (why !== null) throw busError('bad-end', { chain: this.chain, why });
    } else if (envelope.kind === MESSAGE_KIND.kind) this.#addMessages(entry);
  }

  #addMessages(entry: ChainEntry): void {
    const { envelope } = entry;
    this.#bytes += bodyBytes(entry);
    for (let i = 0; i < envelope.count; i++) {
      const hash = leafHash(hashMessage(recordBytes(envelope, i)).bytes);
      this.#tree.appendHash(hash);
      if (this.keepsLeaves) this.#leaves.push(hash);
    }
  }

  digest(): SegmentDigest {
    return {
      chain: this.chain,
      head: this.#head,
      count: this.#tree.size,
      bytes: this.#bytes,
      root: this.#tree.root(),
      from: this.#from ?? 0,
      to: this.#to,
      end: this.#end,
      leaves: this.#leaves,
    };
  }
}

interface Counted {
  readonly chain: string;
  readonly count: number;
  readonly bytes: number;
}

function endFault(end: End, { chain, count, bytes }: Counted): string | null {
  if (end.count !== count) return `it counts ${end.count} messages, there are ${count}`;
  if (end.bytes !== bytes) return `it counts ${end.bytes} bytes of messages, there are ${bytes}`;
  const { ulid = '' } = parseSegment(chain) ?? {};
  return end.next > ulid ? null : `the topic would go on in \`${end.next}\`, which comes before it`;
}

/** The summary of a segment that has ended; null of one that goes on. */
export function summaryOf({ chain, head, count, bytes, root, from, to, end }: SegmentDigest): Summary | null {
  const { topic } = parseSegment(chain) ?? {};
  if (end === null || head === null || topic === undefined) return null;
  return { topic, segment: chain, head, next: end.next, first: 0, last: count - 1, count, bytes, root, from, to };
}

/** Does a summary say what the segment says? The fault names both, and the first thing in which they differ. */
export function summaryFault({ summary, cid }: HeldSummary, digest: SegmentDigest): GatosError | null {
  const want = summaryOf(digest);
  const { segment } = summary;
  const bad = (why: string) => busError('bad-summary', { segment, summary: String(cid), why });
  if (want === null) return bad('the segment has not ended');
  if (!summary.head.equals(want.head))
    return bad(`its head is \`${summary.head}\`, that of the segment \`${want.head}\``);
  for (const field of ['next', 'count', 'bytes', 'from', 'to'] as const)
    if (summary[field] !== want[field]) return bad(`${field} is ${summary[field]}, in the segment ${want[field]}`);
  return bytesEqual(summary.root, want.root) ? null : bad('its root is not that of the messages');
}
