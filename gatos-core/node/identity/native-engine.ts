/**
 * The native engine: the byte checks of the strict rule, then OpenSSL's verification, which checks the cofactorless equation.
 * What OpenSSL alone would let through (the identity key, non-canonical keys) never reaches it.
 */
import { createPublicKey, type KeyObject, verify as opensslVerify } from 'node:crypto';
import { isStrictForm, type SignatureEngine, type SignedBytes } from '../../src/identity/index.js';
import { isRegistrable } from './registrable-key.js';

/** Imported keys kept by one engine. An import costs a tenth of a verification, so a full cache is simply emptied. */
const CACHED_KEYS = 4096;

/**
 * How much is handed to the thread pool ahead of its answers. Deep queues keep the pool's threads from sleeping between two jobs
 * (8 waiting jobs reach 1.55 times one thread's rate, 256 reach 1.9 times it on two cores); the bytes count because the
 * pool works on copies.
 */
const QUEUED_JOBS = 256;
const QUEUED_BYTES = 16 * 1024 * 1024;

class KeyCache {
  readonly #keys = new Map<string, KeyObject>();

  get(key: Uint8Array): KeyObject {
    const x = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64url');
    const known = this.#keys.get(x);
    if (known !== undefined) return known;
    if (this.#keys.size >= CACHED_KEYS) this.#keys.clear();
    // A raw import: it does not ask whether the bytes are a point; the verification does.
    const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    this.#keys.set(x, made);
    return made;
  }
}

function verifyOne(keys: KeyCache, item: SignedBytes): boolean {
  return isStrictForm(item) && opensslVerify(null, item.message, keys.get(item.key), item.signature);
}

/** One run of verifyMany: keeps the queue of the thread pool between half full and full until every item has its verdict. */
class PooledRun {
  readonly verdicts: boolean[];
  #next = 0;
  #jobs = 0;
  #bytes = 0;
  #ended = false;

  constructor(
    private readonly keys: KeyCache,
    private readonly items: readonly SignedBytes[],
    private readonly settle: (error?: Error) => void,
  ) {
    this.verdicts = new Array<boolean>(items.length).fill(false);
  }

  fill(): void {
    while (
      this.#next < this.items.length &&
      this.#jobs < QUEUED_JOBS &&
      (this.#jobs === 0 || this.#bytes < QUEUED_BYTES)
    ) {
      const at = this.#next++;
      const item = this.items[at] as SignedBytes;
      if (isStrictForm(item)) this.#start(at, item);
    }
    if (this.#jobs === 0) this.#end();
  }

  #start(at: number, { key, message, signature }: SignedBytes): void {
    this.#jobs++;
    this.#bytes += message.length;
    opensslVerify(null, message, this.keys.get(key), signature, (error, valid) => {
      this.#jobs--;
      this.#bytes -= message.length;
      if (error instanceof Error) return this.#end(error);
      this.verdicts[at] = valid;
      if (this.#jobs <= QUEUED_JOBS / 2 || this.#bytes <= QUEUED_BYTES / 2) this.fill();
    });
  }

  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.settle(error);
  }
}

/**
 * Strict Ed25519 by OpenSSL. `verify` is synchronous; `verifyMany` uses the threads of libuv's pool and leaves the calling thread
 * mostly free. Items and their bytes must not change until the promise resolves.
 */
export function nativeEngine(): SignatureEngine {
  const keys = new KeyCache();
  return {
    name: 'native',
    verify: (item) => verifyOne(keys, item),
    verifyMany: (items) =>
      new Promise((resolve, reject) => {
        const run = new PooledRun(keys, items, (error) =>
          error === undefined ? resolve(run.verdicts) : reject(error),
        );
        run.fill();
      }),
    isRegistrable,
  };
}
