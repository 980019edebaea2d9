/** Reading what is recorded of a blob: by its id, in a few reads, whatever else is recorded. */
import { indexedBody, lookupIndexed } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import type { LongCall } from '../kernel/index.js';
import { ChunkTree, type GetNode } from '../mythos/index.js';
import { type Blob, type FoundBlob, foundIn } from './blob.js';
import { blobError } from './errors.js';
import { blobChain, isBlobCid, manifestKey, nodeKey, parseBlobCid, SHORTEST_CID } from './names.js';
import { NODE_KIND } from './schema.js';
import { readShard } from './shard.js';

/** What is recorded of a blob, or null. Throws `blobs/bad-cid`, and as `lookupIndexed`. */
export async function findBlob(backend: GitBackend, cid: string): Promise<FoundBlob | null> {
  parseBlobCid(cid);
  const found = await lookupIndexed(backend, blobChain(cid), manifestKey(cid));
  return found === null ? null : foundIn(found);
}

/** A blob that is there. Throws `blobs/unknown`, `blobs/removed`, and as `findBlob`. */
export async function openBlob(backend: GitBackend, cid: string): Promise<Blob> {
  const found = await findBlob(backend, cid);
  if (found === null) throw blobError('unknown', { cid });
  if (found.state === 'live') return found.blob;
  // Who it was stands in the envelope.
  const { blobs } = await readShard(backend, { chain: blobChain(cid) });
  const actor = blobs.get(cid)?.removal?.actor ?? 'somebody';
  throw blobError('removed', { cid, actor, reason: found.removed.reason });
}

/** Gives the recorded nodes of one blob. */
function nodesOf(backend: GitBackend, cid: string): GetNode {
  const chain = blobChain(cid);
  return async (node) => {
    const found = await lookupIndexed(backend, chain, nodeKey(cid, node));
    return found === null ? undefined : indexedBody(found, NODE_KIND).node;
  };
}

/** The tree of a blob that is cut into chunks. Throws `mythos/missing-node`, `mythos/bad-node`. */
export async function openTree(backend: GitBackend, { cid, ref }: Pick<Blob, 'cid' | 'ref'>): Promise<ChunkTree> {
  return ChunkTree.open(ref.cid, nodesOf(backend, cid));
}

/**
 * The full id that a text means: itself, or the only id that starts with it. Throws `blobs/bad-cid`, `blobs/unknown`,
 * `blobs/ambiguous`, and as `readChain`.
 */
export async function resolveBlobCid(backend: GitBackend, text: string, options?: LongCall): Promise<string> {
  const wanted = text.toLowerCase();
  if (isBlobCid(wanted)) return wanted;
  if (!/^[0-9a-f]+$/.test(wanted) || wanted.length < SHORTEST_CID || wanted.length > 64)
    throw blobError('bad-cid', { text: text.slice(0, 80) });
  const shard = await readShard(backend, { chain: blobChain(wanted) }, options);
  const found = [...shard.blobs.keys()].filter((cid) => cid.startsWith(wanted));
  const [first] = found;
  if (first === undefined) throw blobError('unknown', { cid: wanted });
  if (found.length > 1) throw blobError('ambiguous', { text: wanted, count: found.length });
  return first;
}
