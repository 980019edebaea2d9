/**
 * Runs a `wasm` job, in a thread: a command of WASI preview 1, with the one folder of the job and nothing else.
 *
 * We bring the calls ourselves. Same on every machine: clock, randomness, order of folders, inode numbers, file times, all limits of
 * memory and files. Not the same, because WebAssembly leaves it open: which bits a NaN has that arithmetic makes (they are not
 * canonicalised), what relaxed SIMD rounds to (engines from 2023 on have it), how deep calls may nest before the stack ends (the
 * thread has a fixed stack, and the compiler decides on the size of a frame), and whether growing the memory fails below its limit
 * because the machine has no more.
 */
import { outcomeOf } from './chosen.js';
import { Ending, NoRoom, type Outcome, SUCCEEDED, type Verdict, type WasmRequest } from './messages.js';
import { SharedLog } from './shared-log.js';
import { SIGNATURES, WasiError } from './wasi-codes.js';
import { Descriptors } from './wasi-descriptors.js';
import { descriptorCalls, placeCalls, readWriteCalls } from './wasi-file-calls.js';
import { hostCalls, SeededBytes, StepClock } from './wasi-host.js';
import { GuestMemory } from './wasi-memory.js';
import { lookCalls, pathCalls } from './wasi-path-calls.js';
import { Tree } from './wasi-tree.js';
import { wasm } from './wasm-api.js';
import { prepareModule } from './wasm-module.js';

/** Throws `NoRoom`, and what is a fault of ours. */
export async function runWasm(request: WasmRequest): Promise<Outcome> {
  const log = new SharedLog(request.log);
  const world = new World(request, log);
  const verdict = world.run();
  if (verdict.failure !== null && verdict.exit === null) log.text('stderr', `${verdict.failure}\n`);
  const outcome = outcomeOf(verdict, world.tree.made(), request.outputs);
  return { ...outcome, outputs: outcome.outputs.map(({ path, bytes }) => ({ path, bytes: bytes.slice() })) };
}

type Call = (...values: never[]) => unknown;

class World {
  readonly tree: Tree;
  readonly #request: WasmRequest;
  readonly #memory = new GuestMemory();
  readonly #imports: Record<string, Call>;
  /** Why the job is over. A program with exception handling may catch what we throw; it does not get any further with it. */
  #end: Ending | NoRoom | undefined;

  constructor(request: WasmRequest, log: SharedLog) {
    this.#request = request;
    const clock = new StepClock(request.epoch);
    const given = [...request.program, ...request.inputs];
    this.tree = new Tree({ given, bytes: request.outputBytes, now: () => clock.now() });
    const descriptors = new Descriptors(this.tree);
    const parts = { memory: this.#memory, descriptors, tree: this.tree, clock, log };
    const random = new SeededBytes(request.seed);
    const args = [request.entry, ...request.args];
    const calls: Record<string, Call> = {
      ...hostCalls({ memory: this.#memory, descriptors, clock, random, args, env: request.env }),
      ...readWriteCalls(parts),
      ...placeCalls(parts),
      ...descriptorCalls(parts),
      ...pathCalls(parts),
      ...lookCalls(parts),
    };
    this.#imports = Object.fromEntries(
      Object.keys(SIGNATURES).map((name) => [name, this.#guarded(calls[name] as Call)]),
    );
  }

  run(): Verdict {
    try {
      this.#start();
    } catch (error) {
      this.#end ??= endOf(error);
    }
    if (this.#end instanceof NoRoom) throw this.#end;
    return this.#end?.verdict ?? SUCCEEDED;
  }

  #start(): void {
    const { entry, program, memoryBytes } = this.#request;
    const main = program.find(({ path }) => path === entry);
    if (main === undefined) throw new Error(`no \`${entry}\``);
    const module = new wasm.Module(prepareModule(main.bytes, memoryBytes));
    const { exports } = new wasm.Instance(module, { wasi_snapshot_preview1: this.#imports });
    if (exports.memory instanceof wasm.Memory) this.#memory.attach(exports.memory);
    (exports._start as () => void)();
  }

  #guarded(call: Call): (...values: never[]) => number {
    return (...values) => {
      if (this.#end !== undefined) throw this.#end;
      try {
        call(...values);
        return 0;
      } catch (error) {
        if (error instanceof WasiError) return error.errno;
        if (error instanceof Ending || error instanceof NoRoom) this.#end = error;
        throw error;
      }
    };
  }
}

/** What ended the program. Bugs of ours stay what they are. */
export function endOf(error: unknown): Ending | NoRoom {
  if (error instanceof Ending || error instanceof NoRoom) return error;
  if (error instanceof wasm.CompileError || error instanceof wasm.LinkError)
    return failed(`the module cannot be run: ${error.message}`);
  if (error instanceof wasm.RuntimeError) return failed(`the program trapped: ${error.message}`);
  if (error instanceof RangeError && error.message.includes('call stack')) return failed('it nested calls too deeply');
  // V8 could not get the memory that the module may have from its start.
  if (error instanceof RangeError && error.message.includes('emory')) return new NoRoom('memory');
  if (error instanceof wasm.Exception) return failed('the program threw an exception that it did not catch');
  throw error;
}

function failed(failure: string): Ending {
  return new Ending({ status: 'failed', exit: null, failure });
}
