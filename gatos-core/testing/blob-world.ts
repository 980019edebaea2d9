/** Blobs for tests: bytes that follow from a number, the chunks over them, and writers whose signatures nobody verifies. */
import { sha256 } from '#hash';
import type { NewBlob } from '../src/blobs/index.js';
import type { WriterPorts } from '../src/chain/index.js';
import type { GitBackend } from '../src/git/index.js';
import { memoryBackend } from '../src/git/index.js';
import type { Chunk } from '../src/mythos/index.js';
import type { Writer } from '../src/trust/index.js';
import { type SteppingClock, steppingClock } from './clock.js';
import { JOURNAL_START, quickSigner, trustAll } from './journal-world.js';
import { seededRandom } from './random.js';

export const BLOB_START: number = JOURNAL_START;

export const BLOB_AUTHOR: Writer = { actor: 'user:alice', signer: quickSigner(1), trust: trustAll(), policyRoot: null };
export const BLOB_OTHER: Writer = { ...BLOB_AUTHOR, actor: 'user:bob', signer: quickSigner(2) };

export interface BlobPorts extends WriterPorts {
  readonly clock: SteppingClock;
}

export function blobPorts(backend: GitBackend = memoryBackend()): BlobPorts {
  return { backend, clock: steppingClock({ start: BLOB_START, step: 1 }), random: seededRandom(1) };
}

/** Bytes that follow from a number. */
export function testBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** The chunks of bytes that are stored as they are. */
export function chunksOf(bytes: Uint8Array, chunkSize: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) {
    const chunk = bytes.subarray(at, at + chunkSize);
    chunks.push({ hash: sha256(chunk), len: chunk.length });
  }
  return chunks;
}

/** A raw blob of chunks. */
export function chunkedBlob(bytes: Uint8Array, chunkSize: number): NewBlob {
  const chunks = chunksOf(bytes, chunkSize);
  return {
    media: 'application/octet-stream',
    codec: 0,
    plainSize: bytes.length,
    chunks,
    chunkSize,
    plainChunk: chunkSize,
  };
}

/** A raw blob of so many full chunks of which only the digests are made up. */
export function vastBlob(count: number, chunkSize: number): NewBlob {
  const chunks = function* (): Generator<Chunk> {
    const seed = new Uint8Array(8);
    const view = new DataView(seed.buffer);
    for (let i = 0; i < count; i++) {
      view.setUint32(0, i);
      yield { hash: sha256(seed), len: chunkSize };
    }
  };
  const plainSize = count * chunkSize;
  return { media: 'application/octet-stream', codec: 0, plainSize, chunks: chunks(), chunkSize, plainChunk: chunkSize };
}

/** A raw blob that stands in its manifest. */
export function inlineBlob(bytes: Uint8Array): NewBlob {
  return { media: 'text/plain', codec: 0, plainSize: bytes.length, inline: bytes };
}
