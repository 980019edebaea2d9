/** Starting git: the environment that makes it do the same everywhere, and its end as a typed fault. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { gitError } from '../../src/git/index.js';
import type { Environment, Layout } from './discover.js';
import { faultOf } from './faults.js';

/** Variables that would let the caller's surroundings change what plumbing reads or prints. */
const DROPPED = ['GIT_TRACE', 'GIT_REPLACE_REF_BASE', 'GIT_SHALLOW_FILE', 'GIT_PAGER', 'GIT_EXTERNAL_DIFF', 'LANGUAGE'];

/** No localised text, no replace refs, no grafts, no prompts. */
export function plainEnvironment(env: Environment): Record<string, string | undefined> {
  const out: Record<string, string | undefined> = { ...env };
  for (const name of DROPPED) delete out[name];
  return {
    ...out,
    LC_ALL: 'C',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: NO_FILE,
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

const NO_FILE = process.platform === 'win32' ? 'NUL' : '/dev/null';

/** For plumbing on one repository, which must never reach for the network: a promisor remote would be asked for missing objects. */
export function plumbingEnvironment({ env, gitDir, commonDir }: Layout): Record<string, string | undefined> {
  return {
    ...plainEnvironment(env),
    GIT_DIR: gitDir,
    GIT_COMMON_DIR: commonDir,
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: '',
  };
}

const KEPT_ERROR_TEXT = 2048;

/** A running git whose output streams in. */
export class GitChild {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #command: string;
  readonly #ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
  #fault: unknown = null;
  #errors = '';

  constructor(child: ChildProcessWithoutNullStreams, command: string) {
    this.process = child;
    this.#command = command;
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      if (this.#errors.length < KEPT_ERROR_TEXT) this.#errors += text.slice(0, KEPT_ERROR_TEXT);
    });
    // A child that has gone shows as its end; writing to it then is no second fault.
    child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#fault = faultOf(error, { operation: 'run', path: 'git' });
        resolve({ status: null, signal: null });
      });
      child.on('close', (status, signal) => resolve({ status, signal }));
    });
  }

  /** How it ended, once it has: null for success, else the fault. */
  async outcome(): Promise<{ status: number | null; fault: unknown } | null> {
    const { status, signal } = await this.#ended;
    if (this.#fault !== null) return { status, fault: this.#fault };
    if (status === 0) return null;
    const why =
      this.#errors.trim().split('\n')[0] || (signal === null ? 'it said nothing' : `it was ended by ${signal}`);
    return { status, fault: gitError('git-failed', { command: this.#command, status, why }) };
  }

  /** Lets this process end while the child waits for work, or not. */
  hold(busy: boolean): void {
    const verb = busy ? 'ref' : 'unref';
    this.process[verb]();
    for (const stream of [this.process.stdin, this.process.stdout, this.process.stderr]) {
      const handle = stream as unknown as { ref?: () => void; unref?: () => void };
      handle[verb]?.();
    }
  }

  /** Ends it, and does not wait for what its own children may still write. */
  kill(): void {
    this.process.stdin.destroy();
    this.process.stdout.destroy();
    this.process.stderr.destroy();
    this.process.kill();
  }
}

export interface Spawn {
  readonly args: readonly string[];
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
}

/** Starts git. The module that can start processes is loaded by the first call only. */
export async function spawnGit({ args, env, cwd }: Spawn): Promise<GitChild> {
  const { spawn } = await import('node:child_process');
  const child = spawn('git', args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  return new GitChild(child, args.find((arg) => !arg.startsWith('-')) ?? '');
}
