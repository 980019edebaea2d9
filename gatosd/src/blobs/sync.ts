/** Exchanging chunks with the store of a remote: records travel with git, bytes travel here. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Blob, heldBlobs, type LongCall, openBlobTree } from 'gatos-core';
import { type ChunkStore, chunkRoot, chunkStoreOf, openChunkStore, syncChunks } from '../chunks/index.js';
import { gitConfig, gitRemotes } from '../git-config.js';
import { type Environment, type GitAt, git, textOf } from '../git-run.js';
import type { Workspace } from '../workspace.js';
import { blobBytesError } from './errors.js';

export interface BlobSyncRequest extends LongCall {
  readonly cwd: string;
  readonly env: Environment;
  readonly remote: string;
  readonly pull: boolean;
  readonly push: boolean;
  /** Only these blobs; absent: all that are not removed. */
  readonly blobs?: readonly Blob[] | undefined;
  /** Also read what is there, and replace what is damaged. */
  readonly thorough?: boolean | undefined;
}

export interface Moved {
  readonly moved: number;
  readonly present: number;
  /** Not at the other end. */
  readonly missing: number;
  /** Damaged at the other end, and not taken. */
  readonly altered: number;
  readonly bytes: number;
}

export interface BlobSynced {
  /** Where the chunks of the remote are. */
  readonly store: string;
  readonly blobs: number;
  readonly pulled: Moved | null;
  readonly pushed: Moved | null;
  /** Blobs of which chunks are still missing here, by id. */
  readonly incomplete: readonly string[];
}

/** Throws `blob-bytes/no-remote`, `blob-bytes/no-store`, `chunks/*`, and as reading the records. */
export async function syncBlobs(workspace: Pick<Workspace, 'backend'>, request: BlobSyncRequest): Promise<BlobSynced> {
  const here = chunkStoreOf(workspace);
  const there = await remoteStore(workspace, request);
  try {
    const blobs = request.blobs ?? (await wantedBlobs(workspace, request));
    const move = async (from: ChunkStore, to: ChunkStore): Promise<Moved> => {
      const chunks = chunksOf(workspace, blobs, request);
      const { thorough, progress } = request;
      const signal = request.signal as AbortSignal | undefined;
      const done = await syncChunks({ from, to, chunks, thorough, progress, signal });
      const { moved, present, missing, altered, bytes } = done;
      const [m, p, x, a] = [moved.length, present.length, missing.length, altered.length];
      return { moved: m, present: p, missing: x, altered: a, bytes };
    };
    const pulled = request.pull ? await move(there, here) : null;
    const pushed = request.push ? await move(here, there) : null;
    const incomplete = request.pull ? await lacking(workspace, here, blobs) : [];
    return { store: there.name, blobs: blobs.length, pulled, pushed, incomplete };
  } finally {
    await there.close();
  }
}

async function wantedBlobs({ backend }: Pick<Workspace, 'backend'>, options: LongCall): Promise<readonly Blob[]> {
  const blobs: Blob[] = [];
  for await (const { blob, removal } of heldBlobs(backend, options))
    if (blob !== null && removal === null && blob.chunks > 0) blobs.push(blob);
  return blobs;
}

async function* chunksOf({ backend }: Pick<Workspace, 'backend'>, blobs: readonly Blob[], { signal }: LongCall) {
  for (const blob of blobs) {
    if (blob.chunks === 0) continue;
    yield* (await openBlobTree(backend, blob)).chunks();
    signal?.throwIfAborted();
  }
}

async function lacking(
  workspace: Pick<Workspace, 'backend'>,
  store: ChunkStore,
  blobs: readonly Blob[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const blob of blobs) {
    for await (const { hash } of chunksOf(workspace, [blob], {}))
      if (!(await store.has(hash))) {
        found.push(blob.cid);
        break;
      }
  }
  return found;
}

/** What `remote.<name>.gatosBlobs` says; else the folder of a repository on this machine. */
async function remoteStore(
  { backend }: Pick<Workspace, 'backend'>,
  { cwd, env, remote }: BlobSyncRequest,
): Promise<ChunkStore> {
  const at: GitAt = { cwd, env, gitDir: backend.gitDir };
  if (!(await gitRemotes(at)).includes(remote)) throw blobBytesError('no-remote', { remote });
  const said = await gitConfig(at, `remote.${remote}.gatosBlobs`);
  // As git does, from the top of the worktree, wherever in it this is asked.
  const top = textOf(await git({ cwd, env }, ['rev-parse', '--show-toplevel'], { accept: [0, 128] })).trimEnd();
  const base = top === '' ? backend.gitDir : top;
  if (said !== undefined) return openChunkStore(said.includes('://') ? said : resolve(base, said), { env });
  const url = textOf(await git(at, ['remote', 'get-url', remote])).trim();
  const common = localRepository(url, base);
  if (common === null) throw blobBytesError('no-store', { remote, url: url.replace(/\/\/[^/@]*@/, '//') });
  return openChunkStore(chunkRoot(common), { env });
}

/** The common git directory behind a path, or null for what is none. */
function localRepository(url: string, cwd: string): string | null {
  const path = url.startsWith('file://') ? fileURLToPath(url) : url;
  if (!isAbsolute(path) && (/^[a-z][a-z0-9+]*:/i.test(path) || /^[^/]+@?[^/]*:/.test(path))) return null;
  const folder = resolve(cwd, path);
  const found = [join(folder, '.git'), folder].find((each) => existsSync(join(each, 'objects')));
  return found ?? null;
}
