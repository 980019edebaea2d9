/**
 * What the engine may ask of the host. Nothing here reads anything of the machine, so two machines cannot answer differently:
 * the clock stands still, the environment is empty, printing goes nowhere.
 */
import { MEMORY } from './engine-binary.js';
import { shortestText } from './shortest-powers.js';
import { Stop } from './stop.js';

export interface HostHooks {
  /** A host function of the guest was called; must throw. */
  readonly call: (id: number) => never;
  /** Asked once in POLLS_PER_INTERRUPT function calls and jumps; may throw a `Stop`. */
  readonly interrupt: () => void;
  /** The engine is about to copy so many properties; may throw a `Stop`. */
  readonly work: (properties: number) => void;
}

interface Options extends HostHooks {
  /** The memory may grow up to here. */
  readonly maxBytes: number;
}

/** Pages that the memory grows by at once, where the cap leaves room. */
const GROWTH_PAGES = 64;
/** Ends a text of C. */
const ASCII_END = 0;

type Imports = Record<string, WebAssembly.ImportValue>;

export function newMemory(limits: { readonly initial: number; readonly maximum: number }): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory(limits);
  } catch (error) {
    if (error instanceof RangeError) throw new Stop('host', 'memory');
    throw error;
  }
}

/** The imports under the names that the binary has for them; the comments say what they are called in emscripten. */
export function makeImports(memory: WebAssembly.Memory, options: Options): Imports {
  const text = (at: number): string => asciiAt(memory, at);
  const never = (what: string) => (): never => {
    throw new Stop('fault', what);
  };
  return {
    a: memory,
    // __assert_fail(condition, file, line, function). Four times the same text is an InternalError: see `wasm-patch.ts`.
    b: (condition: number, file: number): never => {
      throw condition === file ? internalError(text(condition)) : new Stop('fault', `assertion ${text(condition)}`);
    },
    c: never('it printed'), // fd_write
    d: never('it closed a file'), // fd_close
    e: () => 0, // environ_get
    f: (count: number, size: number): number => {
      // environ_sizes_get: an empty environment
      const words = new Uint32Array(memory.buffer);
      words[count / 4] = 0;
      words[size / 4] = 0;
      return 0;
    },
    g: never('it looked for a module'), // qts_host_normalize_module
    h: never('it loaded a module'), // qts_host_load_module_source
    i: (): number => {
      options.interrupt(); // qts_host_interrupt_handler
      return 0;
    },
    // setitimer(which, delay), which nothing calls: js_dtoa2 asks for the text of a number here, see `wasm-patch.ts`.
    j: (_flags: number, value: number): number => writeShortest(memory, value),
    k: (bytes: number): number => grow(memory, bytes >>> 0, options.maxBytes), // emscripten_resize_heap
    l: never('it ended its timers'), // emscripten_runtime_keepalive_clear
    m: never('it asked for the local time'), // localtime
    n: never('it asked for the time zone'), // tzset
    o: never('it sought in a file'), // fd_seek
    p: () => 0, // emscripten_date_now; the only use left is to seed Math.random, which the prelude removes
    q: never('it aborted'), // abort
    // exit(status), which nothing calls: JS_CopyDataProperties tells of its work here, see `wasm-patch.ts`.
    r: (properties: number): void => options.work(properties),
    s: (_context: number, _self: number, _count: number, _values: number, id: number): never => options.call(id),
    t: () => 0, // qts_host_free_ref
  };
}

function internalError(message: string): Stop {
  if (message === 'out of memory') return new Stop('memory', message);
  if (message === 'stack overflow') return new Stop('stack', message);
  return new Stop('limit', message);
}

/** A refusal cannot be seen by the guest: whatever asked for the memory does not go on. */
function grow(memory: WebAssembly.Memory, bytes: number, maxBytes: number): number {
  if (bytes > maxBytes) throw new Stop('memory', 'out of memory');
  const have = memory.buffer.byteLength / MEMORY.page;
  const need = Math.ceil(bytes / MEMORY.page) - have;
  const room = Math.ceil(maxBytes / MEMORY.page) - have;
  try {
    memory.grow(Math.min(Math.max(need, GROWTH_PAGES), room));
  } catch (error) {
    if (error instanceof RangeError) throw new Stop('host', 'memory');
    throw error;
  }
  return 1;
}

/** Address of the text, or 0 when the engine knows better. */
function writeShortest(memory: WebAssembly.Memory, value: number): number {
  const text = shortestText(value);
  if (text === undefined) return 0;
  const bytes = new Uint8Array(memory.buffer, MEMORY.scratch, text.length + 1);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  bytes[text.length] = ASCII_END;
  return MEMORY.scratch;
}

function asciiAt(memory: WebAssembly.Memory, at: number): string {
  const bytes = new Uint8Array(memory.buffer);
  let text = '';
  for (let i = at; bytes[i] !== undefined && bytes[i] !== ASCII_END; i++)
    text += String.fromCharCode(bytes[i] as number);
  return text;
}
