/**
 * One fold in one guest. Between `reset` and `reset` lies a window: the guest starts from the same memory, byte for byte, and what
 * it then does is a function of the module, the state and the events, however they are cut into batches.
 */
import type { JsonValue } from '../../codec/index.js';
import { type Abort, type GatosError, invariant, isGatosError } from '../../kernel/index.js';
import { foldError } from '../errors.js';
import type { EventBatch, EventGroup } from './batch.js';
import { MEMORY } from './engine-binary.js';
import type { Entry } from './exports.js';
import { Guest } from './guest.js';
import { type EncodedRows, encodeJsonRows } from './guest-events.js';
import { toFault } from './stop-faults.js';
import type { Parsed } from './syntax.js';
import type { Image } from './vm.js';
import { WindowLog } from './window-log.js';

export interface BatchResult {
  /** Gas of the batch: the sum over its events. */
  readonly gasUsed: number;
  /** Gas of each event. */
  readonly gas: readonly number[];
}

export interface Sandbox {
  /** A fresh guest with this state. Key order does not matter: the guest gets the keys sorted. */
  reset(state: JsonValue): void;
  /**
   * Folds the events in order; the state stays inside. After an error, only `reset` and `dispose` may be called.
   * Throws `fold/threw`, `fold/gas`, `fold/memory`, `fold/stack`, `fold/engine-limit`, `fold/state-value`, `fold/event-value`,
   * each with the `index` of the event in the batch; `fold/aborted`, `fold/no-room`, `fold/engine-fault`.
   */
  run(batch: EventBatch): BatchResult;
  /** The state, strictly: what is no JSON value throws `fold/state-value` with its path. The guest is as it was before. */
  snapshot(): JsonValue;
  dispose(): void;
}

export interface FoldModule {
  readonly parsed: Parsed;
  /** Gas units that one event may use. */
  readonly gas: number;
  /** Bytes of heap that the guest may have. */
  readonly memory: number;
  readonly entry: Entry;
  readonly signal?: Abort | undefined;
}

type Phase = 'new' | 'ready' | 'stopped' | 'disposed';

export class GuestSandbox implements Sandbox {
  readonly #guest: Guest;
  readonly #fold: FoldModule;
  readonly #log = new WindowLog();
  #phase: Phase = 'new';
  #base: JsonValue = null;
  /** The guest before it was looked at, to be put back if it goes on. */
  #before: Image | undefined;

  private constructor(guest: Guest, fold: FoldModule) {
    this.#guest = guest;
    this.#fold = fold;
  }

  /** Throws `fold/start`, and the limits of a fold without an index. */
  static async create(module: WebAssembly.Module, fold: FoldModule): Promise<GuestSandbox> {
    try {
      return new GuestSandbox(await Guest.start(module, fold), fold);
    } catch (error) {
      throw toFault(error, fold, undefined);
    }
  }

  reset(state: JsonValue): void {
    invariant(this.#phase !== 'disposed', 'a sandbox is not used after dispose');
    this.#base = state;
    this.#before = undefined;
    this.#log.clear();
    this.#phase = 'stopped';
    this.#guarded(undefined, () => this.#guest.reset(state));
    this.#phase = 'ready';
  }

  run(batch: EventBatch): BatchResult {
    invariant(this.#phase === 'ready', 'a sandbox is reset before it runs, and after an error');
    const rows = typeof batch.rows === 'object' && 'offsets' in batch.rows ? batch.rows : encodeJsonRows(batch.rows);
    const inGroups = batch.groups.reduce((sum, { count }) => sum + count, 0);
    invariant(rows.offsets.length - 1 === batch.count && inGroups === batch.count, 'a batch counts its rows');
    if (this.#before !== undefined) this.#guest.restore(this.#before);
    this.#before = undefined;
    this.#phase = 'stopped';
    this.#log.add(rows, batch.groups);
    const gas = this.#runRows(rows, batch.groups);
    this.#phase = 'ready';
    return { gas, gasUsed: gas.reduce((sum, used) => sum + used, 0) };
  }

  #runRows({ bytes, offsets }: EncodedRows, groups: readonly EventGroup[]): number[] {
    const guest = this.#guest;
    const gas: number[] = [];
    // What lies in the inbox, as offsets of `bytes`.
    let from = 0;
    let to = 0;
    const step = (index: number): number => {
      const start = offsets[index] as number;
      const end = offsets[index + 1] as number;
      if (end - start > MEMORY.inboxBytes) return guest.stepLarge(bytes.subarray(start, end));
      if (end > to) {
        from = start;
        to = lastFitting(offsets, index);
        guest.deliver(bytes.subarray(from, to));
      }
      return guest.step(start - from);
    };
    this.#guarded(
      () => gas.length,
      () => {
        for (const { actor, time, count } of groups) {
          guest.group(actor, time);
          for (const end = gas.length + count; gas.length < end; ) gas.push(step(gas.length));
        }
      },
    );
    return gas;
  }

  snapshot(): JsonValue {
    invariant(this.#phase === 'ready', 'a sandbox is reset before it is looked at, and after an error');
    this.#before ??= this.#guest.capture();
    try {
      return this.#guarded(undefined, () => this.#guest.state());
    } catch (error) {
      this.#phase = 'stopped';
      throw isGatosError(error, 'fold/state-value') ? this.#named(error) : error;
    }
  }

  dispose(): void {
    this.#phase = 'disposed';
    this.#guest.dispose();
  }

  #guarded<T>(index: (() => number) | undefined, body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw toFault(error, this.#fold, index?.());
    }
  }

  /** The same error with the event that brought the value in: found by folding the window again, up to the middle of what is left. */
  #named(error: GatosError): GatosError {
    if (!this.#log.complete) return error;
    let good = 0;
    let bad = this.#log.count;
    if (this.#failsAfter(0)) return error;
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (this.#failsAfter(middle)) bad = middle;
      else good = middle;
    }
    const { path, why } = error.data as { path: string; why: string };
    return foldError('state-value', { path, why, window: bad - 1 }, { cause: error });
  }

  /** Has the state after so many events of the window no form in JSON? One that cannot be looked at for want of memory is none of these. */
  #failsAfter(events: number): boolean {
    const { rows, groups } = this.#log.first(events);
    this.#guest.reset(this.#base);
    this.#runRows(rows, groups);
    try {
      this.#guarded(undefined, () => this.#guest.state());
      return false;
    } catch (error) {
      if (!isGatosError(error) || (error.kind !== 'input' && error.kind !== 'limit')) throw error;
      return error.code === 'fold/state-value';
    }
  }
}

/** End of the last row that still fits into the inbox when row `first` is at its start. */
function lastFitting(offsets: readonly number[], first: number): number {
  const start = offsets[first] as number;
  let last = first + 1;
  while (last + 1 < offsets.length && (offsets[last + 1] as number) - start <= MEMORY.inboxBytes) last++;
  return offsets[last] as number;
}
