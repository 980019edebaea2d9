/**
 * Running a fold over the journals: records in the one order go through the sandbox, which is rebuilt from the canonical state
 * at every multiple of WINDOW records counted from the first (ADR-0004). The outcome is a function of bundle and ordered
 * records alone: a run may start at any such place and gives the same bytes.
 */
import { type ChainEntry, chainError } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import { EVENT_KIND, type JournalHead, readOrdered } from '../journal/index.js';
import { isGatosError, type LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { EventFeed } from './event-feed.js';
import { History } from './history.js';
import { type FoldedHead, type FoldPlace, firstPlace } from './place.js';
import { WINDOW } from './sandbox/index.js';
import type { State } from './state-blocks.js';
import { FoldStop, namedStop, type StopPlace } from './stop-at.js';
import { type FoldEngine, type FoldTrack, openTrack } from './track.js';

export interface FoldOutcome {
  readonly events: number;
  readonly state: State;
  readonly gasUsed: number;
  readonly historyRoot: Uint8Array;
  /** By chain. */
  readonly heads: ReadonlyMap<string, FoldedHead>;
  /** The last rebuild at or before the end. */
  readonly base: FoldPlace;
}

export interface FoldRequest extends LongCall {
  readonly bundle: FoldBundle;
  /** Fold everything up to these heads. */
  readonly heads: readonly JournalHead[];
  /** Go on from here; absent: from the first record. */
  readonly from?: FoldPlace | undefined;
  /** Stop after that many records in all. */
  readonly until?: number | undefined;
}

/** A batch crosses into the sandbox at the end of its window, or as soon as it has grown to this. */
const BATCH_BYTES = 1024 * 1024;
/** Calls of the track that may be under way: enough to keep another thread busy, few enough to need little memory. */
const UNDER_WAY = 6;

/**
 * Folds. Throws `fold/stopped`, which names the event at which the fold cannot go on; the faults of a bundle that cannot start
 * and of an engine that has no room; and as `readOrdered`.
 */
export async function runFold(backend: GitBackend, engine: FoldEngine, request: FoldRequest): Promise<FoldOutcome> {
  try {
    return await foldOnce(backend, engine, request);
  } catch (error) {
    const { bundle, heads, signal } = request;
    if (isGatosError(error, 'fold/aborted')) signal?.throwIfAborted();
    if (!(error instanceof FoldStop)) throw error;
    const { from = firstPlace(bundle) } = request;
    const again = (place: FoldPlace, until: number) =>
      foldOnce(backend, engine, { bundle, heads, signal, from: place, until });
    throw await namedStop(backend, error, { bundle, heads, signal, from, again });
  }
}

async function foldOnce(backend: GitBackend, engine: FoldEngine, request: FoldRequest): Promise<FoldOutcome> {
  const { bundle, heads, from = firstPlace(bundle), until, signal } = request;
  const { gas, memory } = bundle.manifest;
  const track = await openTrack(engine, { source: bundle.source, gas, memory, signal }, from.state);
  try {
    const run = new FoldRun(track, from, request);
    const after = new Map([...from.heads].map(([chain, { oid }]) => [chain, oid]));
    for await (const batch of readOrdered(backend, { heads, after }, { signal })) {
      for (const entry of batch) {
        run.add(entry);
        await run.settle(UNDER_WAY);
      }
      signal?.throwIfAborted();
      if (run.events === until) break;
    }
    return await run.finish();
  } finally {
    track.dispose();
  }
}

class FoldRun {
  #events: number;
  #gas: number;
  #skip: number;
  #base: FoldPlace;
  readonly #history: History;
  readonly #heads: Map<string, FoldedHead>;
  readonly #chains: ReadonlySet<string>;
  readonly #feed = new EventFeed();
  /** Calls of the track that are under way, in order. */
  readonly #calls: Promise<void>[] = [];
  #fault: { readonly error: unknown } | null = null;
  /** Events before the window at hand. */
  #window: number;

  constructor(
    private readonly track: FoldTrack,
    from: FoldPlace,
    private readonly request: FoldRequest,
  ) {
    this.#base = from;
    this.#events = from.events;
    this.#window = from.events;
    this.#gas = from.gasUsed;
    this.#skip = from.skip;
    this.#history = new History(from.frontier);
    this.#heads = new Map(from.heads);
    this.#chains = new Set(request.heads.map(({ chain }) => chain));
  }

  get events(): number {
    return this.#events;
  }

  /** Folds the records of an envelope, as far as `until` lets it. What goes wrong is thrown by `settle`. */
  add(entry: ChainEntry): void {
    const { envelope } = entry;
    this.#checkPlace(entry);
    const { until = Number.POSITIVE_INFINITY } = this.request;
    for (let start = this.#skip; start < envelope.count && this.#fault === null; ) {
      const room = Math.min(WINDOW - (this.#events % WINDOW), until - this.#events);
      if (room <= 0) return;
      const end = Math.min(envelope.count, start + room);
      this.#history.add(envelope, start, end);
      this.#take(entry, start, end);
      if (end === envelope.count) this.#folded(entry);
      if (this.#events % WINDOW === 0) this.#rebuild(end % envelope.count);
      else if (this.#feed.length >= BATCH_BYTES) this.#flush();
      start = end;
    }
    this.#skip = 0;
  }

  /** Waits until no more than `most` calls are under way. Throws the first fault, in the order of the events. */
  async settle(most: number): Promise<void> {
    while (this.#calls.length > most) await this.#calls.shift();
    if (this.#fault === null) return;
    await Promise.all(this.#calls);
    throw this.#fault.error;
  }

  async finish(): Promise<FoldOutcome> {
    this.#flush();
    await this.settle(0);
    const place = this.#place();
    const end = this.track.finish().catch((error: unknown) => {
      throw FoldStop.of(error, place);
    });
    const { state, base } = await end;
    return {
      events: this.#events,
      state,
      gasUsed: this.#gas,
      historyRoot: this.#history.root(),
      heads: this.#heads,
      base: base === null ? this.#base : { ...this.#base, state: base },
    };
  }

  /** Whoever verifies chains finds more; this keeps a fold from taking what is no event of its namespace. */
  #checkPlace({ oid: commit, envelope: { chain, kind } }: ChainEntry): void {
    const [at = chain] = this.#chains;
    if (!this.#chains.has(chain)) throw chainError('other-chain', { chain: at, commit, found: chain });
    if (kind !== EVENT_KIND.kind) throw chainError('unknown-kind', { chain, commit, kind, want: [EVENT_KIND.kind] });
  }

  #folded({ oid, envelope }: ChainEntry): void {
    const { cid, seq, count, clock, chain } = envelope;
    this.#heads.set(chain, { cid, lastSeq: seq + count - 1, clock, oid });
  }

  #take({ envelope }: ChainEntry, start: number, end: number): void {
    const before = this.#feed.count;
    try {
      this.#feed.add(envelope, start, end);
    } catch (error) {
      const event = this.#events + this.#feed.count - before;
      // The events before it come first: one of them may stop the fold.
      this.#events = event;
      this.#flush();
      this.#call(Promise.reject(error), () => undefined, { ...this.#place(), event });
    }
    this.#events += end - start;
  }

  #flush(): void {
    if (this.#feed.count === 0) return;
    const place = this.#place();
    const done = this.#events;
    const { progress, bundle, until } = this.request;
    const batch = this.#feed.take();
    this.#call(
      this.track.run(batch),
      (gas) => {
        this.#gas += gas;
        progress?.({ task: `fold ${bundle.manifest.name}`, done, total: until, unit: 'events' });
      },
      place,
    );
  }

  #rebuild(skip: number): void {
    this.#flush();
    const place = this.#place();
    const { state } = this.#base;
    const heads = new Map(this.#heads);
    const base = { events: this.#events, state, frontier: this.#history.snapshot(), heads, skip };
    this.#call(
      this.track.rebuild(),
      () => {
        // The state stays where it is until it is asked for.
        this.#base = { ...base, gasUsed: this.#gas };
      },
      place,
    );
    this.#window = this.#events;
    this.request.signal?.throwIfAborted();
  }

  #place(): StopPlace {
    return { window: this.#window, fed: this.#events - this.#feed.count, events: this.#events };
  }

  #call<T>(call: Promise<T>, done: (value: T) => void, place: StopPlace): void {
    const failed = (error: unknown): void => {
      this.#fault ??= { error: FoldStop.of(error, place) };
    };
    this.#calls.push(call.then(done).catch(failed));
  }
}
