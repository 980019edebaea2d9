/** Chunks in and out: nothing leaves that is not what its name says, and nothing stays. */
import { createHash } from 'node:crypto';
import { chunkError, hashOf } from '../chunks/index.js';
import { etagOf, FOR_EVER, isKnown, notModified } from './caching.js';
import { httpError } from './errors.js';
import type { Exchange } from './exchange.js';
import { BYTES_MEDIA } from './media.js';
import { MOST_CHUNK_BYTES } from './routes-blobs.js';
import type { Answer } from './send.js';

/** SHA-256 of the content, as RFC 9530 has it. */
const digestHeader = (hash: Uint8Array): string => `sha-256=:${Buffer.from(hash).toString('base64')}:`;

export async function getChunk(exchange: Exchange): Promise<Answer> {
  const hex = exchange.params.hex as string;
  const hash = hashOf(hex);
  const headers = { ...FOR_EVER, ETag: etagOf(hex) };
  const { chunks } = exchange.services;
  const missing = () => chunkError('missing', { index: 0, hash: hex, store: chunks.name });
  if (exchange.head || isKnown(exchange, hex)) {
    const length = await lengthOf(exchange, hash, hex);
    if (length === null) throw missing();
    if (!exchange.head) return notModified(headers);
    return { status: 200, headers, body: { media: BYTES_MEDIA, length } };
  }
  const release = await exchange.budget.take(MOST_CHUNK_BYTES, exchange.gone);
  try {
    const bytes = await chunks.read(hash, { signal: exchange.gone, most: MOST_CHUNK_BYTES });
    if (bytes === undefined) throw missing();
    if (!createHash('sha256').update(bytes).digest().equals(hash))
      throw chunkError('altered', { index: 0, hash: hex, store: chunks.name });
    const body = { media: BYTES_MEDIA, bytes };
    return { status: 200, headers: { ...headers, 'Content-Digest': digestHeader(hash) }, body, done: release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Bytes of a stored chunk, or null. */
async function lengthOf({ services, gone }: Exchange, hash: Uint8Array, hex: string): Promise<number | null> {
  if (!(await services.chunks.has(hash, { signal: gone }))) return null;
  for await (const { len } of services.chunks.list(hex, { signal: gone })) return len;
  return null;
}

export async function putChunk(exchange: Exchange): Promise<Answer> {
  const hex = exchange.params.hex as string;
  const hash = createHash('sha256');
  const { bytes, release } = await exchange.body((part) => hash.update(part));
  try {
    const got = hash.digest('hex');
    if (bytes.length === 0) throw httpError('bad-body', { why: 'a chunk has at least one byte' });
    if (got !== hex) throw httpError('wrong-hash', { expected: hex, got });
    const wrote = await exchange.services.chunks.write(hashOf(hex), bytes);
    const headers = { Location: `/v1/chunks/${hex}`, ETag: etagOf(hex) };
    return { status: wrote === 'written' ? 201 : 204, headers };
  } finally {
    release();
  }
}
