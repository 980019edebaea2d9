/** Finds a repository as git does (gitrepository-layout(5), git(1) "The Git Repository"), without spawning git. */
import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { gitError, type ObjectFormat } from '../../src/git/index.js';
import { splitAlternates } from './alternates.js';
import { type Config, configBoolean, configText, parseConfig } from './config.js';
import { attempt, isAbsent } from './faults.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Layout {
  /** HEAD and what belongs to one worktree. */
  readonly gitDir: string;
  /** What all worktrees share: refs, configuration. The same as `gitDir` but in a linked worktree. */
  readonly commonDir: string;
  readonly workTree: string | null;
  readonly bare: boolean;
  /** Where new objects go, then where else objects are read from. */
  readonly objectDirs: readonly [string, ...string[]];
  readonly format: ObjectFormat;
  /** `files`, or another ref storage, which only git itself can read. */
  readonly refStorage: string;
  readonly config: Config;
  readonly env: Environment;
}

/** The layout of the repository at `path` or above it. Throws `git/not-a-repository`, `git/unsupported`, `git/bad-config`. */
export function discover(path: string, env: Environment): Layout {
  const found = env.GIT_DIR ? namedGitDir(resolve(path, env.GIT_DIR)) : walkUp(path, env);
  if (found === null) throw gitError('not-a-repository', { path });
  const { gitDir } = found;
  const commonDir = env.GIT_COMMON_DIR ? resolve(path, env.GIT_COMMON_DIR) : commonDirOf(gitDir);
  const objects = env.GIT_OBJECT_DIRECTORY ? resolve(path, env.GIT_OBJECT_DIRECTORY) : join(commonDir, 'objects');
  const configPath = join(commonDir, 'config');
  const config = parseConfig({ path: configPath, text: readText(configPath) ?? '' });
  const { format, refStorage } = checkExtensions(config);
  const workTree = workTreeOf({ gitDir, found: found.workTree, path, config, env });
  return {
    gitDir,
    commonDir,
    workTree,
    bare: workTree === null,
    objectDirs: [objects, ...alternatesOf(objects, { path, env })],
    format,
    refStorage,
    config,
    env,
  };
}

interface Found {
  readonly gitDir: string;
  readonly workTree: string | null;
}

function namedGitDir(path: string): Found | null {
  const gitDir = isDirectory(path) ? path : followGitFile(path);
  if (gitDir === null || !isGitDir(gitDir)) return null;
  const real = realpathSync(gitDir);
  // Git would take the current directory; in a hook that is the git directory itself, which nobody wants for a work tree.
  return { gitDir: real, workTree: basename(real) === '.git' ? dirname(real) : null };
}

function walkUp(path: string, env: Environment): Found | null {
  let at = attempt({ operation: 'read', path }, () => (isDirectory(path) ? realpathSync(path) : null));
  if (at === null) return null;
  const ceilings = (env.GIT_CEILING_DIRECTORIES ?? '')
    .split(delimiter)
    .filter((each) => isAbsolute(each))
    .map(realPathOf);
  const acrossMounts = env.GIT_DISCOVERY_ACROSS_FILESYSTEM === '1' || env.GIT_DISCOVERY_ACROSS_FILESYSTEM === 'true';
  const device = statSync(at).dev;
  for (;;) {
    const dotGit = join(at, '.git');
    const gitDir = isDirectory(dotGit) ? dotGit : followGitFile(dotGit);
    if (gitDir !== null && isGitDir(gitDir)) return { gitDir: realpathSync(gitDir), workTree: at };
    if (isGitDir(at)) return { gitDir: at, workTree: null };
    const parent = dirname(at);
    if (parent === at || ceilings.includes(parent)) return null;
    if (!acrossMounts && statSync(parent).dev !== device) return null;
    at = parent;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isAbsent(error)) return path;
    throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The directory that a `.git` file names (`gitdir: PATH`), or null when there is no such file. */
function followGitFile(path: string): string | null {
  const text = lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readText(path) : null;
  const target = text === null ? null : /^gitdir: (.+?)[\r\n]*$/s.exec(text)?.[1];
  return target ? resolve(dirname(path), target) : null;
}

function isGitDir(path: string): boolean {
  const head = lstatSync(join(path, 'HEAD'), { throwIfNoEntry: false });
  if (head === undefined || !(head.isFile() || head.isSymbolicLink())) return false;
  const common = commonDirOf(path);
  return isDirectory(join(common, 'objects')) && isDirectory(join(common, 'refs'));
}

function commonDirOf(gitDir: string): string {
  const text = readText(join(gitDir, 'commondir'));
  return text === null ? gitDir : realPathOf(resolve(gitDir, text.replace(/[\r\n]+$/, '')));
}

/** The text of a small file of git's, or null when it is not there. */
export function readText(path: string): string | null {
  return attempt({ operation: 'read', path }, () => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  });
}

const KNOWN_EXTENSIONS = new Set([
  'noop',
  'noop-v1',
  'objectformat',
  'partialclone',
  'preciousobjects',
  'refstorage',
  'relativeworktrees',
  'worktreeconfig',
]);

function checkExtensions(config: Config): { format: ObjectFormat; refStorage: string } {
  const version = configText(config, 'core.repositoryformatversion') ?? '0';
  if (version !== '0' && version !== '1')
    throw gitError('unsupported', { what: `repository format version ${version}` });
  if (version === '0') return { format: 'sha1', refStorage: 'files' };
  for (const key of config.keys()) {
    const name = key.startsWith('extensions.') ? key.slice('extensions.'.length) : null;
    if (name !== null && !KNOWN_EXTENSIONS.has(name))
      throw gitError('unsupported', { what: `the repository extension \`${name}\`` });
  }
  const format = configText(config, 'extensions.objectformat') ?? 'sha1';
  if (format !== 'sha1' && format !== 'sha256')
    throw gitError('unsupported', { what: `the object format \`${format}\`` });
  // The value may be a URI (`reftable://…`) in the newest git versions; anything but `files` is git's own business.
  return { format, refStorage: configText(config, 'extensions.refstorage') ?? 'files' };
}

interface WorkTreeQuestion {
  readonly gitDir: string;
  readonly found: string | null;
  readonly path: string;
  readonly config: Config;
  readonly env: Environment;
}

function workTreeOf({ gitDir, found, path, config, env }: WorkTreeQuestion): string | null {
  if (env.GIT_WORK_TREE) return resolve(path, env.GIT_WORK_TREE);
  const configured = configText(config, 'core.worktree');
  if (configured !== null) return resolve(gitDir, configured);
  // A linked worktree shares a configuration that may say `bare` of the main one.
  const linked = readText(join(gitDir, 'commondir')) !== null;
  if (!linked && configBoolean(config, 'core.bare', false) === true) return null;
  return found;
}

const ALTERNATE_DEPTH = 5;

/** Every other object directory, nearest first: from the environment, then `info/alternates`, followed to git's own depth. */
function alternatesOf(objects: string, { path, env }: { path: string; env: Environment }): string[] {
  const out: string[] = [];
  const seen = new Set([realPathOf(objects)]);
  const add = (directory: string, depth: number) => {
    const real = realPathOf(directory);
    if (seen.has(real) || depth > ALTERNATE_DEPTH) return;
    seen.add(real);
    out.push(real);
    follow(real, depth + 1);
  };
  const follow = (directory: string, depth: number) => {
    const text = readText(join(directory, 'info', 'alternates')) ?? '';
    for (const entry of splitAlternates(text, '\n')) add(resolve(directory, entry), depth);
  };
  for (const entry of splitAlternates(env.GIT_ALTERNATE_OBJECT_DIRECTORIES ?? '', delimiter)) {
    add(resolve(path, entry), 0);
  }
  follow(objects, 0);
  return out;
}
