import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sha1 } from '#hash';
import { concatBytes, LIMITS, utf8 } from '../../kernel/index.js';
import { memoryFileSystem } from '../memory/index.js';
import { formatOid, hashObject, putOid } from '../oid.js';
import type { GitBackend, Oid } from '../ports.js';
import { isomorphicBackend } from './backend.js';
import { initIsomorphicRepository } from './init.js';
import { encodePackIndex } from './pack-writer.js';

const BLOB = 3;
const OFS_DELTA = 6;
const REF_DELTA = 7;

interface Entry {
  readonly oid: Oid;
  readonly type: number;
  /** The size that the entry states. */
  readonly stated: number;
  /** Between the size and the compressed bytes: where the base is. */
  readonly base?: Uint8Array;
  readonly data: Uint8Array;
}

/** Little-endian groups of seven bits. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function encodeEntry({ type, stated, base = new Uint8Array(), data }: Entry): Uint8Array {
  const rest = Math.floor(stated / 16);
  const first = (type << 4) | (stated & 15) | (rest > 0 ? 128 : 0);
  return concatBytes([Uint8Array.from([first, ...(rest > 0 ? varint(rest) : [])]), base, data]);
}

/** A repository whose one pack holds these entries, valid or not; its checksums fit. */
async function repositoryWith(entries: readonly Entry[]): Promise<GitBackend> {
  const header = concatBytes([utf8('PACK'), Uint8Array.of(0, 0, 0, 2, 0, 0, 0, entries.length)]);
  const parts = [header];
  const placed: { oid: Oid; offset: number; crc: number }[] = [];
  let offset = header.length;
  for (const entry of entries) {
    const bytes = encodeEntry(entry);
    placed.push({ oid: entry.oid, offset, crc: 0 });
    parts.push(bytes);
    offset += bytes.length;
  }
  const checksum = sha1(...parts);
  const fs = memoryFileSystem();
  await initIsomorphicRepository({ fs, gitdir: '/r' });
  const path = `/r/objects/pack/pack-${formatOid(checksum, 0, 'sha1')}`;
  await fs.writeFile(`${path}.pack`, concatBytes([...parts, checksum]), { flag: 'wx' });
  await fs.writeFile(`${path}.idx`, encodePackIndex(placed, checksum), { flag: 'wx' });
  return isomorphicBackend({ fs, gitdir: '/r' });
}

const deflate = (bytes: Uint8Array) => Uint8Array.from(deflateSync(bytes));
const plain = (text: string): Entry => ({
  oid: hashObject('sha1', 'blob', utf8(text)),
  type: BLOB,
  stated: text.length,
  data: deflate(utf8(text)),
});
const raw = (oid: Oid) => {
  const bytes = new Uint8Array(20);
  putOid(oid, bytes, 0);
  return bytes;
};
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
/** A delta that copies `copies` times the first `size` bytes of its base. */
function copyDelta({
  baseSize,
  target,
  copies,
  size,
}: {
  baseSize: number;
  target: number;
  copies: number;
  size: number;
}) {
  const copy = [0x80 | 0x70, size & 255, (size >> 8) & 255, size >> 16];
  return Uint8Array.from([
    ...varint(baseSize),
    ...varint(target),
    ...Array.from({ length: copies }, () => copy).flat(),
  ]);
}

describe('a pack from a stranger', () => {
  it('is read when it is sound: plain entries and both kinds of deltas', async () => {
    const base = plain('0123456789');
    const named = copyDelta({ baseSize: 10, target: 20, copies: 2, size: 10 });
    const doubled = utf8('01234567890123456789');
    const baseBytes = encodeEntry(base).length;
    const delta: Entry = {
      oid: hashObject('sha1', 'blob', doubled),
      type: OFS_DELTA,
      stated: named.length,
      base: Uint8Array.of(baseBytes),
      data: deflate(named),
    };
    const again = copyDelta({ baseSize: 20, target: 5, copies: 1, size: 5 });
    const short: Entry = {
      oid: hashObject('sha1', 'blob', utf8('01234')),
      type: REF_DELTA,
      stated: again.length,
      base: raw(delta.oid),
      data: deflate(again),
    };
    const { objects } = await repositoryWith([base, delta, short]);
    expect((await objects.read(short.oid)).content).toEqual(utf8('01234'));
    expect((await objects.read(delta.oid)).content).toEqual(doubled);
    await expect(objects.read(delta.oid, { maxBytes: 19 })).rejects.toMatchObject({
      code: 'git/too-large',
      data: { size: 20 },
    });
  });

  const refused = async (entries: readonly Entry[], oid: Oid = A) => {
    const { objects } = await repositoryWith(entries);
    return objects.read(oid).then(
      () => 'read',
      (error: { code: string; data: { why?: string; size?: number } }) =>
        `${error.code} ${error.data.why ?? error.data.size}`,
    );
  };
  const delta = (
    base: Uint8Array,
    {
      type = REF_DELTA,
      data = copyDelta({ baseSize: 1, target: 1, copies: 1, size: 1 }),
    }: { type?: number; data?: Uint8Array } = {},
  ): Entry => ({
    oid: A,
    type,
    stated: data.length,
    base,
    data: deflate(data),
  });

  it('cannot make a few bytes stand for gigabytes', async () => {
    const zeros = deflate(new Uint8Array(150_000_000));
    expect(zeros.length).toBeLessThan(150_000);
    expect(await refused([{ oid: A, type: BLOB, stated: 10, data: zeros }])).toMatch(/does not have the size/);
    expect(await refused([{ oid: A, type: BLOB, stated: 150_000_000, data: zeros }])).toBe('git/too-large 150000000');
    // A chain of small deltas, each a hundred times as large as its base
    const one = plain('x'.repeat(1000));
    const grown: Entry[] = [one];
    let size = 1000;
    for (const oid of [B, 'c'.repeat(40), A]) {
      const bytes = copyDelta({ baseSize: size, target: size * 100, copies: 100, size: Math.min(size, 0xffffff) });
      grown.push({
        oid,
        type: REF_DELTA,
        stated: bytes.length,
        base: raw(grown.at(-1)?.oid ?? ''),
        data: deflate(bytes),
      });
      size *= 100;
    }
    expect(await refused(grown)).toBe('git/too-large 1000000000');
    expect(size).toBeGreaterThan(LIMITS.blobBytes);
  });

  it('cannot send the reader in circles', async () => {
    expect(await refused([delta(raw(A))])).toMatch(/deltas do not end/);
    expect(await refused([delta(raw(B)), { ...delta(raw(A)), oid: B }])).toMatch(/deltas do not end/);
  });

  it.each<[string, Entry, RegExp]>([
    ['a base that is not there', delta(raw(B)), /base of its delta is not in the pack/],
    ['a base before the pack', delta(Uint8Array.of(0x7f), { type: OFS_DELTA }), /not an entry of the pack/],
    ['itself as base', delta(Uint8Array.of(0), { type: OFS_DELTA }), /not an entry of the pack/],
    ['an endless offset', delta(new Uint8Array(40).fill(0xff), { type: OFS_DELTA }), /offset in its pack is malformed/],
    ['an unknown type', { ...delta(new Uint8Array()), type: 5 }, /unknown type 5/],
    ['type 0', { ...delta(new Uint8Array()), type: 0 }, /unknown type 0/],
    ['bytes that do not inflate', { oid: A, type: BLOB, stated: 3, data: utf8('abc') }, /cannot be unpacked/],
    ['another size than stated', { ...plain('abc'), oid: A, stated: 4 }, /cannot be unpacked/],
    ['another content than its name', { ...plain('abc'), oid: A }, /hash to another id/],
  ])('cannot get away with %s', async (_, entry, why) => {
    expect(await refused([entry])).toMatch(why);
  });

  it('cannot get away with a delta for another base, or one that does not yield what it states', async () => {
    const base = plain('0123456789');
    const on = (data: Uint8Array) => refused([base, delta(raw(base.oid), { data })]);
    expect(await on(copyDelta({ baseSize: 9, target: 5, copies: 1, size: 5 }))).toMatch(/base of another size/);
    expect(await on(copyDelta({ baseSize: 10, target: 6, copies: 1, size: 5 }))).toMatch(/cannot be unpacked/);
    expect(await on(Uint8Array.of(10, 255, 255))).toMatch(/size in its pack is malformed/);
    expect(await on(new Uint8Array())).toMatch(/malformed/);
  });
});
