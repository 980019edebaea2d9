/** Policies as files: what a person names becomes the files of a bundle, and a finding names the file as the person would. */
import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { LIMITS, type NewFile } from 'gatos-core';
import { cliError } from '../../errors.js';
import { readFileWithin } from '../../input.js';
import { policyFilesError } from './errors.js';

/** The positional that all commands on policy files share. */
export const PATHS = {
  name: 'paths',
  kind: 'rest',
  of: 'path',
  summary: 'files and folders of the policy; default: gatos/policies',
  complete: 'files',
} as const;

const FOLDER = ['gatos', 'policies'];

/** A file of a bundle and where it lies. */
export interface PolicyFile extends NewFile {
  /** Absolute. */
  readonly location: string;
}

/** Where policies lie from here: below the top of the working tree, which is the nearest folder with a `.git`; else below `cwd`. */
export function policiesFolder(cwd: string): string {
  for (let at = cwd; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return join(at, ...FOLDER);
    if (dirname(at) === at) return join(cwd, ...FOLDER);
  }
}

/**
 * The files that the paths mean; without paths those of the folder of policies. Names in the bundle start at the folder
 * `gatos/policies` that a path lies in, else at the folder that is named, else at the file.
 * Throws `policy-files/none`, `policy-files/too-many`, `cli/no-file`, `cli/unreadable-file`.
 */
export async function readPolicyFiles(cwd: string, paths: readonly string[]): Promise<readonly PolicyFile[]> {
  const locations = new Map<string, string>();
  for (const path of paths.length === 0 ? [policiesFolder(cwd)] : paths) {
    const isFolder = statOf(path, { optional: paths.length === 0 })?.isDirectory() ?? true;
    const root = rootOf(path) ?? (isFolder ? path : dirname(path));
    const found = isFolder ? filesBelow(path) : [path];
    if (found.length === 0) throw policyFilesError('none', { path: shownPath(cwd, path) });
    for (const each of found) locations.set(each, relative(root, each).split(sep).join('/'));
  }
  const files: PolicyFile[] = [];
  for (const [location, path] of locations)
    files.push({ path, location, bytes: await readFileWithin(location, LIMITS.policyBundleBytes) });
  return files;
}

/** As the person would name it from here. */
export function shownPath(cwd: string, location: string): string {
  const path = relative(cwd, location);
  return path === '' ? '.' : path.startsWith(`..${sep}..${sep}`) ? location : path;
}

/** The folder `gatos/policies` that a path is or lies in. */
function rootOf(path: string): string | undefined {
  const marked = `${sep}${FOLDER.join(sep)}${sep}`;
  const at = `${path}${sep}`.indexOf(marked);
  return at === -1 ? undefined : path.slice(0, at + marked.length - 1);
}

function statOf(path: string, { optional }: { optional: boolean }) {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw cliError('unreadable-file', { path, why: code ?? (error as Error).message });
    if (optional) return undefined;
    throw cliError('no-file', { path });
  }
}

const isSource = (name: string): boolean => name.endsWith('.rgs') || name.endsWith('.md');

/** Sources at any depth, in the order of their names; hidden files and linked folders are left out. */
function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  const left = [folder];
  let seen = 0;
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    for (const entry of entriesOf(at)) {
      if (++seen > LIMITS.policyItems) throw policyFilesError('too-many', { path: folder, limit: LIMITS.policyItems });
      const path = join(at, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) left.push(path);
      else if (isSource(basename(path)) && isFile(entry, path)) found.push(path);
    }
  }
  return found.sort();
}

function isFile(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw cliError('unreadable-file', { path: folder, why: code ?? message });
  }
}
