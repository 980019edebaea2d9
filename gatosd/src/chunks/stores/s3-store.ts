/**
 * Chunks as objects of an S3 bucket, under the same names as in a folder: `<prefix><aa>/<bb>/<sha256 hex>`. Requests are path-style and
 * signed with Signature Version 4; the hash of a chunk is what the signature says of the body, so the server refuses other bytes.
 */
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import {
  checkPrefix,
  hashOf,
  hexOf,
  type Leftovers,
  type StoreCall,
  type StoredChunk,
  type SweptStore,
  type Wrote,
} from '../chunk-store.js';
import { chunkError } from '../errors.js';
import { MOST_STORED_SIZE } from '../sizes.js';
import { Again, ask, bodyOf, isCutOff, PATIENCE, type Patience, readBody } from './asking.js';
import { checkUrl } from './http-store.js';
import { readPage, readRefusal, type S3Page } from './s3-answer.js';

export interface S3StoreOptions {
  /** `https://s3.eu-central-1.amazonaws.com`, or another server that speaks S3. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before the names of chunks; ends with a slash if it is a folder. */
  readonly prefix?: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly patience?: Partial<Patience> | undefined;
  /**
   * S3 cannot make an object young again but by writing it. One that was written longer ago than this is written anew when a put relies on
   * it; a sweep has to leave chunks alone for longer than this and the longest put together. Six hours by default.
   */
  readonly freshMs?: number | undefined;
  /** Names on one page of a listing: 1,000 at most, by which S3 goes by default. */
  readonly pageKeys?: number | undefined;
}

const FRESH_MS = 6 * 3_600_000;
const MOST_XML = 8 * 1024 * 1024;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

interface Asked {
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly call?: StoreCall | undefined;
  readonly body?: { readonly bytes: Uint8Array; readonly sha256: string } | undefined;
}

interface Found {
  readonly size: number;
  readonly modifiedMs: number;
}

export class S3ChunkStore implements SweptStore {
  readonly name: string;
  readonly #bucket: URL;
  readonly #prefix: string;
  readonly #client: AwsClient;
  readonly #patience: Patience;
  readonly #freshMs: number;
  readonly #pageKeys: number | undefined;

  /** Throws `chunks/bad-store`. */
  constructor(options: S3StoreOptions) {
    const { endpoint, bucket, prefix = '', freshMs = FRESH_MS } = options;
    // The secret itself is never sent, only signatures made with it.
    const base = checkUrl(endpoint, false);
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
      throw chunkError('bad-store', { place: `${base.href}${bucket}`, why: 'that is no name of a bucket' });
    }
    this.#bucket = new URL(`${bucket}/`, base);
    this.#prefix = prefix;
    this.name = `s3+${this.#bucket.href}${prefix}`;
    this.#freshMs = freshMs;
    this.#pageKeys = options.pageKeys;
    this.#patience = { ...PATIENCE, ...options.patience };
    const { region, accessKeyId, secretAccessKey, sessionToken } = options;
    const session = sessionToken === undefined ? {} : { sessionToken };
    this.#client = new AwsClient({ service: 's3', region, accessKeyId, secretAccessKey, ...session });
  }

  async has(hash: Uint8Array, call?: StoreCall): Promise<boolean> {
    return (await this.#find(hash, call)) !== undefined;
  }

  async read(
    hash: Uint8Array,
    { most = MOST_STORED_SIZE, ...call }: StoreCall & { readonly most?: number | undefined } = {},
  ): Promise<Uint8Array | undefined> {
    const asked = { operation: 'give a chunk', method: 'GET', path: this.#path(hash), call } as const;
    return await this.#ask(asked, async (response) => {
      if (await this.#isAbsent(response, asked)) return undefined;
      const bytes = await readBody(response, most);
      return bytes.length <= most && isCutOff(response, bytes.length) ? new Again('the answer was cut off') : bytes;
    });
  }

  async write(hash: Uint8Array, bytes: Uint8Array, call?: StoreCall): Promise<Wrote> {
    const found = await this.#find(hash, call);
    const fresh = found !== undefined && Date.now() - found.modifiedMs < this.#freshMs;
    if (fresh && found.size === bytes.length) return 'present';
    const body = { bytes, sha256: hexOf(hash) };
    const asked = { operation: 'take a chunk', method: 'PUT', path: this.#path(hash), call, body } as const;
    await this.#ask(asked, async (response) => {
      await this.#require(response, asked);
      await response.body?.cancel();
      if (!fitsTag(response.headers, bytes)) return new Again('it stored other bytes than it was sent');
      return true;
    });
    return 'written';
  }

  async remove(hash: Uint8Array, call?: StoreCall): Promise<boolean> {
    if ((await this.#find(hash, call)) === undefined) return false;
    await this.#delete(hash, call);
    return true;
  }

  /** S3 has no way to look and remove in one step: `freshMs` keeps what a put relied on from getting here. */
  async removeOlder(hash: Uint8Array, beforeMs: number): Promise<boolean> {
    const found = await this.#find(hash);
    if (found === undefined || found.modifiedMs >= beforeMs) return false;
    await this.#delete(hash);
    return true;
  }

  /** An object is whole or not there: nothing is left behind. */
  async sweepLeftovers(): Promise<Leftovers> {
    return { removed: 0, restored: 0, bytes: 0 };
  }

  async *list(prefix: string, call?: StoreCall): AsyncIterable<StoredChunk> {
    checkPrefix(prefix);
    const start = `${this.#prefix}${keyStart(prefix)}`;
    let token: string | undefined;
    do {
      const page = await this.#page(start, token, call);
      for (const { key, size, modifiedMs } of page.entries) {
        const name = key.slice(this.#prefix.length);
        const hex = name.slice(6);
        // What else lies in the bucket is not ours.
        if (/^[0-9a-f]{64}$/.test(hex) && name === keyOf(hex)) yield { hash: hashOf(hex), len: size, modifiedMs };
      }
      token = page.next;
    } while (token !== undefined);
  }

  async close(): Promise<void> {}

  #path(hash: Uint8Array): string {
    return escapePath(`${this.#prefix}${keyOf(hexOf(hash))}`);
  }

  async #find(hash: Uint8Array, call?: StoreCall): Promise<Found | undefined> {
    const operation = 'tell whether it has a chunk';
    const asked = { operation, method: 'HEAD', path: this.#path(hash), call } as const;
    return await this.#ask(asked, async (response) => {
      if (await this.#isAbsent(response, asked)) return undefined;
      const size = Number(response.headers.get('content-length') ?? Number.NaN);
      const modifiedMs = Date.parse(response.headers.get('last-modified') ?? '');
      if (Number.isSafeInteger(size) && !Number.isNaN(modifiedMs)) return { size, modifiedMs };
      throw chunkError('bad-answer', { store: this.name, operation, why: 'it did not say how long and how old' });
    });
  }

  async #delete(hash: Uint8Array, call?: StoreCall): Promise<void> {
    const asked = { operation: 'remove a chunk', method: 'DELETE', path: this.#path(hash), call } as const;
    await this.#ask(asked, async (response) => {
      await this.#isAbsent(response, asked);
      await response.body?.cancel();
    });
  }

  async #page(start: string, token: string | undefined, call?: StoreCall): Promise<S3Page> {
    const query = new URLSearchParams({ 'list-type': '2', prefix: start });
    if (token !== undefined) query.set('continuation-token', token);
    if (this.#pageKeys !== undefined) query.set('max-keys', String(this.#pageKeys));
    // Signatures are over %20, and URLSearchParams writes a plus for a blank.
    const path = `?${query.toString().replaceAll('+', '%20')}`;
    const asked = { operation: 'list chunks', method: 'GET', path, call } as const;
    return await this.#ask(asked, async (response) => {
      await this.#require(response, asked);
      const bytes = await readBody(response, MOST_XML);
      if (isCutOff(response, bytes.length)) return new Again('the answer was cut off');
      const page = readPage(new TextDecoder().decode(bytes));
      if (page !== null) return page;
      throw chunkError('bad-answer', { store: this.name, operation: 'list chunks', why: 'that is no listing' });
    });
  }

  #ask<T>(asked: Asked, read: (response: Response) => Promise<T | Again>): Promise<T> {
    const { operation, method, path, call, body } = asked;
    const url = new URL(`${this.#bucket.href}${path}`);
    const headers = {
      'accept-encoding': 'identity',
      'x-amz-content-sha256': body?.sha256 ?? EMPTY_SHA256,
      ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
    };
    const bytes = body === undefined ? {} : { body: bodyOf(body.bytes) };
    const request = (): Promise<Request> => this.#client.sign(url.href, { method, headers, ...bytes });
    return ask({ store: this.name, operation, patience: this.#patience, signal: call?.signal, request, read });
  }

  /** A missing object is an answer; a missing bucket is a fault, which only `GET` tells apart. */
  async #isAbsent(response: Response, asked: Asked): Promise<boolean> {
    if (response.status !== 404) {
      await this.#require(response, asked);
      return false;
    }
    const { code, message } = await refusalOf(response);
    if (code !== 'NoSuchBucket') return true;
    throw chunkError('bad-store', { place: this.name, why: message || 'there is no such bucket' });
  }

  async #require(response: Response, { operation }: Asked): Promise<void> {
    if (response.ok) return;
    const { code, message } = await refusalOf(response);
    const why = [code || response.statusText, message].filter((part) => part !== '').join(': ');
    throw chunkError('refused', { store: this.name, operation, status: response.status, why });
  }
}

async function refusalOf(response: Response) {
  const bytes = await readBody(response, MOST_XML);
  return readRefusal(new TextDecoder().decode(bytes));
}

function keyOf(hex: string): string {
  return `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
}

/** How the keys of all hashes begin that begin so. */
function keyStart(prefix: string): string {
  if (prefix.length < 2) return prefix;
  if (prefix.length < 4) return `${prefix.slice(0, 2)}/${prefix.slice(2)}`;
  return keyOf(prefix);
}

/** As Signature Version 4 wants a path: everything but the unreserved characters and slashes. */
function escapePath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The ETag of an object that was stored in one piece is the MD5 of its bytes, unless it is kept encrypted. */
function fitsTag(headers: Headers, bytes: Uint8Array): boolean {
  const tag = /^"?([0-9a-f]{32})"?$/.exec(headers.get('etag') ?? '')?.[1];
  const encrypted = (headers.get('x-amz-server-side-encryption') ?? '').startsWith('aws:');
  if (tag === undefined || encrypted || headers.has('x-amz-server-side-encryption-customer-algorithm')) return true;
  return createHash('md5').update(bytes).digest('hex') === tag;
}
