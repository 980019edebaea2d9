/** A vector pack as a folder. Packs are foreign: nothing outside of the folder is read, whatever its links lead to. */
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LIMITS } from 'gatos-core';
import { type PackSource, packError } from 'gatos-core/mythos';
import { cliError } from '../../errors.js';
import { readFileWithin } from '../../input.js';

/** The positional that the commands share. */
export const PACK = {
  name: 'pack',
  kind: 'path',
  summary: 'folder of the pack',
  complete: 'files',
} as const;

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Opens a pack. Throws `cli/no-file`; what is read from it throws `pack/path`, `cli/input-too-large`, `cli/unreadable-file`. */
export async function openPackFolder(path: string): Promise<PackSource> {
  const folder = await existing(path);
  if (folder === undefined || !(await stat(folder)).isDirectory()) throw cliError('no-file', { path });
  return {
    read: async (name) => {
      const file = await existing(join(folder, ...name.split('/')));
      if (file === undefined) return undefined;
      if (!file.startsWith(`${folder}${sep}`)) throw packError('path', { path: name });
      return readFileWithin(file, LIMITS.packFileBytes);
    },
  };
}

/** Where a path really leads; undefined when nothing is there. */
async function existing(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw cliError('unreadable-file', { path, why: (error as NodeJS.ErrnoException).code ?? 'unknown' });
  }
}
