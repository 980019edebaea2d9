/** Files of jobs that are too large to travel with a record: they go into blobs, and come out of them checked chunk by chunk. */
import { createHash } from 'node:crypto';
import {
  Cid,
  concatBytes,
  type FileSource,
  type JobFile,
  jobError,
  type LargeJobFiles,
  type LongCall,
  type Oid,
  openBlob,
  readAttached,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { openBlobRange, putBlob } from '../blobs/index.js';
import { CHUNK_SIZE } from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import { workError } from './errors.js';

/** A file of more than one chunk is kept as a blob. */
export const LARGE_ABOVE: number = CHUNK_SIZE;

/** Keeps large files of jobs in this clone. Throws as `putBlob`, and `work/changed-meanwhile`. */
export function largeFiles(
  workspace: Pick<Workspace, 'repository' | 'backend'>,
  { signal }: Pick<LongCall, 'signal'> = {},
): LargeJobFiles {
  return {
    above: LARGE_ABOVE,
    put: async (source) => {
      const hash = createHash('sha256');
      let size = 0;
      const counted = async function* () {
        for await (const part of piecesOf(source)) {
          hash.update(part);
          size += part.length;
          yield part;
        }
      };
      const { blob } = await putBlob(workspace, { source: counted(), signal });
      if (size !== source.size) throw workError('changed-meanwhile', { path: source.path });
      return { cid: Cid.of('raw', new Uint8Array(hash.digest())), size, blob: blob.cid };
    },
  };
}

/** The bytes of a file, piece by piece where it gives pieces. */
export async function* piecesOf(source: Pick<FileSource, 'read' | 'stream'>): AsyncGenerator<Uint8Array> {
  if (source.stream === undefined) yield await source.read();
  else yield* source.stream();
}

/** The bytes of a file that is kept as a blob: each chunk is checked, and at last the whole. Throws `jobs/altered`, `blobs/*`, `chunks/*`. */
export async function* streamBlob(
  backend: NativeBackend,
  { path, cid, size, blob }: JobFile & { readonly blob: string },
): AsyncGenerator<Uint8Array> {
  const kept = await openBlob(backend, blob);
  const altered = (found: string) => jobError('altered', { path, want: String(cid), found });
  if (kept.manifest.plain_size !== size) throw altered(`a blob of ${kept.manifest.plain_size} bytes`);
  const range = await openBlobRange({ backend }, { blob: kept });
  const hash = createHash('sha256');
  for await (const part of range({ offset: 0, length: size })) {
    hash.update(part);
    yield part;
  }
  const found = Cid.of('raw', new Uint8Array(hash.digest()));
  if (!found.equals(cid)) throw altered(String(found));
}

/** Is it kept as a blob? */
export function isLarge(file: JobFile): file is JobFile & { readonly blob: string } {
  return file.blob !== undefined;
}

/** A file of a job as a whole, wherever it is kept. Throws as `streamBlob` and `readAttached`. */
export async function readJobFile(backend: NativeBackend, oid: Oid | undefined, file: JobFile): Promise<Uint8Array> {
  if (!isLarge(file)) return readAttached(backend, oid, file);
  const parts: Uint8Array[] = [];
  for await (const part of streamBlob(backend, file)) parts.push(part);
  return concatBytes(parts);
}
