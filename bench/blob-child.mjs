/** One put, get or reading of ranges in a process of its own: `node bench/blob-child.mjs '<request as JSON>'`; prints seconds and the peak of its memory. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// Not all of gatosd, as the bundled command does not load all of it either.
import { BlobReader, DirectoryChunkStore, getStream, putStream } from '../gatosd/dist/chunks/index.js';
import { seconds } from './measure.mjs';

const CHUNK = 4 * 1024 * 1024;
const RANGE = 4096;

const { what, root, path, list, fsync = 'chunks', codec = 'raw', count = 1000 } = JSON.parse(process.argv[2]);
const store = new DirectoryChunkStore({ root, fsync });

/** Chunks as a put of another process left them in `list`. */
function readList() {
  const { size, chunks } = JSON.parse(readFileSync(list, 'utf8'));
  return { size, chunks: chunks.map(([hex, len]) => ({ hash: new Uint8Array(Buffer.from(hex, 'hex')), len })) };
}

async function put() {
  const { size, chunks } = await putStream({ source: path, store, codec });
  const hexes = chunks.map(({ hash, len }) => [Buffer.from(hash).toString('hex'), len]);
  writeFileSync(list, JSON.stringify({ size, chunks: hexes }));
}

async function get(sink) {
  const got = await getStream({ ...readList(), chunkSize: CHUNK, codec, store, sink });
  if (got !== readList().size) throw new Error(`${got} bytes came out`);
}

/** Places that follow from a number, the same for both. */
function offsets(size) {
  return Array.from({ length: count }, (_, i) => {
    const digest = createHash('sha256').update(String(i)).digest();
    return Number(digest.readBigUInt64BE() % BigInt(size - RANGE));
  });
}

async function ranges() {
  const { size, chunks } = readList();
  const reader = new BlobReader({ size, chunkSize: CHUNK, codec, store, chunkAt: (index) => chunks[index] });
  for (const offset of offsets(size)) await reader.read({ offset, length: RANGE });
}

/** The same without anything around it: each touched chunk is read and hashed. */
async function plainRanges() {
  const { size, chunks } = readList();
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  for (const offset of offsets(size)) {
    for (let i = Math.floor(offset / CHUNK); i <= Math.floor((offset + RANGE - 1) / CHUNK); i++) {
      const { hash, len } = chunks[i];
      const hex = Buffer.from(hash).toString('hex');
      const file = openSync(join(root, hex.slice(0, 2), hex.slice(2, 4), hex), 'r');
      readSync(file, buffer, 0, len, 0);
      closeSync(file);
      if (!createHash('sha256').update(buffer.subarray(0, len)).digest().equals(hash)) throw new Error(`chunk ${i}`);
    }
  }
}

const WORK = {
  put,
  verify: () => get(null),
  hand: () => get(() => undefined),
  get: () => get({ path, fsync: false }),
  ranges,
  plainRanges,
};

const time = await seconds(WORK[what]);
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
console.log(
  JSON.stringify({ time, peak: peak === undefined ? process.resourceUsage().maxRSS / 1024 : Number(peak) / 1024 }),
);
process.exit(0);
