import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LIMITS } from 'gatos-core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type JobSketch, type Outcome, runSketch } from '../scratch-job.js';
import { bubblewrapWorks, running, ScratchPlace } from './scratch-place.js';

const place = new ScratchPlace();
const works = await bubblewrapWorks();
afterAll(() => place.dispose());
// Whatever happened: no folder stays behind.
afterEach(() => expect(place.leftovers()).toEqual([]));

let sleeps = 0;
/** Seconds that nobody else sleeps, so that those who do can be found. */
const nap = (): string => `${100_000 + process.pid}.${1000 + sleeps++}`;

/** What a hostile job can try, with and without bubblewrap; `confined` is skipped visibly where bubblewrap does not work. */
describe.each([
  ['confined', true],
  ['unconfined', false],
] as const)('a job that misbehaves, %s', (_name, confined) => {
  const each = it.skipIf(confined && !works);
  const run = (sketch: JobSketch): Promise<Outcome> => runSketch(place.runner(confined), sketch);
  const sh = (script: string, sketch: Omit<JobSketch, 'command'> = {}): Promise<Outcome> =>
    run({ command: ['sh', '-c', script], ...sketch });

  each('says what held', async () => {
    const { environment } = await sh('true');
    expect(environment.sandbox).toEqual(
      confined
        ? { kind: 'bubblewrap', network: 'none', files: 'confined' }
        : { kind: 'none', network: 'host', files: 'open' },
    );
  });

  each('hangs', async () => {
    const seconds = nap();
    const ran = await sh(`sleep ${seconds}`, { limits: { time_ms: 200 } });
    expect(ran).toMatchObject({ status: 'timed-out', exit: null, signal: 'SIGTERM' });
    expect(ran.failure).toBe('it did not end within 200 ms');
    expect(running(seconds)).toEqual([]);
  });

  each('hangs, and does not listen to TERM; what it printed and wrote before is kept', async () => {
    const seconds = nap();
    const script = `trap '' TERM; echo started; echo 1 > a.txt; while :; do sleep ${seconds}; done`;
    const ran = await sh(script, { limits: { time_ms: 300 }, outputs: ['a.txt'] });
    expect(ran).toMatchObject({ status: 'timed-out', signal: 'SIGKILL', out: 'started\n', files: { 'a.txt': '1\n' } });
    expect(running(seconds)).toEqual([]);
  });

  each('may clean up when it is asked to end', async () => {
    const seconds = nap();
    const script = `trap 'echo bye; echo saved > a.txt; exit 0' TERM; echo up; sleep ${seconds} & wait`;
    const ran = await sh(script, { limits: { time_ms: 400 }, outputs: ['a.txt'] });
    expect(ran).toMatchObject({ status: 'timed-out', out: 'up\nbye\n', files: { 'a.txt': 'saved\n' } });
    expect(running(seconds)).toEqual([]);
  });

  each('floods what it prints', async () => {
    const ran = await run({ command: ['yes', 'flood'], limits: { output_bytes: 5_000_000 } });
    expect(ran).toMatchObject({ status: 'over-limit', failure: 'it printed more than 5000000 bytes' });
    expect(ran.out).toHaveLength(LIMITS.jobLogBytes);
    expect(ran.out.length + ran.dropped).toBeGreaterThan(5_000_000);
  });

  each('prints more than is kept, within its limit', async () => {
    const ran = await run({
      command: ['node', '-e', `process.stdout.write('x'.repeat(3_000_000)); process.stderr.write('e')`],
    });
    expect(ran).toMatchObject({ status: 'succeeded', err: 'e', dropped: 3_000_000 - LIMITS.jobLogBytes });
  });

  each('prints too much and ends at once', async () => {
    const ran = await sh('echo 12345678901', { limits: { output_bytes: 10 } });
    expect(ran).toMatchObject({ status: 'over-limit', out: '12345678901\n' });
  });

  each('floods the folder with files', async () => {
    const script = `for (let i = 0; i < ${LIMITS.jobFiles + 10}; i++) fs.writeFileSync('o/' + i, '')`;
    const ran = await run({ command: ['node', '-e', script], outputs: ['o/*'] });
    expect(ran.status).toBe('over-limit');
    expect(Object.keys(ran.files)).toHaveLength(LIMITS.jobFiles);
  });

  each('floods the folder with files that are no outputs', async () => {
    const script = `fs.mkdirSync('junk'); for (let i = 0; i < 6000; i++) fs.writeFileSync('junk/' + i, ''); fs.writeFileSync('a', '')`;
    expect(await run({ command: ['node', '-e', script], outputs: ['a'] })).toMatchObject({
      status: 'succeeded',
      files: { a: '' },
    });
  });

  each('writes more than it may', async () => {
    const script = 'printf 123456 > a; printf 123456 > b; printf 1 > c';
    const ran = await sh(script, { outputs: ['*'], limits: { output_bytes: 10 } });
    expect(ran).toMatchObject({ status: 'over-limit', files: { a: '123456', c: '1' } });
    expect(ran.failure).toContain('`b` of 6 bytes');
  });

  each('leaves a huge file without content', async () => {
    const ran = await sh('truncate -s 1T huge; echo 1 > small', { outputs: ['huge', 'small'] });
    expect(ran).toMatchObject({ status: 'over-limit', files: { small: '1\n' } });
    expect(ran.failure).toContain(`with the output \`huge\` of ${2 ** 40} bytes the job gives more than`);
  });

  each('leaves children running', async () => {
    const seconds = nap();
    expect(await sh(`sleep ${seconds} & echo done`)).toMatchObject({ status: 'succeeded', out: 'done\n' });
    expect(running(seconds)).toEqual([]);
  });

  each('leaves a daemon: another session, no terminal, no variables', async () => {
    const seconds = nap();
    const daemon = `cd /; (setsid env -i sh -c 'sleep ${seconds} >/dev/null 2>&1 & sleep ${seconds}') >/dev/null 2>&1 &`;
    expect(await sh(`${daemon} sleep 0.5; echo done`)).toMatchObject({ status: 'succeeded', out: 'done\n' });
    expect(running(seconds)).toEqual([]);
  });

  each('leaves a daemon at once, which still has its variables', async () => {
    const seconds = nap();
    const ran = await sh(`cd /; (setsid sh -c 'sleep ${seconds} & sleep ${seconds}' >/dev/null 2>&1 &); exit 0`);
    expect(ran.status).toBe('succeeded');
    expect(running(seconds)).toEqual([]);
  });

  each('multiplies', async () => {
    const seconds = nap();
    const script = `f() { while :; do sleep ${seconds} & sleep 0.05; kill $! ; done; }; for i in $(seq 60); do f & done; trap '' TERM; wait`;
    const ran = await sh(script, { limits: { time_ms: 700 } });
    expect(ran.status).toBe('timed-out');
    expect(running(seconds)).toEqual([]);
  });

  each('takes too much memory', async () => {
    const script = 'const a = []; for (;;) a.push(Buffer.alloc(8 << 20, 1))';
    const ran = await run({ command: ['node', '-e', script], limits: { memory_bytes: 300 * 2 ** 20 } });
    expect(ran).toMatchObject({ status: 'over-limit', failure: `it took more than ${300 * 2 ** 20} bytes of memory` });
  });

  each('writes outside of its folder', async () => {
    const target = join(place.folder, `outside-${confined}`);
    const ran = await run({ command: ['sh', '-c', 'echo x > "$1"', 'sh', target] });
    expect(ran.status).toBe(confined ? 'failed' : 'succeeded');
    expect(existsSync(target)).toBe(!confined);
    expect(ran.environment.sandbox.files).toBe(confined ? 'confined' : 'open');
  });

  each('reads outside of its folder', async () => {
    const secret = join(place.folder, 'secret');
    writeFileSync(secret, 'hidden');
    const ran = await run({ command: ['cat', secret] });
    expect(ran).toMatchObject(confined ? { status: 'failed', out: '' } : { status: 'succeeded', out: 'hidden' });
  });

  each('sees the processes of others', async () => {
    const ran = await run({ command: ['sh', '-c', `test -e /proc/${process.pid}/environ && kill -0 ${process.pid}`] });
    expect(ran.status).toBe(confined ? 'failed' : 'succeeded');
  });

  each('reads the network', async () => {
    const server = createServer((socket) => socket.end('from outside'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const script = `require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d))).on('error', (e) => { console.log(e.code); process.exit(1); })`;
    try {
      const without = await run({ command: ['node', '-e', script] });
      expect(without.out).toBe(confined ? 'ECONNREFUSED\n' : 'from outside\n');
      expect(without.environment.sandbox.network).toBe(confined ? 'none' : 'host');
      const asked = await run({ command: ['node', '-e', script], network: true });
      expect(asked).toMatchObject({ status: 'succeeded', out: 'from outside\n' });
      expect(asked.environment.sandbox.network).toBe('host');
    } finally {
      server.close();
    }
  });

  each.each([
    ['changed', 'chmod u+w in.csv; echo more >> in.csv'],
    ['changed', 'chmod u+w in.csv; printf b > in.csv'],
    ['removed', 'rm -f in.csv'],
    ['replaced', 'rm -f in.csv; ln -s /etc/hosts in.csv'],
    ['replaced', 'rm -f in.csv; mkdir in.csv'],
    ['replaced', 'rm -f in.csv; mkfifo in.csv'],
  ])('%s its input: %s', async (what, script) => {
    const ran = await sh(`${script}; echo 1 > out`, { inputs: { 'in.csv': 'a' }, outputs: ['out'] });
    expect(ran).toMatchObject({ status: 'changed-input', exit: 0, files: { out: '1\n' } });
    expect(ran.failure).toBe(`the job ${what} the file \`in.csv\` that it was given`);
  });

  each('changes its program, through the folder that it is in', async () => {
    const ran = await sh('mv lib away; mkdir lib; echo 2 > lib/x.sh', { program: { 'lib/x.sh': '1' } });
    expect(ran).toMatchObject({
      status: 'changed-input',
      failure: 'the job changed the file `lib/x.sh` that it was given',
    });
    const linked = await sh('mv lib away; ln -s away lib', { program: { 'lib/x.sh': '1' } });
    expect(linked).toMatchObject({
      status: 'changed-input',
      failure: 'the job replaced the file `lib/x.sh` that it was given',
    });
  });

  each('touches its input and leaves it as it was', async () => {
    const ran = await sh('cp in.csv x; mv -f x in.csv', { inputs: { 'in.csv': 'a' } });
    expect(ran).toMatchObject({ status: 'succeeded', failure: null });
  });

  each.each([
    ['nothing', 'true', 'out.json', ''],
    ['a symlink to a file of the machine', 'ln -s /etc/hosts out.json', 'out.json', ': `out.json` is a symbolic link'],
    ['a symlink into its own folder', 'echo 1 > x; ln -s x out.json', 'out.json', ': `out.json` is a symbolic link'],
    ['a pipe', 'mkfifo out.json', 'out.json', ': `out.json` is no regular file'],
    ['a folder', 'mkdir out.json', 'out.json', ': `out.json` is a folder'],
    ['a path through a symlink', 'mkdir x; echo 1 > x/a; ln -s x o', 'o/a', ': `o` is a symbolic link'],
    ['a path through a symlink out of its folder', 'ln -s /etc o', 'o/passwd', ': `o` is a symbolic link'],
    [
      'a second name of a file that is no output',
      'echo 1 > x; ln x out.json',
      'out.json',
      ': `out.json` is a hard link to a file that is no output',
    ],
    ['its own input', 'true', '*.csv', ''],
  ])('gives %s as its output', async (_what, script, pattern, because) => {
    const ran = await sh(`rmdir o 2>/dev/null; ${script}`, { inputs: { 'in.csv': 'a' }, outputs: [pattern] });
    expect(ran).toMatchObject({ status: 'no-output', exit: 0, files: {} });
    expect(ran.failure).toBe(`there is no output \`${pattern}\`${because}`);
  });

  each('gives outputs beside what is none', async () => {
    const script =
      'echo 1 > o/a; ln o/a o/b; ln -s a o/c; mkfifo o/d; mkdir -p o/e/f; echo 2 > o/e/f/g; printf 3 > "$(printf \'o/\\377\')"';
    const ran = await sh(script, { outputs: ['o/**'] });
    expect(ran).toMatchObject({ status: 'succeeded', files: { 'o/a': '1\n', 'o/b': '1\n', 'o/e/f/g': '2\n' } });
    expect(Object.keys(ran.files)).toEqual(['o/a', 'o/b', 'o/e/f/g']);
  });

  each('gives a file whose name cannot be recorded', async () => {
    const ran = await sh("echo 1 > 'a\\b'", { outputs: ['*'] });
    expect(ran).toMatchObject({ status: 'failed', exit: 0, files: {} });
    expect(ran.failure).toContain('cannot be recorded: its path has a backslash');
  });

  each.each(['SEGV', 'KILL', 'TERM', 'ABRT'])('ends by SIG%s', async (signal) => {
    const ran = await sh(`echo before; kill -${signal} $$; sleep 5`);
    expect(ran).toMatchObject({ status: 'killed', exit: null, signal: `SIG${signal}`, out: 'before\n' });
    expect(ran.failure).toBe(`it was ended by SIG${signal}`);
  });

  each('fails, and what it left is kept', async () => {
    const ran = await sh('echo 1 > out; exit 3', { outputs: ['out', 'other'] });
    expect(ran).toMatchObject({
      status: 'failed',
      exit: 3,
      failure: 'it ended with exit status 3',
      files: { out: '1\n' },
    });
  });

  each('waits for input that never comes', async () => {
    expect(await run({ command: ['cat'] })).toMatchObject({ status: 'succeeded', out: '' });
  });

  each('takes all rights from its folders, and nests them without end', async () => {
    const script = `mkdir -p a/b; touch a/b/c; chmod 0 a/b a; perl -e 'for (1 .. 1500) { mkdir "dddd"; chdir "dddd" }'`;
    expect((await sh(script)).status).toBe('succeeded');
  });

  each('takes all rights from its outputs, its input and its folder', async () => {
    const script = 'echo 1 > o/a; chmod 0 o/a o in.csv .; echo end';
    const ran = await sh(script, { inputs: { 'in.csv': 'a' }, outputs: ['o/a'] });
    expect(ran).toMatchObject({ status: 'succeeded', out: 'end\n', files: { 'o/a': '1\n' } });
  });

  it.each([
    ['removes', 'rm -rf "$HOME"'],
    ['replaces', 'mv "$HOME" "$HOME.away"; ln -s /etc "$HOME"'],
  ])('%s the folder that it was started in, unconfined', async (_what, script) => {
    const sketch = { inputs: { passwd: 'a' }, outputs: ['host*'] };
    const command = ['sh', '-c', `cd /; ${script}`] as const;
    const ran = await runSketch(place.runner(false), { command, ...sketch });
    expect(ran).toMatchObject({ status: 'changed-input', files: {} });
  });

  each('is aborted in the middle', async () => {
    const seconds = nap();
    const stop = new AbortController();
    const reason = new Error('enough');
    const onOutput = (): void => stop.abort(reason);
    const running_ = sh(`echo up; sleep ${seconds}`, { signal: stop.signal, onOutput });
    await expect(running_).rejects.toBe(reason);
    expect(running(seconds)).toEqual([]);
  });

  each('is ended when whoever looks on fails', async () => {
    const seconds = nap();
    const reason = new Error('cannot show it');
    const onOutput = (): void => {
      throw reason;
    };
    await expect(sh(`echo up; sleep ${seconds}`, { onOutput })).rejects.toBe(reason);
    expect(running(seconds)).toEqual([]);
  });

  each('is aborted before it starts', async () => {
    const reason = new Error('never mind');
    await expect(sh('true', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a job that runs while others run', () => {
  it('does not touch them', async () => {
    const [first, second] = [nap(), nap()];
    mkdirSync(join(place.folder, 'flags'));
    const flag = join(place.folder, 'flags', 'go');
    const script = `(sleep ${first} &); while [ ! -e "$1" ]; do sleep 0.02; done; echo alive`;
    const long = runSketch(place.runner(false), { command: ['sh', '-c', script, 'sh', flag] });
    await runSketch(place.runner(false), { command: ['sh', '-c', `sleep ${second} &`] });
    expect(running(second)).toEqual([]);
    writeFileSync(flag, '');
    expect(await long).toMatchObject({ status: 'succeeded', out: 'alive\n' });
    expect(running(first)).toEqual([]);
    expect(readFileSync(flag, 'utf8')).toBe('');
  });
});
