/** What a manifest says of itself: its BlobRef, sizes and inline bytes agree. That the tree is as it says is for `verifyBlobs`. */
import { sha256 } from '#hash';
import { formatHex } from '../codec/index.js';
import { bytesEqual, GatosError, LIMITS } from '../kernel/index.js';
import { BLOB_CODEC, BLOB_REF, type BlobRef, blobRefChunks, decodeStruct } from '../mythos/index.js';

/** Codecs whose chunks are decoded; those of any other hold the bytes as they are. */
export function isCoded(codec: number): boolean {
  return codec === BLOB_CODEC.zstd || codec === BLOB_CODEC.gzip;
}

/** The fields that agree with one another. */
interface Stated {
  readonly cid: string;
  readonly ref: Uint8Array;
  readonly plain_size: number;
  readonly plain_chunk: number;
  readonly inline?: Uint8Array | undefined;
}

/** Why the parts do not fit together; undefined when they do. */
export function manifestFault(manifest: Stated): string | undefined {
  let ref: BlobRef | undefined;
  const unread = faultIn(() => {
    ref = decodeStruct(BLOB_REF, manifest.ref);
  });
  if (ref === undefined) return unread;
  if (formatHex(ref.cid) !== manifest.cid) return `is about \`${manifest.cid}\`, and its BlobRef names another blob`;
  const { plain_size: plain } = manifest;
  if (!isCoded(ref.codec) && ref.size !== BigInt(plain))
    return `says ${plain} plain bytes, and its BlobRef ${ref.size} that are stored as they are`;
  return manifest.inline === undefined ? chunkedFault(manifest, ref) : inlineFault(manifest.inline, manifest, ref);
}

function inlineFault(
  inline: Uint8Array,
  { plain_size: plain, plain_chunk: chunk }: Stated,
  { cid, size, chunks }: BlobRef,
): string | undefined {
  if (chunks !== 0 || chunk !== 0) return 'carries its bytes and speaks of chunks';
  if (size !== BigInt(inline.length)) return `carries ${inline.length} bytes, and its BlobRef says ${size}`;
  if (!bytesEqual(sha256(inline), cid)) return 'carries bytes that are not those of its id';
  // So much is decoded at once.
  return plain > LIMITS.blobChunkBytes ? `says ${plain} plain bytes, which have to be in chunks` : undefined;
}

function chunkedFault(
  { plain_size: plain, plain_chunk: chunk }: Stated,
  { size, chunks }: BlobRef,
): string | undefined {
  if (plain === 0 || chunk === 0) return 'neither carries its bytes nor has chunks';
  const count = Math.ceil(plain / chunk);
  if (chunks !== blobRefChunks(count)) return `says ${count} chunks, and its BlobRef ${chunks}`;
  // No chunk is empty.
  return size < BigInt(count) ? `says ${count} chunks of ${size} bytes` : undefined;
}

/** The message of a fault of what is read. */
export function faultIn(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof GatosError) return `is out of form: ${error.message}`;
    throw error;
  }
}
