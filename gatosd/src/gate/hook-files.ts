/** One hook file: ours put in its place, what was there kept beside it, and put back again. */
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '../replace-file.js';
import { hookError } from './errors.js';
import { CHAINED, isOurs } from './hook-script.js';

export interface HookFile {
  /** `foreign`: a hook that is not ours. */
  readonly state: 'absent' | 'ours' | 'foreign';
  /** Where a hook that was there before is kept; null: there was none. */
  readonly chained: string | null;
}

/** What stands at the path of a hook. Throws `hooks/no-hook-file`, `hooks/unwritable`. */
export function lookAtHook(path: string): HookFile {
  return attempt(path, () => {
    const chained = statOf(path + CHAINED) === null ? null : path + CHAINED;
    const stats = statOf(path);
    if (stats === null) return { state: 'absent', chained };
    if (!stats.isFile() && !stats.isSymbolicLink()) throw hookError('no-hook-file', { path });
    const ours = stats.isFile() && isOurs(readFileSync(path));
    return { state: ours ? 'ours' : 'foreign', chained };
  });
}

export type Placed = 'installed' | 'renewed' | 'kept';

/**
 * Puts our hook in its place; at no moment is there none, or half of one. Throws `hooks/taken` when there are two other hooks,
 * `hooks/no-hook-file`, `hooks/unwritable`.
 */
export function placeHook(path: string, script: string): Placed {
  const { state, chained } = lookAtHook(path);
  return attempt(path, () => {
    if (state === 'ours' && isWhole(path, script)) return 'kept';
    mkdirSync(dirname(path), { recursive: true });
    if (state === 'foreign') {
      // Where an installation was cut off, the hook stands at both places.
      if (chained !== null && !isSame(path, chained)) throw hookError('taken', { path, kept: chained });
      if (chained === null) duplicate(path, path + CHAINED);
    }
    replaceFile(path, { text: script, mode: 0o755 });
    return state === 'ours' ? 'renewed' : 'installed';
  });
}

export type Removed = 'removed' | 'restored' | 'absent' | 'foreign';

/** Takes our hook away, and puts back the very file that was there. A hook that is not ours is left alone. */
export function removeHook(path: string): Removed {
  const { state, chained } = lookAtHook(path);
  if (state !== 'ours') return state;
  return attempt(path, () => {
    if (chained === null) rmSync(path);
    else renameSync(chained, path);
    return chained === null ? 'removed' : 'restored';
  });
}

function statOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function isWhole(path: string, script: string): boolean {
  return readFileSync(path, 'utf8') === script && ((statOf(path)?.mode ?? 0) & 0o111) === 0o111;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [statOf(one), statOf(other)];
  if (a === null || b === null) return false;
  if (a.isSymbolicLink() || b.isSymbolicLink())
    return a.isSymbolicLink() && b.isSymbolicLink() && readlinkSync(one) === readlinkSync(other);
  return (a.ino === b.ino && a.dev === b.dev) || (a.mode === b.mode && readFileSync(one).equals(readFileSync(other)));
}

/** A second name for a file: the same bytes, mode and times. A symbolic link is made anew. */
function duplicate(from: string, to: string): void {
  if (statOf(from)?.isSymbolicLink() === true) {
    symlinkSync(readlinkSync(from), to);
    return;
  }
  try {
    linkSync(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(codeOf(error))) throw error;
    // A file system without hard links. The mode is copied with it.
    copyFileSync(from, to);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function attempt<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw hookError('unwritable', { path, why: codeOf(error) }, { cause: error });
  }
}
