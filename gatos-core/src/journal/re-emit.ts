/**
 * One actor wrote on its chain in two clones, so the chain has two histories. Those of our envelopes that the other history lacks
 * are signed again on top of it: the records stay as they are (bodies, ulids, keys, and so their CIDs), the envelopes around them
 * are new. What the other history has recorded already is left out.
 */
import {
  buildEnvelope,
  type ChainEntry,
  type ChainHead,
  chainError,
  type Envelope,
  headOfEntry,
  largestClock,
  readChain,
  readEntry,
  recordBody,
  recordBytes,
  recordHasher,
  type SignedDraft,
  signAll,
  store,
} from '../chain/index.js';
import { Cid, formatHex } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import { invariant, type LongCall } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { journalError } from './errors.js';
import { EventView } from './event-view.js';
import { encodedContentHash } from './key-index.js';
import { EVENT_KIND, JOURNAL_PREFIX, journalChain } from './schema.js';

export interface ReEmitRequest {
  readonly ns: string;
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
  /** The other history: verified, and to be built on. */
  readonly onto: Oid;
  /** Our head. */
  readonly ours: Oid;
  /** The last commit that both have; null: they share nothing. */
  readonly base: Oid | null;
}

export interface ReEmitted {
  /** What the chain's ref is to point at, instead of `ours`: nothing is visible before. */
  readonly tip: Oid;
  /** Records that were signed again. */
  readonly records: number;
  /** Records that the other history has already. */
  readonly dropped: number;
  /** CIDs, as text, of the envelopes that `tip` no longer has. */
  readonly replaced: ReadonlySet<string>;
}

/**
 * Builds the new history. Throws `journal/duplicate-key` when both histories use one key for different events,
 * `chain/clock-exhausted`, and as `readChain`; then nothing has changed.
 */
export async function reEmit(backend: GitBackend, request: ReEmitRequest, options?: LongCall): Promise<ReEmitted> {
  const { ns, actor, onto, ours, base } = request;
  const chain = journalChain(ns, actor);
  const filter = new RecordFilter(ns);
  for await (const batch of stretch(backend, { head: onto, after: base }, options)) filter.note(batch);
  const others = await largestClock(backend, `${JOURNAL_PREFIX}${ns}/`, { except: chain });
  const clock = Math.max(request.trust.head.clock, others);
  const writer = new ReWriter(backend, { request, chain, clock, head: headOfEntry(await readEntry(backend, onto)) });
  const replaced = new Set<string>();
  for await (const batch of stretch(backend, { head: ours, after: base }, options)) {
    for (const { envelope } of batch) replaced.add(String(envelope.cid));
    await writer.add(filter.fresh(batch));
    options?.progress?.({ task: `re-emit ${chain}`, done: writer.records, unit: 'records' });
  }
  return { tip: writer.tip, records: writer.records, dropped: filter.dropped, replaced };
}

async function* stretch(
  backend: GitBackend,
  { head, after }: { head: Oid; after: Oid | null },
  options?: LongCall,
): AsyncGenerator<readonly ChainEntry[], void, undefined> {
  if (head !== after) yield* readChain(backend, { head, after: after ?? undefined }, options);
}

/** An envelope of ours with the records that are to be signed again. */
interface Kept {
  readonly envelope: Envelope;
  readonly bodies: readonly Uint8Array[];
}

/** What a record is told by: its key, or its CID where it has none; and the hash of type and payload. */
interface Identity {
  /** Null for a record without a key. */
  readonly key: string | null;
  readonly name: string;
  readonly content: string;
  readonly digest: Uint8Array;
}

/** Tells records that the other history has from those that it lacks. */
class RecordFilter {
  dropped = 0;
  /**
   * Digests of records by name, and there by content. One key may stand for several events: nobody can keep a signer from that, and
   * whichever of them is ours is there.
   */
  readonly #known = new Map<string, Map<string, Uint8Array>>();
  readonly #hash = recordHasher(EVENT_KIND.kind);
  readonly #view = new EventView();

  constructor(private readonly ns: string) {}

  /** Takes note of what the other history has. */
  note(batch: readonly ChainEntry[]): void {
    for (const { envelope } of batch) {
      for (let i = 0; i < envelope.count; i++) {
        const { name, content, digest } = this.#look(recordBytes(envelope, i));
        const known = this.#known.get(name);
        if (known === undefined) this.#known.set(name, new Map([[content, digest]]));
        else if (!known.has(content)) known.set(content, digest);
      }
    }
  }

  fresh(batch: readonly ChainEntry[]): Kept[] {
    const kept = batch.map(({ envelope }) => ({
      envelope,
      bodies: Array.from({ length: envelope.count }, (_, i) => recordBytes(envelope, i)).filter((body) =>
        this.#isNew(body),
      ),
    }));
    return kept.filter(({ bodies }) => bodies.length > 0);
  }

  #isNew(body: Uint8Array): boolean {
    const { key, name, content } = this.#look(body);
    const known = this.#known.get(name);
    if (known === undefined) return true;
    if (!known.has(content)) {
      const [first] = known.values();
      invariant(key !== null && first !== undefined, 'records of one CID have one content');
      throw journalError('duplicate-key', { ns: this.ns, key, cid: String(Cid.of('dag-cbor', first)) });
    }
    this.dropped += 1;
    return false;
  }

  #look(body: Uint8Array): Identity {
    const view = this.#view;
    view.read(body, 0, body.length);
    const { digest } = this.#hash(body);
    const key = view.hasKey ? view.text(view.keyStart, view.keyEnd) : null;
    const name = key === null ? `record ${formatHex(digest)}` : `key ${key}`;
    return { key, name, content: formatHex(encodedContentHash(view, body)), digest };
  }
}

interface Place {
  readonly request: ReEmitRequest;
  readonly chain: string;
  /** The largest clock seen outside the chain. */
  readonly clock: number;
  /** What is built on. */
  readonly head: ChainHead;
}

/** Signs and stores envelopes, one on the other. */
class ReWriter {
  records = 0;
  #head: ChainHead;

  constructor(
    private readonly backend: GitBackend,
    private readonly place: Place,
  ) {
    this.#head = place.head;
  }

  get tip(): Oid {
    return this.#head.oid;
  }

  async add(kept: readonly Kept[]): Promise<void> {
    if (kept.length === 0) return;
    const envelopes = this.#rebuild(kept);
    const signatures = await signAll([this.place.request.signer], envelopes);
    const items = envelopes.map((envelope, i): SignedDraft => {
      const first = recordBody(envelope, 0, EVENT_KIND);
      const description = EVENT_KIND.describe(first, envelope.count);
      return { envelope, signatures: signatures[i] ?? [], draft: { kind: EVENT_KIND.kind, bodies: [], description } };
    });
    const last = (await store(this.backend, { parent: this.tip, items })).at(-1);
    invariant(last !== undefined, 'what was to be stored was stored');
    this.#head = headOfEntry(last);
    this.records += envelopes.reduce((sum, { count }) => sum + count, 0);
  }

  #rebuild(kept: readonly Kept[]): Envelope[] {
    const { request, chain, clock: floor } = this.place;
    let head = this.#head;
    return kept.map(({ envelope, bodies }) => {
      const { cid: prev, next: seq } = head;
      const seen = Math.max(floor, head.clock);
      if (seen >= Number.MAX_SAFE_INTEGER) throw chainError('clock-exhausted', { chain, clock: seen });
      const clock = seen + 1;
      const time = Math.max(envelope.time, head.time);
      const { policy, kind } = envelope;
      const repo = request.trust.repo;
      const rebuilt = buildEnvelope(
        { v: 1, repo, chain, seq, prev, clock, actor: request.actor, time, policy, kind },
        bodies,
      );
      head = { oid: '', cid: rebuilt.cid, next: seq + rebuilt.count, clock, time };
      return rebuilt;
    });
  }
}
