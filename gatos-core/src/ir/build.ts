/** Makes bundles: constants are pooled, and everything has the ids that the check asks for. */
import { sha256 } from '#hash';
import { formatHex } from '../codec/index.js';
import { utf8 } from '../kernel/index.js';
import {
  type AgentId,
  type Budget,
  CONST,
  type Const,
  encodeStruct,
  type IrBundle,
  type Node,
  OPCODE,
  type Op,
  type Operand,
  type OpName,
  SYMBOL_SIG,
  type SymbolSig,
  structId,
  type TaskDef,
  type ToolDef,
  type TypeDef,
} from '../mythos/index.js';
import { BLOB_META_TYPE, type BlobMeta } from './blob-ops.js';

/** A register. */
export function reg(index: number): Operand {
  return { kind: 1, u64: BigInt(index) };
}

export interface NewTask {
  /** 32 bytes. What is asked with the same id in the same bundle is the same request. */
  readonly id: Uint8Array;
  readonly budget: Budget;
  readonly args?: readonly Operand[] | undefined;
  readonly emitTrace?: boolean | undefined;
}

export interface BundleMeta {
  readonly author: AgentId;
  /** 32 bytes: what the bundle is about. */
  readonly artifact: Uint8Array;
  /** µs since the epoch. */
  readonly createdAt?: bigint | undefined;
  readonly notes?: string | undefined;
}

const SPEC = 'MYTHOS';
const SPEC_VERSION = 2;

/** A bundle in the making: one symbol, at which every task starts. */
export class BundleBuilder {
  readonly #consts: Const[] = [];
  readonly #nodes: Node[] = [];
  readonly #types: TypeDef[] = [];
  readonly #tools: ToolDef[] = [];
  readonly #ops: Op[] = [];
  readonly #tasks: TaskDef[] = [];
  readonly #known = new Map<string, number>();
  readonly #symbol: SymbolSig;

  /** `module` names what the operations are; it becomes a digest. */
  constructor(module: string) {
    const nothing = sha256(utf8('mythos:any'));
    this.#symbol = { module_id: sha256(utf8(module)), name: 'start', arg_type_ids: [], return_type_id: nothing };
  }

  text(text: string): Operand {
    return this.#constant({ kind: 4, text });
  }

  bytes(bytes: Uint8Array): Operand {
    return this.#constant({ kind: 3, bytes });
  }

  unsigned(u64: bigint): Operand {
    return this.#constant({ kind: 2, u64 });
  }

  signed(i64: bigint): Operand {
    return this.#constant({ kind: 1, i64 });
  }

  digest(hash: Uint8Array): Operand {
    return this.#constant({ kind: 5, hash });
  }

  #constant(constant: Const): Operand {
    const key = formatHex(sha256(encodeStruct(CONST, constant)));
    const index = this.#known.get(key) ?? this.#consts.push(constant) - 1;
    this.#known.set(key, index);
    return { kind: 2, const_ref: index };
  }

  /** A node; its type is listed with it. */
  node(type: TypeDef, fields: Readonly<Record<string, Operand>>): Operand {
    if (!this.#types.includes(type)) this.#types.push(type);
    return { kind: 3, node_ref: this.#nodes.push({ type_id: type.type_id, kind: 1, fields }) - 1 };
  }

  /** What BLOB_PUT takes beside the bytes. */
  blobMeta({ media, namespace, chunkSize }: BlobMeta): Operand {
    const size = chunkSize === undefined ? {} : { 3: this.unsigned(BigInt(chunkSize)) };
    return this.node(BLOB_META_TYPE, { 1: this.text(media), 2: this.text(namespace), ...size });
  }

  /** Lists a tool. */
  tool(tool: ToolDef): Operand {
    if (!this.#tools.includes(tool)) this.#tools.push(tool);
    return { kind: 6, hash: tool.tool_id };
  }

  op(name: OpName, ...operands: readonly Operand[]): this {
    this.#ops.push({ opcode: OPCODE[name], operands });
    return this;
  }

  task({ id, budget, args = [], emitTrace = true }: NewTask): this {
    this.#tasks.push({
      task_id: id,
      entry_symbol: structId(SYMBOL_SIG, this.#symbol),
      args,
      budget,
      emit_trace: emitTrace,
      emit_attestation: false,
    });
    return this;
  }

  build({ author, artifact, createdAt, notes }: BundleMeta): IrBundle {
    return {
      meta: {
        spec: SPEC,
        version: SPEC_VERSION,
        created_at: createdAt,
        author,
        artifact_id: artifact,
        signatures: [],
        notes,
      },
      const_pool: { consts: this.#consts },
      node_pool: { nodes: this.#nodes },
      types: { types: this.#types },
      symbols: { symbols: [this.#symbol] },
      contracts: { contracts: [] },
      tools: { tools: this.#tools },
      ops: { ops: this.#ops },
      tasks: { tasks: this.#tasks },
    };
  }
}
