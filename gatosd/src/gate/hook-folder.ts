/** Where git looks for the hooks of a repository (git-config(1), core.hooksPath). */
import { join, resolve } from 'node:path';
import type { NativeBackend } from 'gatos-core/node';
import { type Environment, git, textOf } from '../git-run.js';
import { hookError } from './errors.js';

interface Where {
  readonly cwd: string;
  readonly env: Environment;
  readonly side: 'server' | 'client';
}

export interface HookFolder {
  readonly path: string;
  /** Where `core.hooksPath` is set, such as `local` or `global`; null: it is not. */
  readonly scope: string | null;
}

/** The folder in force. A relative one starts where git runs the hook: in the git directory, or at the top of the work tree. */
export async function hookFolder(backend: NativeBackend, { cwd, env, side }: Where): Promise<HookFolder> {
  const { gitDir, commonDir, workTree } = backend;
  const args = ['config', '--null', '--show-scope', '--type=path', '--get', 'core.hooksPath'];
  const result = await git({ cwd, env, gitDir }, args, { accept: [0, 1] });
  const [scope = '', path = ''] = textOf(result).split('\0');
  if (path === '') return { path: join(commonDir, 'hooks'), scope: null };
  return { path: resolve(side === 'server' ? gitDir : (workTree ?? gitDir), path), scope };
}

/** As `hookFolder`, for a folder that is this repository's alone. Throws `hooks/shared-path` where it serves others too. */
export async function ownHookFolder(backend: NativeBackend, where: Where): Promise<string> {
  const { path, scope } = await hookFolder(backend, where);
  if (scope === null || scope === 'local' || scope === 'worktree') return path;
  throw hookError('shared-path', { path, scope });
}
