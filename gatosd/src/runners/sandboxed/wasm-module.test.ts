/** What a module may be: refused by name, bounded, and never past the bound on its memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { Ending } from './messages.js';
import { watTools } from './scratch-wat.js';
import { type WasmMemory, wasm } from './wasm-api.js';
import { prepareModule } from './wasm-module.js';

const { assemble, command } = watTools(await wabt());

const PAGE = 65_536;
const MEMORY = 10 * PAGE;

function refusal(bytes: Uint8Array): { readonly status: string; readonly failure: string | null } | null {
  try {
    prepareModule(bytes, MEMORY);
    return null;
  } catch (error) {
    if (error instanceof Ending) return error.verdict;
    throw error;
  }
}

const start = '(func (export "_start"))';
const wasi = '`wasi_snapshot_preview1`';

describe('a module is refused', () => {
  it.each([
    [
      '(import "env" "memory" (memory 1))',
      `the module imports the memory \`env.memory\`; it may import functions of ${wasi} only`,
    ],
    [
      '(import "wasi_snapshot_preview1" "memory" (memory 1))',
      `the module imports the memory \`wasi_snapshot_preview1.memory\`; it may import functions of ${wasi} only`,
    ],
    [
      '(import "env" "t" (table 1 funcref))',
      `the module imports the table \`env.t\`; it may import functions of ${wasi} only`,
    ],
    [
      '(import "env" "g" (global i32))',
      `the module imports the global \`env.g\`; it may import functions of ${wasi} only`,
    ],
    ['(import "env" "e" (tag))', `the module imports the tag \`env.e\`; it may import functions of ${wasi} only`],
    ['(import "env" "clock" (func))', `the module imports \`env.clock\`; it may import functions of ${wasi} only`],
    [
      '(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))',
      `the module imports \`wasi_unstable.fd_write\`; it may import functions of ${wasi} only`,
    ],
    [
      '(import "wasi_snapshot_preview1" "sock_open" (func))',
      'the module imports `wasi_snapshot_preview1.sock_open`, which is not in WASI preview 1',
    ],
    [
      '(import "wasi_snapshot_preview1" "toString" (func))',
      'the module imports `wasi_snapshot_preview1.toString`, which is not in WASI preview 1',
    ],
    [
      '(import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))',
      'the module imports `wasi_snapshot_preview1.proc_exit` with another type than it has',
    ],
    ['(memory 1) (memory 1)', 'the module has 2 memories, and one is supported'],
    ['(memory 1 2 shared)', 'the module has a shared memory, and threads are not supported'],
    ['(memory i64 1)', 'the module has a 64-bit memory, which is not supported'],
    [Array.from({ length: 17 }, () => '(table 1 funcref)').join(''), 'the module has 17 tables, the limit is 16'],
  ])('with %s', (text, failure) => {
    expect(refusal(assemble(`(module ${text} ${start})`))).toEqual({ status: 'failed', exit: null, failure });
  });

  it.each([
    ['(module)', 'the module exports no `_start`: it is no program; build it as a WASI command'],
    [
      '(module (func (export "_initialize")))',
      'the module exports no `_start`: it is a library (it exports `_initialize`); build it as a WASI command',
    ],
    [
      '(module (func (export "_start") (param i32)))',
      'the module exports a `_start` that is no function without parameters and results',
    ],
    [
      '(module (memory (export "_start") 1))',
      'the module exports a `_start` that is no function without parameters and results',
    ],
    [
      '(module (func (export "_start")) (func (export "memory")) (memory 1))',
      'the module exports a `memory` that is none',
    ],
  ])('as no command: %s', (text, failure) => {
    expect(refusal(assemble(text))).toMatchObject({ status: 'failed', failure });
  });

  it('that asks for too much at its start', () => {
    expect(refusal(assemble(`(module (memory 11) ${start})`))).toMatchObject({ status: 'over-limit' });
    expect(refusal(assemble(`(module (table 1000001 funcref) ${start})`))).toMatchObject({ status: 'over-limit' });
    expect(refusal(assemble(`(module (memory 10) (table 1000000 funcref) ${start})`))).toBeNull();
  });

  const bytes = (...values: readonly number[]): Uint8Array =>
    new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...values]);
  it.each([
    ['nothing', new Uint8Array(0), /no WebAssembly module of version 1/],
    ['text', new TextEncoder().encode('(module)'), /no WebAssembly module of version 1/],
    ['a component', new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), /no WebAssembly module of version 1/],
    ['only a head', bytes(), /exports no `_start`/],
    ['an unknown section', bytes(99, 0), /unknown kind 99/],
    ['sections out of order', bytes(3, 1, 0, 1, 1, 0), /section 1 at byte 11 twice, or out of order/],
    ['a section twice', bytes(1, 1, 0, 1, 1, 0), /twice/],
    ['a section longer than the module', bytes(1, 0xff, 0xff, 0xff, 0xff, 0x0f), /cut short/],
    ['a length that is too long', bytes(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0), /number that is too long/],
    ['a length beyond 32 bits', bytes(1, 0xff, 0xff, 0xff, 0xff, 0x1f), /number that is too long/],
    ['four billion types', bytes(1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f), /announces 4294967295 items/],
    ['bytes left in a section', bytes(1, 2, 0, 0), /bytes beyond the end/],
    ['a type that is a struct', bytes(1, 3, 1, 0x5f, 0), /type of form 0x5f/],
    ['a name that is not UTF-8', bytes(2, 5, 1, 1, 0xff, 0, 0), /not UTF-8/],
    ['memory limits of an unknown kind', bytes(5, 3, 1, 0x10, 0), /unknown kind 16/],
  ])('that is %s', (_what, module, failure) => {
    expect(refusal(module)).toMatchObject({ status: 'failed', failure: expect.stringMatching(failure) });
  });

  it('cut off anywhere, at once and by name', () => {
    const whole = command(['fd_write', 'proc_exit'], '(call $proc_exit (i32.const 0))', {
      data: { 8: 'x' },
      memory: '1 5',
    });
    const lengths = Array.from({ length: whole.length }, (_, length) => length);
    const accepted = lengths.filter((length) => refusal(whole.subarray(0, length)) === null);
    // Without its last sections it is a module still, or one for V8 to refuse: of its start or its data.
    expect(accepted.length).toBeLessThanOrEqual(2);
    for (const length of lengths.filter((each) => !accepted.includes(each)))
      expect(refusal(whole.subarray(0, length))).toMatchObject({ status: 'failed' });
  });

  it('or prepared, whatever its bytes are (seed 20261120)', () => {
    const whole = command(['fd_write'], '', { memory: '1 5', more: '(table 2 funcref)' });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        const found = refusal(bytes);
        expect(found === null || found.failure !== null).toBe(true);
      }),
      { seed: 20261120, numRuns: 3000 },
    );
  });
});

interface Growing {
  grow(by: number): number;
}

describe('the limits of a module', () => {
  const limitsOf = (text: string): number => {
    const prepared = prepareModule(assemble(`(module ${text} ${start})`), MEMORY);
    const { exports } = new wasm.Instance(new wasm.Module(prepared), {});
    const memory = exports.memory as WasmMemory & Growing;
    for (;;) {
      try {
        memory.grow(1);
      } catch {
        return memory.buffer.byteLength / PAGE;
      }
    }
  };

  it.each([
    ['(memory (export "memory") 1)', 10],
    ['(memory (export "memory") 1 4)', 4],
    ['(memory (export "memory") 1 65536)', 10],
    ['(memory (export "memory") 10 10)', 10],
    ['(memory (export "memory") 0)', 10],
  ])('%s grows to %i pages', (text, pages) => {
    expect(limitsOf(text)).toBe(pages);
  });

  it('hold for tables', () => {
    const text = '(module (table (export "t") 1 funcref) (func (export "_start")))';
    const { exports } = new wasm.Instance(new wasm.Module(prepareModule(assemble(text), MEMORY)), {});
    const table = exports.t as Growing;
    expect(() => table.grow(1_000_000)).toThrow();
    expect(table.grow(999_999)).toBe(1);
  });

  it('and nothing else changes', () => {
    const module = command(['fd_write'], '', { memory: '1 2', data: { 7: 'some data' } });
    expect([...prepareModule(module, MEMORY)]).toEqual([...module]);
  });
});
