/** Files of a job that are kept as blobs: they are recorded, of the size that the job says, and their chunks are there. */
import { type ChunkPresence, checkTree, openBlob } from '../blobs/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { isGatosError } from '../kernel/index.js';
import { jobError } from './errors.js';
import type { JobParts } from './parts.js';

export interface LargeFile {
  readonly path: string;
  readonly size: number;
  readonly blob: string;
}

/** Those of the manifest and of the proof. What cannot be read was told by the checks of these. */
export async function largeFilesOf(parts: JobParts): Promise<readonly LargeFile[]> {
  try {
    const [manifest, proof] = [await parts.manifest(), await parts.execution()];
    const inputs = (manifest?.body.inputs ?? []).map(({ name, size, blob }) => ({ path: name, size, blob }));
    const files = [...inputs, ...(proof?.body.outputs ?? [])];
    return files.flatMap(({ path, size, blob }) => (blob === undefined ? [] : [{ path, size, blob }]));
  } catch (error) {
    if (isGatosError(error)) return [];
    throw error;
  }
}

interface LargeOptions {
  readonly job: Cid;
  readonly chunks: ChunkPresence | undefined;
}

/** Throws `blobs/unknown`, `blobs/removed`, `blobs/missing-chunks`, `blobs/bad-tree`, and `jobs/bad-job` for one of another size. */
export async function checkLarge(
  backend: GitBackend,
  files: readonly LargeFile[],
  { job, chunks }: LargeOptions,
): Promise<string> {
  for (const { path, size, blob: cid } of files) {
    const blob = await openBlob(backend, cid);
    if (blob.manifest.plain_size !== size)
      throw jobError('bad-job', {
        job: String(job),
        why: `\`${path}\` has ${size} bytes, its blob ${blob.manifest.plain_size}`,
      });
    if (blob.chunks > 0) await checkTree(backend, blob, chunks);
  }
  return `${files.length} large files are recorded as blobs`;
}
