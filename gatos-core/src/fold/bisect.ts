/**
 * Which event made a state bad? Binary search over the checkpoints by their stored states, then over the events between the
 * last good and the first bad one, folding from the nearest place. A predicate must stay true once it is: the search assumes it.
 */
import { type ChainEntry, recordBytes, recordHasher } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { type JournalHead, readOrdered } from '../journal/index.js';
import { invariant, type LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { checkpointsBackwards, placeOf, readState, type StoredCheckpoint } from './checkpoint.js';
import { openFoldByRoot } from './definition.js';
import { foldError } from './errors.js';
import { locate } from './locate.js';
import { canContinue } from './prefix.js';
import type { FoldPorts } from './run.js';
import { type FoldPlace, runFold } from './runner.js';
import type { SandboxEngine } from './sandbox/index.js';
import type { State } from './state-blocks.js';

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

/** Throws `fold/no-such-state`, `fold/never-bad` when the newest state is good, `fold/always-bad` when the initial one is bad. */
export async function bisect({ backend, sandbox }: FoldPorts, request: BisectRequest): Promise<Culprit> {
  const run = new Bisection(backend, await sandbox(), request);
  const { first, before } = await run.checkpoints();
  return run.events(first, before);
}

class Bisection {
  #judged = 0;

  constructor(
    private readonly backend: GitBackend,
    private readonly engine: SandboxEngine,
    private readonly request: BisectRequest,
  ) {}

  async #bad(state: State): Promise<boolean> {
    this.#judged += 1;
    this.request.signal?.throwIfAborted();
    return this.request.bad(state);
  }

  /** The first bad checkpoint, and the good one before it if there is one. */
  async checkpoints(): Promise<{ first: StoredCheckpoint; before: StoredCheckpoint | null }> {
    const all: StoredCheckpoint[] = [];
    for await (const checkpoint of checkpointsBackwards(this.backend, this.request.name)) all.unshift(checkpoint);
    const newest = all.at(-1);
    if (newest === undefined) throw foldError('no-such-state', { name: this.request.name });
    if (!(await this.#bad(await readState(this.backend, newest))))
      throw foldError('never-bad', { name: this.request.name });
    let good = -1;
    let bad = all.length - 1;
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (await this.#bad(await readState(this.backend, all[middle] as StoredCheckpoint))) bad = middle;
      else good = middle;
    }
    return { first: all[bad] as StoredCheckpoint, before: all[good] ?? null };
  }

  async events(first: StoredCheckpoint, before: StoredCheckpoint | null): Promise<Culprit> {
    const bundle = await openFoldByRoot(this.backend, first.body.name, first.body.fold_root);
    const heads = await this.#heads(first);
    const start = await this.#start(before, { first, heads });
    let good = start?.events ?? 0;
    let bad = first.body.events;
    let from = start;
    if (start === undefined) await this.#refuseBadStart(bundle, heads);
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      const { state, base } = await runFold(this.backend, this.engine, {
        ...this.request,
        bundle,
        heads,
        from,
        until: middle,
      });
      if (await this.#bad(state)) bad = middle;
      else {
        good = middle;
        from = base;
      }
      this.request.progress?.({
        task: `bisect ${bundle.manifest.name}`,
        done: first.body.events - (bad - good),
        total: first.body.events,
        unit: 'events',
      });
    }
    const found = await this.#eventAt(heads, bad - 1);
    return { ...found, index: bad - 1, judged: this.#judged, checkpoint: first };
  }

  async #refuseBadStart(bundle: FoldBundle, heads: readonly JournalHead[]): Promise<void> {
    const { state } = await runFold(this.backend, this.engine, { bundle, heads, until: 0 });
    if (await this.#bad(state)) throw foldError('always-bad', { name: bundle.manifest.name });
  }

  async #heads({ body }: StoredCheckpoint): Promise<JournalHead[]> {
    const heads: JournalHead[] = [];
    for (const { chain, head } of body.windows) {
      const oid = (await locate(this.backend, chain, [head])).get(String(head));
      invariant(oid !== undefined, 'locate finds what it was asked for or throws');
      heads.push({ chain, oid });
    }
    return heads;
  }

  /** The place to go on from: that of the good checkpoint, if its events are the beginning of the same order. */
  async #start(
    before: StoredCheckpoint | null,
    { first, heads }: { first: StoredCheckpoint; heads: readonly JournalHead[] },
  ): Promise<FoldPlace | undefined> {
    if (before === null || !before.body.fold_root.equals(first.body.fold_root) || before.body.engine !== this.engine.id)
      return undefined;
    return (await canContinue(this.backend, before.body, heads)) ? placeOf(this.backend, before) : undefined;
  }

  async #eventAt(
    heads: readonly JournalHead[],
    index: number,
  ): Promise<{ event: Cid; entry: ChainEntry; record: number }> {
    let at = 0;
    for await (const batch of readOrdered(this.backend, { heads }, { signal: this.request.signal })) {
      for (const entry of batch) {
        const { count, kind } = entry.envelope;
        if (index < at + count) {
          const record = index - at;
          return { entry, record, event: recordHasher(kind)(recordBytes(entry.envelope, record)) };
        }
        at += count;
      }
    }
    throw foldError('no-such-event', { name: this.request.name, cid: `event ${index}` });
  }
}
