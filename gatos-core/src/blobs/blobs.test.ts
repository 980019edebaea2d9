import { describe, expect, it } from 'vitest';
import {
  BLOB_AUTHOR,
  BLOB_OTHER,
  blobPorts,
  chunkedBlob,
  inlineBlob,
  testBytes,
  vastBlob,
} from '../../testing/blob-world.js';
import { readChain, readEntry, readHead, refOfChain, verifyChain } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { EXIT, exitOfReport, isGatosError, LIMITS, report } from '../kernel/index.js';
import {
  BLOB_RULE,
  blobChain,
  type ChunkPresence,
  findBlob,
  heldBlobs,
  livePins,
  openBlob,
  openTree,
  pinBlob,
  readShard,
  recordBlob,
  removeBlob,
  resolveBlobCid,
  unpinBlob,
  verifyBlobs,
} from './index.js';

/** The code of the fault with which a call ends, or undefined when it succeeds. */
async function codeOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

const MIB = 1024 * 1024;
const context = (backend: GitBackend) => ({
  backend,
  engine: { ...nobleEngine(), verify: () => true, verifyMany: async (all: readonly unknown[]) => all.map(() => true) },
  repo: BLOB_AUTHOR.trust.repo,
  authorize: () => null,
});

async function problems(backend: GitBackend, chunks?: ChunkPresence): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, oid } of await backend.refs.list('refs/gatos/blobs/')) {
    const chain = name.slice('refs/gatos/'.length);
    const { fault } = await verifyChain(context(backend), { chain, rule: BLOB_RULE, head: oid });
    if (fault !== null) found.push(fault.code);
  }
  for (const { outcome, name, code } of await verifyBlobs(backend, { chunks }))
    if (outcome !== 'pass') found.push(`${name}: ${outcome}: ${code}`);
  return found;
}

const put = (ports: ReturnType<typeof blobPorts>, blob: Parameters<typeof recordBlob>[2]) =>
  recordBlob(ports, BLOB_AUTHOR, blob);

describe('recording a blob', () => {
  it('a small one stands in its manifest, and nothing else', async () => {
    const ports = blobPorts();
    const bytes = testBytes(LIMITS.blobInlineBytes);
    const { status, blob, appended } = await put(ports, inlineBlob(bytes));
    expect(status).toBe('recorded');
    expect(appended.map(({ envelope }) => envelope.kind)).toEqual(['blob.manifest']);
    expect(blob).toMatchObject({ chunks: 0, ref: { size: BigInt(bytes.length), chunks: 0 } });
    expect((await openBlob(ports.backend, blob.cid)).manifest.inline).toEqual(bytes);
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('the empty one is a blob', async () => {
    const ports = blobPorts();
    const { blob } = await put(ports, inlineBlob(new Uint8Array()));
    expect(blob.cid).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('nodes come before the manifest, in one step', async () => {
    const ports = blobPorts();
    const { blob, appended } = await put(ports, chunkedBlob(testBytes(3 * 4096 + 1), 4096));
    expect(blob).toMatchObject({ chunks: 4, manifest: { plain_size: 12289, plain_chunk: 4096 } });
    expect(appended.map(({ envelope }) => envelope.kind)).toEqual(['blob.node', 'blob.manifest']);
    const tree = await openTree(ports.backend, blob);
    const chunks = [];
    for await (const { len } of tree.chunks()) chunks.push(len);
    expect(chunks).toEqual([4096, 4096, 4096, 1]);
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('the same bytes record nothing again, whoever puts them', async () => {
    const ports = blobPorts();
    const blob = chunkedBlob(testBytes(9000), 4096);
    const first = await put(ports, blob);
    const head = await ports.backend.refs.read(refOfChain(blobChain(first.blob.cid)));
    const again = await recordBlob(ports, BLOB_OTHER, { ...blob, media: 'text/plain', name: 'other' });
    expect(again).toMatchObject({ status: 'exists', appended: [], blob: { cid: first.blob.cid } });
    expect(again.blob.ref.media).toBe('application/octet-stream');
    expect(await ports.backend.refs.read(refOfChain(blobChain(first.blob.cid)))).toBe(head);
  });

  it('two writers at once record it once', async () => {
    const ports = blobPorts();
    const blob = chunkedBlob(testBytes(9000), 4096);
    const all = await Promise.all([BLOB_AUTHOR, BLOB_OTHER, BLOB_AUTHOR].map((who) => recordBlob(ports, who, blob)));
    expect(all.map(({ status }) => status).sort()).toEqual(['exists', 'exists', 'recorded']);
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('5 GiB are two leaves and a root', async () => {
    const ports = blobPorts();
    const { blob, appended } = await put(ports, vastBlob(1280, 4 * MIB));
    expect(blob).toMatchObject({ chunks: 1280, manifest: { plain_size: 5 * 1024 * MIB } });
    expect(appended.map(({ envelope }) => [envelope.kind, envelope.count])).toEqual([
      ['blob.node', 3],
      ['blob.manifest', 1],
    ]);
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('1 TiB is split over envelopes within bounds, and one chunk is found along one path', async () => {
    const ports = blobPorts();
    const { blob, appended } = await put(ports, vastBlob(262_144, 4 * MIB));
    const nodes = appended.filter(({ envelope }) => envelope.kind === 'blob.node');
    expect(nodes.reduce((sum, { envelope }) => sum + envelope.count, 0)).toBe(257);
    expect(nodes.length).toBeGreaterThan(3);
    let reads = 0;
    const { objects } = ports.backend;
    const counted: GitBackend = {
      ...ports.backend,
      objects: Object.assign(Object.create(objects), {
        read: (...args: Parameters<typeof objects.read>) => {
          reads += 1;
          return objects.read(...args);
        },
      }),
    };
    const found = await (await openTree(counted, blob)).chunk(262_143);
    expect(found.proof.parents).toHaveLength(1);
    // Two nodes: a commit, its tree, three folders and the record each.
    expect(reads).toBeLessThanOrEqual(2 * 7);
  }, 60_000);

  it.each([
    ['a chunk that is empty', { chunks: [{ hash: new Uint8Array(32), len: 0 }] }, 'mythos/bad-chunk'],
    ['a chunk that is too long', { chunks: [{ hash: new Uint8Array(32), len: 4097 }] }, 'mythos/bad-chunk'],
    ['a size that does not fit', { plainSize: 4096 }, 'codec/schema'],
    ['chunks that are too large', { plainChunk: LIMITS.chunkBytesMost + 1 }, 'codec/schema'],
    ['a name with a line feed', { name: 'a\nb' }, 'codec/schema'],
  ])('refuses %s', async (_, change, code) => {
    const ports = blobPorts();
    const blob = { ...chunkedBlob(testBytes(9000), 4096), ...change } as Parameters<typeof recordBlob>[2];
    expect(await codeOf(() => put(ports, blob))).toBe(code);
    expect(await ports.backend.refs.list('refs/gatos/')).toEqual([]);
  });
});

describe('reading', () => {
  it('tells what is unknown, and what is no id', async () => {
    const { backend } = blobPorts();
    expect(await codeOf(() => openBlob(backend, '0'.repeat(64)))).toBe('blobs/unknown');
    for (const text of ['', 'g'.repeat(64), '0'.repeat(63), 'A'.repeat(64)])
      expect(await codeOf(() => openBlob(backend, text))).toBe('blobs/bad-cid');
    expect(await findBlob(backend, '0'.repeat(64))).toBeNull();
  });

  it('takes the start of an id', async () => {
    const ports = blobPorts();
    const { blob } = await put(ports, inlineBlob(testBytes(10)));
    expect(await resolveBlobCid(ports.backend, blob.cid.slice(0, 8))).toBe(blob.cid);
    expect(await resolveBlobCid(ports.backend, blob.cid.toUpperCase())).toBe(blob.cid);
    expect(await codeOf(() => resolveBlobCid(ports.backend, blob.cid.slice(0, 7)))).toBe('blobs/bad-cid');
    expect(await codeOf(() => resolveBlobCid(ports.backend, 'x'.repeat(10)))).toBe('blobs/bad-cid');
    const other = blob.cid.startsWith('0') ? '1' : '0';
    expect(await codeOf(() => resolveBlobCid(ports.backend, other.repeat(10)))).toBe('blobs/unknown');
  });
});

describe('pins and removals', () => {
  const HOUR = 3_600_000_000;

  async function world() {
    const ports = blobPorts();
    const { blob } = await put(ports, chunkedBlob(testBytes(9000), 4096));
    const held = async () => (await readShard(ports.backend, { chain: blobChain(blob.cid) })).blobs.get(blob.cid);
    return { ports, cid: blob.cid, held };
  }

  it('a live pin of anybody keeps a blob', async () => {
    const { ports, cid } = await world();
    await pinBlob(ports, BLOB_OTHER, { cid, until: null, why: 'paper' });
    expect(await codeOf(() => removeBlob(ports, BLOB_AUTHOR, { cid, reason: 'old' }))).toBe('blobs/pinned');
    expect(await codeOf(() => unpinBlob(ports, BLOB_AUTHOR, { cid, why: '' }))).toBe('blobs/not-pinned');
    await unpinBlob(ports, BLOB_OTHER, { cid, why: 'done' });
    expect(await codeOf(() => unpinBlob(ports, BLOB_OTHER, { cid, why: '' }))).toBe('blobs/not-pinned');
    expect(await removeBlob(ports, BLOB_AUTHOR, { cid, reason: 'old' })).toMatchObject({ status: 'recorded' });
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('a pin that is over keeps nothing', async () => {
    const { ports, cid, held } = await world();
    const until = ports.clock.now() + HOUR;
    await pinBlob(ports, BLOB_AUTHOR, { cid, until, why: '' });
    expect(await codeOf(() => removeBlob(ports, BLOB_AUTHOR, { cid, reason: 'old' }))).toBe('blobs/pinned');
    ports.clock.advance(2 * HOUR);
    const state = await held();
    expect(state === undefined ? [] : livePins(state, ports.clock.now())).toEqual([]);
    await removeBlob(ports, BLOB_AUTHOR, { cid, reason: 'old' });
    expect(await problems(ports.backend)).toEqual([]);
  });

  it('the same pin twice is one record, another one replaces it', async () => {
    const { ports, cid, held } = await world();
    const pin = { cid, until: null, why: 'a' };
    expect(await pinBlob(ports, BLOB_AUTHOR, pin)).toMatchObject({ status: 'recorded' });
    expect(await pinBlob(ports, BLOB_AUTHOR, pin)).toMatchObject({ status: 'exists' });
    expect(await pinBlob(ports, BLOB_AUTHOR, { ...pin, why: 'b' })).toMatchObject({ status: 'recorded' });
    expect([...((await held())?.pins ?? [])].map(([who, { why }]) => [who, why])).toEqual([['user:alice', 'b']]);
  });

  it('what was removed says so, stays recorded, and can be put again', async () => {
    const { ports, cid } = await world();
    await removeBlob(ports, BLOB_OTHER, { cid, reason: 'superseded' });
    expect(await removeBlob(ports, BLOB_OTHER, { cid, reason: 'again' })).toMatchObject({ status: 'exists' });
    const refused = openBlob(ports.backend, cid);
    await expect(refused).rejects.toMatchObject({
      code: 'blobs/removed',
      exit: EXIT.purged,
      data: { actor: 'user:bob', reason: 'superseded' },
    });
    expect(await codeOf(() => pinBlob(ports, BLOB_AUTHOR, { cid, until: null, why: '' }))).toBe('blobs/removed');
    const again = await put(ports, chunkedBlob(testBytes(9000), 4096));
    expect(again.status).toBe('recorded');
    // Its nodes stood there all the time.
    expect(again.appended.map(({ envelope }) => envelope.kind)).toEqual(['blob.manifest']);
    expect(again.blob.manifest.replaces).toBeDefined();
    expect(await openBlob(ports.backend, cid)).toMatchObject({ cid, chunks: 3 });
    expect(await problems(ports.backend)).toEqual([]);
    const listed = [];
    for await (const each of heldBlobs(ports.backend)) listed.push([each.cid, each.removal]);
    expect(listed).toEqual([[cid, null]]);
  });

  it('what is not there cannot be removed or pinned', async () => {
    const { ports } = await world();
    const cid = 'f'.repeat(64);
    expect(await codeOf(() => removeBlob(ports, BLOB_AUTHOR, { cid, reason: '' }))).toBe('blobs/unknown');
    expect(await codeOf(() => pinBlob(ports, BLOB_AUTHOR, { cid, until: null, why: '' }))).toBe('blobs/unknown');
  });
});

describe('chunks that are not here', () => {
  it('could not be checked, which ends with 21 and says what to do', async () => {
    const ports = blobPorts();
    const { blob } = await put(ports, chunkedBlob(testBytes(3 * 4096), 4096));
    let asked = 0;
    const chunks: ChunkPresence = { has: async () => asked++ !== 1 };
    const checks = await verifyBlobs(ports.backend, { chunks });
    expect(exitOfReport(report('blobs', checks))).toBe(EXIT.purged);
    expect(checks.find(({ name }) => name === 'chunks')).toMatchObject({
      outcome: 'unknown',
      code: 'blobs/missing-chunks',
      hint: expect.stringContaining('git gatos blob sync'),
      evidence: { cid: blob.cid, missing: 1, chunks: 3, first: 1 },
    });
    expect(asked).toBe(3);
  });

  it('of what was removed are missed by nobody', async () => {
    const ports = blobPorts();
    const { blob } = await put(ports, chunkedBlob(testBytes(3 * 4096), 4096));
    await removeBlob(ports, BLOB_AUTHOR, { cid: blob.cid, reason: 'old' });
    expect(await problems(ports.backend, { has: async () => false })).toEqual([]);
  });

  it('only what is new is looked at after a head that is known to be good', async () => {
    const ports = blobPorts();
    const { blob } = await put(ports, chunkedBlob(testBytes(3 * 4096), 4096));
    const chain = blobChain(blob.cid);
    const since = new Map([[chain, (await readHead(ports.backend, chain))?.oid ?? '']]);
    const missing = { has: async () => false };
    const checks = await verifyBlobs(ports.backend, { since, chunks: missing });
    expect(checks.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
    await pinBlob(ports, BLOB_AUTHOR, { cid: blob.cid, until: null, why: '' });
    expect((await verifyBlobs(ports.backend, { since, chunks: missing })).map(({ outcome }) => outcome)).toContain(
      'unknown',
    );
  });
});

it('entries of one put are one line of commits', async () => {
  const ports = blobPorts();
  const { blob, appended } = await put(ports, chunkedBlob(testBytes(9000), 4096));
  const head = await readEntry(ports.backend, appended.at(-1)?.oid ?? '');
  expect(head.envelope.chain).toBe(blobChain(blob.cid));
  const kinds = [];
  for await (const batch of readChain(ports.backend, { head: head.oid }))
    kinds.push(...batch.map((e) => e.envelope.kind));
  expect(kinds).toEqual(['blob.node', 'blob.manifest']);
});
