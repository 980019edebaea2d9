/** Vectors of Merkle lists, chunk trees, proofs of chunks and the codebook. */
import { sha256 } from '#hash';
import { formatHex, type JsonValue, parseHex } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { baselineCodebook, baselineCodebookId, encodeCodebook } from '../packets/codebook.js';
import { checkChunk, verifyChunk } from '../trees/chunk-proof.js';
import { type BuiltChunkTree, type Chunk, ChunkTree, ChunkTreeBuilder } from '../trees/chunk-tree.js';
import { buildMerkleList, checkListInclusion, MerkleList } from '../trees/merkle-list.js';
import type { GetNode } from '../trees/merkle-node.js';
import { packError } from './errors.js';
import type { VectorCase } from './vector-case.js';

/** Nodes that were made, by their CID. */
export function nodesByCid(nodes: readonly Uint8Array[]): GetNode {
  const byCid = new Map(nodes.map((bytes) => [formatHex(sha256(bytes)), bytes]));
  return (cid) => byCid.get(formatHex(cid));
}

/** SHA-256 of the numbers from 0 on, each as four big-endian bytes: how a vector names many values without listing them. */
export function counted(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, n) => sha256(Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n)));
}

/** A list of texts of hexadecimal digits in a JSON file. */
export function hexList(at: VectorCase, role: string, value: JsonValue | undefined): readonly Uint8Array[] {
  return at.readable(role, () => {
    if (!Array.isArray(value)) throw packError('unknown', { why: 'it has no list of values' });
    return value.map((item) => parseHex(String(item)));
  });
}

/** A Merkle list: made anew from its values, read from its root, with proofs of its first and last value. */
export async function checkMerkleList(at: VectorCase): Promise<void> {
  const json = await at.json('input_json');
  const { values_of_counter: count } = json;
  const values =
    typeof count === 'number' && count <= LIMITS.packEntries
      ? counted(count)
      : hexList(at, 'input_json', json.episode_ids ?? json.values);
  const { cid, nodes } = buildMerkleList(values);
  const role = at.has('leaf_bin') ? 'leaf_bin' : 'rootnode_bin';
  at.sameBytes(role, await at.bytes(role), nodes.at(-1) as Uint8Array);
  at.expected('root_cid', cid);
  at.expected('node_count', nodes.length);
  if (at.has('rootcid_hex')) at.same('root_cid', at.path('rootcid_hex'), await at.hex('rootcid_hex'), cid);
  const list = await MerkleList.open(cid, nodesByCid(nodes));
  for (const index of [0, values.length - 1]) {
    const { value, proof } = await list.value(index);
    checkListInclusion({ cid, index, value, proof });
  }
}

/** A chunked blob: split anew, its nodes made anew, and a proof for the first and the last chunk. */
export async function checkChunkTree(at: VectorCase): Promise<void> {
  const payload = await at.bytes('payload_bin');
  const json = await at.json('chunks_json');
  const chunkSize = chunkSizeOf(at, json.chunk_size, payload.length);
  const { tree, chunks } = splitPayload(payload, chunkSize);
  const node = tree.nodes.at(-1) as Uint8Array;
  at.sameBytes('rootnode_bin', await at.bytes('rootnode_bin'), node);
  at.expected('root_cid', tree.cid);
  at.expected('chunk_count', tree.chunkCount);
  at.expected('node_count', tree.nodes.length);
  if (at.has('rootcid_hex')) at.same('root_cid', at.path('rootcid_hex'), await at.hex('rootcid_hex'), tree.cid);
  if (json.total_size !== undefined) at.same('total_size', at.path('chunks_json'), json.total_size, payload.length);
  if (json.chunks !== undefined) {
    const made = chunks.map(({ hash, len }, index) => ({ chunk_hash: formatHex(hash), index, len }));
    at.same('chunks', at.path('chunks_json'), json.chunks, made);
  }
  const reader = await ChunkTree.open(tree.cid, nodesByCid(tree.nodes));
  for (const index of [0, tree.chunkCount - 1]) {
    const { proof } = await reader.chunk(index);
    const bytes = payload.subarray(index * chunkSize, (index + 1) * chunkSize);
    checkChunk({ cid: tree.cid, index, bytes, proof });
  }
}

/** What the vector says, when chunks of that size can be made at all. */
function chunkSizeOf(at: VectorCase, value: JsonValue | undefined, length: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || length / value > LIMITS.packEntries)
    throw packError('unknown', { why: `the vector has no chunk size that its ${length} bytes can be split by` });
  const { chunkBytesLeast: least, chunkBytesMost: most } = LIMITS;
  if (value < least || value > most)
    at.remark(`chunks of ${value} bytes are outside the ${least} to ${most} that may be written`);
  return value;
}

function splitPayload(payload: Uint8Array, chunkSize: number): { tree: BuiltChunkTree; chunks: readonly Chunk[] } {
  const builder = new ChunkTreeBuilder({ chunkSize });
  const chunks: Chunk[] = [];
  for (let at = 0; at < payload.length; at += chunkSize) {
    const bytes = payload.subarray(at, at + chunkSize);
    const chunk = { hash: sha256(bytes), len: bytes.length };
    chunks.push(chunk);
    builder.add(chunk);
  }
  return { tree: builder.finish(), chunks };
}

/** A proof of one chunk: the leaf, the parents in the order of their roles, the chunk, and what has to come of it. */
export async function checkChunkProof(at: VectorCase): Promise<void> {
  const json = await at.json('claim_json');
  const cid = at.readable('claim_json', () => parseHex(String(json.cid)));
  const parents: Uint8Array[] = [];
  for (let i = 0; at.has(`parent_${i}_bin`); i++) parents.push(await at.bytes(`parent_${i}_bin`));
  const claim = {
    cid,
    index: Number(json.index),
    bytes: await at.bytes('chunk_bin'),
    proof: { leaf: await at.bytes('leaf_bin'), parents },
  };
  const { error } = at.vector.expected;
  if (error === undefined) {
    const { len } = checkChunk(claim);
    at.pass('proof', 'chunk', `${len} bytes at ${claim.index}`);
  } else {
    const { code } = verifyChunk(claim);
    at.same('error', 'manifest.json', error, code ?? 'nothing: the proof holds');
  }
}

/** The baseline codebook: its entries made anew, and its id. */
export async function checkBaseline(at: VectorCase): Promise<void> {
  const book = baselineCodebook();
  at.sameBytes('entries_bin', await at.bytes('entries_bin'), encodeCodebook(book));
  at.expected('codebook_id', baselineCodebookId());
  at.expected('entry_count', book.length);
  if (at.has('codebook_id_hex'))
    at.same('codebook_id', at.path('codebook_id_hex'), await at.hex('codebook_id_hex'), baselineCodebookId());
  if (!at.has('meta_json')) return;
  const meta = await at.json('meta_json');
  const ofKind = (kind: number): number => book.filter((entry) => entry.kind === kind).length;
  const wanted = {
    codebook_id: baselineCodebookId(),
    entry_count: book.length,
    opcode_count: ofKind(1),
    cap_kind_count: ofKind(4),
  };
  for (const [name, value] of Object.entries(wanted))
    if (meta[name] !== undefined) at.same(name, at.path('meta_json'), meta[name], value);
}
