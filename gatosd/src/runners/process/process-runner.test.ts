import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGatosError } from 'gatos-core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type JobSketch, type Outcome, runSketch, sketchTask } from '../scratch-job.js';
import { bubblewrapWorks, ScratchPlace } from './scratch-place.js';

const place = new ScratchPlace();
const works = await bubblewrapWorks();
const python = existsSync(join(place.plainPath, 'python3'));
afterAll(() => place.dispose());
afterEach(() => expect(place.leftovers()).toEqual([]));

const code = (wanted: string) => expect.toSatisfy((error: unknown) => isGatosError(error, wanted), wanted);

describe.each([
  ['confined', true],
  ['unconfined', false],
] as const)('a job, %s', (_name, confined) => {
  const each = it.skipIf(confined && !works);
  const run = (sketch: JobSketch): Promise<Outcome> => runSketch(place.runner(confined), sketch);

  each('is given files and gives files', async () => {
    const train = `import { readFileSync, writeFileSync } from 'node:fs';
      import { scale } from './lib/scale.mjs';
      writeFileSync('out/model.json', JSON.stringify({ sum: scale(readFileSync(process.argv[2], 'utf8').split(',').map(Number)) }));
      console.log('trained'); console.error('warned');`;
    const ran = await run({
      command: ['node', 'train.mjs', 'data/in put.csv'],
      inputs: { 'data/in put.csv': '1,2,3' },
      program: { 'train.mjs': train, 'lib/scale.mjs': 'export const scale = (v) => 2 * v.reduce((a, b) => a + b);' },
      outputs: ['out/*.json'],
    });
    expect(ran).toMatchObject({ status: 'succeeded', exit: 0, signal: null, failure: null, dropped: 0 });
    expect(ran).toMatchObject({ out: 'trained\n', err: 'warned\n', files: { 'out/model.json': '{"sum":12}' } });
    expect(ran.finished).toBeGreaterThan(ran.started);
    expect(ran.environment).toMatchObject({
      runner: 'process/1',
      engine: null,
      arch: process.arch,
      libraries: [],
      passed: [],
    });
    const [tool] = ran.environment.tools;
    expect(tool).toMatchObject({ name: 'node', version: expect.stringMatching(/^v\d+\./) });
    const sha256 = execFileSync('openssl', [
      'dgst',
      '-sha256',
      '-r',
      realpathSync(execFileSync('which', ['node'], { encoding: 'utf8' }).trim()),
    ]);
    expect(Buffer.from(tool?.digest ?? []).toString('hex')).toBe(sha256.toString().slice(0, 64));
  });

  it.skipIf((confined && !works) || !python)('runs python', async () => {
    const script =
      'import csv, json, ssl, sqlite3, sys\njson.dump(sum(int(r[0]) for r in csv.reader(open("in.csv"))), open("sum.json", "w"))';
    const ran = await run({
      command: ['python3', 'sum.py'],
      program: { 'sum.py': script },
      inputs: { 'in.csv': '1\n2\n' },
      outputs: ['sum.json'],
    });
    expect(ran).toMatchObject({ status: 'succeeded', err: '', files: { 'sum.json': '3' } });
    expect(ran.environment.tools).toMatchObject([{ name: 'python3', version: expect.stringMatching(/^Python 3\./) }]);
  });

  each('runs a script that it brings, and records what runs it', async () => {
    const ran = await run({
      command: ['./bin/go', 'a  b', '', '*'],
      program: { 'bin/go': '#!/usr/bin/env node\nconsole.log(JSON.stringify(process.argv.slice(2)))' },
    });
    expect(ran).toMatchObject({ status: 'succeeded', out: '["a  b","","*"]\n' });
    expect(ran.environment.tools.map(({ name }) => name)).toEqual(['node']);
  });

  each.each([
    [['no-such-command'], {}, 127, 'it is not on the search path'],
    [['./no-such-file'], {}, 127, 'the job has no such file'],
    [['../../../bin/true'], {}, 127, 'the job has no such file'],
    [['/no/such/file'], {}, 127, 'the job has no such file'],
    [['go'], { go: '#!/bin/sh\n' }, 127, 'its own file is called `./go`'],
    [['./go'], { go: '#!/no/such/interpreter\n' }, 127, 'could not be run'],
  ] as const)('cannot run %s', async (command, program, exit, why) => {
    const ran = await run({ command: command as unknown as [string], program });
    expect(ran).toMatchObject({ status: 'failed', exit, signal: null, files: {} });
    expect(ran.failure).toContain(why);
  });

  each('sees the variables that are recorded, and no others', async () => {
    process.env.GATOS_TEST_PLANTED = 'planted-secret-1';
    const env = {
      ...process.env,
      PATH: confined ? process.env.PATH : place.plainPath,
      AWS_SECRET_ACCESS_KEY: 'planted-secret-2',
      LD_LIBRARY_PATH: 'planted-secret-3',
    };
    const sketch: JobSketch = {
      command: ['node', '-p', 'JSON.stringify(process.env)'],
      env: { SEED: '7', TZ: 'Europe/Oslo' },
      passed: { TOKEN: 'handed-on-4', SEED: '8' },
    };
    const ran = await runSketch(place.runner(confined, { env }), sketch);
    const seen = JSON.parse(ran.out) as Record<string, string>;
    const { PATH, HOME, TMPDIR, ...rest } = seen;
    delete rest.PWD; // bubblewrap sets it when it changes into the folder.
    const fixed = { LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0', SOURCE_DATE_EPOCH: '0' };
    expect(rest).toEqual({ ...fixed, SEED: '8', TOKEN: 'handed-on-4', TZ: 'Europe/Oslo' });
    expect(PATH?.split(':').slice(-2)).not.toContain(place.plainPath);
    expect(ran.environment.passed).toEqual(['SEED', 'TOKEN']);
    expect(ran.environment.variables).toEqual({
      ...fixed,
      TZ: 'Europe/Oslo',
      PATH: expect.any(String),
      HOME: confined ? '/job' : '.',
      TMPDIR: confined ? '/tmp' : '../tmp',
    });
    if (confined) expect([HOME, TMPDIR]).toEqual(['/job', '/tmp']);
    const all = JSON.stringify(ran, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(all).not.toContain('planted-secret');
    expect(JSON.stringify(ran.environment)).not.toContain('handed-on');
    expect(readFileSync(join(place.folder, 'tools.json'), 'utf8')).not.toMatch(/planted|handed/);
  });

  each('has what is passed on in no argument of any process', async () => {
    const ran = await run({
      command: ['sh', '-c', 'cat /proc/*/cmdline | tr "\\0" "\\n"'],
      passed: { TOKEN: 'handed-on-5' },
    });
    expect(ran.out).not.toContain('handed-on-5');
    const script = `const fs = require('fs'); let all = ''; for (const p of fs.readdirSync('/proc')) try { all += fs.readFileSync('/proc/' + p + '/cmdline') } catch {} ; console.log(all.includes(process.env.TOKEN))`;
    expect((await run({ command: ['node', '-e', script], passed: { TOKEN: 'handed-on-6' } })).out).toBe('false\n');
  });

  each('has a folder for temporary files, which is not collected', async () => {
    const ran = await run({
      command: ['sh', '-c', 'echo 1 > "$TMPDIR/a"; echo 2 > b; cat "$TMPDIR/a"'],
      outputs: ['**'],
    });
    expect(ran).toMatchObject({ status: 'succeeded', out: '1\n', files: { b: '2\n' } });
  });

  each('reads libraries of the machine', async () => {
    const root = mkdtempSync(join(realpathSync(tmpdir()), 'gatos-libraries-'));
    try {
      mkdirSync(join(root, 'node_modules/adder'), { recursive: true });
      writeFileSync(join(root, 'node_modules/adder/package.json'), '{"version":"1.2.3","main":"i.js"}');
      writeFileSync(join(root, 'node_modules/adder/i.js'), 'module.exports = (a, b) => a + b');
      writeFileSync(join(root, 'node_modules/other.js'), '');
      const sketch: JobSketch = {
        command: ['node', '-e', "console.log(require('adder')(1, 2)); require('fs').writeFileSync('o', '')"],
        libraries: { root, paths: ['node_modules/adder'] },
        outputs: ['**'],
      };
      const first = await run(sketch);
      expect(first).toMatchObject({ status: 'succeeded', out: '3\n', files: { o: '' } });
      expect(Object.keys(first.files)).toEqual(['o']);
      const [fact] = first.environment.libraries;
      expect(fact).toMatchObject({ path: 'node_modules/adder', version: '1.2.3' });
      expect((await run(sketch)).environment.libraries).toEqual([fact]);
      writeFileSync(join(root, 'node_modules/adder/i.js'), 'module.exports = (a, b) => a * b');
      const second = await run(sketch);
      expect(second.out).toBe('2\n');
      expect(second.environment.libraries[0]?.digest).not.toEqual(fact?.digest);
      const write = await run({ ...sketch, command: ['sh', '-c', 'echo x > node_modules/adder/new'], outputs: [] });
      expect(write.status).toBe(confined ? 'failed' : 'succeeded');
      expect(existsSync(join(root, 'node_modules/adder/new'))).toBe(!confined);
      const within = { ...sketch, inputs: { 'node_modules/adder/i.js': 'x' } };
      await expect(run(within)).rejects.toThrow(code('runner/bad-given-file'));
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  each('is heard before it ends', async () => {
    const stop = new AbortController();
    const heard: string[] = [];
    const onOutput = (stream: string, chunk: Uint8Array): void => {
      heard.push(`${stream}:${Buffer.from(chunk)}`);
      stop.abort(new Error('heard'));
    };
    // It would sleep for an hour: only what it has printed meanwhile can end it.
    const running = run({ command: ['sh', '-c', 'echo 1 >&2; sleep 3600'], onOutput, signal: stop.signal });
    await expect(running).rejects.toThrow('heard');
    expect(heard).toEqual(['stderr:1\n']);
  });

  each('keeps its outputs until it is disposed of, and not beyond', async () => {
    const ran = await place.runner(confined).run(sketchTask({ command: ['sh', '-c', 'echo 1 > a'], outputs: ['a'] }));
    const [output] = ran.outputs;
    expect(Buffer.from((await output?.read()) ?? []).toString()).toBe('1\n');
    await Promise.all([ran.dispose(), ran.dispose()]);
    await expect(output?.read()).rejects.toThrow(code('runner/disposed'));
  });
});

describe('the process runner', () => {
  const runner = place.runner(false);

  it('refuses other kinds, and nothing to run', async () => {
    const wasm = sketchTask({ command: ['x'], kind: 'wasm' });
    expect(await runner.refusal(wasm.manifest)).toMatchObject({ code: 'runner/other-kind', exit: 30 });
    await expect(runner.run(wasm)).rejects.toThrow(code('runner/other-kind'));
    expect(await runner.refusal(sketchTask({ command: [''] }).manifest)).toMatchObject({ code: 'runner/bad-program' });
    expect(await runner.refusal(sketchTask({ command: ['true'] }).manifest)).toBeNull();
  });

  it('refuses to run unconfined when that is asked for', async () => {
    const strict = place.runner(false, { requireSandbox: true });
    const refused = await strict.refusal(sketchTask({ command: ['true'] }).manifest);
    expect(refused).toMatchObject({
      code: 'runner/no-sandbox',
      message: expect.stringContaining('no `bwrap` on the search path'),
    });
    await expect(runSketch(strict, { command: ['true'] })).rejects.toThrow(code('runner/no-sandbox'));
  });

  it.skipIf(!works)('runs when it has to be confined and can be', async () => {
    expect(await runSketch(place.runner(true, { requireSandbox: true }), { command: ['true'] })).toMatchObject({
      status: 'succeeded',
    });
  });

  it('runs unconfined, and says so, when bubblewrap is there and does not work', async () => {
    const broken = mkdtempSync(join(place.folder, 'broken-'));
    writeFileSync(
      join(broken, 'bwrap'),
      '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    const env = { PATH: `${broken}:${place.plainPath}` };
    const ran = await runSketch(place.runner(false, { env }), { command: ['true'] });
    expect(ran.environment.sandbox).toEqual({ kind: 'none', network: 'host', files: 'open' });
    const refused = await place
      .runner(false, { env, requireSandbox: true })
      .refusal(sketchTask({ command: ['true'] }).manifest);
    expect(refused?.message).toContain('No permissions to create new namespace');
  });

  it('throws for what was promised and not given', async () => {
    const task = sketchTask({ command: ['true'], inputs: { a: '1' } });
    const with_ = (change: object) => ({ ...task, inputs: [{ ...task.inputs[0], ...change }] }) as typeof task;
    await expect(runner.run(with_({ read: async () => Buffer.from('2') }))).rejects.toThrow(code('runner/given-bytes'));
    await expect(runner.run(with_({ size: 2 }))).rejects.toThrow(code('runner/given-size'));
    await expect(runner.run(with_({ path: '../a' }))).rejects.toThrow(code('runner/bad-given-file'));
    await expect(runner.run(with_({ path: 'b' }))).rejects.toThrow(code('runner/given-bytes'));
    await expect(runner.run({ ...task, inputs: [] })).rejects.toThrow(code('runner/bad-given-file'));
    const both = sketchTask({ command: ['true'], inputs: { a: '1' }, program: { 'a/b': '2' } });
    await expect(runner.run(both)).rejects.toThrow(code('runner/bad-given-file'));
  });

  it.each([
    ['NAME-WITH-DASH', 'x'],
    ['NUL', 'a\0b'],
    ['LONG', 'x'.repeat(70_000)],
  ])('does not set the variable %s', async (name, value) => {
    await expect(runSketch(runner, { command: ['true'], passed: { [name]: value } })).rejects.toThrow(
      code('runner/bad-variable'),
    );
  });

  it('says which library is not here', async () => {
    const missing = runSketch(runner, { command: ['true'], libraries: { root: place.folder, paths: ['no/such'] } });
    await expect(missing).rejects.toThrow(code('runner/no-library'));
  });

  it('notices that a program was replaced, whatever its times say', async () => {
    const folder = mkdtempSync(join(place.folder, 'tool-'));
    const tool = join(folder, 'tool');
    const digest = async (): Promise<string> => {
      const env = { PATH: `${folder}:${place.plainPath}` };
      const { environment } = await runSketch(place.runner(false, { env }), { command: ['tool'] });
      return Buffer.from(environment.tools.find(({ name }) => name === 'tool')?.digest ?? []).toString('hex');
    };
    writeFileSync(tool, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    spawnSync('touch', ['-d', '2001-01-01', tool]);
    const before = await digest();
    expect(await digest()).toBe(before);
    writeFileSync(tool, '#!/bin/sh\nexit 00', { mode: 0o755 });
    spawnSync('touch', ['-d', '2001-01-01', tool]);
    expect(await digest()).not.toBe(before);
  });

  it('follows the stand-ins of version managers to the program', async () => {
    const shims = join(place.folder, 'shims');
    mkdirSync(shims);
    writeFileSync(join(shims, 'node'), `#!/bin/sh\nexec "$REAL_NODE" "$@"\n`, { mode: 0o755 });
    const env = { PATH: `${shims}:${place.plainPath}`, REAL_NODE: join(place.plainPath, 'node') };
    const ran = await runSketch(place.runner(false, { env }), { command: ['node', '-p', '1'] });
    expect(ran).toMatchObject({ status: 'succeeded', out: '1\n' });
    expect(ran.environment.tools.map(({ name }) => name)).toEqual(['node']);
  });

  it('finds nothing through relative folders of the search path', async () => {
    const env = { PATH: `.::${place.plainPath}` };
    symlinkSync('/bin/true', join(place.folder, 'here'));
    const ran = await runSketch(place.runner(false, { env }), { command: ['here'] });
    expect(ran).toMatchObject({ status: 'failed', exit: 127 });
    expect(readdirSync(place.root)).toEqual([]);
  });
});
