/** A command as the handler of messages: one process a message, which gets it on standard input and answers by its exit status. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatJson, type Message, utf8 } from 'gatos-core';
import type { Environment } from '../git-run.js';
import { subscriberError } from './errors.js';
import { messageValue } from './message-value.js';

export interface CommandHandlerRequest {
  readonly topic: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Environment;
  /** How often one message is tried. */
  readonly attempts: number;
  /** Asked to end: a command that runs may end by itself, and is not tried again. */
  readonly stop: AbortSignal;
  /** Ends the command where it is; then this rejects with the signal's reason. */
  readonly kill: AbortSignal;
  onOutput(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /** Told before each further attempt. */
  readonly onRetry?: ((why: string, pauseMs: number) => void) | undefined;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** After which a command that was asked to end is ended. */
const GRACE_MS = 1000;

/**
 * Handles a message by running the command, again after a pause when it fails. The command learns what it handles from its input (one line
 * of JSON) and from GATOS_TOPIC, GATOS_MESSAGE, GATOS_KEY. False: it was not handled, and is not tried again because of `stop`. Throws
 * `subscriber/handler`, `subscriber/no-command`, and what `kill` is aborted with.
 */
export async function handleByCommand(message: Message, request: CommandHandlerRequest): Promise<boolean> {
  const { argv, attempts, stop, kill, onRetry } = request;
  const command = argv.join(' ');
  for (let attempt = 1; ; attempt++) {
    kill.throwIfAborted();
    const { status, why } = await runOnce(message, request);
    kill.throwIfAborted();
    if (status === 'handled') return true;
    if (status === 'not-started') throw subscriberError('no-command', { command: argv[0], why });
    if (attempt >= attempts) throw subscriberError('handler', { command, ulid: message.ulid, why, attempts });
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    if (!stop.aborted) onRetry?.(why, pause);
    await sleepUntil(stop, pause);
    if (stop.aborted) return false;
  }
}

function sleepUntil(stop: AbortSignal, ms: number): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
  });
}

interface Attempt {
  readonly status: 'handled' | 'failed' | 'not-started';
  readonly why: string;
}

function runOnce(message: Message, { argv, cwd, env, topic, onOutput, kill }: CommandHandlerRequest): Promise<Attempt> {
  const [command, ...args] = argv;
  const own = { GATOS_TOPIC: topic, GATOS_MESSAGE: message.ulid, GATOS_KEY: message.key ?? message.ulid };
  return new Promise((resolve, reject) => {
    // A group of its own: an interrupt from the keyboard is for us, who end in order, and what it has started ends with it.
    const input = openInput(`${formatJson(messageValue(message))}\n`);
    const stdio: ['pipe', 'pipe'] = ['pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: { ...env, ...own }, stdio: [input, ...stdio], detached: true });
    closeSync(input);
    const end = () => endGroup(child);
    kill.addEventListener('abort', end);
    let broken: { readonly error: unknown } | null = null;
    const pass = (stream: 'stdout' | 'stderr') => (chunk: Uint8Array) => {
      try {
        onOutput(stream, chunk);
      } catch (error) {
        // Nobody reads what it says: whether it handles the message is not known any more.
        broken ??= { error };
        end();
      }
    };
    const settle = (attempt: Attempt) => {
      kill.removeEventListener('abort', end);
      if (broken === null) resolve(attempt);
      else reject(broken.error);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle({ status: 'not-started', why: error.code ?? error.message }),
    );
    child.once('close', (status, signal) => {
      if (status === 0) settle({ status: 'handled', why: '' });
      else settle({ status: 'failed', why: signal === null ? `exit status ${status}` : `it was ended by ${signal}` });
    });
    child.stdout?.on('data', pass('stdout'));
    child.stderr?.on('data', pass('stderr'));
  });
}

/**
 * A file without a name, to be read from its start. Through a pipe a command would get the start of a message, or nothing, from a
 * subscriber that is killed in the middle of it, and take that for the message.
 */
function openInput(text: string): number {
  const path = join(tmpdir(), `gatos-message-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  const bytes = utf8(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
  return file;
}

function endGroup(child: ChildProcess): void {
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(timer));
}
