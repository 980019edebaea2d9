/** A blob that is there, as far as records go. */
import { type Indexed, indexedBody } from '../chain/index.js';
import { type Cid, decode, type Value } from '../codec/index.js';
import { BLOB_REF, type BlobRef, decodeStruct } from '../mythos/index.js';
import { MANIFEST_KIND, type Manifest, REMOVED_KIND, type Removed } from './schema.js';

export interface Blob {
  readonly cid: string;
  readonly manifest: Manifest;
  readonly ref: BlobRef;
  /** CID of the record of the manifest. */
  readonly record: Cid;
  /** Chunks; 0 for one that is not cut. */
  readonly chunks: number;
}

/** The blob in a record of its manifest. Throws as the schema. */
export function blobOf(manifest: Manifest, record: Cid): Blob {
  const { cid, plain_size: size, plain_chunk: chunk } = manifest;
  const ref = decodeStruct(BLOB_REF, manifest.ref);
  return { cid, manifest, ref, record, chunks: chunk === 0 ? 0 : Math.ceil(size / chunk) };
}

export type FoundBlob =
  | { readonly state: 'live'; readonly blob: Blob }
  | { readonly state: 'removed'; readonly removed: Removed; readonly record: Cid };

/** What stands under the key of a blob: its manifest, or the record of its removal. */
export function foundIn(found: Indexed): FoundBlob {
  const { cid: record } = found;
  const value: Value = decode(found.record);
  const kind = value !== null && typeof value === 'object' && 'kind' in value ? value.kind : null;
  if (kind === REMOVED_KIND.kind) return { state: 'removed', removed: indexedBody(found, REMOVED_KIND), record };
  return { state: 'live', blob: blobOf(indexedBody(found, MANIFEST_KIND), record) };
}
