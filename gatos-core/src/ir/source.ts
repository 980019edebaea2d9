/**
 * Bundles as people write them, in JSON: operations by name, registers as `r0`, constants in place, tools by the names under which they are
 * declared. What it says is put together as it stands; whether it may run is for the check.
 *
 *   { "module": "hello", "tasks": [{ "id": "hello-1", "budget": { "cpu_us": 1000, "io_count": 1, "state_writes": 0 } }],
 *     "ops": [["CONST", "r0", { "text": "hello" }], ["RET", "r0"]] }
 */
import { sha256 } from '#hash';
import { type JsonValue, parseHex, parseJson } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import { type IrBundle, OPCODE, type Operand, type OpName, type ToolDef } from '../mythos/index.js';
import type { BlobMeta } from './blob-ops.js';
import { BundleBuilder, type BundleMeta, type NewTask, reg } from './build.js';
import { irError } from './errors.js';

/** What a description refers to. */
export interface SourcePorts {
  /** Throws where no tool has this name or id. */
  tool(name: string): Promise<ToolDef>;
  /** The bytes of a file that a constant names. */
  file(path: string): Promise<Uint8Array>;
}

type Fields = Readonly<Record<string, JsonValue>>;

function bad(place: string, why: string): Error {
  return irError('bad-source', { place, why });
}

/** The fields of an object, none beside those that are known. */
function fieldsOf(value: JsonValue | undefined, place: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(place, 'it is no object');
  const fields = value as Fields;
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(place, `it has a field \`${unknown}\`; fields are ${known.join(', ')}`);
  return fields;
}

function textOf(value: JsonValue | undefined, place: string): string {
  if (typeof value !== 'string' || value === '') throw bad(place, 'it is no text');
  return value;
}

/** A count; `most` is the largest that the field of the bundle holds. */
function countOf(value: JsonValue | undefined, place: string, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw bad(place, `it is no whole number from 0 to ${most}`);
  return value;
}

function listOf(value: JsonValue | undefined, place: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw bad(place, 'it is no list');
  if (value.length > LIMITS.irItems) throw bad(place, `it has more than ${LIMITS.irItems} entries`);
  return value;
}

const HEX_ID = /^[0-9a-f]{64}$/;
const REGISTER = /^r(0|[1-9][0-9]{0,2})$/;
const U32 = 2 ** 32 - 1;

/** An id, or any other text for the digest of which it stands. */
function idOf(text: string): Uint8Array {
  return HEX_ID.test(text) ? parseHex(text) : sha256(utf8(text));
}

/**
 * Puts a bundle together. Throws `codec/json` for what is no JSON, `ir/bad-source` with the place of what is no part of a description, and
 * what the ports throw.
 */
export async function bundleOfSource(
  json: Uint8Array,
  { author, createdAt }: Pick<BundleMeta, 'author' | 'createdAt'>,
  ports: SourcePorts,
): Promise<IrBundle> {
  const source = fieldsOf(parseJson(json), 'the description', ['module', 'notes', 'ops', 'tasks']);
  const module = textOf(source.module, 'module');
  const builder = new BundleBuilder(module);
  const ops = listOf(source.ops, 'ops');
  for (const [at, op] of ops.entries()) await addOp(builder, { op, place: `ops[${at}]`, ports });
  for (const [at, task] of listOf(source.tasks, 'tasks').entries()) builder.task(taskOf(task, `tasks[${at}]`));
  const notes = source.notes === undefined ? undefined : textOf(source.notes, 'notes');
  return builder.build({ author, artifact: sha256(utf8(module)), createdAt, notes });
}

function taskOf(value: JsonValue, place: string): NewTask {
  const { id, budget, emit_trace = true } = fieldsOf(value, place, ['id', 'budget', 'emit_trace']);
  if (typeof emit_trace !== 'boolean') throw bad(`${place}.emit_trace`, 'it is neither true nor false');
  const known = ['cpu_us', 'io_count', 'state_writes', 'deadline_us'];
  const limits = fieldsOf(budget, `${place}.budget`, known);
  const deadline = limits.deadline_us;
  return {
    id: idOf(textOf(id, `${place}.id`)),
    emitTrace: emit_trace,
    budget: {
      cpu_us: BigInt(countOf(limits.cpu_us, `${place}.budget.cpu_us`)),
      io_count: countOf(limits.io_count, `${place}.budget.io_count`, U32),
      state_writes: countOf(limits.state_writes, `${place}.budget.state_writes`, U32),
      ...(deadline === undefined ? {} : { deadline_us: BigInt(countOf(deadline, `${place}.budget.deadline_us`)) }),
    },
  };
}

interface OpSource {
  readonly op: JsonValue;
  readonly place: string;
  readonly ports: SourcePorts;
}

async function addOp(builder: BundleBuilder, { op, place, ports }: OpSource): Promise<void> {
  const [name, ...given] = listOf(op, place);
  if (typeof name !== 'string' || !Object.hasOwn(OPCODE, name)) throw bad(place, 'its first entry names no operation');
  const operands: Operand[] = [];
  for (const [i, value] of given.entries()) {
    const at = `${place}[${i + 1}]`;
    const tool = name === 'EFFECT' && i === 0 && typeof value === 'string';
    operands.push(tool ? builder.tool(await ports.tool(value)) : await operandOf(builder, { value, place: at, ports }));
  }
  builder.op(name as OpName, ...operands);
}

interface OperandSource {
  readonly value: JsonValue;
  readonly place: string;
  readonly ports: SourcePorts;
}

/** `r0`; a digest; `{text}`, `{bytes}` in hexadecimal, `{file}`, `{unsigned}`, `{signed}`, `{hash}`, `{blob}`. */
async function operandOf(builder: BundleBuilder, { value, place, ports }: OperandSource): Promise<Operand> {
  if (typeof value === 'string') {
    const register = REGISTER.exec(value)?.[1];
    if (register !== undefined) return reg(Number(register));
    if (HEX_ID.test(value)) return builder.digest(parseHex(value));
    throw bad(place, `\`${value}\` is neither a register such as r0 nor 64 hexadecimal digits`);
  }
  const fields = fieldsOf(value, place, ['text', 'bytes', 'file', 'unsigned', 'signed', 'hash', 'blob']);
  const [[kind, of] = ['', null], ...more] = Object.entries(fields);
  if (more.length > 0 || kind === '') throw bad(place, 'it has one field, which says what sort of constant it is');
  const at = `${place}.${kind}`;
  if (kind === 'text') return builder.text(typeof of === 'string' ? of : textOf(of, at));
  if (kind === 'file') return builder.bytes(await ports.file(textOf(of, at)));
  if (kind === 'blob') return builder.blobMeta(metaOf(of, at));
  if (kind === 'unsigned') return builder.unsigned(BigInt(countOf(of, at)));
  if (kind === 'signed') return builder.signed(signedOf(of, at));
  const hex = typeof of === 'string' ? of : textOf(of, at);
  if (kind === 'hash') return builder.digest(HEX_ID.test(hex) ? parseHex(hex) : refuseHex(at));
  return builder.bytes(/^([0-9a-f]{2})*$/.test(hex) ? parseHex(hex) : refuseHex(at));
}

function refuseHex(place: string): never {
  throw bad(place, 'it is not so many hexadecimal digits, lower-case');
}

function signedOf(value: JsonValue, place: string): bigint {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw bad(place, 'it is no whole number');
  return BigInt(value);
}

function metaOf(value: JsonValue, place: string): BlobMeta {
  const { media, namespace, chunk_size } = fieldsOf(value, place, ['media', 'namespace', 'chunk_size']);
  const size = chunk_size === undefined ? {} : { chunkSize: countOf(chunk_size, `${place}.chunk_size`) };
  return { media: textOf(media, `${place}.media`), namespace: textOf(namespace, `${place}.namespace`), ...size };
}
