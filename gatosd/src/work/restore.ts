/** Putting outputs where somebody wants them. */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { GatosError } from 'gatos-core';
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
  let draft: string | undefined;
  try {
    const place = placeFor(folder, path);
    draft = place.draft;
    writeFileSync(draft, bytes, { flag: 'wx' });
    renameSync(draft, place.final);
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { force: true });
    throw notRestored(path, error);
  }
}

/** As `restoreFile`, of a file that comes in pieces. Throws also what the pieces throw. */
export async function restoreStream(
  folder: string,
  { path, parts }: { readonly path: string; readonly parts: AsyncIterable<Uint8Array> },
): Promise<void> {
  let draft: string | undefined;
  try {
    const place = placeFor(folder, path);
    draft = place.draft;
    const file = await open(draft, 'wx');
    try {
      for await (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
    renameSync(draft, place.final);
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { force: true });
    throw error instanceof GatosError ? error : notRestored(path, error);
  }
}

/** Where a file is to be, and where it is written. */
function placeFor(folder: string, path: string): { readonly draft: string; readonly final: string } {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  mkdirSync(folder, { recursive: true });
  const parent = parts.reduce(enter, folder);
  // By chance: what is written in part, by another process of this number in another container say, is nobody else's.
  return { draft: join(parent, `.${randomBytes(8).toString('hex')}.part`), final: join(parent, name) };
}

function notRestored(path: string, error: unknown): GatosError {
  const { code, message } = error as NodeJS.ErrnoException;
  return workError('not-restored', { path, why: code ?? message }, { cause: error });
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
