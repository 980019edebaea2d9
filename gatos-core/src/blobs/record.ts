/** Recording a blob: its tree and its manifest in one step, once the chunks are durable. Putting the same bytes again records nothing. */
import { sha256 } from '#hash';
import {
  type Appended,
  append,
  type ChainHead,
  type IndexedGroup,
  type IndexedRecord,
  indexAtHead,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, formatHex } from '../codec/index.js';
import { invariant, LIMITS } from '../kernel/index.js';
import {
  BLOB_REF,
  type BlobRef,
  type BuiltChunkTree,
  blobRefChunks,
  type Chunk,
  ChunkTreeBuilder,
  encodeStruct,
} from '../mythos/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { type Blob, blobOf, type FoundBlob, foundIn } from './blob.js';
import { blobError } from './errors.js';
import { formOf } from './manifest-fault.js';
import { blobChain, manifestKey, nodeKey } from './names.js';
import { BLOB_RULE } from './rules.js';
import { type BlobNode, MANIFEST_KIND, type Manifest, NODE_KIND } from './schema.js';

interface Described {
  /** Media type, such as `text/csv`. */
  readonly media: string;
  /** `BLOB_CODEC`. */
  readonly codec: number;
  /** Bytes of the blob when it is decoded. */
  readonly plainSize: number;
  /** A name for people. */
  readonly name?: string | undefined;
}

/** A blob to be recorded: its stored bytes, when these are no more than LIMITS.blobInlineBytes; else its chunks. */
export type NewBlob = Described &
  (
    | { readonly inline: Uint8Array }
    | {
        /** In order. */
        readonly chunks: Iterable<Chunk>;
        /** Most stored bytes of a chunk, and plain bytes of each but the last. */
        readonly chunkSize: number;
        readonly plainChunk: number;
      }
  );

/** What is recorded: made of the bytes alone, so that whoever puts them gets the same id. */
export interface BlobDraft {
  readonly cid: string;
  readonly manifest: Manifest;
  readonly nodes: readonly Uint8Array[];
}

/** Throws `mythos/bad-chunk`, `mythos/unencodable`. */
export function draftBlob(blob: NewBlob): BlobDraft {
  const { media, codec, plainSize, name } = blob;
  const draft = (ref: BlobRef, rest: Pick<Manifest, 'plain_chunk' | 'inline'>, nodes: readonly Uint8Array[]) => {
    const cid = formatHex(ref.cid);
    const named = name === undefined ? {} : { name };
    return {
      cid,
      manifest: { cid, ref: encodeStruct(BLOB_REF, ref), plain_size: plainSize, ...rest, ...named },
      nodes,
    };
  };
  if ('inline' in blob) {
    const { inline } = blob;
    const ref = { cid: sha256(inline), size: BigInt(inline.length), media, codec, chunks: 0 };
    return draft(ref, { plain_chunk: 0, inline }, []);
  }
  const { cid, chunkCount, totalSize, nodes } = treeOver(blob);
  const ref = { cid, size: BigInt(totalSize), media, codec, chunks: blobRefChunks(chunkCount) };
  return draft(ref, { plain_chunk: blob.plainChunk }, nodes);
}

function treeOver({
  chunks,
  chunkSize,
}: {
  readonly chunks: Iterable<Chunk>;
  readonly chunkSize: number;
}): BuiltChunkTree {
  const builder = new ChunkTreeBuilder({ chunkSize });
  for (const chunk of chunks) builder.add(chunk);
  return builder.finish();
}

export interface RecordedBlob {
  /** `exists`: it is recorded already, as `blob` says; nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly blob: Blob;
  readonly appended: readonly Appended[];
}

/**
 * Records a blob whose chunks are durable. Throws as `draftBlob` and `append`, `codec/schema` for a media type or a name out of form, and
 * `blobs/other-form` when these stored bytes are recorded as something else.
 */
export async function recordBlob(ports: WriterPorts, writer: Writer, blob: NewBlob): Promise<RecordedBlob> {
  const draft = draftBlob(blob);
  const chain = blobChain(draft.cid);
  let there: Blob | null = null;
  let manifest = draft.manifest;
  let record: Cid | undefined;
  const prepare = async (head: ChainHead | null) => {
    const index = indexAtHead(ports.backend, { chain, head });
    const stands = await index.find(manifestKey(draft.cid));
    const found: FoundBlob | null = stands === null ? null : foundIn(stands);
    there = found?.state === 'live' ? found.blob : null;
    if (there !== null) {
      checkSameForm(there, draft.manifest);
      return [];
    }
    const replaces = found?.state === 'removed' ? found.record : null;
    manifest = replaces === null ? draft.manifest : { ...draft.manifest, replaces };
    const fresh: IndexedRecord<BlobNode>[] = [];
    for (const node of draft.nodes) {
      // A node under its key is this node: the key is its digest.
      const known = await index.find(nodeKey(draft.cid, sha256(node)));
      if (known === null) fresh.push({ body: { cid: draft.cid, node }, expected: null });
    }
    const last = { kind: MANIFEST_KIND, records: [{ body: manifest, expected: replaces }] };
    const groups = [...portions(fresh), last] as readonly IndexedGroup<unknown>[];
    const { drafts, records } = await index.draft(groups);
    record = records.at(-1)?.cid;
    return drafts;
  };
  const appended = await append(ports, requestBy(writer, { chain, rule: BLOB_RULE, prepare }));
  const known = there as Blob | null;
  if (known !== null) return { status: 'exists', blob: known, appended };
  invariant(record !== undefined, 'what was prepared has a record');
  return { status: 'recorded', blob: blobOf(manifest, record), appended };
}

/**
 * An id is that of the stored bytes: the frame of a compressed file, put as it is, has the id of that blob. Who puts it would get other
 * bytes back than they gave; so would whoever puts what somebody has recorded wrongly. Throws `blobs/other-form`.
 */
function checkSameForm({ cid, manifest }: Blob, drafted: Manifest): void {
  const [theirs, ours] = [formOf(manifest), formOf(drafted)];
  if (theirs !== ours) throw blobError('other-form', { cid, theirs, ours });
}

/** Bytes of nodes in one envelope: less than it may have, for what is around them. */
const PORTION_BYTES = LIMITS.envelopeBytes - LIMITS.recordBytes;

function portions(records: readonly IndexedRecord<BlobNode>[]): readonly IndexedGroup<BlobNode>[] {
  const groups: { readonly kind: typeof NODE_KIND; readonly records: IndexedRecord<BlobNode>[] }[] = [];
  let bytes = PORTION_BYTES;
  for (const record of records) {
    bytes += record.body.node.length;
    if (bytes > PORTION_BYTES) {
      groups.push({ kind: NODE_KIND, records: [] });
      bytes = record.body.node.length;
    }
    groups.at(-1)?.records.push(record);
  }
  return groups;
}
