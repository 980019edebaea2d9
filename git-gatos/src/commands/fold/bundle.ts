/** Where a fold comes from: the working tree if it is there, else the newest recorded definition. */
import type { FoldBundle } from 'gatos-core';
import { foldDirectory, foldFilesError, readFoldFiles } from 'gatosd';
import type { Repository } from '../../repository.js';
import { viewError } from '../../view/errors.js';
import { isPlainName } from '../../view/name.js';

export const DIR_OPTION = {
  kind: 'path',
  placeholder: 'DIR',
  summary: 'folder of the fold; default: gatos/folds/NAME',
  complete: 'directories',
} as const;

export function directoryOf({ backend }: Repository, { name, dir }: { name: string; dir: string | undefined }): string {
  if (dir !== undefined) return dir;
  if (backend.workTree === null) throw foldFilesError('bare', {});
  return foldDirectory(backend.workTree, name);
}

/** Throws `fold/no-such-fold` when neither has it, `view/bad-name`. */
export async function findBundle(
  workspace: Repository,
  { name, dir }: { name: string; dir: string | undefined },
): Promise<FoldBundle> {
  if (!isPlainName(name)) throw viewError('bad-name', { name, what: 'fold' });
  const { workTree } = workspace.backend;
  const directory = dir ?? (workTree === null ? undefined : foldDirectory(workTree, name));
  const written = directory === undefined ? null : readFoldFiles(directory);
  return written ?? workspace.repository.openFold(name);
}
