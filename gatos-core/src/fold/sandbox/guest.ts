/** A started fold: the prelude and the module have run, and the memory at that moment is the beginning of every window. */
import { formatPath, type JsonValue, type Step } from '../../codec/index.js';
import { type Abort, invariant } from '../../kernel/index.js';
import { foldError } from '../errors.js';
import { EVAL_HOOK, POLLS_PER_INTERRUPT } from './engine-binary.js';
import type { Entry } from './exports.js';
import { decodeFromGuest } from './guest-read.js';
import { encodeForGuest } from './guest-write.js';
import { plainText } from './plain-text.js';
import { PRELUDE } from './prelude/index.js';
import { foldScript, MODULE_NAME, NO_STATE } from './script.js';
import { Stop } from './stop.js';
import { FoldFault } from './stop-faults.js';
import type { Parsed } from './syntax.js';
import { type Handle, type Image, Vm } from './vm.js';

export interface GuestOptions {
  readonly parsed: Parsed;
  readonly gas: number;
  readonly memory: number;
  readonly entry: Entry;
  readonly signal?: Abort | undefined;
}

/** The one host function that the guest has: gas is used up. */
const STOP = 1;
/**
 * Function calls and jumps that an event may make for each unit of its gas. Gas ends first, since every loop and every call of the
 * fold takes some: this ends a run only if a built-in is found that runs for free.
 */
const POLLS_PER_GAS = 64;

interface Steps {
  readonly load: Handle;
  readonly group: Handle;
  readonly step: Handle;
  readonly check: Handle;
  readonly state: Handle;
  readonly thrown: Handle;
  readonly describe: Handle;
}

/** Properties that the engine copies for one unit of gas, as elements of a list: see the prices in `prelude/captures.ts`. */
const COPIES_PER_GAS = 4;

/**
 * Counts what the engine does in one go, next to the gas counter of the script; ends runs that go on without using gas, and those
 * that somebody outside wants ended.
 */
class Watch {
  readonly #gas: number;
  readonly #limit: number;
  readonly #signal: Abort | undefined;
  #left = Number.POSITIVE_INFINITY;
  #worked = 0;

  constructor({ gas, signal }: GuestOptions) {
    this.#gas = gas;
    this.#limit = Math.ceil((gas * POLLS_PER_GAS) / POLLS_PER_INTERRUPT) + POLLS_PER_GAS;
    this.#signal = signal;
  }

  event(): void {
    this.#left = this.#limit;
    this.#worked = 0;
  }

  work(properties: number): void {
    this.#worked += 1 + Math.floor(properties / COPIES_PER_GAS);
    if (this.#worked > this.#gas) throw new Stop('gas', '');
  }

  /** Gas of the event in all. */
  total(used: number): number {
    const total = used + this.#worked;
    if (total > this.#gas) throw new Stop('gas', '');
    return total;
  }

  free(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }

  interrupt(): void {
    if (this.#signal?.aborted === true) throw new Stop('aborted', '');
    this.#left -= 1;
    if (this.#left < 0) throw new Stop('limit', 'it ran on without using gas');
  }
}

function outOfGas(id: number): never {
  throw id === STOP ? new Stop('gas', '') : new Stop('fault', `host function ${id}`);
}

export class Guest {
  readonly #steps: Steps;
  readonly #start: Image;
  readonly #watch: Watch;
  #vm: Vm | undefined;

  private constructor(vm: Vm, steps: Steps, watch: Watch) {
    this.#vm = vm;
    this.#steps = steps;
    this.#watch = watch;
    this.#start = vm.capture();
  }

  /** Throws `GuestError` when the module throws, `Stop` when it meets a limit. */
  static async start(module: WebAssembly.Module, options: GuestOptions): Promise<Guest> {
    const watch = new Watch(options);
    const hooks = {
      call: outOfGas,
      interrupt: () => watch.interrupt(),
      work: (properties: number) => watch.work(properties),
    };
    const vm = await Vm.create(module, { memory: options.memory, hooks });
    const tools = vm.evaluate(PRELUDE, 'prelude.js');
    const script = vm.evaluate(foldScript(options.parsed, options.gas, options.entry), MODULE_NAME);
    // From here on nothing compiles code: not eval, not a function constructor, however it was reached.
    vm.pokeContext(EVAL_HOOK, 0);
    watch.event();
    const made = vm.checked(vm.call(script, tools, vm.hostFunction('stop', STOP)));
    const step = (name: keyof Steps): Handle => vm.property(made, name);
    const steps: Steps = {
      load: step('load'),
      group: step('group'),
      step: step('step'),
      check: step('check'),
      state: step('state'),
      thrown: step('thrown'),
      describe: step('describe'),
    };
    return new Guest(vm, steps, watch);
  }

  /** The memory of the beginning, with this state. */
  reset(state: JsonValue): void {
    this.#watch.free();
    this.#running.restore(this.#start);
    this.#send(this.#steps.load, encodeForGuest(state));
  }

  /** The events that follow are by this actor, of this time. */
  group(actor: string, time: number): void {
    this.#watch.free();
    this.#send(this.#steps.group, encodeForGuest([actor, time]));
  }

  /** Puts encoded events where `step` finds them. */
  deliver(rows: Uint8Array): void {
    this.#running.deliver(rows);
  }

  /** Folds the event at an offset of what was delivered. Returns the gas used. Throws `FoldFault` when the fold throws or returns no state. */
  step(offset: number): number {
    this.#watch.event();
    return this.#fold(this.#running.decode(offset));
  }

  /** The same for an event that is too large to be delivered: it takes heap of the guest. */
  stepLarge(row: Uint8Array): number {
    this.#watch.event();
    return this.#fold(this.#running.checked(this.#running.decodeLarge(row)));
  }

  #fold(event: Handle): number {
    const vm = this.#running;
    const result = vm.call(this.#steps.step, event);
    const used = vm.number(result);
    if (!(used >= 0)) throw this.#fault(vm.checked(result));
    vm.free(event);
    vm.free(result);
    return this.#watch.total(used);
  }

  /** The state. Throws `fold/state-value`. The guest may be changed by it: see `capture`. */
  state(): JsonValue {
    const vm = this.#running;
    this.#watch.free();
    const verdict = this.#answer(this.#steps.check) as readonly Step[] | null;
    if (verdict !== null) {
      const [why, ...inner] = verdict;
      throw foldError('state-value', { path: place(inner.reverse()), why: String(why) });
    }
    const bytes = vm.encode(vm.checked(vm.call(this.#steps.state)));
    if (bytes === undefined)
      throw foldError('state-value', { path: place([]), why: 'it holds an object of a built-in kind' });
    return decodeFromGuest(bytes);
  }

  capture(): Image {
    return this.#running.capture();
  }

  restore(image: Image): void {
    this.#running.restore(image);
  }

  dispose(): void {
    this.#vm = undefined;
  }

  get #running(): Vm {
    invariant(this.#vm !== undefined, 'a guest is not used after dispose');
    return this.#vm;
  }

  #send(step: Handle, bytes: Uint8Array): void {
    const vm = this.#running;
    const value = vm.checked(vm.decodeLarge(bytes));
    vm.free(vm.checked(vm.call(step, value)));
    vm.free(value);
  }

  /** The value that a step gives. */
  #answer(step: Handle): JsonValue {
    const vm = this.#running;
    const value = vm.checked(vm.call(step));
    const bytes = vm.encode(value);
    vm.free(value);
    invariant(bytes !== undefined, 'the steps of the script answer with plain values');
    return decodeFromGuest(bytes);
  }

  #fault(result: Handle): FoldFault {
    const vm = this.#running;
    const answer = vm.number(result);
    this.#watch.free();
    const why = plainText(vm.text(vm.checked(vm.call(this.#steps.describe))));
    if (answer === NO_STATE) {
      return new FoldFault((index) =>
        foldError('state-value', { path: place([]), why: `fold returned ${why}`, index }),
      );
    }
    const line = vm.traceLine(vm.checked(vm.call(this.#steps.thrown)), MODULE_NAME);
    return new FoldFault((index) => foldError('threw', { index, why, line }));
  }
}

function place(steps: readonly Step[]): string {
  return plainText(formatPath('state', steps));
}
