/** `clone`: git clones, then the GATOS history is fetched, verified and pinned. */
import { basename, resolve } from 'node:path';
import type { Cid, LongCall } from 'gatos-core';
import { runGit } from 'gatos-core/node';
import { addFetchRefspecs } from './git-config.js';
import { type SyncResult, syncWith } from './sync.js';
import { openWorkspace, type WorkspaceOptions } from './workspace.js';

export interface CloneRequest extends WorkspaceOptions, LongCall {
  /** What git clones from. */
  readonly url: string;
  /** Absent: named after the url, as git does. */
  readonly directory?: string | undefined;
  readonly bare?: boolean | undefined;
  /** Genesis to insist on. */
  readonly root?: Cid | undefined;
}

export interface CloneResult extends SyncResult {
  readonly directory: string;
}

/** Throws `git/git-failed`, and what `syncWith` throws; then the clone stays, without local GATOS refs. */
export async function cloneRepository(request: CloneRequest): Promise<CloneResult> {
  const { url, cwd, env, bare = false } = request;
  const directory = resolve(cwd, request.directory ?? defaultDirectory(url, bare));
  await runGit(['clone', '--quiet', ...(bare ? ['--bare'] : []), '--', url, directory], { cwd, env });
  const at = { ...request, cwd: directory };
  await addFetchRefspecs(at, ['origin']);
  const workspace = await openWorkspace(at);
  try {
    return { directory, ...(await syncWith(workspace, { ...at, remote: 'origin', push: false })) };
  } finally {
    await workspace.close();
  }
}

function defaultDirectory(url: string, bare: boolean): string {
  const name = basename(url.replace(/\/+$/, '').replace(/\/\.git$/, '')).replace(/\.git$/, '');
  return bare ? `${name}.git` : name;
}
