/** `clone`: git clones, then the GATOS history is fetched, verified and pinned. */
import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Cid, isGatosError, isOid, type LongCall, refOfChain, TRUST_CHAIN } from 'gatos-core';
import { transportError } from './errors.js';
import { addFetchRefspecs } from './git-config.js';
import { type Environment, elsewhere, type GitAt, git, textOf } from './git-run.js';
import { type SyncResult, syncWith } from './sync/index.js';
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

const REMOTE = 'origin';

/** Throws `transport/folder-taken`, `transport/not-cloned`, and what `syncWith` throws; then the clone stays, without local GATOS refs. */
export async function cloneRepository(request: CloneRequest): Promise<CloneResult> {
  const { url, cwd, bare = false, signal } = request;
  const directory = resolve(cwd, request.directory ?? defaultDirectory(url, bare));
  // In a hook the environment names another repository, which is not the one that is made here.
  const env = elsewhere(request.env);
  const options = ['--quiet', '--origin', REMOTE, ...(bare ? ['--bare'] : [])];
  refuseTaken(directory);
  try {
    const hash = await defaultHash({ cwd, env, signal }, url);
    await git({ cwd, env: { ...env, ...hash }, signal }, ['clone', ...options, '--', url, directory]);
  } catch (cause) {
    if (!isGatosError(cause, 'git/git-failed')) throw cause;
    throw transportError('not-cloned', { url, why: String(cause.data.why) });
  }
  const at = { ...request, env, cwd: directory };
  const workspace = await openWorkspace(at);
  try {
    const { gitDir } = workspace.backend;
    await addFetchRefspecs({ cwd: directory, env, gitDir, signal }, [REMOTE]);
    return { directory, ...(await syncWith(workspace, { ...at, remote: REMOTE, push: false })) };
  } finally {
    await workspace.close();
  }
}

/** As git does, but before the network is asked. */
function refuseTaken(directory: string): void {
  try {
    if (readdirSync(directory).length === 0) return;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return;
    if (code !== 'ENOTDIR') throw error;
  }
  throw transportError('folder-taken', { directory });
}

/** Git takes a repository without branches for an empty one, and gives the clone its own default object format. */
async function defaultHash(at: GitAt, url: string): Promise<Environment> {
  const listed = textOf(await git(at, ['ls-remote', '--quiet', '--', url, refOfChain(TRUST_CHAIN)]));
  return isOid(listed.split('\t', 1)[0] ?? '', 'sha256') ? { GIT_DEFAULT_HASH: 'sha256' } : {};
}

/** As git names it: the last part of the path, without `.git`. */
function defaultDirectory(url: string, bare: boolean): string {
  const path = url.replace(/[/\\]+$/, '').replace(/[/\\]\.git$/, '');
  const name = basename(path.slice(path.lastIndexOf(':') + 1)).replace(/\.(?:git|bundle)$/, '');
  return bare ? `${name}.git` : name;
}
