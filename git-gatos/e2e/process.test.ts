/** The frame as a real process: signals, pipes, terminals. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../testing/build-program.js';
import { has } from '../testing/bundle.js';

let folder = '';
let file = '';
beforeAll(() => {
  ({ folder, file } = buildProgram());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasScript = process.platform === 'linux' && has('script');

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

class Child {
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  constructor(readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk) => {
      this.out += chunk;
    });
    process.stderr?.on('data', (chunk) => {
      this.err += chunk;
    });
    this.ended = new Promise((resolve) => {
      process.on('close', (code, signal) => resolve({ code, signal, out: this.out, err: this.err }));
    });
  }

  async shows(text: string): Promise<void> {
    const until = Date.now() + 10_000;
    while (!this.out.includes(text)) {
      if (Date.now() > until) throw new Error(`\`${text}\` did not come, but: ${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

const program = (...args: string[]): Child =>
  new Child(spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));

/** Under a terminal of its own; what it shows and what is typed goes through the child's pipes. */
function onTerminal(args: string, env: Record<string, string> = {}): Child {
  const command = `${process.execPath} ${file} ${args}`;
  return new Child(
    spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, ...env, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
}

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops a command that obeys, with 130', async (signal) => {
    const child = program('wait');
    await child.shows('waiting');
    child.process.kill(signal);
    expect(await child.ended).toMatchObject({ code: 130, err: `error: interrupted by ${signal}\n` });
  });

  it('a second one ends a command that does not', async () => {
    const child = program('stubborn');
    await child.shows('waiting');
    child.process.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(child.process.exitCode).toBeNull();
    child.process.kill('SIGINT');
    expect(await child.ended).toMatchObject({ code: 130 });
  });
});

describe('a command that can never end', () => {
  // Node alone would end it with 0, which a hook takes for consent.
  it('ends as a bug, and says so', async () => {
    expect(await program('lost').ended).toMatchObject({
      code: 70,
      out: '',
      err: 'error: the command stopped before it was done; this is a bug of ours\n',
    });
  });
});

describe('pipes', () => {
  it('a reader that leaves ends the stream with 141, silently', () => {
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', `"$0" "$1" pour | head -n 3; echo "status \${PIPESTATUS[0]}"`, process.execPath, file],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(stdout).toBe('line 0\nline 1\nline 2\nstatus 141\n');
    expect(stderr).toBe('');
  });

  it('a slow reader slows the writer and gets every line', () => {
    const script = `"$0" "$1" pour --count 200000 | { sleep 0.3; wc -l; }`;
    expect(spawnSync('bash', ['-c', script, process.execPath, file], { encoding: 'utf8' }).stdout.trim()).toBe(
      '200000',
    );
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk is a clear error', () => {
    const { status, stderr } = spawnSync(process.execPath, [file, 'pour', '--count', '3'], {
      encoding: 'utf8',
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    expect(stderr).toBe(
      'error: could not write the output: no space left on the device\nhint: what the command had to do is done; only its answer is lost\n',
    );
    expect(status).toBe(75);
  });
});

describe.skipIf(!hasScript)('a terminal', () => {
  it('asks for a passphrase without showing it', async () => {
    const child = onTerminal('ask');
    await child.shows('the passphrase of a key: ');
    // Ctrl-U takes all back, Delete the last character, of however many bytes.
    child.process.stdin?.write('wrong\u0015s\u00e9cre\u00e9\u007ft\r');
    const { code, out } = await child.ended;
    expect(out.replaceAll('\r', '')).toBe(
      `the passphrase of a key: \n6 characters: ${Buffer.from('s\u00e9cret').toString('hex')}\n`,
    );
    expect(code).toBe(0);
  });

  it('asks twice for a new one, and refuses two that differ', async () => {
    const child = onTerminal('ask --confirm');
    await child.shows('key: ');
    child.process.stdin?.write('one\r');
    await child.shows('(again): ');
    child.process.stdin?.write('two\r');
    expect(await child.ended).toMatchObject({ code: 1, out: expect.stringContaining('the two passphrases differ') });
  });

  it('ends with 130 on Ctrl-C at the question', async () => {
    const child = onTerminal('ask');
    await child.shows('key: ');
    child.process.stdin?.write('half\u0003');
    expect(await child.ended).toMatchObject({ code: 130, out: expect.stringContaining('interrupted by Ctrl-C') });
  });

  it('shows progress that is gone at the end', async () => {
    const child = onTerminal('crunch --color never', { TERM: 'xterm' });
    const { out } = await child.ended;
    expect(out).toMatch(/crunch {2}\[█*░*\] +\d+ % {2}\d+\/20 numbers/);
    expect(out.replaceAll('\r', '').endsWith('\u001b[2Kcrunched\n')).toBe(true);
  });

  it('sees colours and help as wide as itself', async () => {
    const { out } = await onTerminal('--color auto -h', { TERM: 'xterm' }).ended;
    expect(out).toContain('\u001b[1mgit gatos\u001b[22m');
  });
});

describe('without a terminal', () => {
  const ask = (env: Record<string, string>): { status: number | null; stdout: string; stderr: string } =>
    spawnSync('setsid', ['-w', process.execPath, file, 'ask'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it.skipIf(!has('setsid'))('cannot ask, and says what would help', () => {
    const { status, stderr } = ask({});
    expect(stderr).toMatch(/^error: cannot ask for the passphrase of a key: there is no terminal\nhint: .*SSH_ASKPASS/);
    expect(status).toBe(30);
  });

  it.skipIf(!has('setsid'))('asks a program', () => {
    const good = join(folder, 'askpass');
    writeFileSync(good, '#!/bin/sh\ncase "$1" in "the passphrase of a key: ") echo "from program";; esac\n');
    const bad = join(folder, 'refuse');
    writeFileSync(bad, '#!/bin/sh\nexit 3\n');
    chmodSync(good, 0o755);
    chmodSync(bad, 0o755);
    expect(ask({ SSH_ASKPASS: good }).stdout).toContain('12 characters');
    expect(ask({ GIT_ASKPASS: good }).stdout).toContain('12 characters');
    expect(ask({ SSH_ASKPASS: good, SSH_ASKPASS_REQUIRE: 'never' }).status).toBe(30);
    expect(ask({ SSH_ASKPASS: bad })).toMatchObject({
      status: 30,
      stderr: expect.stringContaining(`\`${bad}\` ended with status 3`),
    });
    expect(ask({ SSH_ASKPASS: '/no/such/program' })).toMatchObject({
      status: 30,
      stderr: expect.stringContaining('could not be run'),
    });
  });
});
