/**
 * A git backend that delegates to another one and, before and after everything it does there, asks a schedule what shall
 * happen: nothing, an I/O error, a crash, a race lost to another writer, a delay.
 */
import {
  type GitBackend,
  gitError,
  type ListRefs,
  type NewObject,
  type Oid,
  type ReadLimit,
  type RefEdit,
} from '../src/git/index.js';
import type { GatosError, LongCall } from '../src/kernel/index.js';

export interface FaultPoint {
  /** Such as `refs.transaction`. Of `objects.readMany` and `objects.history`, every item is a point of its own. */
  readonly operation: string;
  /** Before the effect, or when it happened and the caller does not know it yet. */
  readonly phase: 'before' | 'after';
  /** What the call is about: ref names, the start of an id, a count. */
  readonly subject: string;
  /** Points of this client so far. */
  readonly index: number;
}

export type Fault =
  | { readonly kind: 'pass' }
  /** The call rejects: before, the effect does not happen; after, it did, and the caller cannot tell. Default: `git/io`. */
  | { readonly kind: 'fail'; readonly error?: GatosError }
  /** The process of this client is gone: this call and every later one rejects with SimulatedCrash. */
  | { readonly kind: 'crash' }
  /** Another writer acts first, on the backend underneath; then the call goes on. */
  | { readonly kind: 'race'; readonly rival: (backend: GitBackend) => Promise<void> }
  /** Others get that many turns first. */
  | { readonly kind: 'delay'; readonly turns: number };

/** May take its time: whatever it awaits happens before the call goes on. */
export type FaultSchedule = (point: FaultPoint) => Fault | Promise<Fault>;

/** Not a fault that a program may handle: its process does not exist any more. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
  constructor() {
    super('the process of this client has crashed');
  }
}

/** After so many calls of a crashed client one never settles: it ends a loop that takes every error as a reason to try again. */
const PATIENCE = 1000;

/** Asks a schedule at every point and does what it says. One gate is one process: after a crash it lets nothing through. */
export class FaultGate {
  #points = 0;
  #crashed = false;
  #refused = 0;
  constructor(
    private readonly backend: GitBackend,
    private readonly schedule: FaultSchedule,
  ) {}

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Runs `effect` between two points. */
  async call<T>(operation: string, subject: string, effect: () => Promise<T>): Promise<T> {
    await this.pass({ operation, subject, phase: 'before' });
    let outcome: { readonly value: T } | { readonly error: unknown };
    try {
      outcome = { value: await effect() };
    } catch (error) {
      outcome = { error };
    }
    await this.pass({ operation, subject, phase: 'after' });
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** One point. */
  async pass(point: Omit<FaultPoint, 'index'>): Promise<void> {
    await this.#refuse();
    const fault = await this.schedule({ ...point, index: this.#points++ });
    await this.#refuse();
    switch (fault.kind) {
      case 'fail':
        throw (
          fault.error ?? gitError('io', { path: point.subject, operation: point.operation, why: 'simulated fault' })
        );
      case 'crash':
        this.#crashed = true;
        throw new SimulatedCrash();
      case 'race':
        return fault.rival(this.backend);
      case 'delay':
        for (let i = 0; i < fault.turns; i++) await Promise.resolve();
    }
  }

  async #refuse(): Promise<void> {
    if (!this.#crashed) return;
    this.#refused += 1;
    if (this.#refused > PATIENCE) await new Promise<never>(() => {});
    throw new SimulatedCrash();
  }
}

/** `backend` as one client sees it under that schedule. Each client gets its own. */
export function withFaults(backend: GitBackend, schedule: FaultSchedule): GitBackend {
  return gatedBackend(backend, new FaultGate(backend, schedule));
}

/** As `withFaults`, with a gate that the caller also uses for other ports of the same client. */
export function gatedBackend({ objects, refs }: GitBackend, gate: FaultGate): GitBackend {
  async function* each<T>(
    operation: string,
    subject: string,
    items: AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const step = await gate.call(operation, subject, () => iterator.next());
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return {
    objects: {
      format: objects.format,
      read: (oid: Oid, options?: ReadLimit) => gate.call('objects.read', short(oid), () => objects.read(oid, options)),
      readMany: (oids: AsyncIterable<Oid> | Iterable<Oid>, options?: ReadLimit) =>
        each('objects.readMany', 'objects', objects.readMany(oids, options)),
      has: (oids: readonly Oid[]) => gate.call('objects.has', `${oids.length} objects`, () => objects.has(oids)),
      write: (batch: readonly NewObject[]) =>
        gate.call('objects.write', `${batch.length} objects`, () => objects.write(batch)),
      history: (range: { readonly head: Oid; readonly after?: Oid | undefined }, options?: LongCall) =>
        each('objects.history', short(range.head), objects.history(range, options)),
      close: () => gate.call('objects.close', '', () => objects.close()),
    },
    refs: {
      read: (name: string) => gate.call('refs.read', name, () => refs.read(name)),
      list: (prefix: string, options?: ListRefs) => gate.call('refs.list', prefix, () => refs.list(prefix, options)),
      transaction: (edits: readonly RefEdit[]) =>
        gate.call('refs.transaction', edits.map(({ name }) => name).join(' '), () => refs.transaction(edits)),
    },
  };
}

function short(oid: Oid): string {
  return oid.slice(0, 8);
}
