/** Real modules in real threads. */
import { LIMITS } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { wasmRunner } from './index.js';
import { type ScratchJob, ScratchThread, scratchTask, told } from './scratch-jobs.js';
import { imports, must, print, watTools } from './scratch-wat.js';

const { assemble, command } = watTools(await wabt());

const thread = new ScratchThread();
const runner = wasmRunner({ concurrency: 2, thread: thread.url });
afterAll(async () => {
  await runner.close();
  thread.dispose();
});

const PAGE = 65_536;
const job = (module: Uint8Array, more: Partial<ScratchJob> = {}): ScratchJob => ({
  kind: 'wasm',
  entry: 'main.wasm',
  program: { 'main.wasm': module },
  ...more,
});
const run = async (module: Uint8Array, more: Partial<ScratchJob> = {}) =>
  told(await runner.run(scratchTask(job(module, more))));

/** Opens a path below folder 3 or 4; the descriptor is then at 20. */
const open = (path: number, length: number, { flags = 0, rights = 2, folder = 3 } = {}): string =>
  must(
    `(call $path_open (i32.const ${folder}) (i32.const 0) (i32.const ${path}) (i32.const ${length}) (i32.const ${flags}) (i64.const ${rights}) (i64.const 0) (i32.const 0) (i32.const 20))`,
  );

describe('a wasm job', () => {
  // Copies data.csv to out/copy.csv, and says so.
  const COPY = command(
    ['path_open', 'path_create_directory', 'fd_read', 'fd_write', 'proc_exit'],
    `${must('(call $path_create_directory (i32.const 4) (i32.const 200) (i32.const 3))')}
     ${open(100, 8)}
     (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 500))
     ${must('(call $fd_read (i32.load (i32.const 20)) (i32.const 0) (i32.const 1) (i32.const 8))')}
     (i32.store (i32.const 4) (i32.load (i32.const 8)))
     ${open(200, 12, { flags: 1 | 8, rights: 64, folder: 4 })}
     ${must('(call $fd_write (i32.load (i32.const 20)) (i32.const 0) (i32.const 1) (i32.const 8))')}
     ${print(300, 7)} ${print(300, 2, 2)}`,
    { data: { 100: 'data.csv', 200: 'out/copy.csv', 300: 'copied\n' } },
  );

  it('reads inputs, writes outputs, prints', async () => {
    const ran = await run(COPY, { inputs: { 'data.csv': 'a,b\n1,2\n' }, outputs: ['out/**'] });
    expect(ran).toEqual({
      status: 'succeeded',
      exit: 0,
      signal: null,
      failure: null,
      stdout: 'copied\n',
      stderr: 'co',
      dropped: 0,
      outputs: { 'out/copy.csv': 'a,b\n1,2\n' },
      environment: {
        runner: 'wasm/1',
        engine: 'wasi-preview1@1+gatos-wasi@1',
        os: process.platform,
        arch: process.arch,
        tools: [],
        libraries: [],
        sandbox: { kind: 'wasm', network: 'none', files: 'confined' },
        variables: {},
        passed: [],
      },
    });
  });

  it('exits with the number of what went wrong: there is no input', async () => {
    expect(await run(COPY, { outputs: ['out/*'] })).toMatchObject({
      status: 'failed',
      exit: 44,
      failure: 'it exited with status 44',
      outputs: {},
    });
  });

  it('leaves what is no output behind', async () => {
    expect(await run(COPY, { inputs: { 'data.csv': 'x' }, outputs: ['out/*.json'] })).toMatchObject({
      status: 'no-output',
      exit: 0,
      failure: 'no file that matches `out/*.json` is there',
      outputs: {},
    });
  });

  it('sees arguments and variables', async () => {
    const module = command(
      ['args_sizes_get', 'args_get', 'environ_sizes_get', 'environ_get', 'fd_write'],
      `(drop (call $args_sizes_get (i32.const 16) (i32.const 20))) (drop (call $args_get (i32.const 100) (i32.const 1000)))
       ${print(1000, '(i32.load (i32.const 20))')}
       (drop (call $environ_sizes_get (i32.const 16) (i32.const 20))) (drop (call $environ_get (i32.const 100) (i32.const 2000)))
       ${print(2000, '(i32.load (i32.const 20))', 2)}`,
    );
    const task = scratchTask(job(module, { args: ['--n', 'é'], env: { B: '2', A: '1' } }));
    const ran = await told(await runner.run({ ...task, passed: { TOKEN: 'x' } }));
    expect(ran.stdout).toBe('main.wasm\0--n\0é\0');
    expect(ran.stderr).toBe('A=1\0B=2\0TOKEN=x\0');
    expect(ran.environment).toMatchObject({ variables: { A: '1', B: '2' }, passed: ['TOKEN'] });
  });

  it('has an empty standard input', async () => {
    const module = command(
      ['fd_read', 'proc_exit'],
      `(i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 10)) (i32.store (i32.const 8) (i32.const 99))
       ${must('(call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))')}
       ${must('(i32.load (i32.const 8))')}`,
    );
    expect(await run(module)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    [0, { status: 'succeeded', exit: 0, failure: null }],
    [3, { status: 'failed', exit: 3, failure: 'it exited with status 3' }],
    [256, { status: 'failed', exit: 255, failure: 'it exited with status 256' }],
    [-1, { status: 'failed', exit: 255, failure: 'it exited with status 4294967295' }],
  ])('exits with %i', async (code, want) => {
    expect(await run(command(['proc_exit'], `(call $proc_exit (i32.const ${code})) unreachable`))).toMatchObject(want);
  });

  // The clocks 0 and 1 three times, then 40 random bytes, into one output.
  const CHANCE = command(
    ['path_open', 'fd_write', 'clock_time_get', 'random_get', 'poll_oneoff', 'proc_exit'],
    `${must('(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 1000))')}
     ${must('(call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 1008))')}
     (i32.store (i32.const 516) (i32.const 1)) (i64.store (i32.const 524) (i64.const 5000000000))
     ${must('(call $poll_oneoff (i32.const 500) (i32.const 600) (i32.const 1) (i32.const 8))')}
     ${must('(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 1016))')}
     ${must('(call $random_get (i32.const 1024) (i32.const 40))')}
     (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 64))
     ${open(100, 1, { flags: 1, rights: 64 })}
     ${must('(call $fd_write (i32.load (i32.const 20)) (i32.const 0) (i32.const 1) (i32.const 8))')}`,
    { data: { 100: 'o' } },
  );
  const chance = async (more: Partial<ScratchJob> = {}) => {
    const ran = await runner.run(scratchTask(job(CHANCE, { outputs: ['o'], ...more })));
    const bytes = (await ran.outputs[0]?.read()) as Uint8Array;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return {
      times: [0, 8, 16].map((at) => Number(view.getBigUint64(at, true))),
      random: Buffer.from(bytes.subarray(24)).toString('hex'),
    };
  };

  it('has a clock that counts its looks and waits, and random bytes that follow from the job', async () => {
    const first = await chance();
    expect(first.times).toEqual([1_000_000, 2_000_000, 5_003_000_000]);
    expect(await chance()).toEqual(first);
    expect((await chance({ inputs: { a: '1' } })).random).not.toBe(first.random);
    expect((await chance({ args: ['1'] })).random).not.toBe(first.random);
    const later = await chance({ env: { SOURCE_DATE_EPOCH: '1700000000' } });
    expect(later.times).toEqual([1_700_000_000_001_000_000, 2_000_000, 1_700_000_005_003_000_000]);
    expect((await chance({ env: { SOURCE_DATE_EPOCH: 'now' } })).times).toEqual(first.times);
  });

  it('may have a start function that runs before', async () => {
    const more = '(global $g (mut i32) (i32.const 0)) (func $before (global.set $g (i32.const 7))) (start $before)';
    expect(await run(command(['proc_exit'], '(call $proc_exit (global.get $g))', { more }))).toMatchObject({ exit: 7 });
    const early = '(func $before (drop (call $random_get (i32.const 0) (i32.const 8)))) (start $before)';
    expect(await run(command(['random_get'], '', { more: early }))).toMatchObject({ status: 'succeeded' });
  });

  it('needs no memory', async () => {
    expect(await run(assemble('(module (func (export "_start")))'))).toMatchObject({ status: 'succeeded' });
    const blind = assemble(`(module ${imports('random_get', 'proc_exit')} (func (export "_start")
      (call $proc_exit (call $random_get (i32.const 0) (i32.const 8)))))`);
    expect(await run(blind)).toMatchObject({ exit: 21 });
  });
});

describe('limits of a wasm job', () => {
  it.each([
    ['in its main function', command([], '(loop $l (br $l))')],
    ['in its start function', command([], '', { more: '(func $s (loop $l (br $l))) (start $s)' })],
    ['with calls', command(['sched_yield'], '(loop $l (drop (call $sched_yield)) (br $l))')],
  ])('an endless loop %s ends by its time', async (_where, module) => {
    expect(await run(module, { limits: { time_ms: 300 } })).toMatchObject({
      status: 'timed-out',
      exit: null,
      failure: 'it ran longer than 300 ms',
      outputs: {},
    });
  });

  it('what it printed before is kept', async () => {
    const module = command(['fd_write'], `${print(100, 5)} (loop $l (br $l))`, { data: { 100: 'hello' } });
    const shown: string[] = [];
    const task = scratchTask(job(module, { limits: { time_ms: 500 } }));
    const ran = await runner.run({ ...task, onOutput: (_, chunk) => void shown.push(new TextDecoder().decode(chunk)) });
    expect(await told(ran)).toMatchObject({ status: 'timed-out', stdout: 'hello' });
    expect(shown).toEqual(['hello']);
  });

  const GROW = command(
    ['proc_exit'],
    `(loop $l (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
     (call $proc_exit (local.get $i))`,
  );
  it('memory grows up to its limit, and no further', async () => {
    expect(await run(GROW, { limits: { memory_bytes: 10 * PAGE } })).toMatchObject({ exit: 9 });
    expect(await run(GROW, { limits: { memory_bytes: 11 * PAGE - 1 } })).toMatchObject({ exit: 9 });
    const less = command(['proc_exit'], '(call $proc_exit (i32.eq (memory.grow (i32.const 2)) (i32.const -1)))', {
      memory: '1 2',
    });
    expect(await run(less)).toMatchObject({ exit: 1 });
  });

  it('a module that asks for more at its start is not run', async () => {
    expect(await run(command([], '', { memory: '100' }), { limits: { memory_bytes: 99 * PAGE } })).toMatchObject({
      status: 'over-limit',
      failure: `the module asks for ${100 * PAGE} bytes of memory at its start, the limit is ${99 * PAGE}`,
    });
  });

  it('a flood on stdout ends it', async () => {
    const module = command(['fd_write'], `(loop $l ${print(100, 60_000)} (br $l))`);
    const ran = await run(module, { limits: { output_bytes: 5_000_000 } });
    expect(ran).toMatchObject({ status: 'over-limit', failure: 'it wrote more than 5000000 bytes' });
    expect(ran.stdout.length).toBe(LIMITS.jobLogBytes);
    expect(ran.dropped).toBe(4_980_000 - LIMITS.jobLogBytes);
  });

  it('a program that catches our exceptions does not get any further', async () => {
    const module = command(
      ['fd_write', 'proc_exit'],
      `(try (do (call $proc_exit (i32.const 5))) (catch_all)) ${print(100, 5)}`,
      { data: { 100: 'still' } },
    );
    const ran = await run(module);
    expect(ran).toMatchObject({ status: 'failed', exit: 5, stdout: '' });
  });

  it('files beyond the bound end it, also those that were not written but made large', async () => {
    const module = command(
      ['path_open', 'fd_filestat_set_size', 'proc_exit'],
      `${open(100, 1, { flags: 1, rights: 64 })} ${must('(call $fd_filestat_set_size (i32.load (i32.const 20)) (i64.const 1000000000000))')}`,
      { data: { 100: 'o' } },
    );
    expect(await run(module, { outputs: ['o'] })).toMatchObject({
      status: 'over-limit',
      failure: `it wrote more than ${16 * 1024 * 1024} bytes`,
      outputs: { o: '' },
    });
  });

  it('100,000 files end it, or as many descriptors fail', async () => {
    const name =
      '(i32.store (i32.const 100) (i32.add (i32.const 0x30303030) (i32.add (i32.and (local.get $i) (i32.const 0x3f)) (i32.add (i32.shl (i32.and (local.get $i) (i32.const 0xfc0)) (i32.const 2)) (i32.shl (i32.and (local.get $i) (i32.const 0x3f000)) (i32.const 4))))))';
    const next =
      '(local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 100000)))';
    const many = (after: string) =>
      command(
        ['path_open', 'fd_close', 'proc_exit'],
        `(loop $l ${name} ${open(100, 4, { flags: 5, rights: 64 })} ${after} ${next})`,
      );
    expect(await run(many('(drop (call $fd_close (i32.load (i32.const 20))))'))).toMatchObject({
      status: 'over-limit',
      failure: `it made more than ${LIMITS.wasiNodes} files and folders`,
    });
    expect(await run(many(''))).toMatchObject({ status: 'failed', exit: 33 });
  });

  it('too many outputs, or paths that cannot be recorded', async () => {
    const back = command(['path_open', 'proc_exit'], open(100, 3, { flags: 1 }), { data: { 100: 'a\\b' } });
    expect(await run(back, { outputs: ['*'] })).toMatchObject({
      status: 'failed',
      failure: 'the output `a\\b` cannot be recorded: its path has a backslash, which is a separator on some machines',
      outputs: {},
    });
    expect(await run(back)).toMatchObject({ status: 'succeeded' });
  });
});

describe('a program that traps', () => {
  it.each([
    ['unreachable', 'unreachable', 'the program trapped: unreachable'],
    ['divide by zero', '(drop (i32.div_s (i32.const 1) (i32.const 0)))', 'the program trapped: divide by zero'],
    ['out of bounds', '(drop (i32.load (i32.const -1)))', 'the program trapped: memory access out of bounds'],
    ['recursion', '(call $deep)', 'it nested calls too deeply'],
    ['an exception', '(throw $e)', 'the program threw an exception that it did not catch'],
  ])('by %s failed', async (_what, body, failure) => {
    const more = '(tag $e) (func $deep (call $deep) (drop (memory.grow (i32.const 0))))';
    const ran = await run(command([], body, { more }));
    expect(ran).toMatchObject({ status: 'failed', exit: null, signal: null, failure });
    expect(ran.stderr).toBe(`${failure}\n`);
  });
});

describe('the thread', () => {
  it('does not hold up the event loop', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    await run(command([], '(loop $l (br $l))'), { limits: { time_ms: 400 } });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('that is broken is a fault, and no hang', async () => {
    const broken = wasmRunner({ concurrency: 1, thread: new URL('file:///nowhere/thread.mjs') });
    await expect(broken.run(scratchTask(job(command([], ''))))).rejects.toMatchObject({
      code: 'sandboxed/thread-failed',
    });
    const silent = wasmRunner({ concurrency: 1, thread: new URL('data:text/javascript,process.exit(3)') });
    await expect(silent.run(scratchTask(job(command([], ''))))).rejects.toMatchObject({
      code: 'sandboxed/thread-failed',
    });
    const full =
      "import {parentPort} from 'node:worker_threads'; parentPort.on('message', () => { const all = []; for (;;) all.push(new Array(1e6).fill({})); })";
    const large = wasmRunner({ concurrency: 1, thread: new URL(`data:text/javascript,${encodeURIComponent(full)}`) });
    expect(await told(await large.run(scratchTask(job(command([], '')))))).toMatchObject({ status: 'over-limit' });
  });
});
