/** Chunks in a bucket: the contract against a real server (s3rver), and by a scripted one what the protocol says and s3rver does not do. */
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hexOf, readChunk } from '../chunk-store.js';
import { getStream } from '../get-stream.js';
import { putStream } from '../put-stream.js';
import { noise } from '../scratch-bytes.js';
import { chunkStoreContract } from './fixtures/scratch-chunk-contract.js';
import { S3ChunkStore, type S3StoreOptions } from './s3-store.js';
import { type Answer, S3RVER_BUCKET, S3RVER_KEY, S3Server, ScriptedServer } from './scratch-server.js';
import { signatureIn, signatureOf } from './scratch-signature.js';

const bytes = noise(1, 5000);
const hash = new Uint8Array(createHash('sha256').update(bytes).digest());
const hex = hexOf(hash);
const key = `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
const patience = { pauseMs: 1, tries: 3 };

let s3: S3Server;
let prefixes = 0;
beforeAll(async () => {
  s3 = await S3Server.start();
});
afterAll(() => s3.stop());

const keys = { accessKeyId: S3RVER_KEY, secretAccessKey: S3RVER_KEY };

function open(options: Partial<S3StoreOptions> = {}): S3ChunkStore {
  const place = { endpoint: s3.url, bucket: S3RVER_BUCKET, region: 'us-east-1' };
  return new S3ChunkStore({ ...place, ...keys, patience, ...options });
}

chunkStoreContract(
  'a bucket of s3rver',
  async () => {
    // Signs and blanks, as they are signed in another way than they are sent.
    const prefix = `run ${prefixes++}/a+b(c)'ä&/`;
    const store = open({ prefix, pageKeys: 7 });
    const client = new AwsClient({ service: 's3', region: 'us-east-1', ...keys });
    return {
      store,
      swept: store,
      damage: async (damaged, wrong) => {
        const name = hexOf(damaged);
        const path = encodeURIComponent(`${prefix}${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`)
          .replaceAll('%2F', '/')
          .replaceAll(/['()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
        const url = `${s3.url}/${S3RVER_BUCKET}/${path}`;
        const answer = await client.fetch(url, { method: 'PUT', body: new Uint8Array(wrong) });
        expect(answer.status).toBe(200);
      },
      dispose: async () => undefined,
    };
  },
  { describe, it, expect },
);

describe('a bucket of s3rver', () => {
  it('takes streams and gives them', async () => {
    const store = open({ prefix: 'streams/' });
    const source = [noise(2, 3 * 1024 * 1024), noise(3, 100)];
    async function* parts() {
      yield* source;
    }
    const form = { chunkSize: 256 * 1024, codec: 'zstd', store } as const;
    const put = await putStream({ ...form, source: parts() });
    expect(put.written).toBe(13);
    expect(await putStream({ ...form, source: parts() })).toMatchObject({ written: 0, present: 13 });
    const got: Buffer[] = [];
    await getStream({ ...form, size: put.size, chunks: put.chunks, sink: (part) => void got.push(Buffer.from(part)) });
    expect(Buffer.concat(got).equals(Buffer.concat(source))).toBe(true);
  });

  it('lists what is ours among what is not', async () => {
    const store = open({ prefix: 'mixed/' });
    await store.write(hash, bytes);
    const client = new AwsClient({ service: 's3', region: 'us-east-1', ...keys });
    for (const name of ['notes.txt', `${hex}`, `zz/zz/${hex}`, `${key}.part`]) {
      await client.fetch(`${s3.url}/${S3RVER_BUCKET}/mixed/${name}`, { method: 'PUT', body: 'x' });
    }
    const found: string[] = [];
    for await (const each of store.list('')) found.push(hexOf(each.hash));
    expect(found).toEqual([hex]);
  });

  it('writes again what is older than a put may rely on', async () => {
    const store = open({ prefix: 'old/', freshMs: -1000 });
    await store.write(hash, bytes);
    expect(await store.write(hash, bytes)).toBe('written');
  });

  it('refuses keys that it does not know, and a bucket that is not there is no missing chunk', async () => {
    const wrong = open({ accessKeyId: 'another' });
    const refused = { code: 'chunks/refused', kind: 'denied', data: { status: 403 } };
    await expect(wrong.read(hash)).rejects.toMatchObject(refused);
    await expect(wrong.read(hash)).rejects.toThrow(/InvalidAccessKeyId/);
    await expect(wrong.write(hash, bytes)).rejects.toMatchObject(refused);
    const elsewhere = open({ bucket: 'no-such-bucket' });
    await expect(elsewhere.read(hash)).rejects.toMatchObject({ code: 'chunks/bad-store' });
    await expect(elsewhere.write(hash, bytes)).rejects.toThrow(/NoSuchBucket/);
    await expect(elsewhere.list('')[Symbol.asyncIterator]().next()).rejects.toThrow(/NoSuchBucket/);
  });
});

describe('the protocol of S3', () => {
  let server: ScriptedServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function scripted(...answers: readonly Answer[]): Promise<S3ChunkStore> {
    server = await ScriptedServer.start(...answers);
    return open({ endpoint: server.url, patience: { ...patience, timeoutMs: 300 } });
  }

  const xml =
    (status: number, text: string, headers: Record<string, string> = {}): Answer =>
    (_, response) => {
      response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(text);
    };
  const error = (status: number, code: string, headers = {}): Answer =>
    xml(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said &amp; done</Message></Error>`, headers);
  const object: Answer = (_, response) => void response.writeHead(200).end(bytes);
  const dropped: Answer = (_, response) => void response.socket?.destroy();
  const cut: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': String(bytes.length) });
    response.write(bytes.subarray(0, 100), () => response.socket?.destroy());
  };
  const hung: Answer = () => undefined;

  it('is tried again when the server is busy, drops, cuts off or hangs', async () => {
    for (const trouble of [error(503, 'SlowDown'), error(500, 'InternalError'), error(429, 'x'), dropped, cut, hung]) {
      const store = await scripted(trouble, object);
      expect(await readChunk(store, { hash, len: 5000, index: 0 })).toEqual(bytes);
      expect(server?.seen).toHaveLength(2);
      await server?.stop();
    }
  });

  it('is given up after so many tries, and what was wrong is told', async () => {
    for (const [trouble, why] of [
      [error(503, 'SlowDown', { 'retry-after': '0' }), /after 3 tries: 503/],
      [dropped, /UND_ERR_SOCKET|ECONNRESET|other side closed/],
      [hung, /no answer within 300 ms/],
    ] as const) {
      const store = await scripted(trouble);
      const got = store.read(hash);
      await expect(got).rejects.toMatchObject({ code: 'chunks/unreachable', data: { tries: 3 } });
      await expect(got).rejects.toThrow(why);
      expect(server?.seen).toHaveLength(3);
      await server?.stop();
    }
    // Its port was closed just now.
    const nobody = open({ endpoint: server?.url ?? '' });
    await expect(nobody.has(hash)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is not tried again when that cannot help', async () => {
    for (const [status, code] of [
      [403, 'SignatureDoesNotMatch'],
      [403, 'RequestTimeTooSkewed'],
      [400, 'XAmzContentSHA256Mismatch'],
      [301, 'PermanentRedirect'],
      [307, 'TemporaryRedirect'],
    ] as const) {
      const store = await scripted(error(status, code, { location: 'http://127.0.0.1:1/' }));
      const got = store.read(hash);
      await expect(got).rejects.toMatchObject({
        code: 'chunks/refused',
        data: { status, why: `${code}: said & done` },
      });
      expect(server?.seen).toHaveLength(1);
      await server?.stop();
    }
  });

  it('ends with the signal, in the middle of a try and between two', async () => {
    for (const trouble of [hung, error(503, 'SlowDown', { 'retry-after': '100' })]) {
      const end = new AbortController();
      const store = await scripted((request, response) => {
        setTimeout(() => end.abort(new Error('enough')), 20);
        return trouble(request, response);
      });
      await expect(store.read(hash, { signal: end.signal })).rejects.toThrow('enough');
      expect(server?.seen).toHaveLength(1);
      await server?.stop();
    }
  });

  it('says the hash of the body in what is signed, and asks in path style', async () => {
    const store = await scripted(error(404, 'NoSuchKey'), (_, response) => void response.writeHead(200).end());
    expect(await store.write(hash, bytes)).toBe('written');
    const [head, put] = server?.seen ?? [];
    expect([head?.method, head?.url]).toEqual(['HEAD', `/${S3RVER_BUCKET}/${key}`]);
    expect([put?.method, put?.url]).toEqual(['PUT', `/${S3RVER_BUCKET}/${key}`]);
    expect(put?.headers['x-amz-content-sha256']).toBe(hex);
    expect(put?.headers['content-length']).toBe('5000');
    expect(put?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=S3RVER\/[0-9]{8}\/us-east-1\/s3\/aws4_request/,
    );
    expect(put?.headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-content-sha256/);
    expect(put?.body.equals(bytes)).toBe(true);
    expect(JSON.stringify(server?.seen)).not.toContain(`"${keys.secretAccessKey}"`);
  });

  it('has the signature that the documentation gives in its example, and so do ours', async () => {
    const example = {
      method: 'GET',
      url: '/test.txt',
      headers: {
        host: 'examplebucket.s3.amazonaws.com',
        range: 'bytes=0-9',
        'x-amz-content-sha256': createHash('sha256').digest('hex'),
        'x-amz-date': '20130524T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      },
    };
    const documented = signatureOf(example, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
    expect(documented).toBe(signatureIn(example.headers));
    const page =
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a+/=&amp; b</NextContinuationToken></ListBucketResult>';
    for (const prefix of ['', 'folder/', "a b+c(d)'e!*&=ä%41/~-_./"]) {
      const found = { 'last-modified': new Date(0).toUTCString(), 'content-length': '1' };
      await scripted(
        error(404, 'NoSuchKey'),
        (_, response) => void response.writeHead(200).end(),
        (_, response) => void response.writeHead(200, found).end(),
        (_, response) => void response.writeHead(204).end(),
        xml(200, page),
        xml(200, '<ListBucketResult></ListBucketResult>'),
        object,
      );
      const store = open({ endpoint: server?.url ?? '', prefix, sessionToken: 'a token' });
      await store.write(hash, bytes);
      await store.remove(hash);
      for await (const _ of store.list('ab')) expect.unreachable();
      await store.read(hash);
      expect(server?.seen.map(({ method }) => method)).toEqual(['HEAD', 'PUT', 'HEAD', 'DELETE', 'GET', 'GET', 'GET']);
      for (const seen of server?.seen ?? []) {
        expect(signatureIn(seen.headers)).toBe(signatureOf(seen, keys.secretAccessKey));
        expect(signatureIn(seen.headers)).not.toBe(signatureOf(seen, 'another'));
        expect(seen.headers['x-amz-security-token']).toBe('a token');
      }
      expect(new URL(`http://x${server?.seen[5]?.url}`).searchParams.get('continuation-token')).toBe('a+/=& b');
      await server?.stop();
    }
  });

  it('is tried again when the stored bytes have another MD5, unless they are kept encrypted', async () => {
    const absent = error(404, 'NoSuchKey');
    const stored =
      (headers: Record<string, string>): Answer =>
      (_, response) =>
        void response.writeHead(200, headers).end();
    const md5 = createHash('md5').update(bytes).digest('hex');
    const wrong = stored({ etag: `"${'0'.repeat(32)}"` });
    const store = await scripted(absent, wrong, stored({ etag: `"${md5}"` }));
    expect(await store.write(hash, bytes)).toBe('written');
    expect(server?.seen).toHaveLength(3);
    await server?.stop();
    const never = await scripted(absent, wrong);
    await expect(never.write(hash, bytes)).rejects.toMatchObject({ code: 'chunks/unreachable' });
    await server?.stop();
    const kms = { etag: `"${'0'.repeat(32)}"`, 'x-amz-server-side-encryption': 'aws:kms' };
    const encrypted = await scripted(absent, stored(kms));
    expect(await encrypted.write(hash, bytes)).toBe('written');
  });

  it('refuses a listing that is none, or that has no end', async () => {
    for (const text of [
      '',
      '<html></html>',
      '<ListBucketResult>',
      '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
    ]) {
      const store = await scripted(xml(200, text));
      await expect(store.list('')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'chunks/bad-answer' });
      await server?.stop();
    }
  });

  it('takes a chunk that is longer than promised for what it is, without reading all of it', async () => {
    const store = await scripted(async (_, response) => {
      response.on('error', () => undefined);
      response.writeHead(200);
      for (let i = 0; i < 1000 && !response.destroyed; i++) {
        if (!response.write(noise(i, 100_000))) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      response.end();
    });
    await expect(readChunk(store, { hash, len: 5000, index: 4 })).rejects.toMatchObject({ code: 'chunks/length' });
  });

  it('refuses addresses and buckets that are none', () => {
    for (const options of [
      { endpoint: 'nowhere' },
      { endpoint: 'ftp://host' },
      { endpoint: 'https://user:secret@host' },
      { bucket: '../other' },
      { bucket: '' },
    ]) {
      expect(() => open(options)).toThrow(expect.objectContaining({ code: 'chunks/bad-store' }));
    }
    expect(() => open({ endpoint: 'https://user:hunter2@host' })).not.toThrow(/hunter2/);
  });
});
