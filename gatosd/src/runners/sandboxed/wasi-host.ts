/** What a wasm program sees of a machine: a clock that counts calls, randomness that follows from the job, arguments, variables. */
import { createHash } from 'node:crypto';
import { utf8 } from 'gatos-core';
import { Ending, SUCCEEDED } from './messages.js';
import { EVENT, WasiError } from './wasi-codes.js';
import type { Descriptors } from './wasi-descriptors.js';
import type { GuestMemory } from './wasi-memory.js';

/** Nanoseconds that pass at each look at the clock. */
const STEP = 1_000_000n;
const SECOND = 1_000_000_000n;
const LATEST = (1n << 63n) - 1n;
const CLOCKS = { realtime: 0, count: 4 } as const;

/** Time passes when the program looks, and when it waits, and at no other moment. */
export class StepClock {
  readonly #epoch: bigint;
  #passed = 0n;

  /** @param epoch seconds since 1970 */
  constructor(epoch: number) {
    this.#epoch = BigInt(epoch) * SECOND;
  }

  /** Nanoseconds since 1970, without a step. */
  now(): bigint {
    return this.#epoch + this.#passed;
  }

  /** What the clock shows: the time of day, or what has passed since the start. */
  read(clock: number): bigint {
    this.pass(STEP);
    return this.at(clock);
  }

  at(clock: number): bigint {
    if (clock >>> 0 >= CLOCKS.count) throw new WasiError('inval');
    return clock === CLOCKS.realtime ? this.now() : this.#passed;
  }

  pass(nanoseconds: bigint): void {
    const passed = this.#passed + nanoseconds;
    this.#passed = passed + this.#epoch > LATEST ? LATEST - this.#epoch : passed;
  }
}

/** SHA-256 of the seed and a counter, block after block. */
export class SeededBytes {
  #block: Uint8Array = new Uint8Array(0);
  #count = 0n;

  constructor(private readonly seed: Uint8Array) {}

  fill(into: Uint8Array): void {
    for (let at = 0; at < into.length; ) {
      if (this.#block.length === 0) this.#block = this.#next();
      const part = this.#block.subarray(0, into.length - at);
      into.set(part, at);
      this.#block = this.#block.subarray(part.length);
      at += part.length;
    }
  }

  #next(): Uint8Array {
    const count = new DataView(new ArrayBuffer(8));
    count.setBigUint64(0, this.#count);
    this.#count += 1n;
    return createHash('sha256').update(this.seed).update(count).digest();
  }
}

export interface HostParts {
  readonly memory: GuestMemory;
  readonly descriptors: Descriptors;
  readonly clock: StepClock;
  readonly random: SeededBytes;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function hostCalls({ memory, descriptors, clock, random, args, env }: HostParts) {
  const argv = args.map(utf8);
  const variables = Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .map(utf8);
  const sizes = (texts: readonly Uint8Array[], count: number, size: number): void => {
    memory.setU32(count, texts.length);
    memory.setU32(
      size,
      texts.reduce((sum, text) => sum + text.length + 1, 0),
    );
  };
  return {
    args_get: (list: number, area: number) => memory.setTexts(list, area, argv),
    args_sizes_get: (count: number, size: number) => sizes(argv, count, size),
    environ_get: (list: number, area: number) => memory.setTexts(list, area, variables),
    environ_sizes_get: (count: number, size: number) => sizes(variables, count, size),
    clock_res_get: (id: number, at: number) => {
      clock.at(id);
      memory.setU64(at, STEP);
    },
    clock_time_get: (id: number, _precision: bigint, at: number) => memory.setU64(at, clock.read(id)),
    random_get: (at: number, length: number) => random.fill(memory.bytes(at, length)),
    sched_yield: () => {},
    proc_exit: (code: number): never => {
      throw exitOf(code >>> 0);
    },
    proc_raise: () => notSupported(),
    sock_accept: () => notSupported(),
    sock_recv: () => notSupported(),
    sock_send: () => notSupported(),
    sock_shutdown: () => notSupported(),
    poll_oneoff: (from: number, to: number, count: number, filled: number) =>
      memory.setU32(
        filled,
        poll({ memory, descriptors, clock }, { from: from >>> 0, to: to >>> 0, count: count >>> 0 }),
      ),
  };
}

function notSupported(): never {
  throw new WasiError('notsup');
}

/** A status is a byte; whatever is larger is no success either. */
function exitOf(code: number): Ending {
  if (code === 0) return new Ending(SUCCEEDED);
  return new Ending({ status: 'failed', exit: Math.min(code, 255), failure: `it exited with status ${code}` });
}

const SUBSCRIPTION = { bytes: 48, tag: 8, clock: 16, timeout: 24, flags: 40 } as const;
const EVENT_RECORD = { bytes: 32, errno: 8, type: 10, size: 16, flags: 24 } as const;
const SUBSCRIPTIONS = 4096;

interface Event {
  readonly user: bigint;
  readonly errno: number;
  readonly type: number;
  readonly size: number;
  readonly hangup: boolean;
}

interface Wait {
  readonly user: bigint;
  /** Nanoseconds from now. */
  readonly left: bigint;
}

type PollParts = Pick<HostParts, 'memory' | 'descriptors' | 'clock'>;

/** Files are always ready. Waiting for a time takes none: the clock goes on to the first that is due. */
function poll(
  { memory, descriptors, clock }: PollParts,
  { from, to, count }: { from: number; to: number; count: number },
): number {
  if (count === 0 || count > SUBSCRIPTIONS) throw new WasiError('inval');
  // Both areas as a whole, before anything is looked at: no time passes for a call that fails.
  memory.bytes(from, count * SUBSCRIPTION.bytes);
  memory.bytes(to, count * EVENT_RECORD.bytes);
  const events: Event[] = [];
  const waits: Wait[] = [];
  for (let i = 0; i < count; i++) {
    const at = from + i * SUBSCRIPTION.bytes;
    const user = memory.u64(at);
    const type = memory.u8(at + SUBSCRIPTION.tag);
    if (type === EVENT.clock) {
      const timeout = memory.u64(at + SUBSCRIPTION.timeout);
      const absolute = (memory.u16(at + SUBSCRIPTION.flags) & EVENT.absolute) !== 0;
      const now = clock.at(memory.u32(at + SUBSCRIPTION.clock));
      const left = absolute ? timeout - now : timeout;
      waits.push({ user, left: left > 0n ? left : 0n });
    } else if (type === EVENT.read || type === EVENT.write) {
      events.push({ user, type, ...descriptors.readiness(memory.u32(at + SUBSCRIPTION.clock), type) });
    } else throw new WasiError('inval');
  }
  const [due = 0n] = events.length > 0 ? [] : waits.map(({ left }) => left).sort(byTime);
  clock.pass(due);
  for (const { user, left } of waits)
    if (left <= due) events.push({ user, errno: 0, type: EVENT.clock, size: 0, hangup: false });
  for (const [i, event] of events.entries()) writeEvent(memory, to + i * EVENT_RECORD.bytes, event);
  return events.length;
}

const byTime = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function writeEvent(memory: GuestMemory, at: number, { user, errno, type, size, hangup }: Event): void {
  memory.bytes(at, EVENT_RECORD.bytes).fill(0);
  memory.setU64(at, user);
  memory.setU16(at + EVENT_RECORD.errno, errno);
  memory.setU8(at + EVENT_RECORD.type, type);
  memory.setU64(at + EVENT_RECORD.size, BigInt(size));
  memory.setU16(at + EVENT_RECORD.flags, hangup ? EVENT.hangup : 0);
}
