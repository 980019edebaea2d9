/** Chunks of another machine's gatosd, over its HTTP API: `GET`, `HEAD` and `PUT /v1/chunks/<sha256 hex>` with a bearer token. */

import { type ChunkStore, hexOf, type StoreCall, type StoredChunk, type Wrote } from '../chunk-store.js';
import { chunkError } from '../errors.js';
import { MOST_STORED_SIZE } from '../sizes.js';
import { Again, ask, bodyOf, isCutOff, PATIENCE, type Patience, readBody } from './asking.js';

export interface HttpStoreOptions {
  /** `https://host/`; the path is put before `/v1/`. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly patience?: Partial<Patience> | undefined;
}

/** Bytes of what a server says about a refusal. */
const MOST_SAID = 4096;

export class HttpChunkStore implements ChunkStore {
  readonly name: string;
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #patience: Patience;

  /** Throws `chunks/bad-store`. */
  constructor({ url, token, patience }: HttpStoreOptions) {
    this.#base = checkUrl(url, token !== undefined);
    this.name = this.#base.href;
    this.#token = token;
    this.#patience = { ...PATIENCE, ...patience };
  }

  async has(hash: Uint8Array, call?: StoreCall): Promise<boolean> {
    const operation = 'tell whether it has a chunk';
    return await this.#ask(operation, { hash, method: 'HEAD', call }, async (response) => {
      if (response.status === 404) return false;
      await this.#require(response, operation);
      return true;
    });
  }

  async read(
    hash: Uint8Array,
    { most = MOST_STORED_SIZE, ...call }: StoreCall & { readonly most?: number | undefined } = {},
  ): Promise<Uint8Array | undefined> {
    const operation = 'give a chunk';
    return await this.#ask(operation, { hash, method: 'GET', call }, async (response) => {
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      await this.#require(response, operation);
      const bytes = await readBody(response, most);
      return bytes.length <= most && isCutOff(response, bytes.length) ? new Again('the answer was cut off') : bytes;
    });
  }

  /** The server compares the bytes with the hash before it keeps them. */
  async write(hash: Uint8Array, bytes: Uint8Array, call?: StoreCall): Promise<Wrote> {
    const operation = 'take a chunk';
    if (await this.has(hash, call)) return 'present';
    return await this.#ask<Wrote>(operation, { hash, method: 'PUT', call, bytes }, async (response) => {
      await this.#require(response, operation);
      await response.body?.cancel();
      return 'written';
    });
  }

  async remove(): Promise<boolean> {
    throw chunkError('not-offered', { store: this.name, what: 'removed' });
  }

  list(): AsyncIterable<StoredChunk> {
    const next = async (): Promise<never> => {
      throw chunkError('not-offered', { store: this.name, what: 'listed' });
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  async close(): Promise<void> {}

  #ask<T>(operation: string, asked: Asked, read: (response: Response) => Promise<T | Again>): Promise<T> {
    const { hash, method, call, bytes } = asked;
    const url = new URL(`v1/chunks/${hexOf(hash)}`, this.#base);
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    if (bytes !== undefined) headers['content-type'] = 'application/octet-stream';
    const body = bytes === undefined ? {} : { body: bodyOf(bytes) };
    const request = (): Request => new Request(url, { method, headers, ...body });
    return ask({ store: this.name, operation, patience: this.#patience, signal: call?.signal, request, read });
  }

  async #require(response: Response, operation: string): Promise<void> {
    if (response.ok) return;
    const said = new TextDecoder().decode((await readBody(response, MOST_SAID)).subarray(0, MOST_SAID));
    const why = said.trim().split('\n')[0] || response.statusText;
    throw chunkError('refused', { store: this.name, operation, status: response.status, why });
  }
}

interface Asked {
  readonly hash: Uint8Array;
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly call?: StoreCall | undefined;
  readonly bytes?: Uint8Array | undefined;
}

const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/** A token never crosses a network in the clear, and an address has no secrets in it: it is shown. */
export function checkUrl(text: string, secret: boolean): URL {
  const bad = (why: string): never => {
    throw chunkError('bad-store', { place: text.replace(/\/\/[^/@]*@/, '//'), why });
  };
  const url = URL.canParse(text) ? new URL(text) : bad('it is no address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') bad('only `https:` and `http:` are spoken');
  if (url.username !== '' || url.password !== '') bad('an address must not have secrets in it');
  if (url.search !== '' || url.hash !== '') bad('it has more than a path');
  if (secret && url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) bad('secrets are not sent over `http:`');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
