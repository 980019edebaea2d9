/** From what a manifest says to what whoever moves chunks wants to know. */
import { type Blob, isCodedBlob } from 'gatos-core';
import { type BlobForm, CHUNK_CODECS, type ChunkCodec } from '../chunks/index.js';

/** Whatever is not decoded is handed out as it is stored. */
export function codecOf({ ref }: Pick<Blob, 'ref'>): ChunkCodec {
  return isCodedBlob(ref.codec) ? (CHUNK_CODECS[ref.codec] ?? 'raw') : 'raw';
}

/** Number of a codec in a BlobRef. */
export function codecNumber(codec: ChunkCodec): number {
  return CHUNK_CODECS.indexOf(codec);
}

/** Of a blob that is cut into chunks. */
export function formOf(blob: Blob): BlobForm {
  const { plain_size: size, plain_chunk: chunkSize } = blob.manifest;
  return { size, chunkSize, codec: codecOf(blob) };
}
