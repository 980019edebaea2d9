/** What the executor asks, answered by a clone: tools through the gateway, blobs in its store, receipts signed by who runs it. */
import {
  BLOB_CHUNK_GET_TOOL,
  BLOB_PUT_TOOL,
  blobChunkRequest,
  blobPutRequest,
  blobPutResponse,
  decodeCan,
  formatHex,
  type IrEffectContext,
  type IrHeldCapability,
  type IrPorts,
  jsonOfCan,
  openBlob,
  openBlobTree,
  type Writer,
} from 'gatos-core';
import { agentOf, type Receipt as EffectReceipt, RECEIPT, readScope, SCOPE_KIND, sealStruct } from 'gatos-core/mythos';
import { sha256 } from 'gatos-core/node';
import { inlineBlobBytes, putBlob } from '../blobs/index.js';
import { chunkStoreOf, readChunk } from '../chunks/index.js';
import type { Gateway } from '../gateway/index.js';
import type { Workspace } from '../workspace.js';
import { executeError } from './errors.js';
import type { LentCapabilities } from './lent.js';

export interface ExecutorPlace {
  readonly workspace: Workspace;
  readonly writer: Writer;
  readonly gateway: Gateway;
  readonly lent: LentCapabilities;
  /** Told of every tool: was it invoked, or did the ledger know? */
  readonly onEffect?: ((called: CalledEffect) => void) | undefined;
}

export interface CalledEffect {
  readonly tool: string;
  readonly status: 'invoked' | 'replayed';
  /** Idempotency id, in hexadecimal. */
  readonly effect: string | null;
}

/** Status of the receipts of blob operations, which throw when they are not done. */
const DONE = 200;

export function executorPorts(place: ExecutorPlace): IrPorts {
  const { workspace, writer, lent } = place;
  const { clock } = workspace.repository.ports;
  return {
    clock,
    engine: workspace.engine,
    agent: agentOf(writer.signer.key),
    capabilities: { require: (id) => lent.require(id) },
    effects: { call: (call) => callEffect(place, call) },
    blobs: { put: (call) => put(place, call), chunk: (call) => chunk(place, call) },
  };
}

type EffectsPort = IrPorts['effects']['call'];
type PutPort = IrPorts['blobs']['put'];
type ChunkPort = IrPorts['blobs']['chunk'];

/** The gateway checks the capability again, with the body and its counters, and counts the use. */
async function callEffect(place: ExecutorPlace, call: Parameters<EffectsPort>[0]): ReturnType<EffectsPort> {
  const { gateway, lent, workspace, onEffect } = place;
  const { toolId, body, idempotencyKey, held } = call;
  const tool = formatHex(toolId);
  const capability = await forTool(lent, held, toolId);
  const signal = signalOf(workspace, call);
  const called = await gateway.call({
    tool,
    body: jsonOfCan(decodeCan(body)),
    key: idempotencyKey,
    capability,
    signal,
  });
  const { status, effect, response, receipt } = called;
  if (response === null) throw executeError('no-response', { tool: called.tool.name, effect: effect ?? '' });
  onEffect?.({ tool: called.tool.name, status, effect });
  return { response, receipt, deduplicated: status === 'replayed' };
}

/** The one for this tool among those that were required; where none is, the first one, whose refusal says why. */
async function forTool(
  lent: LentCapabilities,
  held: readonly IrHeldCapability[],
  toolId: Uint8Array,
): Promise<string | undefined> {
  const calls = held.filter(({ kind }) => kind === SCOPE_KIND.ToolCall);
  for (const { id } of calls) {
    const scope = readScope(await lent.scopeOf(id));
    if (scope?.kind === SCOPE_KIND.ToolCall && formatHex(scope.scope.tool_id) === formatHex(toolId))
      return formatHex(id);
  }
  const [first] = calls;
  return first === undefined ? undefined : formatHex(first.id);
}

/** Ends what is asked when the task is stopped, and when its deadline has passed. */
function signalOf({ repository }: Workspace, { deadline, signal }: IrEffectContext): AbortSignal | undefined {
  const stop = signal as AbortSignal | undefined;
  if (deadline === undefined) return stop;
  const left = Math.ceil(Math.max(0, deadline - repository.ports.clock.now()) / 1000) + 1;
  if (left > LONGEST_TIMER) return stop;
  const late = AbortSignal.timeout(left);
  return stop === undefined ? late : AbortSignal.any([stop, late]);
}

/** Milliseconds: 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

async function put(place: ExecutorPlace, call: Parameters<PutPort>[0]): ReturnType<PutPort> {
  const { workspace, lent } = place;
  const { bytes, meta, held, idempotencyKey } = call;
  const { namespace, media, chunkSize } = meta;
  const request = { kind: 'BlobWrite', namespace, media, size: BigInt(bytes.length) } as const;
  await lent.use(held, request, idempotencyKey);
  const { blob } = await putBlob(workspace, {
    source: once(bytes),
    media,
    chunkSize,
    signal: signalOf(workspace, call),
  });
  const { ref } = blob;
  const signed = { toolId: BLOB_PUT_TOOL, request: blobPutRequest(bytes, meta), response: blobPutResponse(ref) };
  return { ref, receipt: await receiptOf(place, { ...signed, key: idempotencyKey }) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function chunk(place: ExecutorPlace, call: Parameters<ChunkPort>[0]): ReturnType<ChunkPort> {
  const { workspace, lent } = place;
  const { ref, index, held, idempotencyKey } = call;
  const cid = formatHex(ref.cid);
  const blob = await openBlob(workspace.backend, cid);
  const { plain_chunk: size, plain_size: total } = blob.manifest;
  const offset = BigInt(size) * BigInt(index);
  const whole = blob.chunks === 0 ? BigInt(total) : BigInt(size);
  const left = BigInt(total) - offset;
  const len = left < whole ? (left > 0n ? left : 0n) : whole;
  await lent.use(held, { kind: 'BlobRead', cid: ref.cid, offset, len }, idempotencyKey);
  const found = blob.chunks === 0 ? { bytes: await inlineBlobBytes(blob) } : await storedChunk(place, { blob, index });
  const request = blobChunkRequest(ref, index);
  const signed = { toolId: BLOB_CHUNK_GET_TOOL, request, response: found.bytes, key: idempotencyKey };
  return { ...found, receipt: await receiptOf(place, signed) };
}

interface StoredChunk {
  readonly blob: Awaited<ReturnType<typeof openBlob>>;
  readonly index: number;
}

async function storedChunk({ workspace }: ExecutorPlace, { blob, index }: StoredChunk) {
  const tree = await openBlobTree(workspace.backend, blob);
  const { hash, len, proof } = await tree.chunk(index);
  return { bytes: await readChunk(chunkStoreOf(workspace), { hash, len, index }), proof };
}

interface Signed {
  readonly toolId: Uint8Array;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly key: Uint8Array;
}

async function receiptOf({ workspace, writer }: ExecutorPlace, signed: Signed): Promise<EffectReceipt> {
  const { toolId, request, response, key } = signed;
  const { signer } = writer;
  const draft = {
    tool_id: toolId,
    request_hash: sha256(request),
    response_hash: sha256(response),
    idempotency_key: key,
    signer: agentOf(signer.key),
    time_observed: BigInt(Math.floor(workspace.repository.ports.clock.now())),
    status: DONE,
  };
  return sealStruct(RECEIPT, draft, signer);
}
