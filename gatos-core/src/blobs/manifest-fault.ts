/** What a manifest says of itself: its BlobRef, sizes and inline bytes agree. That the tree is as it says is for `verifyBlobs`. */
import { sha256 } from '#hash';
import { formatHex } from '../codec/index.js';
import { bytesEqual, GatosError, LIMITS, utf8 } from '../kernel/index.js';
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

const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

/** A name for people is one line. Why this cannot be one; undefined when it can. */
export function nameFault(name: string): string | undefined {
  const bytes = utf8(name).length;
  if (bytes > LIMITS.fileNameBytes) return `has a name of ${bytes} bytes, the limit is ${LIMITS.fileNameBytes}`;
  return name.isWellFormed() && LINE.test(name) ? undefined : 'has a name with control characters';
}

/** Why the parts do not fit together; undefined when they do. */
export function manifestFault(manifest: Stated): string | undefined {
  let ref: BlobRef | undefined;
  const unread = faultIn(() => {
    ref = decodeStruct(BLOB_REF, manifest.ref);
  });
  if (ref === undefined) return unread;
  if (formatHex(ref.cid) !== manifest.cid) return `is about \`${manifest.cid}\`, and its BlobRef names another blob`;
  const media = mediaFault(ref.media);
  if (media !== undefined) return media;
  const { plain_size: plain } = manifest;
  if (!isCoded(ref.codec) && ref.size !== BigInt(plain))
    return `says ${plain} plain bytes, and its BlobRef ${ref.size} that are stored as they are`;
  return manifest.inline === undefined ? chunkedFault(manifest, ref) : inlineFault(manifest.inline, manifest, ref);
}

/** A media type is shown on one line, and sent in a header: it is printable ASCII without line breaks (RFC 6838 has less still). */
export function mediaFault(media: string): string | undefined {
  if (media.length > LIMITS.mediaBytes) return `names a media type of ${media.length} characters`;
  return /^[\x20-\x7e]*$/.test(media) ? undefined : 'names a media type that is not printable ASCII';
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
  return plain > LIMITS.chunkBytesMost ? `says ${plain} plain bytes, which have to be in chunks` : undefined;
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

/** How stored bytes are read, in words: equal for those that give the same bytes back. */
export function formOf({
  ref,
  plain_size: size,
  plain_chunk: chunk,
}: Pick<Stated, 'ref' | 'plain_size' | 'plain_chunk'>): string {
  const { codec } = decodeStruct(BLOB_REF, ref);
  // Other codecs, such as that of a picture, are what the bytes are, and these come out as they are stored.
  const name = !isCoded(codec) ? 'raw' : codec === BLOB_CODEC.zstd ? 'zstd' : 'gzip';
  return `${size} bytes${chunk === 0 ? '' : ` in chunks of ${chunk}`}, ${name}`;
}
