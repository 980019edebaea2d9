/**
 * A fold on its way: batches go in, states come out. It begins in this thread; where the platform can spare another one, a fold
 * that turns out to be long moves there at the end of a window. Nobody can tell from the result: a window starts from the
 * canonical state, wherever that is.
 */
import type { EventBatch, FoldSource, Sandbox, SandboxEngine } from './sandbox/index.js';
import { checkState, type State } from './state-blocks.js';

/** Calls take effect in the order in which they are made. After one that failed, only `dispose` may be called. */
export interface FoldTrack {
  /** Folds a batch and resolves with its gas. The rows may be reused as soon as the call returns. Throws as `Sandbox.run`. */
  run(batch: EventBatch): Promise<number>;
  /** Takes the state out and rebuilds the sandbox from it. Throws as `Sandbox.snapshot`, `checkState` and `Sandbox.reset`. */
  rebuild(): Promise<void>;
  /** The state now. Throws as `Sandbox.snapshot` and `checkState`. */
  finish(): Promise<TrackEnd>;
  dispose(): void;
}

export interface TrackEnd {
  readonly state: State;
  /** The state at the last rebuild; null when there was none. */
  readonly base: State | null;
}

/** A track in another thread. */
export interface PeerTrack extends FoldTrack {
  /** Rebuilds the sandbox from a state that was taken out elsewhere. */
  start(state: State): void;
}

export interface FoldPeer {
  /** Starts another thread for a fold; null when there is none to be had, which is no fault. */
  open(fold: FoldSource): Promise<PeerTrack | null>;
}

/** What folds run on. */
export interface FoldEngine extends SandboxEngine {
  readonly helper?: FoldPeer | undefined;
}

/** Windows that a fold takes here before it asks for a thread: most folds are over by then. */
const PATIENCE = 4;

/** A track from a state on. Throws as `SandboxEngine.instantiate` and `Sandbox.reset`. */
export async function openTrack(engine: FoldEngine, fold: FoldSource, state: State): Promise<FoldTrack> {
  const local = new LocalTrack(await engine.instantiate(fold), state);
  return engine.helper === undefined ? local : new MovingTrack(local, () => engine.helper?.open(fold) ?? null);
}

class LocalTrack implements FoldTrack {
  #state: State;
  #base: State | null = null;
  /** Has anything been folded since the state was taken out? */
  #stale = false;

  constructor(
    private readonly sandbox: Sandbox,
    state: State,
  ) {
    this.#state = state;
    sandbox.reset(state);
  }

  async run(batch: EventBatch): Promise<number> {
    this.#stale = true;
    return this.sandbox.run(batch).gasUsed;
  }

  async rebuild(): Promise<void> {
    const state = this.#snapshot();
    this.sandbox.reset(state);
    this.#base = state;
  }

  async finish(): Promise<TrackEnd> {
    return { state: this.#snapshot(), base: this.#base };
  }

  /** The state at the last rebuild, if nothing was folded since. */
  get resting(): State | null {
    return this.#stale ? null : this.#base;
  }

  #snapshot(): State {
    if (this.#stale) this.#state = checkState(this.sandbox.snapshot());
    this.#stale = false;
    return this.#state;
  }

  dispose(): void {
    this.sandbox.dispose();
  }
}

class MovingTrack implements FoldTrack {
  #windows = 0;
  #helper: PeerTrack | null = null;
  #moved = false;
  #disposed = false;

  constructor(
    private readonly local: LocalTrack,
    private readonly ask: () => Promise<PeerTrack | null> | null,
  ) {}

  get #track(): FoldTrack {
    return this.#moved && this.#helper !== null ? this.#helper : this.local;
  }

  run(batch: EventBatch): Promise<number> {
    return this.#track.run(batch);
  }

  async rebuild(): Promise<void> {
    const rebuilt = this.#track.rebuild();
    this.#windows += 1;
    if (this.#windows === PATIENCE) void this.#call();
    if (!this.#moved && this.#helper !== null) this.#move(this.#helper);
    return rebuilt;
  }

  finish(): Promise<TrackEnd> {
    return this.#track.finish();
  }

  dispose(): void {
    this.#disposed = true;
    this.local.dispose();
    this.#helper?.dispose();
  }

  async #call(): Promise<void> {
    const helper = await this.ask();
    if (this.#disposed) helper?.dispose();
    else this.#helper = helper;
  }

  #move(helper: PeerTrack): void {
    const state = this.local.resting;
    if (state === null) return;
    helper.start(state);
    this.#moved = true;
  }
}
