/**
 * Runs the golden vectors of `conformance/vectors/ir`: bundles that pass or are refused, and traces of tasks whose ports give the answers that
 * a vector lists, one after another.
 */
import { formatHex, parseHex } from '../src/codec/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { checkBundle, disassemble, encodeTrace, type IrPorts, runTask, traceId } from '../src/ir/index.js';
import { EXIT, GatosError } from '../src/kernel/index.js';
import {
  agentOf,
  BLOB_REF,
  decodeStruct,
  IR_BUNDLE,
  IR_BUNDLE_OF_PACK,
  type IrBundle,
  RECEIPT,
  type ScopeKind,
} from '../src/mythos/index.js';
import { type VectorAnswer, vectorRunner } from './vector-runner.js';

interface BundleInput {
  /** Hex of the canonical bytes. */
  readonly bundle: string;
  readonly fields: 'spec' | 'pack';
  readonly entry: 'listed' | 'start';
  readonly tool_ids: 'checked' | 'as-stated';
}

function readInput({ bundle, fields }: Pick<BundleInput, 'bundle' | 'fields'>): IrBundle {
  return decodeStruct(fields === 'pack' ? IR_BUNDLE_OF_PACK : IR_BUNDLE, parseHex(bundle));
}

function runBundle(input: BundleInput): VectorAnswer {
  const bundle = readInput(input);
  const { id, faults } = checkBundle(bundle, { entry: input.entry, fields: input.fields, toolIds: input.tool_ids });
  const [first] = faults;
  if (first !== undefined) throw first;
  return { id: formatHex(id), ops: disassemble(bundle).map(({ text }) => text) };
}

/** One answer of a port, in the order in which it is asked. Bytes are hex. */
export interface IrAnswer {
  /** Of REQUIRE_CAP: the kind of the capability. */
  readonly kind?: number;
  /** The port refuses with this code. */
  readonly refused?: string;
  /** Of EFFECT: bytes of the ToolResponse. */
  readonly response?: string;
  /** Of BLOB_PUT: bytes of the BlobRef. */
  readonly ref?: string;
  /** Of BLOB_CHUNK_GET: the chunk, and the nodes that prove it. */
  readonly bytes?: string;
  readonly leaf?: string;
  readonly parents?: readonly string[];
  /** Of every effect: bytes of the Receipt. */
  readonly receipt?: string;
}

export interface TraceInput {
  readonly bundle: string;
  /** Key of the executing agent. */
  readonly agent: string;
  readonly task?: string;
  /** Times of the clock in µs, one for each look at it; the last one stays. */
  readonly clock: readonly number[];
  readonly answers: readonly IrAnswer[];
}

/** Ports that give these answers, and what keys they were asked with. */
export function scriptedPorts({ agent, clock, answers }: TraceInput): {
  readonly ports: IrPorts;
  readonly keys: readonly string[];
} {
  const [times, rest, keys] = [[...clock], [...answers], [] as string[]];
  const next = (): IrAnswer => {
    const answer = rest.shift();
    if (answer === undefined) throw fault('test/no-answer');
    if (answer.refused !== undefined) throw fault(answer.refused);
    return answer;
  };
  const asked = (key: Uint8Array): IrAnswer => {
    keys.push(formatHex(key));
    return next();
  };
  const receiptOf = ({ receipt = '' }: IrAnswer) => decodeStruct(RECEIPT, parseHex(receipt));
  const ports: IrPorts = {
    clock: { now: () => (times.length > 1 ? times.shift() : times[0]) ?? 0 },
    engine: nobleEngine(),
    agent: agentOf(parseHex(agent)),
    capabilities: { require: async (id) => ({ id, kind: (next().kind ?? 0) as ScopeKind }) },
    effects: {
      call: async ({ idempotencyKey }) => {
        const answer = asked(idempotencyKey);
        return { response: parseHex(answer.response ?? ''), receipt: receiptOf(answer), deduplicated: false };
      },
    },
    blobs: {
      put: async ({ idempotencyKey }) => {
        const answer = asked(idempotencyKey);
        return { ref: decodeStruct(BLOB_REF, parseHex(answer.ref ?? '')), receipt: receiptOf(answer) };
      },
      chunk: async ({ idempotencyKey }) => {
        const answer = asked(idempotencyKey);
        const { bytes = '', leaf, parents = [] } = answer;
        const proof = leaf === undefined ? undefined : { leaf: parseHex(leaf), parents: parents.map(parseHex) };
        return { bytes: parseHex(bytes), proof, receipt: receiptOf(answer) };
      },
    },
  };
  return { ports, keys };
}

function fault(code: string): GatosError {
  return new GatosError({ kind: 'denied', code, data: {}, exit: EXIT.denied, message: code });
}

async function runTrace(input: TraceInput): Promise<VectorAnswer> {
  const { program, faults } = checkBundle(readInput({ bundle: input.bundle, fields: 'spec' }));
  if (program === undefined) throw faults[0];
  const { ports, keys } = scriptedPorts(input);
  const task = input.task === undefined ? undefined : parseHex(input.task);
  const { trace, outcome } = await runTask({ program, task, ports });
  const failure = outcome.kind === 'failed' ? { failure: outcome.error.code, at: outcome.at } : {};
  const bytes = encodeTrace(trace);
  return { outcome: outcome.kind, ...failure, keys, id: formatHex(traceId(trace)), trace: formatHex(bytes) };
}

export const IR_VECTORS = vectorRunner({ 'ir-bundles': runBundle, 'ir-traces': runTrace });
