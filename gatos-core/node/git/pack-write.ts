/** Writes many objects as one pack and its index: two files to flush instead of thousands, at the speed of copying bytes. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, fdatasync, renameSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import { OID_BYTES, putOid } from '../../src/git/index.js';
import { attempt, attemptAsync } from './faults.js';
import {
  createFile,
  discard,
  flushDirectories,
  flushFiles,
  makeDirectories,
  temporaryName,
  writeAll,
} from './files.js';
import { encodeIndex, MOST_PACK_ENTRIES, type PackEntries } from './index-encode.js';
import type { Identified, WriteContext } from './new-object.js';
import { putStored, storedBound } from './stored.js';

const deflateLater = promisify(deflate);
const writeLater = promisify(write);
const flushLater = promisify(fdatasync);

const CHUNK_BYTES = 1024 * 1024;
/** From here on an object is compressed, in the thread pool. Git reuses such streams as they are when it repacks, so this decides the size after `gc`. */
const COMPRESS_FROM = 4096;
/** Compressions under way ahead of the one that is written next. */
const COMPRESS_AHEAD = 8;
/** The disk begins to work on what is written while we encode the rest. */
const FLUSH_EVERY = 16 * 1024 * 1024;
/** A pack stays well below 2 GiB, so that 32-bit offsets do. */
const MOST_PACK_BYTES = 1024 * 1024 * 1024;
/** Type and length of an entry (at most 10 bytes). */
const ENTRY_HEADER = 10;
const KIND = { commit: 1, tree: 2, blob: 3 } as const;

export interface PackLimits {
  readonly entries: number;
  readonly bytes: number;
}

const LIMITS: PackLimits = { entries: MOST_PACK_ENTRIES, bytes: MOST_PACK_BYTES };

/** Writes the objects, each given once. When it resolves they are durable; when it rejects no pack is half-written. */
export async function writePacks(
  objects: readonly Identified[],
  context: WriteContext,
  limits = LIMITS,
): Promise<void> {
  const { objectDir, settings, onStep } = context;
  const directory = join(objectDir, 'pack');
  const changed = attempt({ operation: 'write', path: directory }, () =>
    makeDirectories(directory, { root: objectDir, shared: settings.shared }),
  );
  const packs: PackWriter[] = [];
  try {
    for (const part of parts(objects, limits)) {
      const pack = new PackWriter(directory, context);
      packs.push(pack);
      await pack.write(part);
      onStep('pack-written');
    }
    for (const pack of packs) pack.publish();
  } catch (error) {
    for (const pack of packs) pack.discard();
    throw error;
  } finally {
    for (const pack of packs) pack.close();
  }
  if (settings.flush.pack) await flushDirectories([...changed, directory]);
  onStep('objects-durable');
}

/** Splits what does not fit one pack. */
function* parts(objects: readonly Identified[], limits: PackLimits): Generator<readonly Identified[]> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < objects.length; i++) {
    const { content } = objects[i] as Identified;
    const size = ENTRY_HEADER + storedBound(content.length);
    if (i > start && (i - start === limits.entries || bytes + size > limits.bytes)) {
      yield objects.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  yield start === 0 ? objects : objects.slice(start);
}

class PackWriter {
  readonly #context: WriteContext;
  readonly #directory: string;
  readonly #packPath: string;
  readonly #indexPath: string;
  readonly #hash: Hash;
  readonly #files: number[] = [];
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #filled = 0;
  #written = 0;
  #name = '';
  /** A pack in its place whose index is not. */
  #orphan: string | null = null;
  #early: Promise<void> | null = null;
  #flushed = 0;

  constructor(directory: string, context: WriteContext) {
    this.#context = context;
    this.#directory = directory;
    this.#packPath = join(directory, temporaryName('tmp_pack_'));
    this.#indexPath = join(directory, temporaryName('tmp_idx_'));
    this.#hash = createHash(context.format);
  }

  /** Writes and flushes both files under temporary names. */
  async write(objects: readonly Identified[]): Promise<void> {
    const { format, settings } = this.#context;
    const file = this.#create(this.#packPath);
    const entries = await this.#writeEntries(file, objects);
    const packChecksum = this.#hash.digest();
    const index = encodeIndex(entries, { format, packChecksum });
    attempt({ operation: 'write', path: this.#packPath }, () => writeAll(file, packChecksum));
    const indexFile = this.#create(this.#indexPath);
    attempt({ operation: 'write', path: this.#indexPath }, () => writeAll(indexFile, index));
    await this.#early;
    if (settings.flush.pack) await flushFiles(this.#files, this.#packPath);
    this.#name = join(this.#directory, `pack-${packChecksum.toString('hex')}`);
  }

  /** Makes the pack visible: nobody looks at a pack before its index is there. */
  publish(): void {
    // The same objects in the same order give the same pack.
    if (existsSync(`${this.#name}.idx`)) {
      this.discard();
      return;
    }
    attempt({ operation: 'write', path: `${this.#name}.pack` }, () => renameSync(this.#packPath, `${this.#name}.pack`));
    this.#orphan = `${this.#name}.pack`;
    this.#context.onStep('pack-published');
    attempt({ operation: 'write', path: `${this.#name}.idx` }, () => renameSync(this.#indexPath, `${this.#name}.idx`));
    this.#orphan = null;
    this.#context.onStep('index-published');
  }

  discard(): void {
    discard(this.#packPath);
    discard(this.#indexPath);
    if (this.#orphan !== null) discard(this.#orphan);
  }

  close(): void {
    for (const file of this.#files.splice(0)) closeSync(file);
  }

  #create(path: string): number {
    const file = attempt({ operation: 'write', path }, () =>
      createFile(path, { kind: 'object', shared: this.#context.settings.shared }),
    );
    this.#files.push(file);
    return file;
  }

  async #writeEntries(file: number, objects: readonly Identified[]): Promise<PackEntries> {
    const count = objects.length;
    const width = OID_BYTES[this.#context.format];
    const entries = {
      count,
      ids: new Uint8Array(count * width),
      crcs: new Uint32Array(count),
      offsets: new Uint32Array(count),
    };
    const streams = new Compressions(objects);
    this.#buffer.write('PACK', 0, 'latin1');
    this.#buffer.writeUInt32BE(2, 4);
    this.#filled = this.#buffer.writeUInt32BE(count, 8);
    for (let i = 0; i < count; i++) {
      const object = objects[i] as Identified;
      const stream = object.content.length < COMPRESS_FROM ? null : await streams.take(i);
      const bound = ENTRY_HEADER + (stream?.length ?? storedBound(object.content.length));
      if (this.#filled + bound > this.#buffer.length) await this.#flush(file, bound);
      const start = this.#filled;
      this.#putEntry(object, stream);
      entries.offsets[i] = this.#written + start;
      entries.crcs[i] = crc32(this.#buffer.subarray(start, this.#filled));
      putOid(object.oid, entries.ids, i * width);
    }
    await this.#flush(file, 0);
    return entries;
  }

  #putEntry({ type, content }: Identified, stream: Uint8Array | null): void {
    const buffer = this.#buffer;
    let at = this.#filled;
    let length = content.length;
    let byte = (KIND[type] << 4) | (length & 15);
    for (length = Math.floor(length / 16); length > 0; length = Math.floor(length / 128)) {
      buffer[at++] = byte | 0x80;
      byte = length & 0x7f;
    }
    buffer[at++] = byte;
    if (stream === null) {
      this.#filled = putStored(content, { into: buffer, at });
    } else {
      buffer.set(stream, at);
      this.#filled = at + stream.length;
    }
  }

  /** Writes out what is buffered, and makes room for an entry of `next` bytes. */
  async #flush(file: number, next: number): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#filled);
    this.#hash.update(bytes);
    await attemptAsync({ operation: 'write', path: this.#packPath }, async () => {
      for (let at = 0; at < bytes.length; )
        at += (await writeLater(file, bytes, at, bytes.length - at, null)).bytesWritten;
    });
    this.#written += bytes.length;
    this.#filled = 0;
    if (next > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(next);
    if (this.#context.settings.flush.pack && this.#written - this.#flushed >= FLUSH_EVERY) await this.#flushEarly(file);
  }

  async #flushEarly(file: number): Promise<void> {
    await this.#early;
    this.#flushed = this.#written;
    // A failure shows again in the flush at the end, which is waited for.
    this.#early = flushLater(file).catch(() => undefined);
  }
}

/** Compresses the larger objects in the thread pool, a few ahead of the writer. */
class Compressions {
  readonly #objects: readonly Identified[];
  readonly #running = new Map<number, Promise<Uint8Array | null>>();
  #next = 0;

  constructor(objects: readonly Identified[]) {
    this.#objects = objects;
  }

  /** The compressed content of object `i`, or null when it does not get smaller. Ask in order. */
  async take(i: number): Promise<Uint8Array | null> {
    if (this.#next < i) this.#next = i;
    while (
      this.#running.size < COMPRESS_AHEAD &&
      this.#next < this.#objects.length &&
      this.#next < i + 64 * COMPRESS_AHEAD
    ) {
      const { content } = this.#objects[this.#next] as Identified;
      if (content.length >= COMPRESS_FROM) this.#running.set(this.#next, compress(content));
      this.#next++;
    }
    const stream = await this.#running.get(i);
    this.#running.delete(i);
    return stream ?? null;
  }
}

/** The start of a long content tells whether compressing the rest is worth it. */
const SAMPLE_BYTES = 32 * 1024;

async function compress(content: Uint8Array): Promise<Uint8Array | null> {
  if (content.length > 4 * SAMPLE_BYTES) {
    const sample = await deflateLater(content.subarray(0, SAMPLE_BYTES), { level: 1 });
    if (sample.length > SAMPLE_BYTES * 0.97) return null;
  }
  const stream = await deflateLater(content, { level: 1 });
  return stream.length < content.length ? stream : null;
}
