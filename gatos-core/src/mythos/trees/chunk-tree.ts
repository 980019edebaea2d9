/**
 * Trees of chunks (RFC-MYTHOS-0004 section 6, design 4.4): what a large blob is made of, in order, under one CID. Made from
 * descriptors, never from bytes, and read along the path that is asked for.
 *
 * A blob without chunks is unchunked: BlobRef.chunks = 0 and cid = SHA-256 of its stored bytes. So is the empty blob: it has no
 * chunk, a leaf needs one, and SHA-256 of nothing names it.
 */
import { formatHex } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { type ChunkNode, chunkForm, readChunkNode } from './chunk-node.js';
import type { GetNode, NodeBytes } from './merkle-node.js';
import { TreeBuilder } from './tree-builder.js';
import { proofOfPath, type TreeProof, TreeReader, type Visit } from './tree-reader.js';

/** One chunk as it is stored. */
export interface Chunk {
  /** SHA-256 of the stored bytes. */
  readonly hash: Uint8Array;
  /** Stored bytes: 1 to the chunk size. */
  readonly len: number;
}

/** A chunk and its place. */
export interface PlacedChunk extends Chunk {
  /** From 0 on. */
  readonly index: number;
  /** Stored bytes before it. */
  readonly offset: number;
}

/** What the root of a tree says of a blob. */
export interface ChunkTreeSummary {
  readonly cid: Uint8Array;
  readonly chunkSize: number;
  readonly chunkCount: number;
  /** Stored bytes of all chunks. */
  readonly totalSize: number;
}

export interface ChunkTreeBuilderOptions {
  /** Most stored bytes of a chunk. */
  readonly chunkSize: number;
  /** Gets each node as soon as it is complete, children before parents; `finish` then collects none. */
  readonly onNode?: ((node: NodeBytes) => void) | undefined;
}

export interface BuiltChunkTree extends ChunkTreeSummary {
  /** All nodes, children before parents, the root last; empty when there was an `onNode`. */
  readonly nodes: readonly Uint8Array[];
}

/** Takes the descriptors of chunks in order, one after another, and makes the tree over them. */
export class ChunkTreeBuilder {
  readonly #chunkSize: number;
  readonly #builder: TreeBuilder<Chunk>;
  readonly #nodes: Uint8Array[] = [];
  #count = 0;

  constructor({ chunkSize, onNode }: ChunkTreeBuilderOptions) {
    this.#chunkSize = chunkSize;
    this.#builder = new TreeBuilder(chunkForm(chunkSize), onNode ?? (({ bytes }) => this.#nodes.push(bytes)));
  }

  /** Throws `mythos/bad-chunk` for a length that no chunk of this tree has. */
  add({ hash, len }: Chunk): void {
    if (!Number.isInteger(len) || len < 1 || len > this.#chunkSize)
      throw mythosError('bad-chunk', { index: this.#count, len, chunkSize: this.#chunkSize });
    this.#builder.add({ hash, len });
    this.#count++;
  }

  /** The tree over all that was added. Throws `mythos/empty-tree` without any: the empty blob is unchunked. */
  finish(): BuiltChunkTree {
    if (this.#count === 0) throw mythosError('empty-tree', { what: 'a chunk tree' });
    const { cid, count, size } = this.#builder.finish();
    return { cid, chunkSize: this.#chunkSize, chunkCount: count, totalSize: size, nodes: this.#nodes };
  }
}

/** What BlobRef.chunks says of a chunk count: the count, or 0 when 32 bits cannot say it (RFC-MYTHOS-0004 section 6.6). */
export function blobRefChunks(chunkCount: number): number {
  return chunkCount <= LIMITS.blobRefChunks ? chunkCount : 0;
}

/** A chunk that was looked up, with the proof that it stands there under the root. */
export interface FoundChunk extends Chunk {
  readonly index: number;
  readonly proof: ChunkProof;
}

/** The leaf and the nodes above it, the root last; no parents when the leaf is the root. */
export type ChunkProof = TreeProof;

/** A tree whose root was read. Every node is checked when it is read: CID, form, count, size of chunks. */
export class ChunkTree implements ChunkTreeSummary {
  readonly #reader: TreeReader<ChunkNode>;

  private constructor(reader: TreeReader<ChunkNode>) {
    this.#reader = reader;
  }

  /** Reads the root. Throws `mythos/missing-node`, `mythos/bad-node`. */
  static async open(cid: Uint8Array, getNode: GetNode): Promise<ChunkTree> {
    return new ChunkTree(await TreeReader.open(cid, readChunkNode, getNode));
  }

  get cid(): Uint8Array {
    return this.#reader.root.cid;
  }

  get chunkSize(): number {
    return this.#reader.root.chunkSize;
  }

  get chunkCount(): number {
    return this.#reader.root.count;
  }

  get totalSize(): number {
    return this.#reader.root.size;
  }

  /** All chunks in order. Throws as `open`, as soon as a node is wrong; one path of nodes is in memory. */
  async *chunks(): AsyncGenerator<PlacedChunk, void, undefined> {
    let offset = 0;
    for await (const { node, first } of this.#reader.leaves()) {
      for (const [i, { hash, len }] of node.chunks.entries()) {
        yield { hash, len, index: first + i, offset };
        offset += len;
      }
    }
  }

  /** One chunk with its proof, read along one path. Throws `mythos/no-such-chunk`, and as `open`. */
  async chunk(index: number): Promise<FoundChunk> {
    return found(index, await this.#path(index));
  }

  /**
   * The chunk at an offset in a blob whose chunks are all full but the last, as those of codec raw are; read along one path. Chunks
   * of other codecs have plain offsets, which the manifest divides: take `chunk(index)` there. Throws `mythos/not-uniform` when
   * a node on the path shows another layout, `mythos/no-such-offset`, and as `open`.
   */
  async locate(offset: number): Promise<FoundChunk & PlacedChunk> {
    const { chunkSize, chunkCount, totalSize } = this;
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= totalSize)
      throw mythosError('no-such-offset', { offset, size: totalSize });
    if (chunkCount !== Math.ceil(totalSize / chunkSize)) throw notUniform(this.cid);
    const index = Math.floor(offset / chunkSize);
    const path = await this.#path(index);
    for (const { node, first } of path) {
      const end = Math.min((first + node.count) * chunkSize, totalSize);
      const isFull = node.chunks.every(
        ({ len }, i) => len === Math.min(chunkSize, totalSize - (first + i) * chunkSize),
      );
      if (node.size !== end - first * chunkSize || !isFull) throw notUniform(this.cid);
    }
    return { ...found(index, path), offset: index * chunkSize };
  }

  async #path(index: number): Promise<readonly Visit<ChunkNode>[]> {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.chunkCount)
      throw mythosError('no-such-chunk', { index, count: this.chunkCount });
    return this.#reader.path(index);
  }
}

function notUniform(cid: Uint8Array): Error {
  return mythosError('not-uniform', { cid: formatHex(cid) });
}

function found(index: number, path: readonly Visit<ChunkNode>[]): FoundChunk {
  const { node, first } = path.at(-1) as Visit<ChunkNode>;
  const { hash, len } = node.chunks[index - first] as Chunk;
  return { index, hash, len, proof: proofOfPath(path) };
}

/** All chunks of a tree in order, each node checked when it is reached. Throws `mythos/missing-node`, `mythos/bad-node`. */
export async function* readChunkTree(cid: Uint8Array, getNode: GetNode): AsyncGenerator<PlacedChunk, void, undefined> {
  yield* (await ChunkTree.open(cid, getNode)).chunks();
}
