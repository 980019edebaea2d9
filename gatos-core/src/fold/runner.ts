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
import { type Sandbox, type SandboxEngine, WINDOW } from './sandbox/index.js';
import { checkState, type State } from './state-blocks.js';
import { FoldStop, namedStop, type StopPlace } from './stop-at.js';

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

/**
 * Folds. Throws `fold/stopped`, which names the event at which the fold cannot go on; the faults of a bundle that cannot start
 * and of an engine that has no room; and as `readOrdered`.
 */
export async function runFold(backend: GitBackend, engine: SandboxEngine, request: FoldRequest): Promise<FoldOutcome> {
  try {
    return await foldOnce(backend, engine, request);
  } catch (error) {
    const { bundle, heads, signal } = request;
    if (isGatosError(error, 'fold/aborted')) signal?.throwIfAborted();
    if (!(error instanceof FoldStop)) throw error;
    const again = (from: FoldPlace, until: number) => foldOnce(backend, engine, { bundle, heads, signal, from, until });
    throw await namedStop(backend, error, { bundle, heads, signal, again });
  }
}

async function foldOnce(backend: GitBackend, engine: SandboxEngine, request: FoldRequest): Promise<FoldOutcome> {
  const { bundle, heads, from = firstPlace(bundle), until, signal } = request;
  const { gas, memory } = bundle.manifest;
  const sandbox = await engine.instantiate({ source: bundle.source, gas, memory, signal });
  try {
    const run = new FoldRun(sandbox, from, request);
    const after = new Map([...from.heads].map(([chain, { oid }]) => [chain, oid]));
    for await (const batch of readOrdered(backend, { heads, after }, { signal })) {
      for (const entry of batch) run.add(entry);
      signal?.throwIfAborted();
      if (run.events === until) break;
    }
    return run.finish();
  } finally {
    sandbox.dispose();
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

  constructor(
    private readonly sandbox: Sandbox,
    from: FoldPlace,
    private readonly request: FoldRequest,
  ) {
    this.#base = from;
    this.#events = from.events;
    this.#gas = from.gasUsed;
    this.#skip = from.skip;
    this.#history = new History(from.frontier);
    this.#heads = new Map(from.heads);
    this.#chains = new Set(request.heads.map(({ chain }) => chain));
    sandbox.reset(from.state);
  }

  get events(): number {
    return this.#events;
  }

  /** Folds the records of an envelope, as far as `until` lets it. */
  add(entry: ChainEntry): void {
    const { envelope } = entry;
    this.#checkPlace(entry);
    const { until = Number.POSITIVE_INFINITY } = this.request;
    for (let start = this.#skip; start < envelope.count; ) {
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

  finish(): FoldOutcome {
    this.#flush();
    const base = this.#base;
    return {
      events: this.#events,
      state: base.events === this.#events ? base.state : this.#snapshot(),
      gasUsed: this.#gas,
      historyRoot: this.#history.root(),
      heads: this.#heads,
      base,
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
      this.#events += this.#feed.count - before;
      // The events before it come first: one of them may stop the fold.
      this.#flush();
      throw FoldStop.of(error, { ...this.#place(), event: this.#events });
    }
    this.#events += end - start;
  }

  #flush(): void {
    if (this.#feed.count === 0) return;
    const { gasUsed } = this.#guarded(() => this.sandbox.run(this.#feed.take()));
    this.#gas += gasUsed;
    const { progress, bundle, until } = this.request;
    progress?.({ task: `fold ${bundle.manifest.name}`, done: this.#events, total: until, unit: 'events' });
  }

  #snapshot(): State {
    return this.#guarded(() => checkState(this.sandbox.snapshot()));
  }

  #rebuild(skip: number): void {
    this.#flush();
    const state = this.#snapshot();
    this.#guarded(() => this.sandbox.reset(state));
    this.#base = {
      events: this.#events,
      state,
      gasUsed: this.#gas,
      frontier: this.#history.snapshot(),
      heads: new Map(this.#heads),
      skip,
    };
    this.request.signal?.throwIfAborted();
  }

  #place(): StopPlace {
    return { base: this.#base, fed: this.#events - this.#feed.count, events: this.#events };
  }

  #guarded<T>(body: () => T): T {
    const place = this.#place();
    try {
      return body();
    } catch (error) {
      throw FoldStop.of(error, place);
    }
  }
}
