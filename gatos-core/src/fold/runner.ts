/**
 * Running a fold over the journals: records in the one order go through the sandbox, which is rebuilt from the canonical state
 * at every multiple of WINDOW records counted from the first (ADR-0004). The outcome is a function of bundle and ordered
 * records alone: a run may start at any such place and gives the same bytes.
 */
import { type ChainEntry, recordBytes, recordHasher } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { EVENT_KIND, type JournalHead, readOrdered } from '../journal/index.js';
import { GatosError, type LongCall } from '../kernel/index.js';
import { Frontier, type FrontierSnapshot } from '../merkle/index.js';
import type { FoldBundle } from './bundle.js';
import { foldError } from './errors.js';
import { EventBatcher } from './event-batch.js';
import { type Sandbox, type SandboxEngine, WINDOW } from './sandbox/index.js';
import { checkState, type State } from './state-blocks.js';

/** The last envelope of a chain that was folded whole. */
export interface FoldedHead {
  readonly cid: Cid;
  readonly lastSeq: number;
  readonly clock: number;
  readonly oid: Oid;
}

/** A place in the order at which the sandbox is rebuilt, and all that is needed to go on from it. */
export interface FoldPlace {
  /** Records folded so far: a multiple of WINDOW. */
  readonly events: number;
  readonly state: State;
  readonly gasUsed: number;
  readonly frontier: FrontierSnapshot;
  readonly heads: ReadonlyMap<string, FoldedHead>;
  /** Records of the next envelope that are folded already. */
  readonly skip: number;
}

export interface FoldOutcome {
  readonly events: number;
  readonly state: State;
  readonly gasUsed: number;
  readonly historyRoot: Uint8Array;
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

export function firstPlace({ manifest }: FoldBundle): FoldPlace {
  return {
    events: 0,
    state: checkState(manifest.initial ?? {}),
    gasUsed: 0,
    frontier: new Frontier().snapshot(),
    heads: new Map(),
    skip: 0,
  };
}

/** Folds. Throws the sandbox's errors with the event named, and what reading the journals throws. */
export async function runFold(backend: GitBackend, engine: SandboxEngine, request: FoldRequest): Promise<FoldOutcome> {
  const { bundle, heads, from = firstPlace(bundle) } = request;
  const { gas, memory } = bundle.manifest;
  const sandbox = await engine.instantiate({ source: bundle.source, gas, memory, signal: request.signal });
  try {
    const run = new FoldRun(sandbox, from, request);
    const after = new Map([...from.heads].map(([chain, { oid }]) => [chain, oid]));
    for await (const batch of readOrdered(backend, { heads, after }, { signal: request.signal })) {
      for (const entry of batch) if (!run.add(entry)) return run.finish();
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
  readonly #frontier: Frontier;
  readonly #heads: Map<string, FoldedHead>;
  readonly #batch = new EventBatcher();
  readonly #hashRecord = recordHasher(EVENT_KIND.kind);
  /** CIDs of the events in the batch, to name the one that fails. */
  #pending: Cid[] = [];

  constructor(
    private readonly sandbox: Sandbox,
    from: FoldPlace,
    private readonly request: FoldRequest,
  ) {
    this.#base = from;
    this.#events = from.events;
    this.#gas = from.gasUsed;
    this.#skip = from.skip;
    this.#frontier = Frontier.restore(from.frontier);
    this.#heads = new Map(from.heads);
    sandbox.reset(from.state);
  }

  /** Folds the records of an envelope. False when `until` is reached. */
  add(entry: ChainEntry): boolean {
    const { envelope } = entry;
    const { until = Number.POSITIVE_INFINITY } = this.request;
    const start = this.#skip;
    this.#skip = 0;
    for (let i = start; i < envelope.count; i++) {
      if (this.#events >= until) return false;
      const cid = this.#hashRecord(recordBytes(envelope, i));
      this.#frontier.append(cid.bytes);
      this.#batch.add(envelope, i);
      this.#pending.push(cid);
      this.#events += 1;
      const last = i === envelope.count - 1;
      if (last) this.#folded(entry);
      if (this.#events % WINDOW === 0) this.#rebuild(last ? 0 : i + 1);
      else if (this.#batch.full) this.#flush();
    }
    return true;
  }

  finish(): FoldOutcome {
    this.#flush();
    return {
      events: this.#events,
      state: checkState(this.sandbox.snapshot()),
      gasUsed: this.#gas,
      historyRoot: this.#frontier.root(),
      heads: this.#heads,
      base: this.#base,
    };
  }

  #folded({ oid, envelope }: ChainEntry): void {
    const { cid, seq, count, clock, chain } = envelope;
    this.#heads.set(chain, { cid, lastSeq: seq + count - 1, clock, oid });
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    try {
      this.#gas += this.sandbox.run(this.#batch.take()).gasUsed;
    } catch (error) {
      throw this.#named(error);
    }
    this.#pending = [];
    const { progress } = this.request;
    progress?.({
      task: `fold ${this.request.bundle.manifest.name}`,
      done: this.#events,
      total: this.request.until,
      unit: 'events',
    });
  }

  #rebuild(skip: number): void {
    this.#flush();
    const state = checkState(this.sandbox.snapshot());
    this.#base = {
      events: this.#events,
      state,
      gasUsed: this.#gas,
      frontier: this.#frontier.snapshot(),
      heads: new Map(this.#heads),
      skip,
    };
    this.sandbox.reset(state);
    this.request.signal?.throwIfAborted();
  }

  /** The sandbox knows the event by its index in the batch; people know it by its CID. */
  #named(error: unknown): unknown {
    const index = error instanceof GatosError ? error.data['index'] : undefined;
    if (!(error instanceof GatosError) || typeof index !== 'number') return error;
    const first = this.#events - this.#pending.length;
    const cid = this.#pending[index];
    return foldError(
      'stopped',
      {
        fold: this.request.bundle.manifest.name,
        event: first + index,
        cid: String(cid ?? 'unknown'),
        why: error.message,
        reason: error.code,
      },
      { cause: error },
    );
  }
}
