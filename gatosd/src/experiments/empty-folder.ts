/** A folder for files of an experiment, in which nothing of somebody else's can be overwritten. */
import { mkdirSync, readdirSync } from 'node:fs';
import { experimentFilesError } from './errors.js';

/** Makes the folder where it is not there. Throws `experiment-files/not-empty`, `experiment-files/not-written`. */
export function emptyFolder(path: string): string {
  let names: readonly string[];
  try {
    mkdirSync(path, { recursive: true });
    names = readdirSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw experimentFilesError('not-written', { path, why: code ?? message }, { cause: error });
  }
  if (names.length > 0) throw experimentFilesError('not-empty', { path });
  return path;
}
