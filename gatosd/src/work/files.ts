/**
 * Files of a folder on their way into a job: found by path or pattern, and read whole. A symbolic link is followed where it is named, and
 * never where it is only found.
 */
import {
  constants,
  createReadStream,
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';
import { compareText, type GatosError, LIMITS, pathFault } from 'gatos-core';
import { parseGlob } from '../runners/index.js';
import { workError } from './errors.js';

export interface LocalFile {
  /** Relative to the folder of the job, with `/`. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly at: string;
  readonly size: number;
  readonly executable: boolean;
  read(): Promise<Uint8Array>;
  /** The same piece by piece. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface Wanted {
  readonly cwd: string;
  /** What it is taken as, for messages: `an input`. */
  readonly role: string;
}

const PIECE = 1024 * 1024;
const GLOB = /[*?[]/;

/**
 * The files that paths and patterns name, sorted by path, each once; a folder stands for all files in it. Throws `work/no-file`,
 * `work/bad-path`, `work/unreadable`.
 */
export function findFiles(patterns: readonly string[], { cwd, role }: Wanted): readonly LocalFile[] {
  const found = new Map<string, LocalFile>();
  for (const pattern of patterns) {
    // `data[1].csv` is also the name of a file.
    const isPattern = GLOB.test(pattern) && fileAt(pattern, cwd) === null;
    const files = isPattern ? matching(pattern, { cwd, role }) : namedBy(pattern, { cwd, role });
    if (files.length === 0) throw workError('no-file', { path: pattern, role });
    for (const file of files) found.set(file.path, file);
  }
  if (found.size > LIMITS.jobFiles)
    throw workError('bad-path', { path: patterns.join(' '), why: `stands for more than ${LIMITS.jobFiles} files` });
  return [...found.values()].sort((a, b) => compareText(a.path, b.path));
}

/** Is there a plain file of this name in the folder of the job? */
export function fileAt(path: string, cwd: string): LocalFile | null {
  const plain = plainPath(path, cwd);
  if (plain === null || pathFault(plain) !== undefined) return null;
  return isPlainFile(join(cwd, plain)) ? localFile(plain, cwd) : null;
}

/** An argument may be any text, so what cannot be looked at is no file. */
function isPlainFile(at: string): boolean {
  try {
    return lstatSync(at, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // Too long for a name, say.
    return false;
  }
}

/** The path relative to the folder of the job, empty for the folder itself, or null outside of it. */
function plainPath(path: string, cwd: string): string | null {
  const inside = relative(cwd, resolve(cwd, path)).split(sep).join(posix.sep);
  return inside.startsWith('../') || inside === '..' ? null : inside;
}

function namedBy(path: string, { cwd, role }: Wanted): readonly LocalFile[] {
  const plain = insidePath(path, cwd);
  const stats = statOf(join(cwd, plain));
  if (stats === undefined) throw workError('no-file', { path, role });
  if (stats.isDirectory()) return below(cwd, plain);
  if (!stats.isFile()) throw workError('bad-path', { path, why: 'is no plain file' });
  return [localFile(checked(plain), cwd)];
}

function matching(pattern: string, { cwd }: Wanted): readonly LocalFile[] {
  // The folder in front of the first component that is a pattern.
  const fixed = pattern.lastIndexOf('/', pattern.search(GLOB)) + 1;
  const folder = insidePath(pattern.slice(0, fixed) || '.', cwd);
  const rest = pattern.slice(fixed);
  const glob = parseGlob(folder === '' ? rest : `${folder}/${rest}`);
  if (statOf(join(cwd, folder))?.isDirectory() !== true) return [];
  return below(cwd, folder, (path) => glob.matches(path));
}

function insidePath(path: string, cwd: string): string {
  const plain = plainPath(path, cwd);
  if (plain === null) throw workError('bad-path', { path, why: 'lies outside of the folder of the job' });
  return plain;
}

/** Every plain file below a folder; `.git` is never entered, links are not followed. */
function below(cwd: string, folder: string, isWanted: (path: string) => boolean = () => true): readonly LocalFile[] {
  const files: LocalFile[] = [];
  const walk = (inside: string): void => {
    for (const entry of entriesOf(join(cwd, inside))) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.name === '.git') continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && isWanted(path)) files.push(localFile(checked(path), cwd));
      if (files.length > LIMITS.jobFiles)
        throw workError('bad-path', { path: folder, why: `holds more than ${LIMITS.jobFiles} files` });
    }
  };
  walk(folder);
  return files;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function checked(path: string): string {
  const why = pathFault(path);
  if (why !== undefined) throw workError('bad-path', { path, why });
  return path;
}

function localFile(path: string, cwd: string): LocalFile {
  const at = join(cwd, path);
  const stats = statOf(at);
  if (stats === undefined) throw workError('changed-meanwhile', { path });
  const { size, mode } = stats;
  return {
    path,
    at,
    size,
    executable: (mode & constants.S_IXUSR) !== 0,
    read: async () => {
      const bytes = readWhole(at);
      if (bytes.length !== size) throw workError('changed-meanwhile', { path });
      return bytes;
    },
    stream: () => piecesAt(at),
  };
}

async function* piecesAt(at: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(at, { highWaterMark: PIECE });
  } catch (error) {
    throw unreadable(at, error);
  }
}

/** Undefined when there is nothing. */
function statOf(at: string): Stats | undefined {
  try {
    return statSync(at, { throwIfNoEntry: false });
  } catch (error) {
    // Its path goes through a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw unreadable(at, error);
  }
}

function readWhole(at: string): Uint8Array {
  try {
    return readFileSync(at);
  } catch (error) {
    throw unreadable(at, error);
  }
}

function unreadable(path: string, error: unknown): GatosError {
  const { code, message } = error as NodeJS.ErrnoException;
  return workError('unreadable', { path, why: code ?? message }, { cause: error });
}
