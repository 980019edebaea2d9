/**
 * Which idempotency keys a namespace has used: a look-up that follows the chains and can be rebuilt from them. It is a cache:
 * what it says was read from the chains, up to the positions in `covered`.
 */

import { sha256 } from '#hash';
import { type ChainEntry, readChain, recordHasher, refOfChain } from '../chain/index.js';
import { Cid, encode, formatHex, type Value } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareBytes, concatBytes, invariant, isGatosError, utf8 } from '../kernel/index.js';
import { EventView } from './event-view.js';
import { EVENT_KIND, type Event, JOURNAL_PREFIX } from './schema.js';

export interface KeyEntry {
  /** First 16 bytes of SHA-256 of the key's UTF-8. */
  readonly key: Uint8Array;
  /** First 16 bytes of SHA-256 of the DAG-CBOR of `{ type, payload }`: the same event or another one? */
  readonly content: Uint8Array;
  /** SHA-256 in the record's CID. */
  readonly digest: Uint8Array;
}

/** What a stretch of a chain brought. */
export interface FoundKeys {
  readonly chain: string;
  /** The commit after which the stretch starts; null: at the root. */
  readonly from: Oid | null;
  /** Its last commit. */
  readonly to: Oid;
  /** Number of its commits. */
  readonly commits: number;
  readonly entries: readonly KeyEntry[];
}

/** Port: where the look-up is kept. One writer's loss or duplicate work never makes an answer wrong. */
export interface KeyIndex {
  /** The commit up to which each chain of a namespace is covered. */
  covered(ns: string): Promise<ReadonlyMap<string, Oid>>;
  /**
   * For each key hash the entry, or undefined; when a key stands for several, the least of them by content and digest. The answer
   * counts for what `covered` said last. Null: part of that was found damaged or gone; catch up and ask again.
   */
  lookup(ns: string, keys: readonly Uint8Array[]): Promise<readonly (KeyEntry | undefined)[] | null>;
  /** Records what was found in a stretch that starts where the chain is covered. */
  add(ns: string, found: FoundKeys): Promise<void>;
  /** Forgets a namespace, to be built anew. */
  clear(ns: string): Promise<void>;
}

export function keyHash(key: string): Uint8Array {
  return firstHalf(sha256(utf8(key)));
}

export function contentHash({ type, payload }: Pick<Event, 'type' | 'payload'>): Uint8Array {
  return firstHalf(sha256(encode({ type, payload } as Value)));
}

/** A copy of its own: what was hashed may be a view of something larger. */
function firstHalf(hash: Uint8Array): Uint8Array {
  return new Uint8Array(hash.subarray(0, 16));
}

/** CID that an entry stands for. */
export function cidOfEntry({ digest }: KeyEntry): Cid {
  return Cid.of('dag-cbor', digest);
}

/** Times that a damaged look-up is rebuilt before it is done without. */
const REBUILDS = 3;

/** For each key hash the entry in the namespace as it is now, or undefined. Errors as `catchUp`. */
export async function findKeys(
  backend: GitBackend,
  { index, ns }: { index: KeyIndex; ns: string },
  keys: readonly Uint8Array[],
): Promise<readonly (KeyEntry | undefined)[]> {
  for (let attempt = 0; attempt < REBUILDS; attempt++) {
    await catchUp(backend, index, ns);
    const found = await index.lookup(ns, keys);
    if (found !== null) return found;
  }
  const memory = memoryKeyIndex();
  await catchUp(backend, memory, ns);
  const found = await memory.lookup(ns, keys);
  // "Not known" must never be taken for "not there".
  invariant(found !== null, 'memory loses nothing');
  return found;
}

/** Brings the look-up of a namespace up to the heads of its chains: the cost follows what is new. Errors as `readChain`. */
export async function catchUp(backend: GitBackend, index: KeyIndex, ns: string): Promise<void> {
  const refs = await backend.refs.list(`${refOfChain(JOURNAL_PREFIX + ns)}/`);
  const heads = new Map(refs.map(({ name, oid }) => [name.slice(refOfChain('x').length - 1), oid]));
  const covered = await index.covered(ns);
  const gone = [...covered.keys()].some((chain) => !heads.has(chain));
  if (!gone && (await followAll(backend, index, { ns, heads, covered }))) return;
  // A chain was replaced or removed since it was covered: start over.
  await index.clear(ns);
  await followAll(backend, index, { ns, heads, covered: new Map() });
}

interface Gap {
  readonly ns: string;
  readonly heads: ReadonlyMap<string, Oid>;
  readonly covered: ReadonlyMap<string, Oid>;
}

/** False when a chain does not extend what was covered of it. */
async function followAll(backend: GitBackend, index: KeyIndex, { ns, heads, covered }: Gap): Promise<boolean> {
  for (const [chain, head] of heads) {
    const from = covered.get(chain) ?? null;
    if (from === head) continue;
    try {
      for await (const found of keysIn(backend, { chain, from, head })) await index.add(ns, found);
    } catch (error) {
      if (from !== null && isGatosError(error, 'git/not-linear')) return false;
      throw error;
    }
  }
  return true;
}

/** Entries that are added at once: bounds memory when a long chain is read for the first time. */
const PORTION = 8192;

async function* keysIn(
  backend: GitBackend,
  { chain, from, head }: { chain: string; from: Oid | null; head: Oid },
): AsyncGenerator<FoundKeys, void, undefined> {
  const reader = new KeyReader();
  let start = from;
  let commits = 0;
  let entries: KeyEntry[] = [];
  for await (const batch of readChain(backend, { head, after: from ?? undefined })) {
    for (const entry of batch) {
      reader.collect(entry, entries);
      commits += 1;
      if (entry.oid !== head && entries.length < PORTION) continue;
      yield { chain, from: start, to: entry.oid, commits, entries };
      start = entry.oid;
      commits = 0;
      entries = [];
    }
  }
}

const CONTENT_HEAD = Uint8Array.of(0xa2);
const TYPE_KEY = encode('type');
const PAYLOAD_KEY = encode('payload');

/** As `contentHash`, of the encoded event that a view has found in these bytes. */
export function encodedContentHash(view: EventView, bytes: Uint8Array): Uint8Array {
  const type = bytes.subarray(view.typeStart, view.typeEnd);
  const payload = bytes.subarray(view.payloadStart, view.payloadEnd);
  return firstHalf(sha256(concatBytes([CONTENT_HEAD, TYPE_KEY, type, PAYLOAD_KEY, payload])));
}

/** Takes the keys out of envelopes without decoding the events. */
class KeyReader {
  readonly #view = new EventView();
  readonly #hash = recordHasher(EVENT_KIND.kind);

  collect({ envelope: { bytes, offsets, count } }: ChainEntry, into: KeyEntry[]): void {
    const view = this.#view;
    for (let i = 0; i < count; i++) {
      const start = offsets[i] as number;
      const end = offsets[i + 1] as number;
      view.read(bytes, start, end);
      if (!view.hasKey) continue;
      into.push({
        key: keyHash(view.text(view.keyStart, view.keyEnd)),
        content: encodedContentHash(view, bytes),
        digest: this.#hash(bytes.subarray(start, end)).digest,
      });
    }
  }
}

/** Order of entries that stand for one key: the least is the one that counts, wherever and whenever each was found. */
export function compareEntries(a: KeyEntry, b: KeyEntry): number {
  return compareBytes(a.content, b.content) || compareBytes(a.digest, b.digest);
}

/** A look-up in memory, for short-lived uses and for tests. */
export function memoryKeyIndex(): KeyIndex {
  const spaces = new Map<string, { covered: Map<string, Oid>; entries: Map<string, KeyEntry> }>();
  const space = (ns: string) => {
    const known = spaces.get(ns) ?? { covered: new Map<string, Oid>(), entries: new Map<string, KeyEntry>() };
    spaces.set(ns, known);
    return known;
  };
  return {
    covered: async (ns) => new Map(space(ns).covered),
    lookup: async (ns, keys) => keys.map((key) => space(ns).entries.get(formatHex(key))),
    add: async (ns, { chain, to, entries }) => {
      const known = space(ns);
      for (const entry of entries) {
        const name = formatHex(entry.key);
        const other = known.entries.get(name);
        if (other === undefined || compareEntries(entry, other) < 0) known.entries.set(name, entry);
      }
      known.covered.set(chain, to);
    },
    clear: async (ns) => {
      spaces.delete(ns);
    },
  };
}
