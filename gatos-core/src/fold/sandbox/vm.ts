/**
 * One instance of the engine: a capped memory, the imports (none reads clock, zone, locale or environment), calls into the
 * guest, and images of the whole memory, from which every window starts byte for byte the same.
 */
import { invariant, utf8 } from '../../kernel/index.js';
import { EXPORTS, INTRINSICS, MEMORY, STACK_BYTES, STACK_RESTORE, STACK_SAVE, START } from './engine-binary.js';
import { type HostHooks, makeImports, newMemory } from './imports.js';
import { GuestError, Stop } from './stop.js';

type Exports = { readonly [name in keyof typeof EXPORTS]: WebAssembly.ExportedFunction };

/** Address of a JSValue in the memory of the guest. */
export type Handle = number;

/** The memory of the guest at rest. */
export interface Image {
  readonly data: Uint8Array;
  readonly heap: Uint8Array;
}

export interface VmOptions {
  /** Bytes of heap that the guest may have. */
  readonly memory: number;
  readonly hooks: HostHooks;
}

/** Arguments of a call into the guest, at most. */
const ARGUMENTS = 4;
/** Bytes of an address. */
const WORD = 4;

/** JS_GPN_SYMBOL_MASK and JS_GPN_PRIVATE_MASK. */
const PRIVATE_SYMBOLS = 0x06;
const PRIVATE_NAMES = 64;

const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

function exported(instance: WebAssembly.Instance, name: string): WebAssembly.ExportedFunction {
  const found = instance.exports[name];
  invariant(found !== undefined, `the engine exports "${name}"`);
  return found;
}

export class Vm {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: Exports;
  readonly #restoreStack: WebAssembly.ExportedFunction;
  readonly #stackTop: number;
  readonly #context: number;
  readonly #arguments: number;
  /** An ArrayBuffer over the inbox, which the guest never sees, and the place where it keeps its address. */
  readonly #inbox: Handle;
  readonly #inboxPointer: number;
  #bytes: Uint8Array;
  #words: Uint32Array;

  private constructor(memory: WebAssembly.Memory, instance: WebAssembly.Instance) {
    this.#memory = memory;
    const named = (name: string): WebAssembly.ExportedFunction => exported(instance, name);
    const exports = Object.fromEntries(
      Object.entries(EXPORTS).map(([name, letter]) => [name, named(letter)]),
    ) as Exports;
    this.#exports = exports;
    this.#restoreStack = named(STACK_RESTORE);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    named(START)();
    this.#stackTop = named(STACK_SAVE)();
    const runtime = exports.QTS_NewRuntime();
    exports.QTS_RuntimeSetMaxStackSize(runtime, STACK_BYTES);
    exports.QTS_RuntimeEnableInterruptHandler(runtime);
    this.#context = exports.QTS_NewContext(runtime, INTRINSICS);
    this.#arguments = this.#allocate(ARGUMENTS * WORD);
    this.#inbox = exports.QTS_NewArrayBuffer(this.#context, MEMORY.inbox, MEMORY.inboxBytes);
    this.#inboxPointer = this.#wordWith(MEMORY.inbox);
  }

  /** Throws `Stop` of kind `host` when this machine has not the memory. */
  static async create(module: WebAssembly.Module, { memory: limit, hooks }: VmOptions): Promise<Vm> {
    const pages = (bytes: number): number => Math.ceil(bytes / MEMORY.page);
    const maximum = pages(MEMORY.heap + limit);
    const memory = newMemory({ initial: pages(MEMORY.heap + 1), maximum });
    const imports = makeImports(memory, { ...hooks, maxBytes: MEMORY.heap + limit });
    const instance = await WebAssembly.instantiate(module, { a: imports });
    return new Vm(memory, instance);
  }

  /** End of the heap in use: nothing beyond it was ever written. */
  get heapEnd(): number {
    return this.#view()[MEMORY.brk / WORD] as number;
  }

  /** Runs a script. Throws `GuestError` when it throws. */
  evaluate(code: string, filename: string): Handle {
    const source = this.#cString(code);
    const name = this.#cString(filename);
    const result = this.#exports.QTS_Eval(this.#context, source.at, source.length, name.at, 0, 0);
    this.#exports.free(source.at);
    this.#exports.free(name.at);
    return this.checked(result);
  }

  /** Calls a function of the guest. The result may be an exception: see `checked`. */
  call(fn: Handle, ...values: readonly Handle[]): Handle {
    invariant(values.length <= ARGUMENTS, 'calls into the guest have few arguments');
    for (let i = 0; i < values.length; i++) this.#view()[this.#arguments / WORD + i] = values[i] as number;
    return this.#exports.QTS_Call(this.#context, fn, this.#exports.QTS_GetUndefined(), values.length, this.#arguments);
  }

  /** The same handle, unless it holds an exception. */
  checked(result: Handle): Handle {
    const error = this.#exports.QTS_ResolveException(this.#context, result);
    if (error === 0) return result;
    throw new GuestError(this.text(error));
  }

  number(value: Handle): number {
    const words = this.#view();
    // A small integer is its tag, 0, in the upper word, and its value in the lower one.
    return words[value / WORD + 1] === 0
      ? (words[value / WORD] as number) | 0
      : this.#exports.QTS_GetFloat64(this.#context, value);
  }

  /** Text of a value that is a string of the guest. Lone surrogates come out as U+FFFD. */
  text(value: Handle): string {
    const at = this.#exports.QTS_GetString(this.#context, value);
    if (at === 0) return 'a value without a text';
    const bytes = this.#memoryBytes();
    const text = lossy.decode(bytes.slice(at, bytes.indexOf(0, at)));
    this.#exports.QTS_FreeCString(this.#context, at);
    return text;
  }

  property(object: Handle, name: string): Handle {
    const key = this.string(name);
    const value = this.checked(this.#exports.QTS_GetProp(this.#context, object, key));
    this.free(key);
    return value;
  }

  /** A string of the guest; U+0000 cannot stand in it. */
  string(text: string): Handle {
    const { at } = this.#cString(text);
    const handle = this.#exports.QTS_NewString(this.#context, at);
    this.#exports.free(at);
    return handle;
  }

  /** A function of the guest that calls the host, which must not return: see `HostHooks.call`. */
  hostFunction(name: string, id: number): Handle {
    const { at } = this.#cString(name);
    const handle = this.#exports.QTS_NewFunction(this.#context, at, 0, 0, id);
    this.#exports.free(at);
    return handle;
  }

  /** Puts bytes where `decode` finds them. They must fit into `MEMORY.inboxBytes`. */
  deliver(bytes: Uint8Array): void {
    invariant(bytes.length <= MEMORY.inboxBytes, 'what is handed in fits into the inbox');
    this.#memoryBytes().set(bytes, MEMORY.inbox);
  }

  /** The value that is encoded at an offset of the inbox. */
  decode(offset: number): Handle {
    this.#view()[this.#inboxPointer] = MEMORY.inbox + offset;
    return this.#exports.QTS_bjson_decode(this.#context, this.#inbox);
  }

  /** The value of encoded bytes that do not fit into the inbox: they take heap. */
  decodeLarge(bytes: Uint8Array): Handle {
    const at = this.#allocate(bytes.length);
    this.#memoryBytes().set(bytes, at);
    const buffer = this.#exports.QTS_NewArrayBuffer(this.#context, at, bytes.length);
    const value = this.#exports.QTS_bjson_decode(this.#context, buffer);
    this.free(buffer);
    return value;
  }

  /** The encoded form of a value; undefined when it has none. */
  encode(value: Handle): Uint8Array | undefined {
    const buffer = this.#exports.QTS_bjson_encode(this.#context, value);
    const error = this.#exports.QTS_ResolveException(this.#context, buffer);
    if (error !== 0) return undefined;
    const length = this.#exports.QTS_GetArrayBufferLength(this.#context, buffer);
    const at = this.#exports.QTS_GetArrayBuffer(this.#context, buffer);
    const bytes = this.#memoryBytes().slice(at, at + length);
    this.#exports.free(at);
    this.free(buffer);
    return bytes;
  }

  /** The first line of a module in the trace of an error, if it has one. The trace is under a private symbol: see `wasm-patch.ts`. */
  traceLine(error: Handle, module: string): number | undefined {
    const { QTS_GetOwnPropertyNames, QTS_GetProp, malloc } = this.#exports;
    const list = malloc(2 * WORD);
    const count = list + WORD;
    // The function makes room for as many names as the caller says here.
    this.#view()[count / WORD] = PRIVATE_NAMES;
    const failure = QTS_GetOwnPropertyNames(this.#context, list, count, error, PRIVATE_SYMBOLS);
    if (failure !== 0 || this.#view()[count / WORD] !== 1) return undefined;
    const [name = 0] = this.#view().subarray((this.#view()[list / WORD] as number) / WORD);
    const trace = this.text(QTS_GetProp(this.#context, error, name));
    const [, line] = new RegExp(`\\(${module}:([0-9]+)`).exec(trace) ?? [];
    return line === undefined ? undefined : Number(line);
  }

  free(value: Handle): void {
    this.#exports.QTS_FreeValuePointer(this.#context, value);
  }

  /** Overwrites one word of the memory of the context. */
  pokeContext(offset: number, word: number): void {
    this.#view()[(this.#context + offset) / WORD] = word;
  }

  /** A copy of all that the guest is. Only between calls. */
  capture(): Image {
    const bytes = this.#memoryBytes();
    return { data: bytes.slice(0, MEMORY.data), heap: bytes.slice(MEMORY.heap, this.heapEnd) };
  }

  /** Puts a copy back, also after a `Stop` in the middle of a call. Memory that was used since is zero again. */
  restore({ data, heap }: Image): void {
    const bytes = this.#memoryBytes();
    const end = this.heapEnd;
    bytes.set(data, 0);
    bytes.set(heap, MEMORY.heap);
    bytes.fill(0, MEMORY.heap - 2 * STACK_BYTES, MEMORY.heap);
    bytes.fill(0, MEMORY.heap + heap.length, end);
    this.#restoreStack(this.#stackTop);
  }

  /** Index of the one word of the heap that has this value. */
  #wordWith(value: number): number {
    const heap = this.#view().subarray(MEMORY.heap / WORD, this.heapEnd / WORD);
    const at = heap.indexOf(value);
    invariant(at >= 0 && heap.indexOf(value, at + 1) < 0, 'the address of the inbox is in one place');
    return MEMORY.heap / WORD + at;
  }

  #allocate(size: number): number {
    const at = this.#exports.malloc(size);
    if (at === 0) throw new Stop('memory', 'out of memory');
    return at;
  }

  #cString(text: string): { readonly at: number; readonly length: number } {
    const bytes = utf8(text);
    const at = this.#allocate(bytes.length + 1);
    const memory = this.#memoryBytes();
    memory.set(bytes, at);
    memory[at + bytes.length] = 0;
    return { at, length: bytes.length };
  }

  #memoryBytes(): Uint8Array {
    // Growing the memory detaches every view of it.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  #view(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#memory.buffer);
    return this.#words;
  }
}
