/**
 * What the records of blobs promise beyond valid chains: each manifest says what its tree says, nothing was removed while it was pinned,
 * and, where chunks are kept beside the records, that none is missing.
 */
import { isAmong, readChain } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { type Check, failed, GatosError, isGatosError, type LongCall, passed } from '../kernel/index.js';
import type { Blob } from './blob.js';
import { blobError } from './errors.js';
import { isCoded } from './manifest-fault.js';
import { openTree } from './read.js';
import { BlobShard, blobChains, type HeldBlob, type ShardPlace } from './shard.js';

/** Whoever keeps chunks: is one there, with its length? That its bytes are right shows when they are read. */
export interface ChunkPresence {
  has(hash: Uint8Array): Promise<boolean>;
}

export interface VerifyBlobsRequest extends LongCall {
  /** Only these chains and what is below them; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Heads up to which chains are known to be good: only blobs that later records are about are looked at. */
  readonly since?: ReadonlyMap<string, Oid> | undefined;
  /** Absent: nothing is said of chunks, as for who judges records alone. */
  readonly chunks?: ChunkPresence | undefined;
}

/** Checks on each chain of blobs, sorted by chain. Faults become failed checks. */
export async function verifyBlobs(backend: GitBackend, request: VerifyBlobsRequest = {}): Promise<readonly Check[]> {
  const { only, signal } = request;
  const checks: Check[] = [];
  for (const place of await blobChains(backend)) {
    const { chain } = place;
    if (!isAmong(chain, only)) continue;
    try {
      checks.push(...(await verifyShard(backend, place, request)));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GatosError)) throw error;
      checks.push(failed('blobs', chain, error));
    }
  }
  return checks;
}

async function verifyShard(
  backend: GitBackend,
  { chain, head }: Required<Omit<ShardPlace, 'head'>> & { readonly head: Oid },
  { since, chunks, ...options }: VerifyBlobsRequest,
): Promise<readonly Check[]> {
  const start = since?.get(chain);
  const shard = new BlobShard();
  if (start !== undefined) {
    for await (const batch of readChain(backend, { head: start }, options))
      for (const entry of batch) shard.apply(entry);
    shard.touched.clear();
    shard.badRemovals.length = 0;
  }
  if (start !== head)
    for await (const batch of readChain(backend, { head, after: start }, options))
      for (const entry of batch) shard.apply(entry);
  const run = new ShardRun(backend, chain, chunks);
  for (const bad of shard.badRemovals) run.fail('pins', blobError('removed-while-pinned', bad));
  let done = 0;
  for (const cid of [...shard.touched].sort()) {
    const held = shard.blobs.get(cid);
    if (held !== undefined) await run.blob(held);
    options.progress?.({ task: `check ${chain}`, done: ++done, total: shard.touched.size, unit: 'blobs' });
    options.signal?.throwIfAborted();
  }
  return run.checks();
}

class ShardRun {
  readonly #failed: Check[] = [];
  #blobs = 0;
  #chunks = 0;

  constructor(
    private readonly backend: GitBackend,
    private readonly chain: string,
    private readonly presence: ChunkPresence | undefined,
  ) {}

  fail(name: string, error: GatosError): void {
    this.#failed.push(failed(name, this.chain, error));
  }

  /** The newest manifest, also of what was removed: it stays a record. */
  async blob({ blob, removal }: HeldBlob): Promise<void> {
    if (blob === null) return;
    this.#blobs += 1;
    if (blob.chunks === 0) return;
    try {
      const presence = removal === null ? this.presence : undefined;
      this.#chunks += await checkTree(this.backend, blob, presence);
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      this.fail(isGatosError(error, 'blobs/missing-chunks') ? 'chunks' : 'blobs', error);
    }
  }

  checks(): readonly Check[] {
    const has = (name: string) => this.#failed.some((check) => check.name === name);
    const counts = { blobs: this.#blobs };
    const good: Check[] = [];
    if (!has('blobs')) good.push(passed('blobs', this.chain, 'manifests say what their trees say', counts));
    if (!has('pins')) good.push(passed('pins', this.chain, 'nothing was removed while it was pinned'));
    if (this.presence !== undefined && !has('chunks'))
      good.push(
        passed('chunks', this.chain, 'no chunk is missing; what is in them, `git gatos blob verify` reads', {
          chunks: this.#chunks,
        }),
      );
    return [...good, ...this.#failed];
  }
}

/**
 * Does the tree of a blob say what its manifest says, and are its chunks there? Returns the number of chunks. Throws `blobs/bad-tree`,
 * `blobs/missing-chunks`, `mythos/missing-node`, `mythos/bad-node`.
 */
export async function checkTree(backend: GitBackend, blob: Blob, presence?: ChunkPresence): Promise<number> {
  const { cid, ref, manifest, chunks: count } = blob;
  const bad = (why: string) => blobError('bad-tree', { cid, why });
  const tree = await openTree(backend, blob);
  const coded = isCoded(ref.codec);
  if (BigInt(tree.totalSize) !== ref.size) throw bad(`it holds ${tree.totalSize} bytes, not ${ref.size}`);
  if (tree.chunkCount !== count) throw bad(`it holds ${tree.chunkCount} chunks, not ${count}`);
  if (!coded && tree.chunkSize !== manifest.plain_chunk)
    throw bad(`its chunks have ${tree.chunkSize} bytes, not ${manifest.plain_chunk}`);
  const missing = { count: 0, first: 0 };
  for await (const { hash, len, index } of tree.chunks()) {
    const full = index < count - 1 ? manifest.plain_chunk : manifest.plain_size - (count - 1) * manifest.plain_chunk;
    if (!coded && len !== full) throw bad(`chunk ${index} has ${len} bytes, not ${full}`);
    if (presence === undefined || (await presence.has(hash))) continue;
    if (missing.count === 0) missing.first = index;
    missing.count += 1;
  }
  if (missing.count > 0)
    throw blobError('missing-chunks', { cid, missing: missing.count, chunks: count, first: missing.first });
  return count;
}
