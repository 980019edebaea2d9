/**
 * Entry of a thread that hashes blobs where they lie in a pack. What we write is stored and not compressed, so its bytes go from the file
 * into the hash; of others the content is inflated first. Whether git's own id fits is not asked: whoever asks compares with a digest
 * that is signed.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { inflateSync } from 'node:zlib';

export interface DigestRequest {
  readonly path: string;
  /** Where the zlib stream of the blob starts. */
  readonly data: number;
  /** Bytes of the blob. */
  readonly length: number;
}

/** SHA-256 of the blob; null when it is not what its place promises, which another reader then tells. */
export type DigestReply = Uint8Array | null;

const CHUNK = 256 * 1024;
/** Head of a stored block (RFC 1951, 3.2.4). */
const BLOCK_HEAD = 5;

/** Reads a file on from a place, through one buffer. */
class Reader {
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK);
  #from = 0;
  #to = 0;

  constructor(
    private readonly file: number,
    private position: number,
  ) {}

  /** At most so many of the next bytes; none at the end of the file. */
  some(most: number): Uint8Array {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = readSync(this.file, this.#buffer, 0, CHUNK, this.position);
      this.position += this.#to;
    }
    const part = this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + most));
    this.#from += part.length;
    return part;
  }

  /** Exactly so many bytes, a few; null at the end of the file. */
  few(count: number): Uint8Array | null {
    const out = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      const part = this.some(count - filled);
      if (part.length === 0) return null;
      out.set(part, filled);
      filled += part.length;
    }
    return out;
  }
}

function digestStored(file: number, { data, length }: DigestRequest): DigestReply | 'compressed' {
  const reader = new Reader(file, data);
  const [method = 0, flags = 0] = reader.few(2) ?? [];
  if ((method & 0x0f) !== 8 || (flags & 0x20) !== 0 || ((method << 8) | flags) % 31 !== 0) return null;
  const hash = createHash('sha256');
  let total = 0;
  for (let last = false; !last; ) {
    const head = reader.few(BLOCK_HEAD);
    if (head === null) return null;
    const [kind = 0, a = 0, b = 0, c = 0, d = 0] = head;
    if (kind > 1) return total === 0 ? 'compressed' : null;
    let left = a | (b << 8);
    if ((left ^ (c | (d << 8))) !== 0xffff) return null;
    total += left;
    if (total > length) return null;
    while (left > 0) {
      const part = reader.some(left);
      if (part.length === 0) return null;
      hash.update(part);
      left -= part.length;
    }
    last = kind === 1;
  }
  return total === length ? hash.digest() : null;
}

function digestCompressed(file: number, { data, length }: DigestRequest): DigestReply {
  const bytes = Buffer.allocUnsafeSlow(length + (length >> 7) + 1024);
  const got = readSync(file, bytes, 0, bytes.length, data);
  try {
    const content = inflateSync(bytes.subarray(0, got), { maxOutputLength: Math.max(length, 1) });
    return content.length === length ? createHash('sha256').update(content).digest() : null;
  } catch (error) {
    // Broken compression: the reader that checks everything says so.
    if (error instanceof Error) return null;
    throw error;
  }
}

function digest(request: DigestRequest): DigestReply {
  const file = openSync(request.path, 'r');
  try {
    const stored = digestStored(file, request);
    return stored === 'compressed' ? digestCompressed(file, request) : stored;
  } finally {
    closeSync(file);
  }
}

parentPort?.on('message', (request: DigestRequest) => {
  let reply: DigestReply = null;
  try {
    reply = digest(request);
  } catch (error) {
    // The pack is gone, say: null sends whoever asks to the reader that looks for it elsewhere.
    if (!(error instanceof Error)) throw error;
  }
  parentPort?.postMessage(reply);
});
