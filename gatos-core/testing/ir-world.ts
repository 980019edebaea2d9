/**
 * A world for the executor in memory: an echo with a ledger, blobs with their trees, capabilities that hold or do not. Every answer
 * follows from what was asked, so a run has one trace.
 */
import { sha256 } from '#hash';
import { encodeCan, formatHex } from '../src/codec/index.js';
import { nobleEngine, type Signer } from '../src/identity/index.js';
import {
  BLOB_CHUNK_GET_TOOL,
  BLOB_PUT_TOOL,
  type BlobChunkAnswer,
  type BlobChunkCall,
  type BlobPutAnswer,
  type BlobPutCall,
  BundleBuilder,
  blobChunkRequest,
  blobPutRequest,
  blobPutResponse,
  checkBundle,
  type EffectAnswer,
  type EffectCall,
  type HeldCapability,
  type IrPorts,
  type Program,
  reg,
} from '../src/ir/index.js';
import { type Clock, EXIT, GatosError, invariant, utf8 } from '../src/kernel/index.js';
import {
  agentOf,
  type BlobRef,
  type Budget,
  type ChunkProof,
  ChunkTreeBuilder,
  chunkProof,
  encodeStruct,
  type IrBundle,
  RECEIPT,
  type Receipt,
  SCOPE_KIND,
  type ScopeName,
  sealStruct,
  structId,
  TOOL_DEF,
  TOOL_REQUEST,
  TOOL_RESPONSE,
  type ToolDef,
  type ToolResponse,
} from '../src/mythos/index.js';
import { fixedClock } from './clock.js';
import { testSigner } from './hand-made.js';

/** 2026-11-20T19:00:00Z */
const NOW = 1_795_201_200_000_000;
const CHUNK_SIZE = 64;

/** A digest from a word. */
export const digestOf = (word: string): Uint8Array => sha256(utf8(word));

export const irSigner: Signer = testSigner(7);

function toolDef(name: string, effect: 1 | 2): ToolDef {
  const any = digestOf('any');
  const draft: ToolDef = {
    tool_id: new Uint8Array(32),
    name,
    request_type_id: any,
    response_type_id: any,
    effect: { effect, retry_safe: true, cacheable: false, does: digestOf(name) },
  };
  return { ...draft, tool_id: structId(TOOL_DEF, draft) };
}

/** Gives back what it is given. */
export const ECHO: ToolDef = toolDef('echo', 1);
/** The same, and says that it writes. */
export const STORE: ToolDef = toolDef('store', 2);

export interface IrWorldOptions {
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** What tools answer; default: what they were asked. */
  readonly respond?: ((call: EffectCall) => ToolResponse) | undefined;
  /** Alters an answer before it is given. */
  readonly spoil?: Spoil | undefined;
}

export interface Spoil {
  readonly effect?: (answer: EffectAnswer, call: EffectCall) => EffectAnswer | Promise<EffectAnswer>;
  readonly put?: (answer: BlobPutAnswer) => BlobPutAnswer | Promise<BlobPutAnswer>;
  readonly chunk?: (answer: BlobChunkAnswer) => BlobChunkAnswer | Promise<BlobChunkAnswer>;
}

export interface IrWorld {
  readonly ports: IrPorts;
  /** Ids of capabilities that hold, by the kind of their scope. */
  readonly caps: Readonly<Record<'tool' | 'write' | 'read' | 'deploy', Uint8Array>>;
  /** How often a tool was invoked. */
  invocations(): number;
  /** Effects of any sort that the ports were asked for. */
  asked(): number;
}

const CAPS = { tool: 'ToolCall', write: 'BlobWrite', read: 'BlobRead', deploy: 'DeployPromote' } as const;

export function irWorld({ clock = fixedClock(NOW), respond = echo, spoil = {} }: IrWorldOptions = {}): IrWorld {
  const caps = Object.fromEntries(Object.keys(CAPS).map((name) => [name, digestOf(`cap ${name}`)]));
  const held = new Map(Object.entries(CAPS).map(([name, scope]) => [formatHex(digestOf(`cap ${name}`)), scope]));
  const ledger = new Map<string, EffectAnswer>();
  const blobs = new Map<string, StoredBlob>();
  const count = { invocations: 0, asked: 0 };
  const ports: IrPorts = {
    clock,
    engine: nobleEngine(),
    agent: agentOf(irSigner.key),
    capabilities: { require: async (id) => requireIn(held, id) },
    effects: {
      call: async (call) => {
        count.asked += 1;
        const key = formatHex(sha256(encodeCan([call.toolId, call.idempotencyKey])));
        const known = ledger.get(key);
        if (known !== undefined) return { ...known, deduplicated: true };
        count.invocations += 1;
        const answer = await answerCall(call, respond(call));
        ledger.set(key, answer);
        return spoil.effect?.(answer, call) ?? answer;
      },
    },
    blobs: {
      put: async (call) => {
        count.asked += 1;
        const blob = storeBlob(call);
        blobs.set(formatHex(blob.ref.cid), blob);
        const answer = { ref: blob.ref, receipt: await putReceipt(call, blob.ref) };
        return spoil.put?.(answer) ?? answer;
      },
      chunk: async (call) => {
        count.asked += 1;
        const answer = await answerChunk(call, blobs.get(formatHex(call.ref.cid)));
        return spoil.chunk?.(answer) ?? answer;
      },
    },
  };
  return {
    ports,
    caps: caps as IrWorld['caps'],
    invocations: () => count.invocations,
    asked: () => count.asked,
  };
}

function requireIn(held: ReadonlyMap<string, ScopeName>, id: Uint8Array): HeldCapability {
  const scope = held.get(formatHex(id));
  if (scope === undefined) throw refused(`there is no capability ${formatHex(id)}`);
  return { id, kind: SCOPE_KIND[scope] };
}

/** What a port throws that does not do what it is asked. */
function refused(message: string): GatosError {
  return new GatosError({ kind: 'denied', code: 'test/refused', data: {}, exit: EXIT.denied, message });
}

const echo = ({ body }: EffectCall): ToolResponse => ({ status: 200, body });

async function answerCall(call: EffectCall, answer: ToolResponse): Promise<EffectAnswer> {
  const { toolId, idempotencyKey, body } = call;
  const request = encodeStruct(TOOL_REQUEST, { tool_id: toolId, idempotency_key: idempotencyKey, body });
  const response = encodeStruct(TOOL_RESPONSE, answer);
  const receipt = await irReceipt({ toolId, request, response, key: idempotencyKey, status: answer.status });
  return { response, receipt, deduplicated: false };
}

export interface ReceiptOf {
  readonly toolId: Uint8Array;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly key: Uint8Array;
  readonly status: number;
}

export function irReceipt({ toolId, request, response, key, status }: ReceiptOf): Promise<Receipt> {
  const draft = {
    tool_id: toolId,
    request_hash: sha256(request),
    response_hash: sha256(response),
    idempotency_key: key,
    signer: agentOf(irSigner.key),
    time_observed: BigInt(NOW),
    status,
  };
  return sealStruct(RECEIPT, draft, irSigner);
}

interface StoredBlob {
  readonly ref: BlobRef;
  readonly bytes: Uint8Array;
  readonly chunkSize: number;
  readonly nodes: ReadonlyMap<string, Uint8Array>;
}

function storeBlob({ bytes, meta: { media, chunkSize = CHUNK_SIZE } }: BlobPutCall): StoredBlob {
  if (bytes.length === 0) {
    const ref = { cid: sha256(bytes), size: 0n, media, codec: 0, chunks: 0 };
    return { ref, bytes, chunkSize, nodes: new Map() };
  }
  const builder = new ChunkTreeBuilder({ chunkSize });
  for (let at = 0; at < bytes.length; at += chunkSize) {
    const chunk = bytes.subarray(at, at + chunkSize);
    builder.add({ hash: sha256(chunk), len: chunk.length });
  }
  const { cid, chunkCount, nodes } = builder.finish();
  return {
    ref: { cid, size: BigInt(bytes.length), media, codec: 0, chunks: chunkCount },
    bytes,
    chunkSize,
    nodes: new Map(nodes.map((node) => [formatHex(sha256(node)), node])),
  };
}

function putReceipt({ bytes, meta, idempotencyKey: key }: BlobPutCall, ref: BlobRef): Promise<Receipt> {
  const [request, response] = [blobPutRequest(bytes, meta), blobPutResponse(ref)];
  return irReceipt({ toolId: BLOB_PUT_TOOL, request, response, key, status: 200 });
}

async function answerChunk(
  { ref, index, idempotencyKey: key }: BlobChunkCall,
  blob: StoredBlob | undefined,
): Promise<BlobChunkAnswer> {
  if (blob === undefined) throw refused(`there is no blob ${formatHex(ref.cid)}`);
  const bytes = blob.bytes.slice(index * blob.chunkSize, (index + 1) * blob.chunkSize);
  const proof = ref.chunks === 0 ? undefined : await proofOf(blob, index);
  const request = blobChunkRequest(ref, index);
  const receipt = await irReceipt({ toolId: BLOB_CHUNK_GET_TOOL, request, response: bytes, key, status: 200 });
  return { bytes, proof, receipt };
}

async function proofOf({ ref, nodes }: StoredBlob, index: number): Promise<ChunkProof> {
  const getNode = async (cid: Uint8Array): Promise<Uint8Array | undefined> => nodes.get(formatHex(cid));
  return (await chunkProof({ cid: ref.cid, index, getNode })).proof;
}

export const PLENTY: Budget = { cpu_us: 100_000n, io_count: 100, state_writes: 100 };
export const TASK_ID: Uint8Array = digestOf('task');

/** A bundle whose operations are added by `body`, with one task. */
export function irBundle(body: (builder: BundleBuilder) => void, budget: Budget = PLENTY): IrBundle {
  const builder = new BundleBuilder('test');
  body(builder);
  builder.task({ id: TASK_ID, budget });
  return builder.build({ author: agentOf(irSigner.key), artifact: digestOf('artifact') });
}

/** What the first build does: an echo, a blob, one chunk of it. */
export function firstBuild(caps: IrWorld['caps'], budget: Budget = PLENTY): IrBundle {
  return irBundle((builder) => {
    builder
      .op('NOP')
      .op('CONST', reg(0), builder.text('hello'))
      .op('REQUIRE_CAP', builder.digest(caps.tool))
      .op('EFFECT', builder.tool(STORE), reg(0), reg(1), reg(2))
      .op('CONST', reg(3), builder.bytes(utf8('0123456789'.repeat(30))))
      .op('REQUIRE_CAP', builder.digest(caps.write))
      .op('BLOB_PUT', reg(3), builder.blobMeta({ media: 'text/plain', namespace: 'demo' }), reg(4), reg(5))
      .op('CONST', reg(6), builder.unsigned(2n))
      .op('REQUIRE_CAP', builder.digest(caps.read))
      .op('BLOB_CHUNK_GET', reg(4), reg(6), reg(7), reg(8))
      .op('RET', reg(1));
  }, budget);
}

/** The program of a bundle that passes the check. */
export function programOf(bundle: IrBundle): Program {
  const { program, faults } = checkBundle(bundle);
  invariant(program !== undefined, `the bundle passes the check: ${faults.map(({ message }) => message).join('; ')}`);
  return program;
}
