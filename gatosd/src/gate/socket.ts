/** The socket of a gate that stays: made so that nobody else can use it at any moment, and short enough for the system. */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gateServiceError } from './errors.js';

/** Bytes of a path that every system takes (sockaddr_un: 104 to 108, with its end). */
const MOST_PATH = 100;
const ANSWER_MS = 1000;

/** Where the hook looks: in the git directory that it runs in. */
export function gateSocketPath({ gitDir }: { readonly gitDir: string }): string {
  return join(gitDir, 'gatos', 'gate.sock');
}

export interface Listening {
  /** Is the socket still the one at its path? Another gate may have taken its place. */
  isOurs(): boolean;
  /** Takes the socket away, if it is still ours. */
  remove(): void;
}

/**
 * Lets a server listen at `path`, in place of a socket on which nobody answers. Throws `gate-service/already-running`,
 * `gate-service/no-socket`.
 */
export async function listenAt(server: Server, path: string): Promise<Listening> {
  const temporary: string[] = [];
  try {
    mkdirSync(dirname(path), { recursive: true });
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isSocket()) throw gateServiceError('no-socket', { path, why: 'it is no socket' });
    if (there !== undefined && (await isAnswered(path))) throw gateServiceError('already-running', { path });
    // In a folder that only we may enter until its mode is right: then it gets its name in one step.
    const folder = mkdtempSync(join(dirname(path), 'gate-'));
    temporary.push(folder);
    await listen(server, shortened(join(folder, 's'), temporary));
    const made = join(folder, 's');
    chmodSync(made, 0o600);
    const { ino, dev } = lstatSync(made);
    renameSync(made, path);
    const isOurs = () => {
      const there = lstatSync(path, { throwIfNoEntry: false });
      return there?.ino === ino && there.dev === dev;
    };
    return {
      isOurs,
      remove: () => {
        if (isOurs()) rmSync(path, { force: true });
      },
    };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw gateServiceError('no-socket', { path, why: codeOf(error) }, { cause: error });
  } finally {
    for (const each of temporary) rmSync(each, { recursive: true, force: true });
  }
}

/** A path to the same place that is short: through a link in the folder for temporary files. */
function shortened(path: string, temporary: string[]): string {
  if (Buffer.byteLength(path) <= MOST_PATH) return path;
  const folder = mkdtempSync(join(tmpdir(), 'gatos-'));
  temporary.push(folder);
  symlinkSync(dirname(path), join(folder, 'd'));
  return join(folder, 'd', 's');
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Does somebody take calls there? A path that is too long to ask through is asked through a link. */
export async function isAnswered(path: string): Promise<boolean> {
  const temporary: string[] = [];
  try {
    const folder = dirname(path);
    const near =
      Buffer.byteLength(path) <= MOST_PATH ? path : linkTo(folder, { name: path.slice(folder.length + 1), temporary });
    return await new Promise((resolve) => {
      const socket = connect(near);
      const end = (answered: boolean) => {
        socket.destroy();
        resolve(answered);
      };
      socket.setTimeout(ANSWER_MS, () => end(true));
      socket.once('connect', () => end(true));
      socket.once('error', () => end(false));
    });
  } finally {
    for (const each of temporary) rmSync(each, { recursive: true, force: true });
  }
}

function linkTo(folder: string, { name, temporary }: { name: string; temporary: string[] }): string {
  const made = mkdtempSync(join(tmpdir(), 'gatos-'));
  temporary.push(made);
  symlinkSync(folder, join(made, 'd'));
  return join(made, 'd', name);
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
