/** What the operations do that ask the world for something. */
import { sha256 } from '#hash';
import { formatHex } from '../codec/index.js';
import { bytesEqual, GatosError, LIMITS, utf8 } from '../kernel/index.js';
import {
  checkChunk,
  decodeStruct,
  encodeStruct,
  TOOL_REQUEST,
  TOOL_RESPONSE,
  type ToolDef,
  type ToolResponse,
} from '../mythos/index.js';
import {
  BLOB_CHUNK_GET_TOOL,
  BLOB_PUT_TOOL,
  type BlobMeta,
  blobChunkRequest,
  blobPutRequest,
  blobPutResponse,
} from './blob-ops.js';
import { irError } from './errors.js';
import type { Machine } from './machine.js';
import type { BlobChunkAnswer } from './ports.js';
import { bodyOf, dataOf } from './values.js';

/** Status of a tool that did what it was asked, and of a blob operation. */
const DONE = 200;

export async function requireCapability(machine: Machine, { cap }: { readonly cap: Uint8Array }): Promise<void> {
  const held = await machine.ask(() => machine.ports.capabilities.require(cap));
  if (!machine.held.some(({ id }) => bytesEqual(id, held.id))) machine.held.push(held);
  machine.note({ cap_id: cap });
}

interface EffectArgs {
  readonly tool: ToolDef;
  readonly arg: number;
  readonly out: number;
  readonly receipt: number;
}

/** Throws `ir/tool-failed` for a response that is not done: its receipt stays in the trace. */
export async function callTool(machine: Machine, { tool, arg, out, receipt }: EffectArgs): Promise<void> {
  const { place } = machine;
  const toolId = tool.tool_id;
  const body = bodyOf(machine.read(arg, 'i64', 'u64', 'text', 'data'));
  if (body === undefined) throw irError('bad-value', { ...place, why: 'JSON has no integer as large as this' });
  const context = machine.effectContext();
  const key = context.idempotencyKey;
  const request = encodeStruct(TOOL_REQUEST, { tool_id: toolId, idempotency_key: key, body });
  const answer = await machine.ask(() => machine.ports.effects.call({ ...context, toolId, body }));
  const response = readResponse(machine, answer.response);
  const { status } = response;
  machine.take(answer.receipt, { toolId, request, response: answer.response, status }, key);
  if (status !== DONE)
    throw irError('tool-failed', { ...place, tool: formatHex(toolId), status, error: response.error ?? '' });
  machine.write(out, response.body === undefined ? { type: 'data', value: null } : dataOf(response.body));
  machine.write(receipt, { type: 'receipt', value: answer.receipt });
}

function readResponse({ place }: Machine, bytes: Uint8Array): ToolResponse {
  try {
    return decodeStruct(TOOL_RESPONSE, bytes, { maxBytes: LIMITS.toolResponseBytesMax });
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    throw irError('bad-value', { ...place, why: `the response is none: ${error.message}` }, { cause: error });
  }
}

interface PutArgs {
  readonly bytes: number;
  readonly meta: BlobMeta;
  readonly blob: number;
  readonly receipt: number;
}

/** Bytes that cost one more µs of the budget. */
const BYTES_PER_MICRO = 1024;

/** Text is stored as UTF-8. */
export async function putBlob(machine: Machine, { bytes, meta, blob, receipt }: PutArgs): Promise<void> {
  const source = machine.read(bytes, 'bytes', 'text').value;
  const content = typeof source === 'string' ? utf8(source) : source;
  const context = machine.effectContext();
  const answer = await machine.ask(() => machine.ports.blobs.put({ ...context, bytes: content, meta }));
  const claim = {
    toolId: BLOB_PUT_TOOL,
    request: blobPutRequest(content, meta),
    response: blobPutResponse(answer.ref),
    status: DONE,
  };
  machine.take(answer.receipt, claim, context.idempotencyKey);
  machine.write(blob, { type: 'blob', value: answer.ref });
  machine.write(receipt, { type: 'receipt', value: answer.receipt });
}

/** What BLOB_PUT costs beyond the table, for the bytes that are hashed. */
export function putCost(machine: Machine, { bytes }: Pick<PutArgs, 'bytes'>): bigint {
  const { value } = machine.read(bytes, 'bytes', 'text');
  return BigInt(Math.ceil((typeof value === 'string' ? utf8(value).length : value.length) / BYTES_PER_MICRO));
}

interface ChunkArgs {
  readonly blob: number;
  readonly index: number;
  readonly bytes: number;
  readonly receipt: number;
}

/** The chunk is checked by itself against the cid of the blob, whatever the port says of it. */
export async function getChunk(machine: Machine, { blob, index, bytes, receipt }: ChunkArgs): Promise<void> {
  const ref = machine.read(blob, 'blob').value;
  const wanted = machine.read(index, 'u64').value;
  if (wanted > BigInt(Number.MAX_SAFE_INTEGER))
    throw irError('bad-value', { ...machine.place, why: `no blob has a chunk ${wanted}` });
  const context = machine.effectContext();
  const number = Number(wanted);
  const answer = await machine.ask(() => machine.ports.blobs.chunk({ ...context, ref, index: number }));
  checkAnswer(machine, { cid: ref.cid, index: number, answer });
  const claim = {
    toolId: BLOB_CHUNK_GET_TOOL,
    request: blobChunkRequest(ref, number),
    response: answer.bytes,
    status: DONE,
  };
  machine.take(answer.receipt, claim, context.idempotencyKey);
  machine.write(bytes, { type: 'bytes', value: answer.bytes });
  machine.write(receipt, { type: 'receipt', value: answer.receipt });
}

interface Answered {
  readonly cid: Uint8Array;
  readonly index: number;
  readonly answer: BlobChunkAnswer;
}

/** Throws `mythos/chunk-proof` and its like, `ir/bad-receipt` for a blob without chunks. */
function checkAnswer({ place }: Machine, { cid, index, answer: { bytes, proof } }: Answered): void {
  if (proof !== undefined) checkChunk({ cid, index, proof, bytes });
  else if (index !== 0 || !bytesEqual(sha256(bytes), cid))
    throw irError('bad-receipt', { ...place, why: `the bytes are not chunk ${index} of ${formatHex(cid)}` });
}
