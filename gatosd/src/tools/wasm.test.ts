/** Tools in WebAssembly, in real threads: they can do nothing but answer, whatever they try. */
import { encodeToolResponse } from 'gatos-core';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { assemblerOf, BuiltThread } from '../scratch-wasm.js';
import { openRunner } from './open.js';
import type { ToolRunner } from './runner.js';
import { exampleTool, failureOf, requestTo, ToolPlace } from './scratch-tools.js';

const assemble = assemblerOf(await wabt());
const place = new ToolPlace();
const thread = new BuiltThread();
const opened: ToolRunner[] = [];
afterAll(async () => {
  await Promise.all(opened.map((runner) => runner.close()));
  thread.dispose();
  place.dispose();
});

const REQUEST = requestTo(ECHO_TOOL);
const PAGE = 65_536;

async function open(module: Uint8Array, limits: object = {}): Promise<ToolRunner> {
  const run = { kind: 'wasm', module: 'tool.wasm' } as const;
  const files = [{ path: 'tool.wasm', bytes: module }];
  const runner = await place.open({ ...ECHO_TOOL, run, limits }, files, { thread: thread.url });
  opened.push(runner);
  return runner;
}

interface Wat {
  readonly alloc?: string;
  readonly call?: string;
  readonly memory?: string;
  readonly more?: string;
}

/** A module whose answer is `true`, changed in one place. */
const ANSWER = '(data (i32.const 16) "\\08\\02\\03\\01\\03\\c8\\01\\03\\02\\02")';
const PACKED = '(i64.const 0x100000000a)';
const module = ({ alloc = '(i32.const 1024)', call = PACKED, memory = '1', more = '' }: Wat = {}): Uint8Array =>
  assemble(`(module (memory (export "memory") ${memory}) ${ANSWER} ${more}
    (func (export "alloc") (param i32) (result i32) ${alloc})
    (func (export "call") (param i32 i32) (result i64) ${call}))`);

const invoke = async (bytes: Uint8Array, limits: object = {}) => (await open(bytes, limits)).invoke(REQUEST);

describe('a module', () => {
  it('answers', async () => {
    const got = await invoke(module());
    expect(got).toMatchObject({ answer: { status: 200, body: true } });
  });

  it('has a fresh instance for each call', async () => {
    const counts = module({
      more: '(global $n (mut i32) (i32.const 0))',
      call: `(global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.store8 (i32.const 25) (global.get $n)) ${PACKED}`,
    });
    const runner = await open(counts);
    const [one, two] = [await runner.invoke(REQUEST), await runner.invoke(REQUEST)];
    expect(one.response?.at(-1)).toBe(1);
    expect(two.response).toEqual(one.response);
  });

  const never: [string, Uint8Array, string, RegExp, object?][] = [
    ['imports a function', assemble('(module (import "env" "act" (func)))'), 'refused', /imports `env\.act`/],
    [
      'imports WASI',
      assemble('(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))'),
      'refused',
      /imports `wasi_snapshot_preview1\.fd_write`/,
    ],
    ['imports a memory', assemble('(module (import "a" "b" (memory 1)))'), 'refused', /imports `a\.b`/],
    ['is none', Uint8Array.of(1, 2, 3), 'refused', /no WebAssembly module/],
    ['is cut short', module().slice(0, 60), 'refused', /cut short|bytes/],
    ['exports nothing', assemble('(module)'), 'refused', /no `memory`/],
    [
      'exports no `alloc`',
      assemble(
        '(module (memory (export "memory") 1) (func (export "call") (param i32 i32) (result i64) (i64.const 0)))',
      ),
      'refused',
      /no `alloc`/,
    ],
    [
      'has a `call` of another type',
      assemble(
        '(module (memory (export "memory") 1) (func (export "alloc") (param i32) (result i32) (i32.const 0)) (func (export "call") (param i32) (result i64) (i64.const 0)))',
      ),
      'refused',
      /no `call`/,
    ],
    ['has a body that is not valid', module({ call: '(i32.const 0)' }), 'refused', /cannot be run/],
    ['loops for ever', module({ call: `(loop $l (br $l)) ${PACKED}` }), 'time', /longer than 300 ms/, { time_ms: 300 }],
    [
      'loops for ever when it starts',
      module({ more: '(func $s (loop $l (br $l))) (start $s)' }),
      'time',
      /longer than 300 ms/,
      { time_ms: 300 },
    ],
    ['traps when it starts', module({ more: '(func $s unreachable) (start $s)' }), 'trap', /unreachable/],
    [
      'has a table beyond all bounds',
      module({ more: '(table 4000000000 funcref)' }),
      'memory',
      /a table of 4000000000/,
    ],
    ['has many tables', module({ more: '(table 1 funcref) '.repeat(17) }), 'refused', /17 tables, the limit is 16/],
    ['has data outside of its memory', module({ more: '(data (i32.const 65530) "0123456789")' }), 'trap', /./],
    [
      'has a table that is filled outside of it',
      module({ more: '(table 1 funcref) (func $f) (elem (i32.const 7) $f)' }),
      'trap',
      /./,
    ],
    ['traps', module({ call: 'unreachable' }), 'trap', /unreachable/],
    ['nests too deeply', module({ more: '(func $f (call $f))', call: `(call $f) ${PACKED}` }), 'trap', /./],
    ['gives no room for the request', module({ alloc: '(i32.const 65530)' }), 'trap', /gives no room/],
    ['gives room below zero', module({ alloc: '(i32.const -1)' }), 'trap', /gives no room/],
    [
      'answers outside of its memory',
      module({ call: '(i64.const 0x0000fff000000100)' }),
      'trap',
      /outside of its memory/,
    ],
    [
      'answers at the end of the world',
      module({ call: '(i64.const 0xffffffff00000010)' }),
      'trap',
      /outside of its memory/,
    ],
    ['answers too much', module({ call: '(i64.const 0x00000000ffffffff)' }), 'flood', /4294967295 bytes, the limit is/],
    [
      'asks for too much memory at its start',
      module({ memory: '1000' }),
      'memory',
      /asks for/,
      { memory_bytes: 10 * PAGE },
    ],
  ];
  it.each(never)('that %s certainly did not act', async (_what, bytes, code, why, limits = {}) => {
    const got = await invoke(bytes, limits);
    expect(failureOf(got)).toBe(`not-started: ${code}`);
    expect(got.failure?.why).toMatch(why);
  });

  it('cannot grow past its limit, whether it has a maximum of its own or not', async () => {
    // Answers the pages that it got: 02 stands for true when growing fails.
    const grow = `(if (i32.ne (memory.grow (i32.const 100)) (i32.const -1)) (then unreachable)) ${PACKED}`;
    for (const memory of ['1', '1 65536']) {
      const got = await invoke(module({ memory, call: grow }), { memory_bytes: 50 * PAGE });
      expect(got).toMatchObject({ answer: { body: true } });
    }
  });

  it('that answers with what is no answer is told', async () => {
    const got = await invoke(module({ call: '(i64.const 0x100000000b)' }));
    expect(failureOf(got)).toBe('not-started: bad-answer');
  });

  it('that is aborted rejects with the reason', async () => {
    const runner = await open(module({ call: `(loop $l (br $l)) ${PACKED}` }), { time_ms: 60_000 });
    const abort = new AbortController();
    const reason = new Error('enough');
    const ended = runner.invoke(REQUEST, { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 100);
    await expect(ended).rejects.toBe(reason);
  });
});

describe('the echo of the examples', () => {
  it('answers requests of any size, and grows as it has to', async () => {
    const { manifest, moduleDir } = exampleTool('wasm');
    const runner = await openRunner({ manifest }, { settings: place.settings({ thread: thread.url }), moduleDir });
    opened.push(runner);
    for (const length of [0, 1, 127, 128, 65_500, 65_536, 1 << 20]) {
      const body = ['x'.repeat(length), { a: [-1, null, { b: 2 ** 53 - 1 }] }];
      const got = await runner.invoke(requestTo(manifest, body, length % 2 === 0 ? 'k' : undefined));
      expect(Buffer.compare(got.response ?? REQUEST, encodeToolResponse({ status: 200, body }))).toBe(0);
    }
  });
});
