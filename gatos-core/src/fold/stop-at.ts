/** A fold that cannot go on stops at an event. The sandbox knows it by its place in a batch; people know it by its CID. */
import type { GitBackend } from '../git/index.js';
import type { JournalHead } from '../journal/index.js';
import { type GatosError, isGatosError, type LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { foldError } from './errors.js';
import { eventAt } from './event-at.js';
import type { FoldPlace } from './place.js';

/** How far a run had come when its fold could not go on. */
export interface StopPlace {
  /** Where the window at hand began. */
  readonly base: FoldPlace;
  /** Events that the sandbox had taken before the batch at hand. */
  readonly fed: number;
  /** Events in all, those of the batch at hand included. */
  readonly events: number;
  /** The event, when it is known. */
  readonly event?: number | undefined;
}

/** A fault of the fold, on its way to a name. */
export class FoldStop {
  constructor(
    readonly error: GatosError,
    readonly place: StopPlace,
  ) {}

  /** Faults that say something about the fold; what says something about this machine, and bugs, stay what they are. */
  static of(error: unknown, place: StopPlace): unknown {
    const ofFold = isGatosError(error) && (error.kind === 'input' || error.kind === 'limit');
    return ofFold ? new FoldStop(error, place) : error;
  }
}

export interface StopRequest extends LongCall {
  readonly bundle: FoldBundle;
  readonly heads: readonly JournalHead[];
  /** Folds from a place up to so many events; throws a `FoldStop` where that cannot be. */
  again(from: FoldPlace, until: number): Promise<unknown>;
}

/** `fold/stopped` with the event that it happened at. */
export async function namedStop(backend: GitBackend, stop: FoldStop, request: StopRequest): Promise<GatosError> {
  const { error } = stop;
  const { bundle, heads, signal } = request;
  const event = await indexOf(stop, request);
  const from = stop.place.base;
  const found = await eventAt(backend, { heads, from, index: event }, { signal });
  const cid = found === null ? 'unknown' : String(found.event);
  const fold = bundle.manifest.name;
  return foldError('stopped', { fold, event, cid, why: error.message, reason: error.code }, { cause: error });
}

async function indexOf({ error, place }: FoldStop, request: StopRequest): Promise<number> {
  const { index, window } = error.data;
  if (place.event !== undefined) return place.event;
  if (typeof index === 'number') return place.fed + index;
  if (typeof window === 'number') return place.base.events + window;
  return firstRefused(error, place, request);
}

/** The state is judged at the end of a window only, so the event that spoilt it is searched for. */
async function firstRefused(error: GatosError, { base, events }: StopPlace, request: StopRequest): Promise<number> {
  let good = base.events;
  let bad = events;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (await refused(error, () => request.again(base, middle))) bad = middle;
    else good = middle;
  }
  return bad - 1;
}

async function refused(error: GatosError, fold: () => Promise<unknown>): Promise<boolean> {
  try {
    await fold();
    return false;
  } catch (fault) {
    // In between the state may have been refused for another reason, which went away again: that is not what is looked for.
    if (fault instanceof FoldStop) return fault.error.code === error.code;
    throw fault;
  }
}
