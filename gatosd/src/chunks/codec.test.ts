/** Codecs: what goes in comes out, by either encoder of Zstandard, and never more than a chunk. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_CODECS, decodeChunk, encodeChunk } from './codec.js';
import { noise } from './scratch-bytes.js';
import { loadWasmZstd, loadZstd } from './zstd.js';

const MIB = 1024 * 1024;

describe.each(CHUNK_CODECS)('codec %s', (codec) => {
  it('gives back what it was given (seed 5)', async () => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.nat(50), async (part, times) => {
      const plain = Buffer.concat(Array.from({ length: times }, () => part));
      const stored = await encodeChunk(codec, plain);
      const decoded = await decodeChunk(stored, { codec, plainLen: plain.length });
      expect('plain' in decoded && plain.equals(decoded.plain)).toBe(true);
    });
    await fc.assert(property, { seed: 5, numRuns: 60 });
  });

  it('refuses a chunk that is longer or shorter than its place', async () => {
    const stored = await encodeChunk(codec, noise(1, 1000));
    for (const plainLen of [0, 1, 999, 1001, MIB]) {
      expect(await decodeChunk(stored, { codec, plainLen })).toHaveProperty('why');
    }
  });

  it('never throws for bytes that it did not make (seed 6)', async () => {
    const good = await encodeChunk(codec, Buffer.from('some text, some text, some text'));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, value]) => {
        const changed = Uint8Array.from(good);
        changed[at] = value;
        return changed;
      }),
      fc.nat(good.length).map((length) => good.slice(0, length)),
    );
    const property = fc.asyncProperty(bytes, async (stored) => {
      const decoded = await decodeChunk(stored, { codec, plainLen: 31 });
      if ('plain' in decoded) expect(decoded.plain).toHaveLength(31);
      else expect(decoded.why.length).toBeGreaterThan(0);
    });
    await fc.assert(property, { seed: 6, numRuns: 300 });
  });
});

describe('bombs', () => {
  it('are refused at the size of a chunk', async () => {
    const zeros = Buffer.alloc(64 * MIB);
    const bombs = { gzip: gzipSync(zeros), zstd: await encodeChunk('zstd', zeros) };
    for (const codec of ['gzip', 'zstd'] as const) {
      expect(bombs[codec].length).toBeLessThan(100_000);
      const before = process.memoryUsage().rss;
      for (let i = 0; i < 20; i++) {
        expect(await decodeChunk(bombs[codec], { codec, plainLen: MIB })).toHaveProperty('why');
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    }
  });

  it('are refused when they announce less than they hold, or nothing', async () => {
    const { compress, decompress } = await loadWasmZstd();
    const honest = compress(Buffer.alloc(8 * MIB), 3);
    // A frame of 8 MiB whose head says 1,000 bytes (RFC 8878, 3.1.1.1: a field of four bytes).
    const lying = Uint8Array.from(honest);
    const view = new DataView(lying.buffer);
    expect(view.getUint8(4) >> 6).toBe(2);
    view.setUint32(5 + ((view.getUint8(4) & 0x20) === 0 ? 1 : 0), 1000, true);
    expect(() => decompress(lying, 1000)).toThrow();
    expect(() => decompress(Buffer.concat([compress(noise(1, 1000), 3), honest]), 1000)).toThrow();
    expect(await decodeChunk(lying, { codec: 'zstd', plainLen: 1000 })).toHaveProperty('why');
  });

  it('are refused when the announced size is the largest number there is', async () => {
    const head = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0xe0, ...Array(8).fill(0xff), 1, 0, 0]);
    expect(await decodeChunk(head, { codec: 'zstd', plainLen: MIB })).toHaveProperty('why');
    const { decompress } = await loadWasmZstd();
    expect(() => decompress(head, MIB)).toThrow('announces');
  });
});

describe('two encoders of Zstandard', () => {
  it('read one another', async () => {
    const [wasm, own] = [await loadWasmZstd(), await loadZstd()];
    for (const plain of [new Uint8Array(0), noise(3, 70_000), Buffer.from('text '.repeat(10_000))]) {
      for (const [to, from] of [
        [wasm, own],
        [own, wasm],
      ] as const) {
        expect(Buffer.from(from.decompress(to.compress(plain, 3), plain.length)).equals(plain)).toBe(true);
      }
    }
  });

  it('do not mind a frame that does not say how long it is', async () => {
    // Made by `printf 'hello hello hello hello' | zstd -3 --no-check`, which reads from a pipe.
    const frame = Buffer.from('28b52ffd00586500003068656c6c6f200100994b11', 'hex');
    const { decompress } = await loadWasmZstd();
    expect(Buffer.from(decompress(frame, 23)).toString()).toBe('hello hello hello hello');
    expect(() => decompress(frame, 22)).toThrow();
  });
});
