/** How full a segment is and which keys stand in it: read once, and followed from commit to commit. */
import { type ChainEntry, readChain, recordBody } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { isGatosError } from '../kernel/index.js';
import type { SegmentRef } from './line.js';
import { hashMessage, hasKey, marksOf } from './message.js';
import { END_KIND, type End, MESSAGE_KIND } from './schema.js';

/** The message that a key stands for. */
export interface KnownKey {
  readonly content: Uint8Array;
  readonly seq: number;
  readonly cid: ReturnType<typeof hashMessage>;
}

export interface SegmentState {
  readonly topic: string;
  readonly ulid: string;
  readonly chain: string;
  readonly oid: Oid;
  /** Messages so far, and bytes of their bodies. */
  readonly count: number;
  readonly bytes: number;
  /** Null while it goes on. */
  readonly end: End | null;
  readonly keys: ReadonlyMap<string, KnownKey>;
}

/** Bytes of the bodies of an envelope. */
export function bodyBytes({ envelope: { offsets, count } }: Pick<ChainEntry, 'envelope'>): number {
  return (offsets[count] ?? 0) - (offsets[0] ?? 0);
}

const TOPICS_KEPT = 64;

/**
 * What is known of the active segments. Keyed by the commit it was read from, so it never goes stale: it only saves reading
 * again. A cold start reads the active segment, whose size is bounded.
 */
export class SegmentMemo {
  readonly #known = new Map<string, SegmentState>();

  /** Throws as `readChain`. */
  async follow(backend: GitBackend, segment: SegmentRef): Promise<SegmentState> {
    const { topic, chain, oid } = segment;
    const known = this.#known.get(topic);
    if (known?.oid === oid) return known;
    const base = known?.chain === chain ? known : undefined;
    try {
      const state = await readState(backend, segment, base);
      this.keep(state);
      return state;
    } catch (error) {
      this.#known.delete(topic);
      if (base !== undefined && isGatosError(error, 'git/not-linear')) return this.follow(backend, segment);
      throw error;
    }
  }

  keep(state: SegmentState): void {
    this.#known.delete(state.topic);
    this.#known.set(state.topic, state);
    const [oldest] = this.#known.keys();
    if (this.#known.size > TOPICS_KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}

async function readState(
  backend: GitBackend,
  { topic, ulid, chain, oid }: SegmentRef,
  base: SegmentState | undefined,
): Promise<SegmentState> {
  const keys = new Map(base?.keys ?? []);
  let { count, bytes, end } = base ?? { count: 0, bytes: 0, end: null };
  for await (const batch of readChain(backend, { head: oid, after: base?.oid }))
    for (const entry of batch) {
      if (entry.envelope.kind === END_KIND.kind) end = recordBody(entry.envelope, 0, END_KIND);
      if (entry.envelope.kind !== MESSAGE_KIND.kind) continue;
      count += entry.envelope.count;
      bytes += bodyBytes(entry);
      collectKeys(entry, keys);
    }
  return { topic, ulid, chain, oid, count, bytes, end, keys };
}

function collectKeys({ envelope }: ChainEntry, into: Map<string, KnownKey>): void {
  const { bytes, offsets, count, seq } = envelope;
  for (let i = 0; i < count; i++) {
    const [start, end] = [offsets[i] as number, offsets[i + 1] as number];
    if (!hasKey(bytes, start, end)) continue;
    const body = bytes.subarray(start, end);
    const { key, content } = marksOf(body);
    // Of two messages under one key, which only a race of two clones can make, the first is the one that the key stands for.
    if (key !== null && !into.has(key)) into.set(key, { content, seq: seq + i, cid: hashMessage(body) });
  }
}
