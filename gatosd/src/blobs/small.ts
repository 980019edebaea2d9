/** Blobs that are small enough to stand in their manifest: recognised before anything is cut into chunks. */
import { createReadStream, statSync } from 'node:fs';
import { type Abort, concatBytes, LIMITS } from 'gatos-core';
import { type ByteSource, type ChunkCodec, encodeChunk } from '../chunks/index.js';
import { untilAborted } from './until-aborted.js';

export interface Peeked {
  /** What the source gives, from its start; a stream that was read from goes on where it is. */
  readonly source: ByteSource;
  /** Set when the blob is small: its stored bytes, and how many plain ones there are. */
  readonly small: { readonly stored: Uint8Array; readonly plainSize: number } | null;
}

export interface PeekRequest {
  readonly source: ByteSource;
  readonly codec: ChunkCodec;
  /** Plain bytes of a chunk. */
  readonly plainChunk: number;
  readonly signal?: Abort | undefined;
}

/**
 * Looks at no more than one chunk. Stored bytes of at most LIMITS.blobInlineBytes are small; what a codec would make of more than a chunk
 * is not asked, so the answer depends on the bytes and the options alone.
 */
export async function peek({ source, codec, plainChunk, signal }: PeekRequest): Promise<Peeked> {
  const limit = codec === 'raw' ? LIMITS.blobInlineBytes : plainChunk;
  if (typeof source === 'string' && isLonger(source, limit)) return { source, small: null };
  const stream = typeof source === 'string' ? createReadStream(source) : source;
  const iterator = untilAborted(stream, signal);
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length <= limit) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    // Whoever gives it may use its array again.
    parts.push(new Uint8Array(value));
    length += value.length;
  }
  const rest = goOn(parts, iterator);
  if (length > limit) return { source: rest, small: null };
  const stored = await encodeChunk(codec, concatBytes(parts));
  if (stored.length > LIMITS.blobInlineBytes) return { source: rest, small: null };
  return { source: rest, small: { stored, plainSize: length } };
}

/** A file of a known size; what is absent is told by whoever reads it. */
function isLonger(path: string, limit: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined || stat.isDirectory() || (stat.isFile() && stat.size > limit);
}

async function* goOn(parts: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* parts;
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
