/**
 * One call of a tool that is a module of WebAssembly, in a thread: a fresh instance without imports, so that nothing but bytes goes in and
 * nothing but bytes comes out. `alloc(length)` says where the request is put, `call(pointer, length)` where the answer is: pointer in the
 * high half of its result, length in the low one.
 */
import { type CallFault, Ending, NoRoom, type Outcome, SUCCEEDED, type WasmCallRequest } from './messages.js';
import { type WasmMemory, wasm } from './wasm-api.js';
import { endOf } from './wasm-job.js';
import { prepareCallable } from './wasm-module.js';

/** Throws `NoRoom`, and what is a fault of ours. */
export async function runWasmCall(request: WasmCallRequest): Promise<Outcome> {
  try {
    return { ...SUCCEEDED, outputs: [{ path: 'response', bytes: answerOf(request) }] };
  } catch (error) {
    if (error instanceof Fault) return faulty(error.fault, error.why);
    const end = endOf(error);
    if (end instanceof NoRoom) throw end;
    const { status, failure } = end.verdict;
    return faulty(status === 'over-limit' ? 'memory' : 'trap', failure ?? '');
  }
}

class Fault {
  constructor(
    readonly fault: CallFault,
    readonly why: string,
  ) {}
}

function faulty(fault: CallFault, failure: string): Outcome {
  return { status: 'failed', exit: null, failure, outputs: [], fault };
}

interface Callable {
  readonly memory: WasmMemory;
  alloc(length: number): number;
  call(at: number, length: number): bigint;
}

function answerOf({ module, request, memoryBytes, responseBytes }: WasmCallRequest): Uint8Array {
  const { memory, alloc, call } = instanceOf(module, memoryBytes);
  const at = alloc(request.length) >>> 0;
  if (at + request.length > memory.buffer.byteLength)
    throw new Fault('trap', `its \`alloc\` gives no room for ${request.length} bytes`);
  new Uint8Array(memory.buffer).set(request, at);
  const packed = BigInt.asUintN(64, call(at, request.length));
  const [start, length] = [Number(packed >> 32n), Number(packed & 0xffff_ffffn)];
  if (length > responseBytes)
    throw new Fault('flood', `it gives an answer of ${length} bytes, the limit is ${responseBytes}`);
  if (start + length > memory.buffer.byteLength) throw new Fault('trap', 'its answer is outside of its memory');
  return new Uint8Array(memory.buffer, start, length).slice();
}

/** What is wrong with the module itself is told apart from what it does. */
function instanceOf(bytes: Uint8Array, memoryBytes: number): Callable {
  let module: object;
  try {
    module = new wasm.Module(prepareCallable(bytes, memoryBytes));
  } catch (error) {
    const end = error instanceof Ending ? error : endOf(error);
    if (end instanceof NoRoom) throw end;
    throw new Fault(end.verdict.status === 'over-limit' ? 'memory' : 'refused', end.verdict.failure ?? '');
  }
  return new wasm.Instance(module, {}).exports as unknown as Callable;
}
