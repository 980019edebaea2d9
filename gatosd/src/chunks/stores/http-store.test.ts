/** Chunks over gatosd's HTTP API, against a small server that keeps to it; and what is opened for which address. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../chunk-store.js';
import { noise } from '../scratch-bytes.js';
import { DirectoryChunkStore } from './directory-store.js';
import { chunkStoreContract } from './fixtures/scratch-chunk-contract.js';
import { HttpChunkStore } from './http-store.js';
import { openChunkStore } from './open-store.js';
import { S3ChunkStore } from './s3-store.js';
import { type Answer, ScriptedServer } from './scratch-server.js';

const TOKEN = 'a-token';
const bytes = noise(1, 100);
const hash = new Uint8Array(createHash('sha256').update(bytes).digest());

/** What the API says of chunks, and no more. */
function chunkApi(kept: Map<string, Uint8Array>): Answer {
  return ({ method, url, headers, body }, response) => {
    const hex = /^\/v1\/chunks\/([0-9a-f]{64})$/.exec(url)?.[1] ?? '';
    if (headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end('no token\nmore');
    if (method === 'PUT') {
      if (createHash('sha256').update(body).digest('hex') !== hex)
        return void response.writeHead(422).end('other bytes');
      kept.set(hex, body);
      return void response.writeHead(201).end();
    }
    const found = kept.get(hex);
    if (found === undefined) return void response.writeHead(404).end('{"error":"absent"}');
    response.writeHead(200, { 'content-length': String(found.length) }).end(method === 'HEAD' ? undefined : found);
  };
}

chunkStoreContract(
  'a gatosd',
  async () => {
    const kept = new Map<string, Uint8Array>();
    const server = await ScriptedServer.start(chunkApi(kept));
    const store = new HttpChunkStore({ url: server.url, token: TOKEN, patience: { pauseMs: 1, tries: 2 } });
    return { store, dispose: () => server.stop() };
  },
  { describe, it, expect },
);

describe('a gatosd', () => {
  const on = async (answer: Answer, body: (url: string, server: ScriptedServer) => Promise<void>): Promise<void> => {
    const server = await ScriptedServer.start(answer);
    try {
      await body(server.url, server);
    } finally {
      await server.stop();
    }
  };

  it('is not sent a chunk that it has', () =>
    on(chunkApi(new Map([[hexOf(hash), bytes]])), async (url, { seen }) => {
      expect(await new HttpChunkStore({ url, token: TOKEN }).write(hash, bytes)).toBe('present');
      expect(seen.map(({ method }) => method)).toEqual(['HEAD']);
    }));

  it('that wants another token, or other bytes, says so once', () =>
    on(chunkApi(new Map()), async (url, { seen }) => {
      const stranger = new HttpChunkStore({ url, token: 'other' });
      await expect(stranger.read(hash)).rejects.toMatchObject({
        code: 'chunks/refused',
        data: { status: 401, why: 'no token' },
      });
      expect(seen).toHaveLength(1);
      const store = new HttpChunkStore({ url, token: TOKEN });
      await expect(store.write(hash, noise(2, 100))).rejects.toMatchObject({
        data: { status: 422, why: 'other bytes' },
      });
    }));

  it('that leads elsewhere is not followed with the token', () =>
    on(
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      async (url) => {
        const store = new HttpChunkStore({ url, token: TOKEN });
        await expect(store.read(hash)).rejects.toMatchObject({ code: 'chunks/refused', data: { status: 302 } });
      },
    ));

  it('can be below a path', () =>
    on(
      ({ url }, response) => void response.writeHead(url.startsWith('/deep/er/v1/chunks/') ? 200 : 404).end(),
      async (url) => {
        expect(await new HttpChunkStore({ url: `${url}/deep/er` }).has(hash)).toBe(true);
      },
    ));

  it('does not let chunks be listed or removed', async () => {
    const store = new HttpChunkStore({ url: 'https://example.org' });
    await expect(store.remove()).rejects.toMatchObject({ code: 'chunks/not-offered' });
    await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'chunks/not-offered' });
  });

  it('is never sent a token in the clear, nor asked at an address with secrets', () => {
    for (const [url, token] of [
      ['http://example.org', TOKEN],
      ['https://me:hunter2@example.org', undefined],
      ['https://example.org?token=hunter2', undefined],
    ] as const) {
      const open = () => new HttpChunkStore({ url, token });
      expect(open).toThrow(expect.objectContaining({ code: 'chunks/bad-store' }));
    }
    for (const url of ['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://example.org']) {
      expect(new HttpChunkStore({ url, token: TOKEN }).name).toBe(`${url}/`);
    }
  });
});

describe('opening a store', () => {
  const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };
  const name = (place: string, more = {}) => openChunkStore(place, { env: { ...env, ...more } }).name;

  it('takes a path for a folder, and an address for what it names', () => {
    expect(openChunkStore('some/folder', { env })).toBeInstanceOf(DirectoryChunkStore);
    expect(name('/some/folder')).toBe('/some/folder');
    expect(name('file:///some/fol%20der')).toBe('/some/fol der');
    expect(openChunkStore('https://example.org', { env })).toBeInstanceOf(HttpChunkStore);
    expect(openChunkStore('s3://bucket', { env })).toBeInstanceOf(S3ChunkStore);
    expect(name('s3://bucket')).toBe('s3+https://s3.eu-central-1.amazonaws.com/bucket/');
    expect(name('s3://bucket/a/b/')).toBe('s3+https://s3.eu-central-1.amazonaws.com/bucket/a/b/');
    expect(name('s3+http://localhost:9000/bucket/a')).toBe('s3+http://localhost:9000/bucket/a/');
    expect(name('s3://bucket', { AWS_ENDPOINT_URL_S3: 'https://minio' })).toBe('s3+https://minio/bucket/');
  });

  it('refuses what names no store', () => {
    for (const place of ['ftp://x', 's3://', 's3+https://host', 's3+https://host/Bad_Bucket', 'https://', 'file://%']) {
      expect(() => name(place)).toThrow(expect.objectContaining({ code: 'chunks/bad-store' }));
    }
    expect(() => openChunkStore('s3://bucket', { env: {} })).toThrow(/AWS_ACCESS_KEY_ID/);
  });
});
