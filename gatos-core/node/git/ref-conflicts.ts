/** A ref cannot be where a directory of refs is: both are paths. Checks new names against loose and packed refs. */
import { readdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gitError } from '../../src/git/index.js';
import { errnoOf, isAbsent } from './faults.js';
import type { RefFiles } from './ref-files.js';

/** The names of all directories above a ref, below `refs/`. */
export function namesAbove(name: string): string[] {
  const out: string[] = [];
  for (let slash = name.indexOf('/', 'refs/'.length); slash >= 0; slash = name.indexOf('/', slash + 1))
    out.push(name.slice(0, slash));
  return out;
}

/** Throws `git/ref-name` when another ref is above or below the new one. Empty directories in its place are removed. */
export function checkFree(name: string, files: RefFiles): void {
  const above = namesAbove(name).find((each) => files.value(each) !== null);
  if (above !== undefined) throw gitError('ref-name', { ref: name, why: `the ref \`${above}\` exists` });
  for (const packed of files.packed().oids.keys()) {
    if (packed.startsWith(`${name}/`)) throw gitError('ref-name', { ref: name, why: `the ref \`${packed}\` exists` });
  }
  if (!removeEmpty(files.path(name)))
    throw gitError('ref-name', { ref: name, why: `there are refs below \`${name}/\`` });
}

/** Removes a tree of empty directories; true when there is nothing in the place. */
function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return true;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.every((entry) => entry.isDirectory() && removeEmpty(join(path, entry.name))) && removeEmpty(path);
}

/** Removes the directories that a deleted ref leaves empty, but never those directly below `refs/`. Returns the first that stays. */
export function removeEmptyAbove(name: string, files: RefFiles): string {
  for (const above of namesAbove(name).reverse()) {
    const path = files.path(above);
    if (!above.includes('/', 'refs/'.length)) return path;
    try {
      rmdirSync(path);
    } catch (error) {
      if (isAbsent(error)) continue;
      if (errnoOf(error) === null) throw error;
      return path;
    }
  }
  return dirname(files.path(name));
}

/** Throws `git/ref-name` when two edits of one transaction stand in each other's way, or name one ref twice. Names are sorted. */
export function checkTogether(names: readonly string[]): void {
  const all = new Set(names);
  if (all.size < names.length) {
    const ref = names.find((name, i) => names.indexOf(name) !== i) ?? '';
    throw gitError('ref-name', { ref, why: 'one transaction names it twice' });
  }
  for (const name of names) {
    const above = namesAbove(name).find((each) => all.has(each));
    if (above !== undefined) throw gitError('ref-name', { ref: name, why: `the same transaction names \`${above}\`` });
  }
}
