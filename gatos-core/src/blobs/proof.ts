/**
 * The proof of one chunk in a file: who has it, the chunk and the id of the blob needs nothing else to check that the chunk is number
 * `index` of that blob.
 */
import { sha256 } from '#hash';
import { decode, encode, formatHex, type Infer, s, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { bytesEqual, type Check, failed, GatosError, LIMITS, passed, type Report, report } from '../kernel/index.js';
import { BLOB_REF, type BlobRef, blobRefChunks, type Chunk, ChunkTree, decodeStruct } from '../mythos/index.js';
import { blobError } from './errors.js';
import { openBlob, openTree } from './read.js';

const PROOF = s.struct({
  type: s.literal('blob-chunk'),
  v: s.literal(1),
  /** Canonical bytes of the BlobRef. */
  ref: s.bytes({ max: LIMITS.blobRefBytes }),
  index: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  /** Canonical bytes of the leaf, and of the nodes above it, the root last. */
  leaf: s.bytes({ max: LIMITS.merkleNodeBytes }),
  parents: s.list(s.bytes({ max: LIMITS.merkleNodeBytes }), { max: LIMITS.blobLevels }),
});
export type BlobProof = Infer<typeof PROOF>;

export const BLOB_PROOF_TYPE = 'blob-chunk';

/** Throws as `openBlob`, `blobs/no-such-chunk`, and as `openTree`. */
export async function proveChunk(
  backend: GitBackend,
  { cid, index }: { readonly cid: string; readonly index: number },
): Promise<BlobProof> {
  const blob = await openBlob(backend, cid);
  if (index < 0 || index >= blob.chunks) throw blobError('no-such-chunk', { cid, index, chunks: blob.chunks });
  const { proof } = await (await openTree(backend, blob)).chunk(index);
  return { type: BLOB_PROOF_TYPE, v: 1, ref: blob.manifest.ref, index, leaf: proof.leaf, parents: proof.parents };
}

export function encodeBlobProof(proof: BlobProof): Uint8Array {
  return encode(PROOF.read(proof, 'proof') as unknown as Value);
}

/** Throws `blobs/bad-proof`. */
export function decodeBlobProof(bytes: Uint8Array): BlobProof {
  try {
    return PROOF.read(decode(bytes, { maxBytes: LIMITS.blobProofBytes }), 'proof');
  } catch (error) {
    if (error instanceof GatosError) throw blobError('bad-proof', { why: error.message }, { cause: error });
    throw error;
  }
}

/** What a proof says, when it holds. */
export interface ProvedChunk {
  readonly cid: string;
  readonly index: number;
  /** SHA-256 of the stored bytes of the chunk, in hexadecimal, and how many these are. */
  readonly hash: string;
  readonly len: number;
  readonly ref: BlobRef;
}

export interface ProofVerdict {
  readonly report: Report;
  /** Null when the proof itself does not hold. */
  readonly proved: ProvedChunk | null;
}

/**
 * Checks a proof from nothing but itself; with the stored bytes of the chunk also that they are those, and with an id that it is about that
 * blob. Throws `blobs/bad-proof` for what is none.
 */
export async function verifyBlobProof(
  bytes: Uint8Array,
  { cid, chunk }: { readonly cid?: string | undefined; readonly chunk?: Uint8Array | undefined } = {},
): Promise<ProofVerdict> {
  const proof = decodeBlobProof(bytes);
  const { index } = proof;
  const ref = refIn(proof.ref);
  const root = formatHex(ref.cid);
  const subject = `chunk ${index} of ${root}`;
  const checks: Check[] = [];
  if (cid !== undefined) {
    const other = blobError('proof-mismatch', { why: `it is about blob \`${root}\`, not \`${cid}\`` });
    checks.push(cid === root ? passed('blob', subject, 'it is about this blob') : failed('blob', subject, other));
  }
  const found = await chunkIn(proof, ref);
  if (found instanceof GatosError) {
    checks.push(failed('path', subject, found));
    return { report: report(subject, checks), proved: null };
  }
  checks.push(passed('path', subject, 'its leaf and the nodes above it lead to the root'));
  if (chunk !== undefined) checks.push(checkBytes(subject, chunk, found));
  const proved = { cid: root, index, hash: formatHex(found.hash), len: found.len, ref };
  return { report: report(subject, checks), proved };
}

function refIn(bytes: Uint8Array): BlobRef {
  try {
    return decodeStruct(BLOB_REF, bytes);
  } catch (error) {
    if (error instanceof GatosError) throw blobError('bad-proof', { why: error.message }, { cause: error });
    throw error;
  }
}

/** The descriptor to which the path leads, or why it leads nowhere. */
async function chunkIn({ index, leaf, parents }: BlobProof, ref: BlobRef): Promise<Chunk | GatosError> {
  const mismatch = (why: string) => blobError('proof-mismatch', { why });
  const nodes = new Map([leaf, ...parents].map((node) => [formatHex(sha256(node)), node]));
  try {
    const tree = await ChunkTree.open(ref.cid, async (cid) => nodes.get(formatHex(cid)));
    if (ref.chunks !== blobRefChunks(tree.chunkCount) || ref.size !== BigInt(tree.totalSize))
      return mismatch('its BlobRef says another size than the root');
    const { hash, len, proof } = await tree.chunk(index);
    // A proof has one form: nothing beside the path, and that in order.
    const [path, given] = [
      [proof.leaf, ...proof.parents],
      [leaf, ...parents],
    ];
    const same = path.length === given.length && path.every((node, i) => bytesEqual(node, given[i] as Uint8Array));
    return same ? { hash, len } : mismatch('it carries other nodes than those on the path');
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return error.code === 'mythos/missing-node' ? mismatch('its nodes do not lead to this chunk') : error;
  }
}

function checkBytes(subject: string, chunk: Uint8Array, { hash, len }: Chunk): Check {
  const got = sha256(chunk);
  if (chunk.length === len && bytesEqual(got, hash)) return passed('bytes', subject, `its ${len} bytes are those`);
  const why = `the chunk has ${chunk.length} bytes of ${formatHex(got)}, not ${len} of ${formatHex(hash)}`;
  return failed('bytes', subject, blobError('proof-mismatch', { why }));
}
