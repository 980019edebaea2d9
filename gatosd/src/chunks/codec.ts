/** How a chunk is stored. A codec is applied to each chunk by itself, so that a range of a blob needs no other chunk. */
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { Zstd } from './zstd.js';

/** As BlobRef.codec numbers them (design 4.3): raw 0, zstd 1, gzip 2. */
export const CHUNK_CODECS = ['raw', 'zstd', 'gzip'] as const;

export type ChunkCodec = (typeof CHUNK_CODECS)[number];

const ZSTD_LEVEL = 3;

/** The stored bytes of a chunk; for `raw` the same array. */
export async function encodeChunk(codec: ChunkCodec, plain: Uint8Array): Promise<Uint8Array> {
  if (codec === 'raw') return plain;
  if (codec === 'gzip') return gzipSync(plain, { level: constants.Z_DEFAULT_COMPRESSION });
  return (await zstandard()).compress(plain, ZSTD_LEVEL);
}

/** Loaded when it is needed: a thread that has raw chunks only starts without it. */
async function zstandard(): Promise<Zstd> {
  const { loadZstd } = await import('./zstd.js');
  return await loadZstd();
}

export interface StoredForm {
  readonly codec: ChunkCodec;
  /** Bytes that the chunk has when it is decoded: never more than that are made of it. */
  readonly plainLen: number;
}

/** Either the plain bytes, or why there are none. Stored bytes are foreign even when their hash fits: whoever made them chose them. */
export type Decoded = { readonly plain: Uint8Array } | { readonly why: string };

export async function decodeChunk(stored: Uint8Array, { codec, plainLen }: StoredForm): Promise<Decoded> {
  const plain = codec === 'raw' ? stored : await inflate(stored, { codec, plainLen });
  if (typeof plain === 'string') return { why: plain };
  if (plain.length === plainLen) return { plain };
  return { why: `it has ${plain.length} bytes and not ${plainLen}` };
}

async function inflate(stored: Uint8Array, { codec, plainLen }: StoredForm): Promise<Uint8Array | string> {
  // Loading it is no matter of the bytes: a failure there is not told as theirs.
  const zstd = codec === 'zstd' ? await zstandard() : undefined;
  try {
    if (zstd !== undefined) return zstd.decompress(stored, plainLen);
    return gunzipSync(stored, { maxOutputLength: Math.max(1, plainLen) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}
