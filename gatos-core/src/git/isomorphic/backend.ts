/**
 * Git without the git binary: objects through isomorphic-git, refs by git's own lock-file protocol, over any file system that
 * has exclusive create and atomic rename. It shares a repository with git and with other writers.
 */
import type { Clock } from '../../kernel/index.js';
import type { GitBackend, Oid } from '../ports.js';
import { provideBuffer } from './buffer.js';
import { Files } from './files.js';
import type { FileSystem } from './fs.js';
import { openLayout } from './layout.js';
import { IsomorphicObjects } from './objects.js';
import { IsomorphicRefs } from './refs.js';

export interface IsomorphicOptions {
  /** `node:fs/promises`, `memoryFileSystem()`, or another implementation of the port. */
  readonly fs: FileSystem;
  /** The git directory (`…/.git`, or a bare repository), or the `.git` file of a linked worktree. */
  readonly gitdir: string;
  /** Sleeps while another writer holds a lock. Without it the adapter looks at the lock file again and again. */
  readonly clock?: Pick<Clock, 'sleep'>;
}

/**
 * Opens a repository with SHA-1 names and refs in files. Throws `git/not-a-repository`; `git/unsupported` for any other
 * format. An object of more than LIMITS.blobBytes is `git/too-large`, whatever a read allows.
 *
 * In a browser isomorphic-git needs a global `Buffer`; when there is none this call sets one from the package `buffer`.
 */
export async function isomorphicBackend({ fs, gitdir, clock }: IsomorphicOptions): Promise<GitBackend> {
  const files = new Files(fs);
  const layout = await openLayout(files, gitdir);
  await provideBuffer();
  const engine = await import('./engine.js');
  const objects = new IsomorphicObjects({ files, layout, engine });
  const has = (oids: readonly Oid[]) => objects.has(oids);
  return { objects, refs: new IsomorphicRefs({ files, layout, has, clock }) };
}
