/** An empty repository, as `git init --bare` makes it, on any file system. */
import { utf8 } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { Files } from './files.js';
import type { FileSystem } from './fs.js';

const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n';
const DIRECTORIES = ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'];

/**
 * Makes a bare repository with SHA-1 names at `gitdir`, whose parent directories are made too. What exists already stays as it
 * is. Source: gitrepository-layout(5).
 */
export async function initIsomorphicRepository({
  fs,
  gitdir,
}: {
  readonly fs: FileSystem;
  readonly gitdir: string;
}): Promise<void> {
  const files = new Files(fs);
  for (const directory of DIRECTORIES) await files.makeDirectories(`${gitdir}/${directory}`, { flush: true });
  // HEAD comes last: with it the directory counts as a repository
  for (const [name, text] of [
    ['config', CONFIG],
    ['HEAD', 'ref: refs/heads/main\n'],
  ] as const) {
    const outcome = await files.create(`${gitdir}/${name}`, utf8(text), { flush: true });
    if (outcome === 'blocked')
      throw gitError('io', { path: gitdir, operation: 'make', why: 'a file stands in its place' });
  }
}
