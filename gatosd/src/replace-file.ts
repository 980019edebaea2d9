/** Small files of our own that are replaced in one step: a reader finds what was there, or all of what is there now, also after a crash. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Throws the system's error; then what was there stays. */
export function replaceFile(path: string, { text, mode }: { readonly text: string; readonly mode: number }): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    // Made with its mode: at no moment may anybody read it who must not.
    const file = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}

/** Removes what a fault has left, if there is anything. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}
