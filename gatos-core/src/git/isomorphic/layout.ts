/** Where a repository keeps its parts: main and linked worktrees, borrowed objects, and whether this adapter may touch it. */
import { fromUtf8 } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { checkRepositoryFormat, type FlushPolicy, flushPolicy, parseGitConfig } from './config.js';
import { type Files, parentOf } from './files.js';

export interface Layout {
  /** The directory of this worktree: its HEAD. */
  readonly gitdir: string;
  /** The directory that worktrees share: refs, objects, config. */
  readonly common: string;
  /** Where objects are read; the first is also written. */
  readonly objectDirectories: readonly [string, ...string[]];
  readonly flush: FlushPolicy;
}

const ALTERNATE_DEPTH = 5;

/**
 * Finds the parts of the repository at `path`: a git directory, or the `.git` file of a linked worktree. Throws
 * `git/not-a-repository`, `git/unsupported`.
 */
export async function openLayout(files: Files, path: string): Promise<Layout> {
  const gitdir = await followGitFile(files, withoutSlash(path));
  const pointer = await readLine(files, `${gitdir}/commondir`);
  const common = pointer === null ? gitdir : resolve(gitdir, pointer);
  const [head, objects, refs] = await Promise.all([
    files.read(`${gitdir}/HEAD`),
    files.stat(`${common}/objects`),
    files.stat(`${common}/refs`),
  ]);
  if (head === null || head === 'directory' || !objects?.isDirectory() || !refs?.isDirectory())
    throw gitError('not-a-repository', { path });
  const bytes = await files.read(`${common}/config`);
  const config = parseGitConfig(bytes instanceof Uint8Array ? bytes : new Uint8Array());
  checkRepositoryFormat(config);
  const borrowed = await alternates(files, `${common}/objects`, ALTERNATE_DEPTH);
  return { gitdir, common, objectDirectories: [`${common}/objects`, ...borrowed], flush: flushPolicy(config) };
}

async function followGitFile(files: Files, path: string): Promise<string> {
  const stat = await files.stat(path);
  if (stat === null) throw gitError('not-a-repository', { path });
  if (stat.isDirectory()) return path;
  const line = await readLine(files, path);
  if (line === null || !line.startsWith('gitdir: ')) throw gitError('not-a-repository', { path });
  return resolve(parentOf(path), line.slice('gitdir: '.length));
}

/** Object directories that this one borrows from. Source: gitrepository-layout(5), objects/info/alternates. */
async function alternates(files: Files, objects: string, depth: number): Promise<readonly string[]> {
  const bytes = await files.read(`${objects}/info/alternates`);
  if (!(bytes instanceof Uint8Array)) return [];
  const found: string[] = [];
  for (const line of fromUtf8(bytes).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('"')) throw gitError('unsupported', { what: 'a quoted path in objects/info/alternates' });
    if (depth === 0) throw gitError('unsupported', { what: `alternates nested more than ${ALTERNATE_DEPTH} deep` });
    const directory = withoutSlash(resolve(objects, line));
    found.push(directory, ...(await alternates(files, directory, depth - 1)));
  }
  return [...new Set(found)];
}

async function readLine(files: Files, path: string): Promise<string | null> {
  const bytes = await files.read(path);
  return bytes instanceof Uint8Array ? fromUtf8(bytes).trimEnd() : null;
}

function resolve(base: string, path: string): string {
  return /^(?:\/|[A-Za-z]:[\\/])/.test(path) ? path : `${base === '' ? '.' : base}/${path}`;
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
