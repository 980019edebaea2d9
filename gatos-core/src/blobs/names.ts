/** Names of chains and keys. The id of a blob in text is the 64 hexadecimal digits of its root. */
import { formatHex, parseHex } from '../codec/index.js';
import { blobError } from './errors.js';

export const BLOBS = 'blobs/';

const CID = /^[0-9a-f]{64}$/;
/** Fewer digits are no id: they would name another blob tomorrow. */
export const SHORTEST_CID = 8;

export function isBlobCid(text: string): boolean {
  return CID.test(text);
}

/** Throws `blobs/bad-cid`. */
export function parseBlobCid(text: string): Uint8Array {
  if (!isBlobCid(text)) throw blobError('bad-cid', { text: text.slice(0, 80) });
  return parseHex(text);
}

/** The chain on which everything about a blob is recorded: `blobs/<first digit>`. */
export function blobChain(cid: string): string {
  return BLOBS + cid.slice(0, 1);
}

/** Manifest and tombstone share a key: the newest of the two says whether the blob is there. */
export function manifestKey(cid: string): string {
  return cid;
}

/** A node is found by what its parent says of it. */
export function nodeKey(cid: string, node: Uint8Array): string {
  return `${cid}/node/${formatHex(node)}`;
}

export function pinKey(cid: string, who: string): string {
  return `${cid}/pin/${who}`;
}
