/** Runs the golden vectors of `conformance/vectors/blobs`: what bytes make, which records stand, and proofs of chunks. */
import {
  draftBlob,
  MANIFEST_KIND,
  NODE_KIND,
  PINNED_KIND,
  REMOVED_KIND,
  UNPINNED_KIND,
  verifyBlobProof,
} from '../src/blobs/index.js';
import { type IndexedKind, recordCid } from '../src/chain/index.js';
import { decode, encode, formatHex, parseHex, type Value } from '../src/codec/index.js';
import { invariant } from '../src/kernel/index.js';
import type { Chunk } from '../src/mythos/index.js';
import { chunksOf } from './blob-world.js';
import { Refusal, type VectorAnswer, vectorRunner } from './vector-runner.js';

interface DraftInput {
  readonly media: string;
  readonly codec: number;
  readonly plain_size: number;
  readonly name?: string;
  /** The stored bytes of a small one. */
  readonly inline?: string;
  /** Bytes that are stored as they are, cut here. */
  readonly bytes?: string;
  readonly chunks?: readonly { readonly hash: string; readonly len: number }[];
  readonly chunk_size?: number;
  readonly plain_chunk?: number;
}

function chunksIn({ bytes, chunks = [], chunk_size = 0 }: DraftInput): readonly Chunk[] {
  if (bytes !== undefined) return chunksOf(parseHex(bytes), chunk_size);
  return chunks.map(({ hash, len }) => ({ hash: parseHex(hash), len }));
}

function runDraft(input: DraftInput): VectorAnswer {
  const { media, codec, plain_size: plainSize, name, inline, chunk_size: chunkSize = 0 } = input;
  const described = { media, codec, plainSize, name };
  const draft = draftBlob(
    inline === undefined
      ? { ...described, chunks: chunksIn(input), chunkSize, plainChunk: input.plain_chunk ?? chunkSize }
      : { ...described, inline: parseHex(inline) },
  );
  const body = encode(MANIFEST_KIND.schema.read(draft.manifest) as unknown as Value);
  const record = String(recordCid(MANIFEST_KIND.kind, body));
  return { cid: draft.cid, manifest: formatHex(body), record, nodes: draft.nodes.map(formatHex) };
}

const KINDS = [NODE_KIND, MANIFEST_KIND, REMOVED_KIND, PINNED_KIND, UNPINNED_KIND] as readonly unknown[];

function runRecord({ kind, body }: { readonly kind: string; readonly body: string }): VectorAnswer {
  const found = (KINDS as readonly IndexedKind<unknown>[]).find((each) => each.kind === kind);
  invariant(found !== undefined, 'vectors hold known kinds');
  const bytes = parseHex(body);
  const read = found.schema.read(decode(bytes));
  const replaces = found.indexReplaces?.(read) ?? null;
  return {
    key: found.indexKey(read),
    record: String(recordCid(kind, bytes)),
    replaces: replaces && String(replaces),
  };
}

interface ProofInput {
  readonly proof: string;
  readonly cid?: string;
  readonly chunk?: string;
}

async function runProof({ proof, cid, chunk }: ProofInput): Promise<VectorAnswer> {
  const bytes = chunk === undefined ? undefined : parseHex(chunk);
  const { report, proved } = await verifyBlobProof(parseHex(proof), { cid, chunk: bytes });
  const bad = report.checks.find(({ outcome }) => outcome !== 'pass');
  if (bad !== undefined) return new Refusal(bad.code ?? 'unnamed');
  invariant(proved !== null, 'what passes is proved');
  const { ref: _, ...said } = proved;
  return said;
}

export const BLOB_VECTORS = vectorRunner({
  drafts: runDraft,
  records: runRecord,
  proofs: runProof,
});
