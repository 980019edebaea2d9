/** The static check of constants and nodes: everything an operand can refer to is looked at once, and bounded. */
import { CanMap, CanSigned, type CanValue, formatHex } from '../codec/index.js';
import { bytesEqual, type GatosError, LIMITS } from '../kernel/index.js';
import type { Const, IrBundle, Node, Operand, TypeDef } from '../mythos/index.js';
import { BLOB_META_TYPE, type BlobMeta, hashValue } from './blob-ops.js';
import { irError } from './errors.js';
import { immediate, OperandFault } from './operands.js';
import type { IrValue } from './values.js';

const CONST_FIELDS = ['', 'i64', 'u64', 'bytes', 'text', 'hash'] as const;

/** The value of each constant; the faults of those that are none. */
export function readConstants(consts: readonly Const[]): {
  values: readonly (IrValue | undefined)[];
  faults: GatosError[];
} {
  const faults: GatosError[] = [];
  const values = consts.map((constant, index) => {
    const field = CONST_FIELDS[constant.kind] ?? '';
    const bad = (why: string) => faults.push(irError('bad-constant', { index, why }));
    if (field === '') {
      bad(`has the kind ${constant.kind}, which no constant has`);
      return undefined;
    }
    const wrong = CONST_FIELDS.find((name) => name !== '' && (constant[name] !== undefined) !== (name === field));
    if (wrong !== undefined) bad(`is ${field} and has ${wrong === field ? 'no ' : ''}\`${wrong}\``);
    if (wrong === undefined) return { type: field, value: constant[field] } as IrValue;
    return undefined;
  });
  return { values, faults };
}

/** How far a node goes. */
interface Extent {
  readonly values: number;
  readonly depth: number;
}

/** The nodes of a bundle, checked: each is what its type says, none contains itself, none stands for too much. */
export class Nodes {
  readonly faults: GatosError[] = [];
  readonly #nodes: readonly Node[];
  readonly #types: ReadonlyMap<string, RecordType>;
  readonly #constant: (index: number) => IrValue;
  readonly #extents: (Extent | 'open' | undefined)[];
  readonly #bad = new Set<number>();
  /** The innermost node of those that are being measured which does not hold. */
  #culprit: number | undefined;
  /** Shared, so that a node is put together once however often it is referred to. */
  readonly #values = new Map<number, CanValue>();

  constructor({ node_pool, types }: Pick<IrBundle, 'node_pool' | 'types'>, constant: (index: number) => IrValue) {
    this.#nodes = node_pool.nodes;
    this.#types = new Map(types.types.map((type) => [formatHex(type.type_id), recordType(type)]));
    this.#constant = constant;
    this.#extents = new Array(this.#nodes.length);
    this.#nodes.forEach((_, index) => {
      if (!this.#bad.has(index)) this.#tryMeasure(index);
    });
  }

  #tryMeasure(index: number): void {
    try {
      this.#measure(index, 0);
    } catch (error) {
      if (!(error instanceof OperandFault)) throw error;
      this.faults.push(irError('bad-node', { index: this.#culprit ?? index, why: error.message }));
      this.#culprit = undefined;
    }
  }

  /** The value that a node stands for: records by the names of their type. Throws an `OperandFault`. */
  value(index: number): CanValue {
    const known = this.#values.get(index);
    if (known !== undefined) return known;
    const value = this.#build(index);
    this.#values.set(index, value);
    return value;
  }

  #build(index: number): CanValue {
    const node = this.#at(index);
    if (this.#bad.has(index)) throw new OperandFault(`refers to node ${index}, which does not hold`);
    if (node.items !== undefined) return node.items.map((item) => this.#valueOf(item));
    const fields = this.#typeOf(node)?.fields;
    const entries = Object.entries(node.fields ?? {}).map(([number, operand]): readonly [CanValue, CanValue] => {
      const name = fields?.get(number);
      if (name === undefined) throw new OperandFault(`refers to node ${index}, whose field ${number} has no name`);
      return [name, this.#valueOf(operand)];
    });
    if (new Set(entries.map(([name]) => name)).size < entries.length)
      throw new OperandFault(`refers to node ${index}, two of whose fields have one name`);
    return new CanMap(entries);
  }

  /** What BLOB_PUT is told. Throws an `OperandFault`. */
  meta(index: number): BlobMeta {
    const { type_id } = this.#at(index);
    if (!bytesEqual(type_id, BLOB_META_TYPE.type_id))
      throw new OperandFault(`wants a node of type ${formatHex(BLOB_META_TYPE.type_id)} (BlobMeta)`);
    const value = this.value(index);
    const field = (name: string): CanValue | undefined => (value instanceof CanMap ? value.get(name) : undefined);
    const [media, namespace, size] = [field('media'), field('namespace'), field('chunk_size')];
    if (typeof media !== 'string' || typeof namespace !== 'string')
      throw new OperandFault(`refers to node ${index}, whose media and namespace have to be text`);
    if (size === undefined) return { media, namespace };
    if (typeof size !== 'bigint' || size < 1n || size > BigInt(Number.MAX_SAFE_INTEGER))
      throw new OperandFault(`refers to node ${index}, whose chunk_size is no size`);
    return { media, namespace, chunkSize: Number(size) };
  }

  #at(index: number): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new OperandFault(`refers to node ${index}; there are ${this.#nodes.length}`);
    return node;
  }

  #typeOf({ type_id }: Node): RecordType | undefined {
    return this.#types.get(formatHex(type_id));
  }

  #measure(index: number, above: number): Extent {
    const known = this.#extents[index];
    if (known === 'open') throw new OperandFault('contains itself');
    if (known !== undefined) return known;
    const node = this.#at(index);
    this.#extents[index] = 'open';
    try {
      if (above > LIMITS.depth) throw new OperandFault(`is nested deeper than ${LIMITS.depth}`);
      const parts = this.#partsOf(node);
      let [values, depth] = [1, 1];
      for (const part of parts) {
        const extent = this.#extentOf(part, above);
        values = Math.min(values + extent.values, LIMITS.irNodeValues + 1);
        depth = Math.max(depth, extent.depth + 1);
      }
      if (values > LIMITS.irNodeValues) throw new OperandFault(`stands for more than ${LIMITS.irNodeValues} values`);
      if (depth > LIMITS.depth) throw new OperandFault(`is nested deeper than ${LIMITS.depth}`);
      const extent = { values, depth };
      this.#extents[index] = extent;
      return extent;
    } catch (error) {
      // Whatever contains it does not hold either, so each node is measured once.
      this.#culprit ??= index;
      this.#bad.add(index);
      throw error;
    }
  }

  #extentOf(part: Operand, above: number): Extent {
    if (immediate(part, { constant: this.#constant }) !== undefined) return { values: 1, depth: 0 };
    if (part.node_ref === undefined) throw new OperandFault('refers to a register, which a node cannot');
    if (this.#bad.has(part.node_ref)) throw new OperandFault(`refers to node ${part.node_ref}, which does not hold`);
    return this.#measure(part.node_ref, above + 1);
  }

  /** What a node is made of, checked against its type. */
  #partsOf(node: Node): readonly Operand[] {
    const { kind, fields, items } = node;
    if (kind === LIST && items !== undefined && fields === undefined) return items;
    if (kind !== RECORD || fields === undefined || items !== undefined)
      throw new OperandFault('is neither a record with fields nor a list with items');
    const type = this.#typeOf(node);
    if (type === undefined) throw new OperandFault(`has the type ${formatHex(node.type_id)}, which is not listed`);
    if (type.fields === undefined) throw new OperandFault('is a record, and its type is none');
    const { fields: known } = type;
    const absent = type.required.find((number) => fields[number] === undefined);
    if (absent !== undefined) throw new OperandFault(`has no field ${absent}`);
    const foreign = Object.keys(fields).find((number) => !known.has(number));
    if (foreign !== undefined) throw new OperandFault(`has a field ${foreign}, which its type does not have`);
    return Object.values(fields);
  }

  #valueOf(operand: Operand): CanValue {
    const value = immediate(operand, { constant: this.#constant });
    if (value === undefined) return this.value(operand.node_ref ?? 0);
    if (value.type === 'i64') return value.value < 0n ? new CanSigned(value.value) : value.value;
    if (value.type === 'hash') return hashValue(value.value);
    return value.value as CanValue;
  }
}

/** A type as it is looked at for every node of it: once put in order, since both may be many. */
interface RecordType {
  /** Names by number; undefined where the type is no record. */
  readonly fields: ReadonlyMap<string, string | undefined> | undefined;
  /** Numbers of the fields that have to be there. */
  readonly required: readonly string[];
}

function recordType({ fields }: TypeDef): RecordType {
  const required = (fields ?? []).flatMap(({ field_id, required }) => (required ? [String(field_id)] : []));
  return { fields: fields && new Map(fields.map(({ field_id, name }) => [String(field_id), name])), required };
}

const RECORD = 1;
const LIST = 2;
