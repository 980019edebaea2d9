/**
 * Attachments: files in a commit's tree that a record lists by path, size and CID, so that the signature covers them.
 *
 * A directory is listed as one entry whose path ends in `/`. Its CID is that of the DAG-CBOR list of `[path, size, cid]` of
 * every file below it, paths relative to it and sorted by their bytes: constant room in the record, however many files.
 */
import { Cid, encode, s } from '../codec/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import type { Attachment } from './kind.js';
import type { NewFile } from './tree-files.js';

/** Schema of the list that a record carries. */
export const ATTACHMENTS = s.list(
  s.struct({
    path: s.text({ maxBytes: LIMITS.attachmentPathBytes }),
    size: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    cid: s.cid,
  }),
  { max: LIMITS.attachments },
);

export interface FileDigest {
  readonly size: number;
  readonly cid: Cid;
}

/** The codec under which a file's CID is made: its name says whether it holds DAG-CBOR. */
export function codecOf(path: string): 'dag-cbor' | 'raw' {
  return path.endsWith('.cbor') ? 'dag-cbor' : 'raw';
}

export function digestOf({ path, bytes }: NewFile): FileDigest {
  return { size: bytes.length, cid: Cid.hash(codecOf(path), bytes) };
}

/** What a record lists for one file. */
export function attachFile(file: NewFile): Attachment {
  return { path: file.path, ...digestOf(file) };
}

/** What a record lists for a directory that holds these files; `path` ends in `/`, files are given with their full paths. */
export function attachDirectory(path: string, files: readonly NewFile[]): Attachment {
  return attachListing(path, files.map(attachFile));
}

/** What a record lists for a directory whose files have these digests. */
export function attachListing(directory: string, files: readonly Attachment[]): Attachment {
  const relative = files.map((file) => ({ ...file, path: file.path.slice(directory.length) }));
  relative.sort((a, b) => compareText(a.path, b.path));
  const size = relative.reduce((sum, file) => sum + file.size, 0);
  const cid = Cid.hash('dag-cbor', encode(relative.map((file) => [file.path, file.size, file.cid])));
  return { path: directory, size, cid };
}
