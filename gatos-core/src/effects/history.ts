/** All records of effects, in the order of each shard. */
import {
  type ChainEntry,
  type IndexedKind,
  readChain,
  recordBody,
  recordBytes,
  recordCid,
  refOfChain,
} from '../chain/index.js';
import { decode, formatHex } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, isGatosError, type LongCall } from '../kernel/index.js';
import { decodeStruct, RECEIPT } from '../mythos/index.js';
import { type Effect, isEffect, type Loose, openEntry } from './entry.js';
import type { EntryKindName } from './entry-shape.js';
import { SHARDS, shardOf } from './names.js';
import { entryKindOf, RECEIPT_KIND } from './schema.js';

/** A record with its place. */
export interface Recorded {
  readonly record: Effect | Loose;
  readonly entry: ChainEntry;
}

/** The record of an entry. Throws `codec/*` for what is none of its kind; null for a kind that does not belong here. */
export function recordedIn(entry: ChainEntry): Effect | Loose | null {
  const { envelope } = entry;
  const cid = recordCid(envelope.kind, recordBytes(envelope, 0));
  if (envelope.kind === RECEIPT_KIND.kind) {
    const body = recordBody(envelope, 0, RECEIPT_KIND);
    return { cid, body, receipt: decodeStruct(RECEIPT, body.receipt) };
  }
  const kind: IndexedKind<Effect['body']> | undefined = entryKindOf(envelope.kind);
  return kind === undefined ? null : openEntry(cid, kind.kind as EntryKindName, recordBody(envelope, 0, kind));
}

/** The records of one shard, oldest first. Throws as `readChain`, and as `recordedIn`. */
export async function* readShard(
  backend: GitBackend,
  {
    chain,
    after,
    only,
  }: { readonly chain: string; readonly after?: Oid | undefined; readonly only?: Uint8Array | undefined },
  options: LongCall = {},
): AsyncGenerator<Recorded, void, undefined> {
  const head = await backend.refs.read(refOfChain(chain));
  if (head === null || head === after) return;
  for await (const batch of readChain(backend, { head, after }, options)) {
    for (const entry of batch) {
      if (only !== undefined && !isAbout(entry, only)) continue;
      const record = recordedIn(entry);
      if (record !== null) yield { record, entry };
    }
    options.signal?.throwIfAborted();
  }
}

/** Without opening it. */
function isAbout({ envelope }: ChainEntry, id: Uint8Array): boolean {
  try {
    const body = decode(recordBytes(envelope, 0)) as { readonly id?: unknown };
    return body.id instanceof Uint8Array && bytesEqual(body.id, id);
  } catch (error) {
    if (isGatosError(error)) return false;
    throw error;
  }
}

/** All records of an idempotency id, oldest first. Reads its shard. */
export async function historyOf(backend: GitBackend, id: Uint8Array, options?: LongCall): Promise<readonly Recorded[]> {
  const found: Recorded[] = [];
  for await (const each of readShard(backend, { chain: shardOf(id), only: id }, options)) found.push(each);
  return found;
}

/** How one id stands, with the times of its first and its newest record. */
export interface ListedEffect {
  readonly record: Effect | Loose;
  readonly actor: string;
  /** µs since the epoch. */
  readonly first: number;
  readonly last: number;
}

/** Every id and every receipt by itself, in the order of their first records. Reads everything. */
export async function listEffects(backend: GitBackend, options: LongCall = {}): Promise<readonly ListedEffect[]> {
  const listed = new Map<string, ListedEffect>();
  for (const chain of SHARDS)
    for await (const { record, entry } of readShard(backend, { chain }, options)) {
      const { actor, time } = entry.envelope;
      const key = formatHex(record.body.id);
      const before = listed.get(key);
      listed.set(key, { record, actor: before?.actor ?? actor, first: before?.first ?? time, last: time });
    }
  return [...listed.values()].sort((a, b) => a.first - b.first);
}

/** The effect or the receipt by itself whose receipt has this id, or null. Reads until it is found. */
export async function findReceipt(
  backend: GitBackend,
  receipt: Uint8Array,
  options: LongCall = {},
): Promise<Effect | Loose | null> {
  for (const chain of SHARDS)
    for await (const { record } of readShard(backend, { chain }, options)) {
      const found = isEffect(record) ? record.outcome?.receipt : record.receipt;
      if (found !== undefined && bytesEqual(found.receipt_id, receipt)) return record;
    }
  return null;
}
