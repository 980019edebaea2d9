/** Verifying one blob to the last byte: what is wrong with it is named chunk by chunk. */
import {
  type Blob,
  blobError,
  type Check,
  checkBlobTree,
  failed,
  GatosError,
  type LongCall,
  openBlobTree,
  passed,
  type Report,
  report,
  runCheck,
} from 'gatos-core';
import { type ChunkStore, chunkError, chunkStoreOf, decodeChunk, getStream, readChunk } from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import { blobBytesError } from './errors.js';
import { codecOf, formOf } from './form.js';
import { inlineBytes } from './get.js';

export interface BlobVerdict {
  readonly report: Report;
  /** Chunks by index. */
  readonly missing: readonly number[];
  /** Those whose bytes are not what the tree says, each with why. */
  readonly bad: readonly { readonly index: number; readonly code: string; readonly why: string }[];
}

export interface VerifyBlobRequest extends LongCall {
  readonly blob: Blob;
  readonly store?: ChunkStore | undefined;
}

/** Never throws for what it finds. */
export async function verifyBlob(
  workspace: Pick<Workspace, 'backend'>,
  request: VerifyBlobRequest,
): Promise<BlobVerdict> {
  const { blob } = request;
  const { backend } = workspace;
  const { cid, chunks: count } = blob;
  const subject = `blob ${cid}`;
  if (count === 0) {
    const check = await runCheck('bytes', subject, async () => {
      const bytes = await inlineBytes(blob);
      return `its ${bytes.length} bytes stand in the manifest, and have this digest`;
    });
    return { report: report(subject, [check]), missing: [], bad: [] };
  }
  const tree = await runCheck('tree', subject, async () => {
    await checkBlobTree(backend, blob);
    return `its tree says what the manifest says: ${count} chunks, ${blob.ref.size} stored bytes`;
  });
  if (tree.outcome !== 'pass') return { report: report(subject, [tree]), missing: [], bad: [] };
  const found = await lookAt(workspace, request);
  return { report: report(subject, [tree, ...chunkChecks(blob, subject, found)]), ...found };
}

type Found = Pick<BlobVerdict, 'missing' | 'bad'>;

function chunkChecks({ cid, chunks }: Blob, subject: string, { missing, bad }: Found): readonly Check[] {
  const [first] = missing;
  if (first === undefined && bad.length === 0)
    return [passed('chunks', subject, `all ${chunks} chunks are here, and each has the digest that its leaf names`)];
  const damaged = blobBytesError('bad-chunks', { cid, bad: bad.map(({ index }) => index) });
  return [
    ...(bad.length === 0 ? [] : [failed('chunks', subject, damaged)]),
    ...(first === undefined
      ? []
      : [failed('missing', subject, blobError('missing-chunks', { cid, missing: missing.length, chunks, first }))]),
  ];
}

/** All at once on all cores; when something is wrong, one by one, to name all of it. */
async function lookAt(
  workspace: Pick<Workspace, 'backend'>,
  { blob, store = chunkStoreOf(workspace), progress, signal: abort }: VerifyBlobRequest,
): Promise<Found> {
  const signal = abort as AbortSignal | undefined;
  const chunks = async () => (await openBlobTree(workspace.backend, blob)).chunks();
  try {
    await getStream({ ...formOf(blob), chunks: await chunks(), store, sink: null, progress, signal });
    return { missing: [], bad: [] };
  } catch (error) {
    signal?.throwIfAborted();
    if (!isFaultOfChunk(error)) throw error;
  }
  const missing: number[] = [];
  const bad: { index: number; code: string; why: string }[] = [];
  for await (const chunk of await chunks()) {
    signal?.throwIfAborted();
    const fault = await faultOf(blob, chunk, store);
    if (fault?.code === 'chunks/missing') missing.push(chunk.index);
    else if (fault !== null) bad.push({ index: chunk.index, code: fault.code, why: fault.message });
    progress?.({ task: 'name bad chunks', done: chunk.index + 1, total: blob.chunks, unit: 'chunks' });
  }
  return { missing, bad };
}

const OF_CHUNK = ['chunks/missing', 'chunks/altered', 'chunks/length', 'chunks/undecodable', 'chunks/too-large'];

function isFaultOfChunk(error: unknown): error is GatosError {
  return error instanceof GatosError && OF_CHUNK.includes(error.code);
}

interface Placed {
  readonly hash: Uint8Array;
  readonly len: number;
  readonly index: number;
}

async function faultOf(blob: Blob, chunk: Placed, store: ChunkStore): Promise<GatosError | null> {
  const { index } = chunk;
  const { size, chunkSize, codec } = formOf(blob);
  try {
    const stored = await readChunk(store, chunk);
    const plainLen = Math.min(chunkSize, size - index * chunkSize);
    const decoded = await decodeChunk(stored, { codec, plainLen });
    if (!('why' in decoded)) return null;
    return chunkError('undecodable', { index, codec: codecOf(blob), why: decoded.why });
  } catch (error) {
    if (isFaultOfChunk(error)) return error;
    throw error;
  }
}
