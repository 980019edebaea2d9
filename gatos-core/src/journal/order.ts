/**
 * The one order of a namespace: by (clock, envelope CID), records inside an envelope in their own order. A pure function of
 * the set of envelopes, whatever the order in which they were written or fetched (design 2.4).
 */
import { type ChainEntry, chainOfRef, type Envelope, REF_PREFIX, readChain, refOfChain } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareText, type LongCall } from '../kernel/index.js';
import { checkNamespace, JOURNAL_PREFIX } from './schema.js';

/** Where a chain of the namespace stands. */
export interface JournalHead {
  readonly chain: string;
  readonly oid: Oid;
}

/** The chains of a namespace and their heads, sorted by chain name. */
export async function journalHeads(backend: GitBackend, ns: string): Promise<readonly JournalHead[]> {
  const refs = await backend.refs.list(`${refOfChain(JOURNAL_PREFIX + checkNamespace(ns))}/`);
  return refs.map(({ name, oid }) => ({ chain: chainOfRef(name) ?? name, oid }));
}

/** Every namespace that holds events, sorted. */
export async function namespaces(backend: GitBackend): Promise<readonly string[]> {
  const prefix = REF_PREFIX + JOURNAL_PREFIX;
  const refs = await backend.refs.list(prefix);
  return [...new Set(refs.map(({ name }) => name.slice(prefix.length).split('/')[0] ?? ''))].sort(compareText);
}

export function compareEnvelopes(a: Pick<Envelope, 'clock' | 'cid'>, b: Pick<Envelope, 'clock' | 'cid'>): number {
  return a.clock - b.clock || Cid.compare(a.cid, b.cid);
}

export interface OrderedRange {
  readonly heads: readonly JournalHead[];
  /** For chains already read: the commit after which to go on. */
  readonly after?: ReadonlyMap<string, Oid> | undefined;
}

/** A chain that is being read, with the entries that are waiting. */
interface Source {
  readonly batches: AsyncGenerator<readonly ChainEntry[], void, undefined>;
  waiting: readonly ChainEntry[];
  next: number;
}

/** Bytes of envelopes that wait to be merged, of all chains together, and the least for one of them. */
const WAITING_BYTES = 16 * 1024 * 1024;
const LEAST_BATCH_BYTES = 64 * 1024;

/**
 * Entries of all chains in the one order, in batches. Memory follows the number of chains, not of events; each chain is named
 * once. Errors as `readChain`.
 */
export async function* readOrdered(
  backend: GitBackend,
  { heads, after }: OrderedRange,
  options?: LongCall,
): AsyncGenerator<readonly ChainEntry[], void, undefined> {
  const sources: Source[] = [];
  const batchBytes = Math.max(LEAST_BATCH_BYTES, Math.floor(WAITING_BYTES / Math.max(4, heads.length)));
  try {
    for (const { chain, oid } of heads) {
      const from = after?.get(chain);
      if (from === oid) continue;
      const batches = readChain(backend, { head: oid, after: from, batchBytes }, options);
      const source: Source = { batches, waiting: [], next: 0 };
      if (await refill(source)) sources.push(source);
    }
    yield* merge(sources);
  } finally {
    for (const { batches } of sources) await batches.return(undefined);
  }
}

async function refill(source: Source): Promise<boolean> {
  const { value, done } = await source.batches.next();
  source.waiting = done === true ? [] : (value as readonly ChainEntry[]);
  source.next = 0;
  return source.waiting.length > 0;
}

function headOf({ waiting, next }: Source): ChainEntry {
  return waiting[next] as ChainEntry;
}

/** Is what waits in `a` before what waits in `b`? */
function isBefore(a: Source, b: Source): boolean {
  return compareEnvelopes(headOf(a).envelope, headOf(b).envelope) < 0;
}

/** Sources as a heap: each is before the two below it, so the cost of a step follows the logarithm of their number. */
async function* merge(sources: Source[]): AsyncGenerator<readonly ChainEntry[], void, undefined> {
  // What is sorted is a heap.
  sources.sort((a, b) => compareEnvelopes(headOf(a).envelope, headOf(b).envelope));
  for (let first = sources[0]; first !== undefined; first = sources[0]) {
    yield takeUntil(first, boundOf(sources));
    if (first.next >= first.waiting.length && !(await refill(first))) {
      const last = sources.pop();
      if (last !== undefined && last !== first) sources[0] = last;
    }
    sink(sources);
  }
}

/** The next entry of all sources but the first; null when there is no other. */
function boundOf([, left, right]: readonly Source[]): Envelope | null {
  if (left === undefined) return null;
  return headOf(right !== undefined && isBefore(right, left) ? right : left).envelope;
}

/** The first entry of a source, and everything after it that sorts before the other sources. */
function takeUntil(source: Source, bound: Envelope | null): readonly ChainEntry[] {
  const start = source.next;
  source.next += 1;
  if (bound === null) source.next = source.waiting.length;
  while (source.next < source.waiting.length && bound !== null) {
    if (compareEnvelopes(headOf(source).envelope, bound) >= 0) break;
    source.next += 1;
  }
  return source.waiting.slice(start, source.next);
}

/** Moves the first source down to where it belongs now; the others are in order. */
function sink(sources: Source[]): void {
  for (let at = 0; ; ) {
    const above = sources[at];
    const left = sources[2 * at + 1];
    const right = sources[2 * at + 2];
    if (above === undefined || left === undefined) return;
    const isRight = right !== undefined && isBefore(right, left);
    const below = isRight ? right : left;
    if (!isBefore(below, above)) return;
    sources[at] = below;
    at = 2 * at + (isRight ? 2 : 1);
    sources[at] = above;
  }
}
