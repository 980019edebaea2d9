/** Files on their way into a record: hashed, and written in batches where they are many or large, so that memory stays bounded. */
import type { NewFile, StoredFile } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { compareText, LIMITS, type LongCall } from '../kernel/index.js';
import { jobError } from './errors.js';
import { nestingFault, pathFault } from './paths.js';
import type { JobFile } from './schema.js';

/** A file whose bytes are asked for when they are needed, once. */
export interface FileSource {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  read(): Promise<Uint8Array>;
  /** The same bytes piece by piece, for files that are too large to be read at once. */
  stream?(): AsyncIterable<Uint8Array>;
}

/** Keeps files that are too large to travel with a record. */
export interface LargeFiles {
  /** Files of more bytes than that go there. */
  readonly above: number;
  put(source: FileSource): Promise<{ readonly cid: Cid; readonly size: number; readonly blob: string }>;
}

export interface StageOptions extends LongCall {
  /** Absent: every file travels with the record, up to LIMITS.jobFileBytes. */
  readonly large?: LargeFiles | undefined;
}

export interface StagedFiles {
  /** By path bytes. */
  readonly files: readonly JobFile[];
  /** What goes into the tree of the commit, below this folder. */
  in(folder: string): readonly (NewFile | StoredFile)[];
}

/** Bytes that are kept in memory before they are written. */
const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * What is wrong with a set of files is told before one is read. Throws `jobs/too-many`, `jobs/bad-file` for a path that no record takes,
 * that is given twice, or that is below another file, and `jobs/too-large`.
 */
export function checkSources(
  sources: readonly Pick<FileSource, 'path' | 'size'>[],
  { large }: Pick<StageOptions, 'large'> = {},
): void {
  if (sources.length > LIMITS.jobFiles) throw jobError('too-many', { count: sources.length, limit: LIMITS.jobFiles });
  const seen = new Set<string>();
  for (const { path, size } of sources) {
    const why = pathFault(path) ?? (seen.has(path) ? 'is given twice' : undefined);
    if (why !== undefined) throw jobError('bad-file', { path, why });
    if (large === undefined || size <= large.above) checkSize(path, size);
    seen.add(path);
  }
  const why = nestingFault(seen);
  if (why !== undefined) throw jobError('bad-manifest', { why: `it ${why}` });
}

function checkSize(path: string, size: number): void {
  const limit = LIMITS.jobFileBytes;
  if (size > limit) throw jobError('too-large', { what: `\`${path}\``, size, limit });
}

/**
 * Hashes files, and writes them unless they are few. Throws as `checkSources`, what `read` throws, and as the git port. Nothing is
 * visible then.
 */
export async function stageFiles(
  backend: GitBackend,
  sources: readonly FileSource[],
  { signal, progress, large }: StageOptions = {},
): Promise<StagedFiles> {
  checkSources(sources, { large });
  const files: JobFile[] = [];
  const stored: StoredFile[] = [];
  let batch: NewFile[] = [];
  let bytes = 0;
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const flush = async () => {
    const oids = await backend.objects.write(batch.map((file) => ({ type: 'blob', content: file.bytes })));
    for (const [i, { path }] of batch.entries()) stored.push({ path, oid: oids[i] as string });
    batch = [];
    bytes = 0;
  };
  for (const source of sources) {
    if (large !== undefined && source.size > large.above) {
      files.push({ path: source.path, ...(await large.put(source)) });
      done += source.size;
      progress?.({ task: 'store files', done, total, unit: 'bytes' });
      signal?.throwIfAborted();
      continue;
    }
    const content = await readSource(source);
    files.push({ path: source.path, cid: Cid.hash('raw', content), size: content.length });
    batch.push({ path: source.path, bytes: content });
    bytes += content.length;
    if (bytes > BATCH_BYTES) await flush();
    done += content.length;
    progress?.({ task: 'store files', done, total, unit: 'bytes' });
    signal?.throwIfAborted();
  }
  if (stored.length > 0 && batch.length > 0) await flush();
  files.sort((a, b) => compareText(a.path, b.path));
  const made = [...stored, ...batch];
  return { files, in: (folder) => made.map((file) => ({ ...file, path: folder + file.path })) };
}

async function readSource(source: FileSource): Promise<Uint8Array> {
  const content = await source.read();
  checkSize(source.path, content.length);
  return content;
}
