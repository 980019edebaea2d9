/** Chunks and blobs over real sockets: what goes in is what its name says, what comes out was checked, and a fault leaves nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeBlob, verifyBlobProof } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpChunkStore } from '../chunks/index.js';
import { codeOf, HttpWorld, RawClient, type Said } from './fixtures/scratch-http.js';
import type { ServedHttp } from './server.js';

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const base64 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

let world: HttpWorld;
let served: ServedHttp;
beforeAll(async () => {
  world = new HttpWorld();
  await world.open();
  served = await world.serve();
});
afterAll(() => world.end());

const root = (): string => join(world.repo, '.git', 'gatos', 'blobs', 'chunks');
const fileOf = (hex: string): string => join(root(), hex.slice(0, 2), hex.slice(2, 4), hex);

/** Every file below the folder of chunks. */
function files(): readonly string[] {
  if (!existsSync(root())) return [];
  const all = readdirSync(root(), { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const put = (hex: string, bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Said> =>
  world.ask(served, `/v1/chunks/${hex}`, {
    method: 'PUT',
    body: bytes,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  });

describe('a chunk', () => {
  it('is stored once, read, and known for ever', async () => {
    const bytes = new Uint8Array(randomBytes(3 * MIB + 17));
    const hex = sha256(bytes);
    const absent = await world.ask(served, `/v1/chunks/${hex}`);
    expect([absent.status, codeOf(absent)]).toEqual([404, 'chunks/missing']);
    expect((await world.ask(served, `/v1/chunks/${hex}`, { method: 'HEAD' })).status).toBe(404);
    const first = await put(hex, bytes);
    expect([first.status, first.headers.get('location')]).toEqual([201, `/v1/chunks/${hex}`]);
    expect((await put(hex, bytes)).status).toBe(204);
    const got = await world.ask(served, `/v1/chunks/${hex}`);
    expect(Buffer.compare(got.bytes, bytes)).toBe(0);
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${hex}"`,
      'content-type': 'application/octet-stream',
      'content-digest': `sha-256=:${base64(bytes)}:`,
    });
    const head = await world.ask(served, `/v1/chunks/${hex}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([
      200,
      String(bytes.length),
      0,
    ]);
    for (const known of [`"${hex}"`, `W/"${hex}"`, `"x", "${hex}"`]) {
      const same = await world.ask(served, `/v1/chunks/${hex}`, { headers: { 'if-none-match': known } });
      expect([same.status, same.bytes.length, same.headers.get('etag')]).toEqual([304, 0, `"${hex}"`]);
    }
    expect((await world.ask(served, `/v1/chunks/${hex}`, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  it('is refused when it is not what its name says, and nothing is kept', async () => {
    const before = files();
    const bytes = new Uint8Array(randomBytes(100_000));
    const wrong = await put(sha256(randomBytes(4)), bytes);
    expect([wrong.status, codeOf(wrong)]).toEqual([422, 'http/wrong-hash']);
    const flipped = bytes.slice();
    flipped[50_000] = (flipped[50_000] as number) ^ 1;
    expect((await put(sha256(bytes), flipped)).status).toBe(422);
    expect((await put(sha256(bytes), bytes.subarray(1))).status).toBe(422);
    const nothing = await put(sha256(new Uint8Array(0)), new Uint8Array(0));
    expect([nothing.status, codeOf(nothing)]).toEqual([400, 'http/bad-body']);
    expect(files()).toEqual(before);
  });

  it('is refused when it is too long, of no length, of another type, or coded', async () => {
    const before = files();
    const hex = 'b'.repeat(64);
    const large = await put(hex, new Uint8Array(16 * MIB + 64 * 1024 + 1));
    expect([large.status, codeOf(large), large.headers.get('connection')]).toEqual([413, 'http/too-large', 'close']);
    const most = new Uint8Array(16 * MIB + 64 * 1024);
    expect((await put(sha256(most), most)).status).toBe(201);
    const type = await put(hex, new Uint8Array(1), { 'content-type': 'text/plain' });
    expect([type.status, codeOf(type)]).toEqual([415, 'http/media-type']);
    const coded = await put(hex, new Uint8Array(1), { 'content-encoding': 'gzip' });
    expect([coded.status, codeOf(coded)]).toEqual([415, 'http/media-type']);
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new Uint8Array(10));
        controller.close();
      },
    });
    const chunked = await fetch(`${served.url}/v1/chunks/${hex}`, {
      method: 'PUT',
      body: stream,
      duplex: 'half',
      headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/octet-stream' },
    } as RequestInit);
    expect(chunked.status).toBe(411);
    expect(files()).toEqual([...before, sha256(most)].sort((a, b) => (fileOf(a) < fileOf(b) ? -1 : 1)));
  });

  it('of which only a part comes leaves nothing', async () => {
    const before = files();
    const bytes = randomBytes(MIB);
    const hex = sha256(bytes);
    const client = new RawClient(served).say(
      `PUT /v1/chunks/${hex} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    client.say(bytes.subarray(0, bytes.length - 1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    world.log.splice(0);
    client.socket.destroy();
    while (world.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(world.log).toMatchObject([{ route: 'putChunk', code: 'http/incomplete' }]);
    expect(files()).toEqual(before);
    expect((await world.ask(served, `/v1/chunks/${hex}`)).status).toBe(404);
  });

  it('is asked for by `100 Continue`, or refused before it is sent', async () => {
    const bytes = randomBytes(1000);
    const hex = sha256(bytes);
    const head = (token: string): string =>
      `PUT /v1/chunks/${hex} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    const client = new RawClient(served).say(head(world.token));
    while (!client.got.includes('\r\n\r\n')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(client.got).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.say(bytes);
    expect(await client.rest()).toContain('HTTP/1.1 201 Created');
    const refused = new RawClient(served).say(head('x'));
    expect(await refused.rest()).toMatch(/^HTTP\/1\.1 401 Unauthorized/);
  });

  it('that was changed where it lies is not handed out, and is healed by the right bytes', async () => {
    const bytes = new Uint8Array(randomBytes(5000));
    const hex = sha256(bytes);
    await put(hex, bytes);
    chmodSync(fileOf(hex), 0o644);
    writeFileSync(fileOf(hex), randomBytes(5000));
    const bad = await world.ask(served, `/v1/chunks/${hex}`);
    expect([bad.status, codeOf(bad)]).toEqual([500, 'chunks/altered']);
    expect([201, 204]).toContain((await put(hex, bytes)).status);
    expect(Buffer.compare((await world.ask(served, `/v1/chunks/${hex}`)).bytes, bytes)).toBe(0);
  });

  it('many at once stay within the memory that there is', async () => {
    const narrow = await world.serve({ memoryBytes: 20 * MIB });
    const many = Array.from({ length: 12 }, () => new Uint8Array(randomBytes(4 * MIB)));
    const said = await Promise.all(
      many.map((bytes) =>
        world.ask(narrow, `/v1/chunks/${sha256(bytes)}`, {
          method: 'PUT',
          body: bytes,
          headers: { 'content-type': 'application/octet-stream' },
        }),
      ),
    );
    expect(said.map(({ status }) => status)).toEqual(many.map(() => 201));
    const back = await Promise.all(many.map((bytes) => world.ask(narrow, `/v1/chunks/${sha256(bytes)}`)));
    expect(back.map(({ bytes }, i) => Buffer.compare(bytes, many[i] as Uint8Array))).toEqual(many.map(() => 0));
  });

  it('moves through the store that blob sync uses', async () => {
    const store = new HttpChunkStore({ url: served.url, token: world.token, patience: { tries: 1 } });
    const bytes = new Uint8Array(randomBytes(700_000));
    const hash = new Uint8Array(createHash('sha256').update(bytes).digest());
    expect(await store.has(hash)).toBe(false);
    expect(await store.read(hash)).toBe(undefined);
    expect(await store.write(hash, bytes)).toBe('written');
    expect(await store.write(hash, bytes)).toBe('present');
    expect(await store.has(hash)).toBe(true);
    expect(Buffer.compare((await store.read(hash)) ?? new Uint8Array(0), bytes)).toBe(0);
    await expect(store.write(new Uint8Array(32).fill(9), bytes)).rejects.toMatchObject({ code: 'chunks/refused' });
    const { secret } = await world.newToken({ scopes: ['blobs:read'] });
    const reader = new HttpChunkStore({ url: served.url, token: secret, patience: { tries: 1 } });
    await expect(reader.write(new Uint8Array(32).fill(8), bytes)).rejects.toMatchObject({ code: 'chunks/refused' });
  });
});

describe('a blob', () => {
  const plain = new Uint8Array(randomBytes(MIB + 12_345));
  let cid = '';
  beforeAll(async () => {
    cid = await world.put(plain);
  });

  const bytesOf = (headers: Record<string, string> = {}, method = 'GET'): Promise<Said> =>
    world.ask(served, `/v1/blobs/${cid}/bytes`, { headers, method });

  it('tells what it is', async () => {
    const { status, json } = await world.ask(served, `/v1/blobs/${cid}`);
    expect([status, json]).toMatchObject([
      200,
      {
        cid,
        size: plain.length,
        stored_size: plain.length,
        media: 'application/x-test',
        codec: 'raw',
        chunk_size: 256 * 1024,
        chunks: 5,
        chunks_here: 5,
        name: 'a.bin',
      },
    ]);
    const none = await world.ask(served, `/v1/blobs/${'c'.repeat(64)}`);
    expect([none.status, codeOf(none)]).toEqual([404, 'blobs/unknown']);
  });

  it('comes whole', async () => {
    const said = await bytesOf();
    expect([said.status, Buffer.compare(said.bytes, plain)]).toEqual([200, 0]);
    expect(Object.fromEntries(said.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-type': 'application/x-test',
      'content-disposition': 'attachment',
      'content-length': String(plain.length),
      etag: `"${cid}"`,
    });
    const head = await bytesOf({}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([
      200,
      String(plain.length),
      0,
    ]);
    expect((await bytesOf({ 'if-none-match': `"${cid}"` })).status).toBe(304);
    expect((await bytesOf({ 'if-none-match': `"${cid}"`, range: 'bytes=0-1' })).status).toBe(304);
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=262143-262144', 262_143, 2],
    ['bytes=262144-262144', 262_144, 1],
    ['bytes=100000-900000', 100_000, 800_001],
    ['bytes=-1', MIB + 12_344, 1],
    [`bytes=${MIB + 12_344}-`, MIB + 12_344, 1],
    ['bytes=1-99999999', 1, MIB + 12_344],
  ])('comes in a range: %s', async (range, offset, length) => {
    const said = await bytesOf({ range });
    expect([said.status, said.headers.get('content-range'), said.bytes.length]).toEqual([
      206,
      `bytes ${offset}-${offset + length - 1}/${plain.length}`,
      length,
    ]);
    expect(Buffer.compare(said.bytes, plain.subarray(offset, offset + length))).toBe(0);
  });

  it('comes whole where a range is several, malformed, of another unit, or of another content', async () => {
    for (const range of ['bytes=0-1,5-6', 'bytes=5-1', 'items=0-1'])
      expect((await bytesOf({ range })).status).toBe(200);
    expect((await bytesOf({ range: 'bytes=0-1', 'if-range': `"${cid}"` })).status).toBe(206);
    for (const other of ['"x"', `W/"${cid}"`, 'Wed, 21 Oct 2015 07:28:00 GMT'])
      expect((await bytesOf({ range: 'bytes=0-1', 'if-range': other })).status).toBe(200);
    const head = await bytesOf({ range: 'bytes=0-1' }, 'HEAD');
    expect([head.status, head.headers.get('content-range')]).toEqual([200, null]);
  });

  it('has no bytes outside of it', async () => {
    for (const range of [`bytes=${plain.length}-`, 'bytes=-0', 'bytes=99999999999-']) {
      const said = await bytesOf({ range });
      expect([said.status, codeOf(said), said.headers.get('content-range')]).toEqual([
        416,
        'http/range',
        `bytes */${plain.length}`,
      ]);
    }
  });

  it('that is small or empty travels in its record', async () => {
    const small = new TextEncoder().encode('a small one');
    const id = await world.put(small);
    const said = await world.ask(served, `/v1/blobs/${id}/bytes`, { headers: { range: 'bytes=2-6' } });
    expect([said.status, new TextDecoder().decode(said.bytes)]).toEqual([206, 'small']);
    const none = await world.put(new Uint8Array(0));
    const empty = await world.ask(served, `/v1/blobs/${none}/bytes`);
    expect([empty.status, empty.bytes.length, empty.headers.get('content-length')]).toEqual([200, 0, '0']);
    expect((await world.ask(served, `/v1/blobs/${none}/bytes`, { headers: { range: 'bytes=0-' } })).status).toBe(416);
  });

  it('proves its chunks to whoever has nothing else', async () => {
    const { bytes, status } = await world.ask(served, `/v1/blobs/${cid}/proof?chunk=2`, {
      headers: { accept: 'application/vnd.mythos.can' },
    });
    expect(status).toBe(200);
    const chunk = plain.subarray(2 * 256 * 1024, 3 * 256 * 1024);
    const { report, proved } = await verifyBlobProof(bytes, { cid, chunk });
    expect([report.outcome, proved?.index]).toEqual(['pass', 2]);
    const { json } = await world.ask(served, `/v1/blobs/${cid}/proof?chunk=2`);
    expect(json).toMatchObject({ cid, chunk: 2, chunks: 5, hash: sha256(chunk), len: chunk.length });
    const beyond = await world.ask(served, `/v1/blobs/${cid}/proof?chunk=5`);
    expect([beyond.status, codeOf(beyond)]).toEqual([404, 'blobs/no-such-chunk']);
    expect(codeOf(await world.ask(served, `/v1/blobs/${cid}/proof?chunk=-1`))).toBe('http/bad-parameter');
  });

  it('of which a chunk was changed gives none of it, and breaks off where it comes to it', async () => {
    const bad = new Uint8Array(randomBytes(MIB));
    const id = await world.put(bad);
    const third = sha256(bad.subarray(2 * 256 * 1024, 3 * 256 * 1024));
    chmodSync(fileOf(third), 0o644);
    const stored = readFileSync(fileOf(third));
    stored[7] = (stored[7] as number) ^ 1;
    writeFileSync(fileOf(third), stored);
    const touching = await world.ask(served, `/v1/blobs/${id}/bytes`, { headers: { range: 'bytes=600000-600000' } });
    expect([touching.status, codeOf(touching)]).toEqual([500, 'chunks/altered']);
    expect((touching.json as { error: { data: { index: number } } }).error.data.index).toBe(2);
    const beside = await world.ask(served, `/v1/blobs/${id}/bytes`, { headers: { range: 'bytes=0-100' } });
    expect(beside.status).toBe(206);
    const whole = new RawClient(served).say(
      `GET /v1/blobs/${id}/bytes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\n\r\n`,
    );
    const said = await whole.rest();
    expect(said).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(said.length).toBeLessThan(3 * 256 * 1024);
    await expect(world.ask(served, `/v1/blobs/${id}/bytes`)).rejects.toThrow();
    expect(statSync(fileOf(third)).size).toBe(256 * 1024);
  });

  it('that was removed is gone by every route, which all say by whom and why', async () => {
    const id = await world.put(new Uint8Array(randomBytes(300_000)));
    const { repository } = world.workspace;
    await removeBlob(repository.ports, await repository.writer(), { cid: id, reason: 'too old' });
    for (const path of [`/v1/blobs/${id}`, `/v1/blobs/${id}/bytes`, `/v1/blobs/${id}/proof`]) {
      const said = await world.ask(served, path);
      expect([path, said.status, codeOf(said)]).toEqual([path, 410, 'blobs/removed']);
      expect(said.json).toMatchObject({ error: { data: { actor: 'user:alice', reason: 'too old' } } });
      expect((await world.ask(served, path, { method: 'HEAD' })).status).toBe(410);
    }
  });

  it('of which a chunk is not here says so', async () => {
    const other = new Uint8Array(randomBytes(300_000));
    const id = await world.put(other);
    const { rmSync } = await import('node:fs');
    rmSync(fileOf(sha256(other.subarray(0, 256 * 1024))));
    expect((await world.ask(served, `/v1/blobs/${id}`)).json).toMatchObject({ chunks: 2, chunks_here: 1 });
    const said = await world.ask(served, `/v1/blobs/${id}/bytes`);
    expect([said.status, codeOf(said)]).toEqual([404, 'blobs/missing-chunks']);
    expect((await world.ask(served, `/v1/blobs/${id}/bytes`, { headers: { range: 'bytes=-10' } })).status).toBe(206);
  });
});
