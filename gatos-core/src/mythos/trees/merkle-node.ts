/** One node of a Merkle list or chunk tree: its bytes, and the strict way back (RFC-MYTHOS-0004 section 8). */
import { sha256 } from '#hash';
import { formatHex } from '../../codec/index.js';
import { bytesEqual, GatosError, LIMITS } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { MERKLE_NODE } from '../structs/merkle.js';
import { decodeStruct, encodeStruct, type Struct, type UnknownField } from '../structs/struct.js';
import { childCount, childSpan, isLeafCount } from './merkle-shape.js';

const VERSION = 1;

/** A node and its CID: SHA-256 of the bytes. */
export interface NodeBytes {
  /** 32 bytes. */
  readonly cid: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Gives the bytes of a node by its CID, undefined when they are not there. What it gives is not trusted. */
export type GetNode = (cid: Uint8Array) => Promise<Uint8Array | undefined> | Uint8Array | undefined;

export function encodeNode<T>(kind: number, struct: Struct<T>, payload: T): NodeBytes {
  const bytes = encodeStruct(MERKLE_NODE, { version: VERSION, kind, payload: encodeStruct(struct, payload) });
  return { cid: sha256(bytes), bytes };
}

/** The refusal of a node, named by its CID. */
export function badNode(cid: Uint8Array, why: string): GatosError {
  return mythosError('bad-node', { cid: formatHex(cid), why });
}

/**
 * Reads a node as construction writes it: canonical, version 1, nothing that the table does not know.
 * Throws `mythos/bad-node` when the bytes are not those of the CID, or are no node.
 */
export function readNode(cid: Uint8Array, bytes: Uint8Array): { readonly kind: number; readonly payload: Uint8Array } {
  if (bytes.length > LIMITS.merkleNodeBytes)
    throw badNode(cid, `it has ${bytes.length} bytes, the limit is ${LIMITS.merkleNodeBytes}`);
  const found = sha256(bytes);
  if (!bytesEqual(found, cid)) throw badNode(cid, `its bytes have the CID ${formatHex(found)}`);
  const node = decoded(cid, () => decodeStruct(MERKLE_NODE, bytes));
  refuseUnknown(cid, node);
  if (node.version !== VERSION) throw badNode(cid, `its version is ${node.version}, not ${VERSION}`);
  return node;
}

/** Reads the payload of a node. Throws `mythos/bad-node`. */
export function readPayload<T>(cid: Uint8Array, struct: Struct<T>, payload: Uint8Array): T {
  const value = decoded(cid, () => decodeStruct(struct, payload));
  refuseUnknown(cid, value as { readonly unknown?: readonly UnknownField[] | undefined });
  return value;
}

/** Two trees of the same entries have the same bytes, so a node has no room for fields of anybody else. */
export function refuseUnknown(cid: Uint8Array, of: { readonly unknown?: readonly UnknownField[] | undefined }): void {
  const extra = of.unknown?.[0];
  if (extra !== undefined) throw badNode(cid, `field ${extra[0]} does not belong there`);
}

function decoded<T>(cid: Uint8Array, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof GatosError) throw badNode(cid, error.message);
    throw error;
  }
}

/** Refuses an internal node whose children are not those that its count asks for. Throws `mythos/bad-node`. */
export function checkChildren(cid: Uint8Array, count: number, children: number): void {
  if (isLeafCount(count)) throw badNode(cid, `${count} entries stand in a leaf, not below an internal node`);
  const wanted = childCount(count);
  if (children !== wanted)
    throw badNode(cid, `${count} entries are in ${wanted} children of ${childSpan(count)}, and it has ${children}`);
}

/** The bytes of a node. Throws `mythos/missing-node`. */
export async function fetchNode(cid: Uint8Array, getNode: GetNode): Promise<Uint8Array> {
  const bytes = await getNode(cid);
  if (bytes === undefined) throw mythosError('missing-node', { cid: formatHex(cid) });
  return bytes;
}

/** A count or a size in a node as a number: nothing real is beyond 2^53−1. */
export function exactNumber(cid: Uint8Array, value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw badNode(cid, `its ${what} of ${value} is more than 2^53−1`);
  return number;
}
