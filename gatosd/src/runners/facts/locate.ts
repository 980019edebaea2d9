/** Which file a command is: by the search path, through symlinks, and through the stand-ins of version managers. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { interpreterOf } from './interpreters.js';

export interface Located {
  /** As it was asked for, without folders. */
  readonly name: string;
  /** Where it was found. */
  readonly path: string;
  /** What that is when all symlinks are followed. */
  readonly real: string;
}

export interface Search {
  /** `PATH`. Relative folders in it are passed over. */
  readonly path: string;
  /** The caller's own environment, for stand-ins of version managers, and the folder whose settings they read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A command without a slash, or an absolute path. Null when there is no such program. */
export async function locate(command: string, search: Search): Promise<Located | null> {
  const candidates = isAbsolute(command)
    ? [command]
    : search.path
        .split(':')
        .filter(isAbsolute)
        .map((folder) => join(folder, command));
  for (const path of candidates) {
    const real = await programAt(path);
    if (real !== null) return throughShim({ name: basename(command), path, real }, search);
  }
  return null;
}

async function programAt(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) return null;
    await access(path, constants.X_OK);
    return await realpath(path);
  } catch {
    // Not there, or not to be run by us: the search goes on, as a shell's does.
    return null;
  }
}

const SHIM_MS = 5000;

/**
 * pyenv, rbenv, nodenv and asdf put scripts on the path that look for the real program when they run, by variables and files that a job
 * does not have. So it is asked for before.
 */
async function throughShim(located: Located, search: Search): Promise<Located> {
  const ask = interpreterOf(located.name)?.whereabouts;
  if (ask === undefined || basename(dirname(located.path)) !== 'shims') return located;
  const printed = await new Promise<string>((resolve) => {
    // They are shell scripts, and need what such have.
    const env = { ...search.env, PATH: `${search.path}:/usr/local/bin:/usr/bin:/bin` } as NodeJS.ProcessEnv;
    execFile(located.path, [...ask], { env, cwd: search.cwd, timeout: SHIM_MS }, (_error, stdout) => resolve(stdout));
  });
  const path = printed.trim();
  const real = isAbsolute(path) ? await programAt(path) : null;
  return real === null ? located : { name: located.name, path, real };
}

/** Bytes of the first line of a script that Linux looks at (`BINPRM_BUF_SIZE`). */
const SHEBANG_BYTES = 256;

/** What a script names in its first line, as a command or a path; null for what is no script. */
export async function readShebang(file: string): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SHEBANG_BYTES), 0, SHEBANG_BYTES, 0);
    return shebangOf(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** As `readShebang`, of the bytes of a file. */
export function shebangOf(bytes: Uint8Array): string | null {
  const [line = ''] = Buffer.from(bytes.subarray(0, SHEBANG_BYTES)).toString('utf8').split('\n');
  if (!line.startsWith('#!')) return null;
  const [program, ...args] = line.slice(2).trim().split(/\s+/);
  if (program === undefined || program === '') return null;
  if (basename(program) !== 'env') return program;
  // `env -S python3 -u`, `env NAME=value python3`.
  return args.find((arg) => !arg.startsWith('-') && !arg.includes('=')) ?? null;
}
