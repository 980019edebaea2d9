/**
 * Removing what a job left behind, whatever that is: folders without rights, a million files, folders inside one another until no path
 * is short enough to name them, names that are no UTF-8. Never follows a symlink.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, opendirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { setImmediate as yieldToOthers } from 'node:timers/promises';

const SLASH = Buffer.from('/');
const AT_ONCE = 1000;

/** Throws what the file system throws; a folder that is gone already is no fault. */
export async function removeTree(folder: string): Promise<void> {
  const top = Buffer.from(folder);
  if (!isFolder(top)) return;
  const queue: Buffer[] = [];
  // What was moved up stands in the top folder, under names that nobody can have guessed.
  const prefix = `.gatos-removed-${randomUUID()}-`;
  const waiting = new Set<string>();
  let done = 0;
  const empty = async (at: Buffer): Promise<void> => {
    chmodSync(at, 0o700);
    // Entries that are taken away while the folder is read may hide others: once more until there are none.
    for (let left = true; left; ) {
      left = false;
      const entries = opendirSync(at as unknown as string, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 });
      try {
        for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
          const name = entry.name as unknown as Buffer;
          if (at === top && waiting.has(name.toString('latin1'))) continue;
          const path = Buffer.concat([at, SLASH, name]);
          left = true;
          if (isFolder(path)) {
            // Up to the top, so that paths stay short. A folder can only be moved by whoever may write in it.
            chmodSync(path, 0o700);
            const away = prefix + waiting.size;
            renameSync(path, Buffer.concat([top, SLASH, Buffer.from(away)]));
            waiting.add(away);
            queue.push(Buffer.concat([top, SLASH, Buffer.from(away)]));
          } else unlinkSync(path);
          if (++done % AT_ONCE === 0) await yieldToOthers();
        }
      } finally {
        entries.closeSync();
      }
    }
  };
  await empty(top);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    await empty(next);
    rmdirSync(next);
  }
  rmdirSync(top);
}

function isFolder(path: Buffer): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
