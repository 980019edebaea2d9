/** Pins keep a blob from being removed; a removal says that its bytes are not kept any more. Records stay whatever happens. */
import {
  type Appended,
  append,
  type ChainHead,
  type HeadIndex,
  type Indexed,
  type IndexedGroup,
  indexAtHead,
  indexedBody,
  type WriterPorts,
} from '../chain/index.js';
import { decode, type Value } from '../codec/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { foundIn } from './blob.js';
import { blobError } from './errors.js';
import { blobChain, manifestKey, pinKey } from './names.js';
import { openBlob } from './read.js';
import { BLOB_RULE } from './rules.js';
import { PINNED_KIND, type Pinned, REMOVED_KIND, UNPINNED_KIND } from './schema.js';
import { livePins, readShard } from './shard.js';

export interface Changed {
  /** `exists`: it stood so already, and nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly appended: Appended | null;
}

interface Change {
  readonly cid: string;
  /** What to record on this head; null: nothing. */
  decide(index: HeadIndex, head: ChainHead | null): Promise<IndexedGroup<unknown> | null>;
}

async function change(ports: WriterPorts, writer: Writer, { cid, decide }: Change): Promise<Changed> {
  const chain = blobChain(cid);
  const [appended = null] = await append(
    ports,
    requestBy(writer, {
      chain,
      rule: BLOB_RULE,
      prepare: async (head) => {
        const index = indexAtHead(ports.backend, { chain, head });
        const group = await decide(index, head);
        return group === null ? [] : (await index.draft([group])).drafts;
      },
    }),
  );
  return { status: appended === null ? 'exists' : 'recorded', appended };
}

/** The pin that stands under its key, or null when there is none or it was taken back. */
function pinIn(found: Indexed | null): Pinned | null {
  if (found === null) return null;
  const value: Value = decode(found.record);
  const kind = value !== null && typeof value === 'object' && 'kind' in value ? value.kind : null;
  return kind === PINNED_KIND.kind ? indexedBody(found, PINNED_KIND) : null;
}

export interface PinRequest {
  readonly cid: string;
  /** µs since the epoch; null: for ever. */
  readonly until: number | null;
  readonly why: string;
}

/** Pins a blob in the name of the writer; a pin of theirs that says something else is replaced. Throws as `openBlob` and `append`. */
export async function pinBlob(ports: WriterPorts, writer: Writer, { cid, until, why }: PinRequest): Promise<Changed> {
  await openBlob(ports.backend, cid);
  const who = writer.actor;
  return change(ports, writer, {
    cid,
    decide: async (index) => {
      // A removal may have come between: a pin on what is removed keeps nothing, and would look as if it did.
      const stands = await index.find(manifestKey(cid));
      if (stands === null || foundIn(stands).state === 'removed') await openBlob(ports.backend, cid);
      const found = await index.find(pinKey(cid, who));
      const pin = pinIn(found);
      if (pin !== null && pin.until === until && pin.why === why) return null;
      const replaces = found?.cid ?? null;
      const body = { cid, who, until, why, replaces };
      return { kind: PINNED_KIND, records: [{ body, expected: replaces }] } as IndexedGroup<unknown>;
    },
  });
}

/** Takes the writer's own pin back. Throws `blobs/not-pinned`, and as `append`. */
export async function unpinBlob(
  ports: WriterPorts,
  writer: Writer,
  { cid, why }: Pick<PinRequest, 'cid' | 'why'>,
): Promise<Changed> {
  const who = writer.actor;
  return change(ports, writer, {
    cid,
    decide: async (index) => {
      const found = await index.find(pinKey(cid, who));
      if (found === null || pinIn(found) === null) throw blobError('not-pinned', { cid, who });
      const body = { cid, who, why, replaces: found.cid };
      return { kind: UNPINNED_KIND, records: [{ body, expected: found.cid }] } as IndexedGroup<unknown>;
    },
  });
}

/**
 * Records that the bytes of a blob are not kept any more; `gc` lets go of them. Throws `blobs/unknown`, `blobs/pinned` while anybody's pin
 * holds, and as `append`. One that was removed before stays as it is.
 */
export async function removeBlob(
  ports: WriterPorts,
  writer: Writer,
  { cid, reason }: { readonly cid: string; readonly reason: string },
): Promise<Changed> {
  const chain = blobChain(cid);
  return change(ports, writer, {
    cid,
    decide: async (index, head) => {
      const found = await index.find(manifestKey(cid));
      if (found === null || head === null) throw blobError('unknown', { cid });
      const state = foundIn(found);
      if (state.state === 'removed') return null;
      // By the clock that the envelope will have: verification asks the same question.
      const time = Math.max(Math.floor(ports.clock.now()), head.time);
      const held = (await readShard(ports.backend, { chain, head: head.oid })).blobs.get(cid);
      const [pin] = held === undefined ? [] : livePins(held, time);
      if (pin !== undefined) throw blobError('pinned', { cid, who: pin.who, why: pin.why });
      const body = { cid, reason, replaces: found.cid };
      return { kind: REMOVED_KIND, records: [{ body, expected: found.cid }] } as IndexedGroup<unknown>;
    },
  });
}
