/**
 * Asking for a secret: on the controlling terminal with echo off, even when standard input is a pipe; without a terminal by the
 * program that SSH_ASKPASS or GIT_ASKPASS names. A secret is never read from argv or the environment.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { cliError } from './errors.js';
import { visible } from './output/style.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface PassphraseOptions {
  /** Ask twice; throws `cli/passphrases-differ`. */
  readonly confirm?: boolean;
}

export interface Prompt {
  /**
   * `label` says what the passphrase is for, such as `the passphrase of ~/.ssh/id_ed25519`. Throws `cli/no-terminal`,
   * `cli/askpass-failed`, and `cli/interrupted` on Ctrl-C.
   */
  passphrase(label: string, options?: PassphraseOptions): Promise<string>;
}

const TTY = '/dev/tty';
const [CTRL_C, CTRL_D, BACKSPACE, LINE_FEED, RETURN, CTRL_U, DELETE] = [3, 4, 8, 10, 13, 21, 127];

/** Edits one line of UTF-8 bytes as a terminal would. */
export class SecretLine {
  private bytes: number[] = [];

  /** What the byte leads to: `more`, `done`, or the end of the dialogue. */
  push(byte: number): 'more' | 'done' | 'interrupted' {
    if (byte === CTRL_C) return 'interrupted';
    if (byte === LINE_FEED || byte === RETURN) return 'done';
    if (byte === CTRL_D) return this.bytes.length === 0 ? 'interrupted' : 'done';
    if (byte === CTRL_U) this.bytes = [];
    else if (byte === BACKSPACE || byte === DELETE) this.dropCharacter();
    else this.bytes.push(byte);
    return 'more';
  }

  private dropCharacter(): void {
    let last = this.bytes.pop();
    // Continuation bytes are 10xxxxxx; the character starts at the byte before them.
    while (last !== undefined && (last & 0xc0) === 0x80) last = this.bytes.pop();
  }

  text(): string {
    return new TextDecoder().decode(new Uint8Array(this.bytes));
  }
}

function openTerminal(): number | undefined {
  try {
    return openSync(TTY, 'r+');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENXIO' || code === 'ENOENT' || code === 'EACCES' || code === 'ENODEV' || code === 'EIO')
      return undefined;
    throw error;
  }
}

/** Echo is off before the question is asked, so that not even a fast typist sees a letter. */
function readSecret(fd: number, ask: () => void): Promise<string> {
  const input = new ReadStream(fd);
  const line = new SecretLine();
  return new Promise<string>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      input.setRawMode(false);
      input.destroy();
      settle();
    };
    input.on('error', (error) => finish(() => reject(error)));
    input.on('end', () => finish(() => reject(cliError('interrupted', { signal: 'the end of the terminal' }))));
    input.on('data', (chunk: Uint8Array) => {
      for (const byte of chunk) {
        const state = line.push(byte);
        if (state === 'more') continue;
        const done = state === 'done';
        finish(() => (done ? resolve(line.text()) : reject(cliError('interrupted', { signal: 'Ctrl-C' }))));
        return;
      }
    });
    input.setRawMode(true);
    ask();
  });
}

async function askTerminal(label: string): Promise<string | undefined> {
  const fd = openTerminal();
  if (fd === undefined) return undefined;
  // The stream owns and closes its descriptor, so the text goes through another one.
  const out = openSync(TTY, 'w');
  try {
    return await readSecret(fd, () => writeSync(out, `${visible(label)}: `));
  } finally {
    writeSync(out, '\n');
    closeSync(out);
  }
}

/** Runs an askpass program with the question as its argument; its first line of output is the answer. */
function askProgram(program: string, label: string): Promise<string> {
  const fail = (why: string) => cliError('askpass-failed', { label, program, why });
  return new Promise((resolve, reject) => {
    const child = spawn(program, [`${label}: `], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Uint8Array[] = [];
    child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    child.on('error', (error) => reject(fail(`could not be run: ${error.message}`)));
    child.on('close', (status) => {
      if (status !== 0) return reject(fail(`ended with status ${status ?? 'none'}`));
      const [first = ''] = Buffer.concat(chunks).toString('utf8').split('\n');
      resolve(first.replace(/\r$/, ''));
    });
  });
}

async function ask(label: string, env: Env): Promise<string> {
  const program = env.SSH_ASKPASS || env.GIT_ASKPASS || undefined;
  // OpenSSH's own switch: `never`, `prefer` (over a terminal), `force`.
  const rule = env.SSH_ASKPASS_REQUIRE;
  if (program !== undefined && (rule === 'force' || rule === 'prefer')) return askProgram(program, label);
  const answer = await askTerminal(label);
  if (answer !== undefined) return answer;
  if (program !== undefined && rule !== 'never') return askProgram(program, label);
  throw cliError('no-terminal', { label });
}

export function prompter(env: Env): Prompt {
  return {
    async passphrase(label, options = {}) {
      const first = await ask(label, env);
      if (options.confirm && (await ask(`${label} (again)`, env)) !== first)
        throw cliError('passphrases-differ', { label });
      return first;
    },
  };
}
