/** One chain of blobs, read from end to end: what is there, what was removed, and who has pinned what. */
import {
  type ChainEntry,
  REF_PREFIX,
  readChain,
  recordBody,
  recordBytes,
  recordCid,
  refOfChain,
} from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareText, type LongCall } from '../kernel/index.js';
import { type Blob, blobOf } from './blob.js';
import { BLOBS } from './names.js';
import { MANIFEST_KIND, NODE_KIND, PINNED_KIND, REMOVED_KIND, UNPINNED_KIND } from './schema.js';

/** Who recorded something, and when (µs since the epoch, as they claim). */
export interface Recorded {
  readonly actor: string;
  readonly time: number;
  readonly record: Cid;
}

export interface Pin extends Recorded {
  /** µs since the epoch; null: for ever. */
  readonly until: number | null;
  readonly why: string;
}

export interface Removal extends Recorded {
  readonly reason: string;
}

/** What is known of one blob. */
export interface HeldBlob {
  readonly cid: string;
  /** The newest manifest, also of one that was removed; null: only nodes or pins are recorded. */
  blob: (Blob & Recorded) | null;
  /** Set while it is removed. */
  removal: Removal | null;
  /** By actor; those that were taken back are not among them. */
  readonly pins: Map<string, Pin>;
}

/** A removal that did not wait for a pin. */
export interface BadRemoval {
  readonly cid: string;
  readonly who: string;
  readonly seq: number;
}

export function isLivePin({ until }: Pick<Pin, 'until'>, time: number): boolean {
  return until === null || until > time;
}

/** The pins of a blob that hold at a time. */
export function livePins({ pins }: Pick<HeldBlob, 'pins'>, time: number): readonly (Pin & { readonly who: string })[] {
  return [...pins].filter(([, pin]) => isLivePin(pin, time)).map(([who, pin]) => ({ ...pin, who }));
}

/** The state of a chain after the entries that it was shown, in order. */
export class BlobShard {
  readonly blobs = new Map<string, HeldBlob>();
  readonly badRemovals: BadRemoval[] = [];
  /** Ids that entries since `mark` are about. */
  readonly touched = new Set<string>();

  apply({ envelope }: Pick<ChainEntry, 'envelope'>): void {
    const { kind, actor, time } = envelope;
    for (let i = 0; i < envelope.count; i++) {
      const recorded = () => ({ actor, time, record: recordCid(kind, recordBytes(envelope, i)) });
      if (kind === NODE_KIND.kind) this.touched.add(recordBody(envelope, i, NODE_KIND).cid);
      else if (kind === MANIFEST_KIND.kind) {
        const at = recorded();
        const blob = blobOf(recordBody(envelope, i, MANIFEST_KIND), at.record);
        const held = this.#held(blob.cid);
        held.blob = { ...blob, ...at };
        held.removal = null;
      } else if (kind === REMOVED_KIND.kind) {
        const { cid, reason } = recordBody(envelope, i, REMOVED_KIND);
        const held = this.#held(cid);
        const [pin] = livePins(held, time);
        if (pin !== undefined) this.badRemovals.push({ cid, who: pin.who, seq: envelope.seq + i });
        held.removal = { ...recorded(), reason };
      } else if (kind === PINNED_KIND.kind) {
        const { cid, who, until, why } = recordBody(envelope, i, PINNED_KIND);
        this.#held(cid).pins.set(who, { ...recorded(), until, why });
      } else if (kind === UNPINNED_KIND.kind) {
        const { cid, who } = recordBody(envelope, i, UNPINNED_KIND);
        this.#held(cid).pins.delete(who);
      }
    }
  }

  #held(cid: string): HeldBlob {
    this.touched.add(cid);
    const known = this.blobs.get(cid);
    if (known !== undefined) return known;
    const held: HeldBlob = { cid, blob: null, removal: null, pins: new Map() };
    this.blobs.set(cid, held);
    return held;
  }
}

export interface ShardPlace {
  readonly chain: string;
  /** Default: where its ref stands. */
  readonly head?: Oid | undefined;
}

/** Throws as `readChain`, and `codec/schema` for a record out of form. */
export async function readShard(
  backend: GitBackend,
  { chain, head }: ShardPlace,
  options?: LongCall,
): Promise<BlobShard> {
  const shard = new BlobShard();
  const at = head ?? (await backend.refs.read(refOfChain(chain)));
  if (at === null) return shard;
  for await (const batch of readChain(backend, { head: at }, options)) for (const entry of batch) shard.apply(entry);
  return shard;
}

/** The chains of blobs that there are, in order, with where they stand. */
export async function blobChains(
  backend: GitBackend,
): Promise<readonly { readonly chain: string; readonly head: Oid }[]> {
  const refs = await backend.refs.list(REF_PREFIX + BLOBS);
  return refs
    .map(({ name, oid }) => ({ chain: name.slice(REF_PREFIX.length), head: oid }))
    .sort((a, b) => compareText(a.chain, b.chain));
}

/** Everything that is recorded of blobs, by id. */
export async function* heldBlobs(backend: GitBackend, options?: LongCall): AsyncGenerator<HeldBlob, void, undefined> {
  for (const place of await blobChains(backend)) {
    const { blobs } = await readShard(backend, place, options);
    for (const cid of [...blobs.keys()].sort()) yield blobs.get(cid) as HeldBlob;
  }
}
