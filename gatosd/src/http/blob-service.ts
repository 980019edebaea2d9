/** Blobs of a repository, for the API: records from Git, bytes from the chunk store. */
import {
  type Blob,
  encodeBlobProof,
  formatHex,
  GatosError,
  type JsonValue,
  openBlob,
  openBlobTree,
  proveChunk,
} from 'gatos-core';
import { blobFormOf, openBlobRange } from '../blobs/index.js';
import { chunkStoreOf } from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import type { OpenedBlob, Viewed } from './services.js';

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

type Place = Pick<Workspace, 'backend'>;

/** Chunks of one blob that are looked for: a blob of 8 GiB, of chunks of the usual size. */
const MOST_LOOKED = 2048;

/** How many chunks of a blob are here, not whether their bytes are right; null where they are too many to look, or its tree does not hold. */
async function chunksHere(workspace: Place, blob: Blob): Promise<number | null> {
  if (blob.chunks > MOST_LOOKED) return null;
  if (blob.chunks === 0) return 0;
  const store = chunkStoreOf(workspace);
  let here = 0;
  try {
    for await (const { hash } of (await openBlobTree(workspace.backend, blob)).chunks())
      if (await store.has(hash)) here += 1;
  } catch (error) {
    if (error instanceof GatosError) return null;
    throw error;
  }
  return here;
}

/** Throws `blobs/unknown`, `blobs/removed`. */
export async function blobFacts(workspace: Place, cid: string): Promise<JsonValue> {
  const { backend } = workspace;
  const blob = await openBlob(backend, cid);
  const { manifest, ref, record, chunks } = blob;
  return {
    cid,
    size: manifest.plain_size,
    stored_size: Number(ref.size),
    media: ref.media,
    codec: blobFormOf(blob).codec,
    chunk_size: manifest.plain_chunk,
    chunks,
    chunks_here: await chunksHere(workspace, blob),
    name: manifest.name ?? null,
    record: record.toString(),
  };
}

/** A chunk as it is stored, as it is decoded, and the part of it that is sent. */
const COPIES = 3;

/** Its bytes. Throws as `blobFacts`; a stream throws `blobs/missing-chunks`, `chunks/*`. */
export async function openBytes(workspace: Place, cid: string, signal: AbortSignal): Promise<OpenedBlob> {
  const blob = await openBlob(workspace.backend, cid);
  const { plain_size: size, plain_chunk: chunk } = blob.manifest;
  const stream = await openBlobRange(workspace, { blob, signal });
  return { size, media: blob.ref.media, stepBytes: COPIES * (chunk === 0 ? size : Math.min(chunk, size)), stream };
}

/** As JSON, and as the file that `git gatos blob verify` reads. Throws as `blobFacts`, `blobs/no-such-chunk`. */
export async function blobProof({ backend }: Place, cid: string, chunk: number): Promise<Viewed> {
  const proof = await proveChunk(backend, { cid, index: chunk });
  const tree = await openBlobTree(backend, await openBlob(backend, cid));
  const { hash, len } = await tree.chunk(chunk);
  const json = {
    cid,
    chunk,
    chunks: tree.chunkCount,
    hash: formatHex(hash),
    len,
    ref: base64url(proof.ref),
    leaf: base64url(proof.leaf),
    parents: proof.parents.map((node) => base64url(node)),
  };
  return { json, bytes: encodeBlobProof(proof) };
}
