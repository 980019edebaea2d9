import { isGatosError, LIMITS } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { quickjsRunner } from './index.js';
import { type ScratchJob, ScratchThread, scratchTask, told } from './scratch-jobs.js';

const thread = new ScratchThread();
const runner = quickjsRunner({ concurrency: 2, thread: thread.url });
afterAll(async () => {
  await runner.close();
  thread.dispose();
});

const job = (source: string, more: Partial<ScratchJob> = {}): ScratchJob => ({
  kind: 'quickjs',
  entry: 'main.mjs',
  program: { 'main.mjs': source },
  ...more,
});
const run = async (source: string, more: Partial<ScratchJob> = {}) =>
  told(await runner.run(scratchTask(job(source, more))));

describe('a quickjs job', () => {
  const SUM = `
export function run({ inputs, args, env }) {
  const rows = inputs['data.csv'].trim().split('\\n').map(Number);
  const sum = rows.reduce((a, b) => a + b, 0);
  return {
    outputs: {
      'model.json': { json: { z: sum * Number(args[0]), a: [env.UNIT] } },
      'note.txt': 'sum ' + sum + '\\n',
      'copy.bin': { base64: inputs['raw.bin'].base64 },
    },
    log: ['read ' + rows.length + ' rows', 'done'],
  };
}`;
  const given = {
    inputs: { 'data.csv': '1\n2\n3.5\n', 'raw.bin': new Uint8Array([0xff, 0, 0xfe]) },
    outputs: ['*.bin', 'model.json', 'note.txt'],
    args: ['2'],
    env: { UNIT: 'm' },
  };

  it('gets inputs, arguments and variables, and gives outputs and a log', async () => {
    const ran = await runner.run(scratchTask(job(SUM, given)));
    expect(await told(ran)).toEqual({
      status: 'succeeded',
      exit: 0,
      signal: null,
      failure: null,
      stdout: 'read 3 rows\ndone\n',
      stderr: '',
      dropped: 0,
      outputs: {
        'model.json': '{\n  "a": [\n    "m"\n  ],\n  "z": 13\n}\n',
        'note.txt': 'sum 6.5\n',
        'copy.bin': expect.any(String),
      },
      environment: {
        runner: 'quickjs/1',
        engine: expect.stringMatching(/^quickjs@.*\+gas@1$/),
        os: process.platform,
        arch: process.arch,
        tools: [],
        libraries: [],
        sandbox: { kind: 'quickjs', network: 'none', files: 'confined' },
        variables: { UNIT: 'm' },
        passed: [],
      },
    });
    expect(ran.outputs.map(({ path, size }) => [path, size])).toEqual([
      ['copy.bin', 3],
      ['model.json', 36],
      ['note.txt', 8],
    ]);
    expect([...((await ran.outputs[0]?.read()) ?? [])]).toEqual([0xff, 0, 0xfe]);
    await ran.dispose();
    await expect(ran.outputs[0]?.read()).rejects.toMatchObject({ code: 'runner/disposed' });
  });

  it('gives the same twice, whatever ran between', async () => {
    const first = await run(SUM, given);
    await run('let n = 0; export function run() { n++; Object.prototype; throw new Error("x"); }');
    expect(await run(SUM, given)).toEqual(first);
  });

  it('starts afresh when the same program runs again', async () => {
    const source = 'let n = 0; export function run(input) { n++; return { outputs: { n: String(n) } }; }';
    for (let i = 0; i < 3; i++) expect(await run(source, { outputs: ['n'] })).toMatchObject({ outputs: { n: '1' } });
  });

  it('may give nothing', async () => {
    expect(await run('export const run = (input) => ({});')).toMatchObject({ status: 'succeeded', outputs: {} });
  });

  it('sees the values of variables that are handed on, and the record has their names', async () => {
    const task = scratchTask(
      job('export function run({ env }) { return { outputs: { o: env.TOKEN + env.A } }; }', {
        outputs: ['o'],
        env: { A: '1' },
      }),
    );
    const ran = await runner.run({ ...task, passed: { TOKEN: 'secret' } });
    expect(await told(ran)).toMatchObject({
      outputs: { o: 'secret1' },
      environment: { variables: { A: '1' }, passed: ['TOKEN'] },
    });
  });

  it('has names that are names of every object', async () => {
    const source =
      "export function run({ inputs }) { return { outputs: { o: inputs['__pro' + 'to__'] + inputs['constructor'] } }; }";
    const inputs = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(await run(source, { inputs, outputs: ['o'] })).toMatchObject({ outputs: { o: 'ab' } });
  });
});

describe('a quickjs job fails', () => {
  it.each([
    [
      'throws',
      'export function run(i) {\n  throw new TypeError("no `x`");\n}',
      'it threw TypeError: no `x` (line 2 of `main.mjs`)',
    ],
    ['throws a text', 'export function run(i) { throw "so"; }', 'it threw the text "so"'],
    [
      'throws at its start',
      'throw new Error("early"); export function run(i) {}',
      '`main.mjs` could not be started: Error: early',
    ],
    ['recurses for ever', 'export function run(i) { return run(i); }', 'it nested calls too deeply'],
    [
      'returns nothing',
      'export function run(i) {}',
      'what `run` returned has no form in JSON: `run` returned undefined',
    ],
    [
      'returns a list',
      'export function run(i) { return []; }',
      'what `run` returned has no form in JSON: a list, not an object',
    ],
    [
      'returns a function inside',
      'export function run(i) { return { outputs: { a: () => 1 } }; }',
      '`result.outputs.a` has no form in JSON: a function',
    ],
    [
      'returns another field',
      'export function run(i) { return { output: {} }; }',
      '`run` returns `{ outputs: { path: … }, log: … }`, and it returned a field `output`',
    ],
    [
      'returns outputs that are a list',
      'export function run(i) { return { outputs: [1] }; }',
      '`outputs` maps paths to a text, `{ base64: text }` or `{ json: value }`, and it is a list',
    ],
    [
      'returns a number',
      'export function run(i) { return { outputs: { a: 1 } }; }',
      'the output `a` is a number; it has to be a text, `{ base64: text }` or `{ json: value }`',
    ],
    [
      'returns two forms',
      'export function run(i) { return { outputs: { a: { json: 1, base64: "" } } }; }',
      'the output `a` is an object; it has to be a text, `{ base64: text }` or `{ json: value }`',
    ],
    [
      'returns another form',
      'export function run(i) { return { outputs: { a: { text: "" } } }; }',
      'the output `a` has a field `text`; it has to be a text, `{ base64: text }` or `{ json: value }`',
    ],
    [
      'returns bad base64',
      'export function run(i) { return { outputs: { a: { base64: "=a" } } }; }',
      'the `base64` of output `a` is not base64 (RFC 4648, padded)',
    ],
    [
      'returns a path outside',
      'export function run(i) { return { outputs: { "../a": "" } }; }',
      'the path `../a` of an output has the component `..`',
    ],
    [
      'logs a number',
      'export function run(i) { return { log: ["a", 1] }; }',
      '`log` is a text or a list of texts, and it has a number',
    ],
  ])('when it %s', async (_what, source, failure) => {
    const ran = await run(source);
    expect(ran).toMatchObject({ status: 'failed', exit: 1, failure, outputs: {} });
    expect(ran.stderr).toBe(`${failure}\n`);
  });

  it('with every finding of the check on stderr, in words about jobs', async () => {
    const source =
      'const when = Date.now();\nconsole.log(when);\nexport function run(i) { return fetch("x"); }\nexport default fetch;\n';
    const { status, exit, failure, stderr } = await run(source);
    expect({ status, exit, failure }).toEqual({
      status: 'failed',
      exit: null,
      failure:
        '`main.mjs` is refused at line 1, column 14: `Date`: a quickjs job has no clock: it must give the same outputs on every machine, at any time (and 4 more)',
    });
    expect(stderr.split('\n').map((line) => line.split(':').slice(0, 3).join(':'))).toEqual([
      'main.mjs:1:14',
      'main.mjs:2:1',
      'main.mjs:3:33',
      'main.mjs:4:1',
      'main.mjs:4:16',
      '`main.mjs` is refused at line 1, column 14: `Date`: a quickjs job has no clock',
      '',
    ]);
  });

  it.each([
    'export function fold(state, event) { return state; }',
    'import "x"; export function* run(a, b) {}',
    'export function run(i) { return Math.random() + crypto + Proxy + /x/ + 1n + globalThis + process + Intl + setTimeout + Uint8Array + Promise; }',
    'export function run(i) { return eval("1") + "a".localeCompare("b") + new WeakMap() + nothing; }',
    'export function run(i {',
  ])('and no finding speaks of folds: %s', async (source) => {
    const { status, stderr } = await run(source);
    expect(status).toBe('failed');
    const own = stderr.replaceAll(/`[^`]*`/g, '');
    expect(own).not.toMatch(/\b(folds?|events?|state|payload)\b/);
  });

  it('when a program is no text', async () => {
    const ran = await run('', { program: { 'main.mjs': new Uint8Array([0xff]) } });
    expect(ran).toMatchObject({ status: 'failed', exit: null, failure: '`main.mjs` is not UTF-8 text' });
  });
});

describe('limits of a quickjs job', () => {
  it('a declared output that is missing', async () => {
    const ran = await run('export const run = (i) => ({ outputs: { a: "", b: "" } });', { outputs: ['a', 'c-*'] });
    expect(ran).toMatchObject({
      status: 'no-output',
      exit: 0,
      failure: 'no file that matches `c-*` is there',
      outputs: { a: '' },
    });
    expect(ran.stderr).toContain('`b` is not among the declared outputs');
  });

  it('an output over an input', async () => {
    const ran = await run('export const run = (i) => ({ outputs: { a: "x" } });', {
      inputs: { a: 'y' },
      outputs: ['a'],
    });
    expect(ran).toMatchObject({ status: 'changed-input', outputs: {} });
  });

  it('an endless loop ends by its time', async () => {
    const ran = await run('export function run(i) { for (;;) {} }', { limits: { time_ms: 300 } });
    expect(ran).toMatchObject({ status: 'timed-out', exit: null, failure: 'it ran longer than 300 ms', outputs: {} });
    expect(await run('export const run = (i) => ({});')).toMatchObject({ status: 'succeeded' });
  });

  it('too much memory', async () => {
    const source = 'export function run(i) { const all = []; for (;;) all.push("x".repeat(1000) + all.length); }';
    const ran = await run(source, { limits: { memory_bytes: 4_000_000 } });
    expect(ran).toMatchObject({ status: 'over-limit', failure: 'it used more than 4000000 bytes of memory' });
  });

  it('inputs that do not fit', async () => {
    const inputs = { a: 'x'.repeat(3_000_000), b: 'x'.repeat(3_000_000) };
    const source = 'export const run = ({ inputs }) => ({ log: String(inputs.a.length) });';
    expect(await run(source, { inputs, limits: { memory_bytes: 5_000_000 } })).toMatchObject({
      status: 'over-limit',
      failure: expect.stringMatching(/^it is given 60000\d\d bytes, which do not fit into the 5000000 bytes of memory/),
    });
    expect(await run(source, { inputs, limits: { memory_bytes: 7_000_000 } })).toMatchObject({
      status: 'over-limit',
      failure: 'it used more than 7000000 bytes of memory',
    });
    expect(await run(source, { inputs })).toMatchObject({ status: 'succeeded', stdout: '3000000\n' });
  });

  it('a file that is not read, since there is no room for it', async () => {
    const task = scratchTask(job('export const run = (i) => ({});'));
    const read = () => Promise.reject(new Error('read'));
    const inputs = [{ path: 'a', size: 2 ** 40, executable: false, read }];
    expect(await told(await runner.run({ ...task, inputs }))).toMatchObject({ status: 'over-limit', outputs: {} });
  });

  it('the longest time that may be asked for is longer than one timer', async () => {
    const source =
      'export function run(i) { let n = 0; for (let k = 0; k < 1000000; k++) n += k; return { log: String(n) }; }';
    const limits = { time_ms: LIMITS.jobTimeMs };
    expect(await run(source, { limits })).toMatchObject({ status: 'succeeded', stdout: '499999500000\n' });
  });

  it('gas ends what would run for minutes', async () => {
    // A search pays for the longest that it could take.
    const source = "export function run(i) { return { log: String('a'.repeat(1e6).includes('b'.repeat(1e5))) }; }";
    expect(await run(source)).toMatchObject({
      status: 'timed-out',
      exit: null,
      failure: 'it used more than 1000000000 gas units: endless work, or more than this kind of job is for',
    });
  });

  it('too much output', async () => {
    const source = 'export const run = (i) => ({ outputs: { a: "x".repeat(900) }, log: "y".repeat(100) });';
    expect(await run(source, { outputs: ['a'], limits: { output_bytes: 1000 } })).toMatchObject({
      status: 'over-limit',
      failure: 'it gives 1001 bytes, the limit is 1000',
      outputs: {},
    });
    expect(await run(source, { outputs: ['a'], limits: { output_bytes: 1001 } })).toMatchObject({
      status: 'succeeded',
    });
  });

  it('a source that is too large', async () => {
    const source = `export const run = (i) => ({});//${' '.repeat(LIMITS.foldSourceBytes)}`;
    expect(await run(source)).toMatchObject({ status: 'over-limit', exit: null });
  });

  it('what is printed beyond the log is counted', async () => {
    const source = `export const run = (i) => ({ log: "y".repeat(${LIMITS.jobLogBytes + 10}) });`;
    const ran = await run(source);
    expect({ kept: ran.stdout.length, dropped: ran.dropped }).toEqual({ kept: LIMITS.jobLogBytes, dropped: 11 });
  });
});

describe('the runner of quickjs jobs', () => {
  it.each([
    ['network', { changes: { network: true } }, 'sandboxed/no-network'],
    ['libraries', { changes: { libraries: ['node_modules/x'] } }, 'sandboxed/no-libraries'],
    ['two modules', { program: { 'main.mjs': '', 'b.mjs': '' } }, 'sandboxed/not-one-module'],
    ['no main file', { program: { 'other.mjs': '' } }, 'sandboxed/no-entry'],
    ['one path twice', { inputs: { 'main.mjs': '' } }, 'sandboxed/same-path'],
    ['another kind', { kind: 'wasm' }, 'runner/other-kind'],
  ] as const)('refuses %s', async (_what, more, code) => {
    const task = scratchTask(job('', more as Partial<ScratchJob>));
    expect(await runner.refusal(task.manifest)).toMatchObject({ code });
    await expect(runner.run(task)).rejects.toMatchObject({ code });
  });

  it('refuses nothing else', async () => {
    expect(await runner.refusal(scratchTask(job('')).manifest)).toBeNull();
  });

  it('refuses a file of another size than announced', async () => {
    const task = scratchTask(job('export const run = (i) => ({});', { inputs: { a: 'abc' } }));
    const inputs = task.inputs.map((file) => ({ ...file, size: 2 }));
    await expect(runner.run({ ...task, inputs })).rejects.toMatchObject({ code: 'runner/given-size' });
  });

  it('kills a job whose signal is aborted, also one that still waits', async () => {
    const one = quickjsRunner({ concurrency: 1, thread: thread.url });
    const controller = new AbortController();
    const endless = { ...scratchTask(job('export function run(i) { for (;;) {} }')), signal: controller.signal };
    const jobs = [one.run(endless), one.run(endless)];
    setTimeout(() => controller.abort(new Error('enough')), 100);
    for (const each of await Promise.allSettled(jobs)) expect(each).toMatchObject({ reason: new Error('enough') });
    await expect(one.run(endless)).rejects.toThrow('enough');
    expect(await told(await one.run(scratchTask(job('export const run = (i) => ({});'))))).toMatchObject({
      status: 'succeeded',
    });
    await one.close();
    await expect(one.run(scratchTask(job('')))).rejects.toSatisfy((e) => isGatosError(e, 'sandboxed/closed'));
  });

  it('shows what is printed', async () => {
    const shown: string[] = [];
    const task = scratchTask(job('export const run = (i) => ({ log: "hello" });'));
    await runner.run({
      ...task,
      onOutput: (stream, chunk) => void shown.push(`${stream} ${new TextDecoder().decode(chunk)}`),
    });
    expect(shown).toEqual(['stdout hello\n']);
  });
});
