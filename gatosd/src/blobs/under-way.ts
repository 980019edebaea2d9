/**
 * Puts that are under way say so in a file of their own, so that a collection with any grace leaves their chunks alone: these belong to no
 * manifest yet. The file is gone when the manifest is recorded; one of a process that died is nobody's.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeBackend } from 'gatos-core/node';
import { attemptChunks, readChunkName, temporaryChunkName } from '../chunks/index.js';

const DAY_MS = 86_400_000;
/** A file that is older belongs to a process on another machine that died, or to one whose number another process has now. */
const LONGEST_PUT_MS = 14 * DAY_MS;

type Place = Pick<NativeBackend, 'commonDir'>;

const folderOf = ({ commonDir }: Place): string => join(commonDir, 'gatos', 'blobs', 'puts');

/** Runs `put` while others can see that it does. Throws `chunks/no-space`, `chunks/no-access`, `chunks/io`, and as `put`. */
export async function whileUnderWay<T>(place: Place, put: () => Promise<T>): Promise<T> {
  const folder = folderOf(place);
  const path = join(folder, temporaryChunkName());
  attemptChunks({ operation: 'write', path }, () => {
    mkdirSync(folder, { recursive: true });
    closeSync(openSync(path, 'wx'));
  });
  try {
    return await put();
  } finally {
    rmSync(path, { force: true });
  }
}

/** When the oldest put that is under way began, in milliseconds since 1970; null when there is none. Removes what dead ones left. */
export function oldestUnderWay(
  place: Place,
  { now, dryRun }: { readonly now: number; readonly dryRun: boolean },
): number | null {
  const folder = folderOf(place);
  let oldest: number | null = null;
  for (const name of namesIn(folder)) {
    const found = readChunkName(name);
    if (found.is !== 'temporary') continue;
    const path = join(folder, name);
    const began = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (began === undefined) continue;
    if (found.ownerIsDead || began < now - LONGEST_PUT_MS) {
      if (!dryRun) rmSync(path, { force: true });
    } else oldest = Math.min(oldest ?? began, began);
  }
  return oldest;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
