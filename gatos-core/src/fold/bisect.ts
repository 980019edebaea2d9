/**
 * Which event made a state bad? Binary search over the checkpoints by their stored states, then over the events between the
 * last good and the first bad one, folding from the nearest place. A predicate must stay true once it is: the search assumes it.
 */
import type { ChainEntry } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { JournalHead } from '../journal/index.js';
import { invariant, type LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { openFoldByRoot } from './definition.js';
import { foldError } from './errors.js';
import { eventAt } from './event-at.js';
import { locate } from './locate.js';
import type { FoldPlace } from './place.js';
import { placeOf, stillHolds } from './resume.js';
import type { FoldPorts } from './run.js';
import { runFold } from './runner.js';
import { SharedEngine } from './shared-engine.js';
import type { State } from './state-blocks.js';
import { checkpointsBackwards, readCheckpoint, readState, type StoredCheckpoint } from './stored-checkpoint.js';

export interface BisectRequest extends LongCall {
  readonly name: string;
  /** Is this state bad? */
  readonly bad: (state: State) => Promise<boolean>;
}

export interface Culprit {
  /** Its place in the fold order, from 0. */
  readonly index: number;
  readonly event: Cid;
  readonly entry: ChainEntry;
  /** Which record of the envelope. */
  readonly record: number;
  /** How many states were judged. */
  readonly judged: number;
  /** The checkpoint that first showed it. */
  readonly checkpoint: StoredCheckpoint;
}

/**
 * Throws `fold/no-such-state`, `fold/never-bad` when the newest state is good, `fold/always-bad` when the initial one is bad,
 * `fold/other-engine`, and `fold/state-differs` when folding does not give the bad state that a checkpoint holds.
 */
export async function bisect({ backend, sandbox }: FoldPorts, request: BisectRequest): Promise<Culprit> {
  const engine = new SharedEngine(await sandbox());
  try {
    const run = new Bisection(backend, engine, request);
    return await run.events(await run.checkpoints());
  } finally {
    engine.dispose();
  }
}

/** The first bad checkpoint, and the good one before it if there is one. */
interface Found {
  readonly first: StoredCheckpoint;
  readonly before: StoredCheckpoint | null;
}

/** Events to search: the state after `good` of them is good, that after `bad` of them is not. */
interface Range {
  readonly bundle: FoldBundle;
  readonly heads: readonly JournalHead[];
  /** The last known place at or before `good`. */
  from: FoldPlace | undefined;
  good: number;
  bad: number;
}

class Bisection {
  #judged = 0;

  constructor(
    private readonly backend: GitBackend,
    private readonly engine: SharedEngine,
    private readonly request: BisectRequest,
  ) {}

  async checkpoints(): Promise<Found> {
    const { name } = this.request;
    const commits: Oid[] = [];
    for await (const { entry } of checkpointsBackwards(this.backend, name)) {
      this.request.signal?.throwIfAborted();
      commits.unshift(entry.oid);
    }
    let good = -1;
    let bad = commits.length - 1;
    if (bad < 0) throw foldError('no-such-state', { name });
    if (!(await this.#badCheckpoint(commits, bad))) throw foldError('never-bad', { name });
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (await this.#badCheckpoint(commits, middle)) bad = middle;
      else good = middle;
    }
    const before = good < 0 ? null : await this.#read(commits, good);
    return { first: await this.#read(commits, bad), before };
  }

  async events({ first, before }: Found): Promise<Culprit> {
    const { body } = first;
    if (body.engine !== this.engine.id) throw foldError('other-engine', { want: body.engine, have: this.engine.id });
    const bundle = await openFoldByRoot(this.backend, body.name, body.fold_root);
    const heads = await locate(this.backend, body.windows, this.request);
    const start = before === null ? undefined : await this.#start(before, { first, heads });
    const good = start === undefined ? 0 : (before?.body.events ?? 0);
    const range: Range = { bundle, heads, from: start, good, bad: body.events };
    if (start === undefined && (await this.#badAfter(0, range)))
      throw foldError('always-bad', { name: bundle.manifest.name });
    await this.#search(range);
    const found = await eventAt(this.backend, { heads, from: range.from, index: range.good }, this.request);
    invariant(found !== null, 'an event that was folded is found');
    return { ...found, index: range.good, judged: this.#judged, checkpoint: first };
  }

  async #search(range: Range): Promise<void> {
    const { name } = this.request;
    const events = range.bad;
    while (range.bad - range.good > 1) {
      const middle = (range.good + range.bad) >> 1;
      if (await this.#badAfter(middle, range)) range.bad = middle;
      else range.good = middle;
      const done = events - (range.bad - range.good);
      this.request.progress?.({ task: `bisect ${name}`, done, total: events, unit: 'events' });
    }
    // That the end is bad was known from the checkpoint only.
    if (range.bad === events && (range.good === events || !(await this.#badAfter(events, range))))
      throw foldError('state-differs', { name, events });
  }

  /** Judges the state after so many events, and remembers the place when it is good. */
  async #badAfter(until: number, range: Range): Promise<boolean> {
    const { bundle, heads, from } = range;
    const { signal } = this.request;
    const { state, base } = await runFold(this.backend, this.engine, { bundle, heads, from, until, signal });
    const bad = await this.#bad(state);
    if (!bad) range.from = base;
    return bad;
  }

  async #bad(state: State): Promise<boolean> {
    this.#judged += 1;
    this.request.signal?.throwIfAborted();
    return this.request.bad(state);
  }

  async #badCheckpoint(commits: readonly Oid[], index: number): Promise<boolean> {
    return this.#bad(await readState(this.backend, await this.#read(commits, index)));
  }

  async #read(commits: readonly Oid[], index: number): Promise<StoredCheckpoint> {
    return readCheckpoint(this.backend, commits[index] as Oid);
  }

  /** The place to go on from: that of the good checkpoint, if its events are the beginning of the same order. */
  async #start(
    before: StoredCheckpoint,
    { first, heads }: { first: StoredCheckpoint; heads: readonly JournalHead[] },
  ): Promise<FoldPlace | undefined> {
    const { fold_root, engine, events } = before.body;
    if (!fold_root.equals(first.body.fold_root) || engine !== this.engine.id) return undefined;
    if (events > first.body.events) return undefined;
    return (await stillHolds(this.backend, before, heads)) ? placeOf(this.backend, before) : undefined;
  }
}
