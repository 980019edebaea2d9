/** For tests: WASI programs in the text form of WebAssembly. */
import { SIGNATURES } from './wasi-codes.js';

/** The part of `wabt` that is used. A development dependency of the whole repository, so tests bring it. */
interface Wabt {
  parseWat(
    name: string,
    text: string,
    features: object,
  ): { toBinary(options: object): { buffer: Uint8Array }; destroy(): void };
}

export interface WatTools {
  /** The binary of a module in text form. */
  assemble(text: string): Uint8Array;
  /** A command with one page of memory: texts at their addresses, and the body of `_start`. */
  command(names: readonly string[], body: string, parts?: CommandParts): Uint8Array;
}

interface CommandParts {
  readonly data?: Readonly<Record<number, string>>;
  readonly memory?: string;
  readonly more?: string;
}

export function watTools(wabt: Wabt): WatTools {
  const assemble = (text: string): Uint8Array => binaryOf(wabt, text);
  return { assemble, command: (names, body, parts = {}) => assemble(commandText(names, body, parts)) };
}
const FEATURES = {
  bulk_memory: true,
  exceptions: true,
  memory64: true,
  multi_memory: true,
  multi_value: true,
  mutable_globals: true,
  reference_types: true,
  simd: true,
  threads: true,
};

function binaryOf(wabt: Wabt, text: string): Uint8Array {
  const module = wabt.parseWat('test.wat', text, FEATURES);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

const types = (letters: string): string => [...letters].map((letter) => (letter === 'i' ? 'i32' : 'i64')).join(' ');

/** Imports the functions of WASI with these names, each as `$name`. */
export function imports(...names: string[]): string {
  return names
    .map((name) => {
      const [takes = '', gives = ''] = (SIGNATURES[name] as string).split('>');
      const result = gives === '' ? '' : `(result ${types(gives)})`;
      return `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${types(takes)}) ${result}))`;
    })
    .join('\n');
}

function commandText(
  names: readonly string[],
  body: string,
  { data = {}, memory = '1', more = '' }: CommandParts,
): string {
  const segments = Object.entries(data).map(([at, text]) => `(data (i32.const ${at}) ${JSON.stringify(text)})`);
  return `(module
    ${imports(...names)}
    (memory (export "memory") ${memory})
    ${segments.join('\n')}
    ${more}
    (func (export "_start") (local $i i32) (local $n i32) ${body}))`;
}

/** Prints what lies at an address to a stream; uses the words at 0 to 12. */
export function print(at: number, length: number | string, stream = 1): string {
  const size = typeof length === 'number' ? `(i32.const ${length})` : length;
  return `(i32.store (i32.const 0) (i32.const ${at})) (i32.store (i32.const 4) ${size})
    (drop (call $fd_write (i32.const ${stream}) (i32.const 0) (i32.const 1) (i32.const 8)))`;
}

/** Ends with the status that a call gives, if it is not 0. */
export const must = (call: string): string =>
  `(local.set $n ${call}) (if (local.get $n) (then (call $proc_exit (local.get $n))))`;
