/** Putting outputs where somebody wants them. */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workError } from './errors.js';

export interface Restored {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes a file below a folder, whole or not at all. What stands below the folder may come from others, and so may the path: symbolic links
 * on the way are not followed, and one in the place of the file is replaced. Throws `work/not-restored`.
 */
export function restoreFile(folder: string, { path, bytes }: Restored): void {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  let draft: string | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    const parent = parts.reduce(enter, folder);
    // By chance: what is written in part, by another process of this number in another container say, is nobody else's.
    draft = join(parent, `.${randomBytes(8).toString('hex')}.part`);
    writeFileSync(draft, bytes, { flag: 'wx' });
    renameSync(draft, join(parent, name));
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw workError('not-restored', { path, why: code ?? message }, { cause: error });
  }
}

/** A folder in a folder, made when it is not there. */
function enter(parent: string, part: string): string {
  const at = join(parent, part);
  const stats = lstatSync(at, { throwIfNoEntry: false });
  if (stats === undefined) mkdirSync(at);
  else if (stats.isSymbolicLink()) throw new Error(`\`${part}\` is a symbolic link, which may lead anywhere`);
  else if (!stats.isDirectory()) throw new Error(`\`${part}\` is a file`);
  return at;
}
