/** One run of git, from start to end: for what has no place in the ports, such as `init`, `fetch` and `push`. */
import { gitError } from '../../src/git/index.js';
import { type Abort, utf8 } from '../../src/kernel/index.js';
import { plainEnvironment, spawnGit } from './child.js';
import type { Environment } from './discover.js';

export interface GitRun {
  /** Working directory. Default: that of this process. */
  readonly cwd?: string | undefined;
  /** The repository, where it is not found from `cwd`. */
  readonly gitDir?: string | undefined;
  readonly input?: Uint8Array | string | undefined;
  /** Added to the environment of this process; undefined removes a variable. */
  readonly env?: Environment | undefined;
  /** Milliseconds until git is ended. Default: none. */
  readonly timeout?: number | undefined;
  readonly signal?: Abort | undefined;
  /** Bytes of output that are accepted. Default: 16 MiB. */
  readonly maxOutput?: number | undefined;
  /** Gets what git writes for a person, such as the progress of a fetch, as it comes. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Statuses that are answers and no failures. Default: only 0. */
  readonly accept?: readonly number[] | undefined;
}

export interface GitResult {
  readonly status: number;
  readonly stdout: Uint8Array;
  /** The end of what git wrote for a person. */
  readonly stderr: string;
}

const MOST_OUTPUT = 16 * 1024 * 1024;
const KEPT_ERROR_TEXT = 16 * 1024;
/** How often an abort signal is looked at: it has no events in the portable form. */
const ABORT_POLL_MS = 50;

/**
 * Runs git and waits for its end. Throws `git/git-failed` for any status but those accepted, for a timeout (status null) and for too
 * much output; `git/io` when git cannot be started. Git never asks on the terminal and speaks English (`LC_ALL=C`).
 */
export async function runGit(args: readonly string[], options: GitRun = {}): Promise<GitResult> {
  const { cwd = process.cwd(), gitDir, input, timeout, signal, accept = [0], maxOutput = MOST_OUTPUT } = options;
  signal?.throwIfAborted();
  const env = {
    ...plainEnvironment({ ...process.env, ...options.env }),
    ...(gitDir === undefined ? {} : { GIT_DIR: gitDir }),
  };
  const child = await spawnGit({ args, env, cwd });
  const command = args.find((arg) => !arg.startsWith('-')) ?? '';
  const chunks: Buffer[] = [];
  let length = 0;
  let stderr = '';
  let stopped: string | null = null;
  const stop = (why: string) => {
    stopped ??= why;
    child.kill();
  };
  child.process.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxOutput) stop(`it wrote more than ${maxOutput} bytes`);
    else chunks.push(chunk);
  });
  child.process.stderr.on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_ERROR_TEXT);
    options.onProgress?.(text);
  });
  child.process.stdin.end(typeof input === 'string' ? utf8(input) : (input ?? new Uint8Array(0)));
  const timer = timeout === undefined ? null : setTimeout(() => stop(`it took longer than ${timeout} ms`), timeout);
  const poll = signal === undefined ? null : setInterval(() => signal.aborted && stop('it was aborted'), ABORT_POLL_MS);
  const outcome = await child.outcome();
  if (timer !== null) clearTimeout(timer);
  if (poll !== null) clearInterval(poll);
  signal?.throwIfAborted();
  if (stopped !== null) throw gitError('git-failed', { command, status: null, why: stopped });
  const status = outcome === null ? 0 : outcome.status;
  if (status === null || !accept.includes(status))
    throw outcome?.fault ?? gitError('git-failed', { command, status, why: 'that was not expected' });
  return { status, stdout: new Uint8Array(Buffer.concat(chunks)), stderr };
}
