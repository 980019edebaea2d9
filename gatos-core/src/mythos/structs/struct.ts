/**
 * Structs: maps whose keys are field numbers. One table of fields drives encoding, decoding, the view for people and the
 * documentation (design 4.1). Fields that a table does not know are kept as they are, written again, and ignored
 * (RFC-MYTHOS-0001 section 7.2).
 */
import { CAN_TAG, CanReader, CanWriter, encodeCan, type JsonValue } from '../../codec/index.js';
import { compareBytes, concatBytes, GatosError, invariant, LIMITS } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { anyView, below, checkValue, type Field, unencodable } from './fields.js';

/** One row of a table: the number, the type, one line of meaning. */
export interface Row<T> {
  readonly number: number;
  readonly field: Field<T>;
  readonly does: string;
}

/** A row that may be absent (absent is not empty). */
export interface OptionalRow<T> extends Row<T> {
  readonly optional: true;
}

/** A field: `f(2, hash, 'the tool')`. */
export function f<T>(number: number, field: Field<T>, does: string): Row<T> {
  return { number, field, does };
}

/** A field that may be absent. */
export function opt<T>(number: number, field: Field<T>, does: string): OptionalRow<T> {
  return { number, field, does, optional: true };
}

type Rows = Readonly<Record<string, Row<unknown> | OptionalRow<unknown>>>;
type OptionalNames<R extends Rows> = { [K in keyof R]: R[K] extends { optional: true } ? K : never }[keyof R];
type RowType<R> = R extends Row<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** A field that the table does not know: its number and its encoded value. */
export type UnknownField = readonly [number: bigint, value: Uint8Array];

/** The object of a table: absent optional fields are undefined. */
export type Structure<R extends Rows> = Flat<
  { readonly [K in Exclude<keyof R, OptionalNames<R>>]: RowType<R[K]> } & {
    readonly [K in OptionalNames<R>]?: RowType<R[K]> | undefined;
  }
> & { readonly unknown?: readonly UnknownField[] | undefined };

/** How the id of a struct is made and signed (design 4.2). */
export interface Identified {
  /** The field that holds the id; ledger entries do not carry theirs. */
  readonly id?: string | undefined;
  /** The field with the signature over the raw id. */
  readonly signature?: string | undefined;
  /** The field with the AgentID that signs, where the struct names one. */
  readonly signer?: string | undefined;
  /** The object without its names, which never change an id. */
  readonly nameless?: ((value: never) => object) | undefined;
}

/** One entry of a compiled table. */
export interface Member {
  readonly name: string;
  readonly number: number;
  readonly optional: boolean;
  readonly type: string;
  readonly does: string;
}

/** A declared struct. */
export interface Struct<T> {
  readonly name: string;
  readonly members: readonly Member[];
  readonly identified: Identified;
  /** As a field of another struct. */
  readonly field: Field<T>;
  /** Writes the struct without some of its fields. */
  writeWithout(writer: CanWriter, value: T, without: ReadonlySet<string>): void;
}

export type Infer<S> = S extends Struct<infer T> ? T : never;

interface Compiled extends Member {
  readonly field: Field<unknown>;
  /** The encoded field number. */
  readonly key: Uint8Array;
}

type Plain = Readonly<Record<string, unknown>> & { readonly unknown?: readonly UnknownField[] | undefined };

const NOTHING: ReadonlySet<string> = new Set();

/** Declares a struct. Field numbers and names are unique; the order of the rows is that of the documentation. */
export function struct<R extends Rows>(name: string, rows: R, identified: Identified = {}): Struct<Structure<R>> {
  const declared: Compiled[] = Object.entries(rows).map(([field, row]) => ({
    name: field,
    number: row.number,
    optional: 'optional' in row,
    type: row.field.name,
    does: row.does,
    field: row.field as unknown as Field<unknown>,
    key: encodeCan(BigInt(row.number)),
  }));
  const compiled = [...declared].sort((a, b) => compareBytes(a.key, b.key));
  invariant(new Set(declared.map(({ number }) => number)).size === declared.length, `fields of ${name} are unique`);
  const field: Field<Plain> = {
    name,
    write: (writer, value) => writeFields(writer, { name, compiled, value, without: NOTHING }),
    read: (reader) => readFields(reader, name, compiled),
    view: (value) => viewFields(value, declared),
  };
  return {
    name,
    members: declared,
    identified,
    field: field as unknown as Field<Structure<R>>,
    writeWithout: (writer, value, without) =>
      writeFields(writer, { name, compiled, value: value as unknown as Plain, without }),
  };
}

interface Writing {
  readonly name: string;
  readonly compiled: readonly Compiled[];
  readonly value: Plain;
  readonly without: ReadonlySet<string>;
}

function writeFields(writer: CanWriter, { name, compiled, value, without }: Writing): void {
  if (typeof value !== 'object' || value === null) throw unencodable(`it is no ${name}`);
  const foreign = value.unknown;
  if (foreign !== undefined && foreign.length > 0) {
    writeMerged(writer, { name, compiled, value, without }, foreign);
    return;
  }
  let count = 0;
  for (const member of compiled) if (isWritten(member, value, without)) count++;
  writer.head(CAN_TAG.map, count);
  for (const member of compiled) if (isWritten(member, value, without)) writeField(writer, member, name, value);
}

function isWritten(member: Compiled, value: Plain, without: ReadonlySet<string>): boolean {
  if (without.size > 0 && without.has(member.name)) return false;
  if (value[member.name] !== undefined) return true;
  if (member.optional) return false;
  throw mythosError('unencodable', { struct: '', path: member.name, why: 'it is missing' });
}

function writeField(writer: CanWriter, member: Compiled, name: string, value: Plain): void {
  writer.raw(member.key);
  try {
    member.field.write(writer, value[member.name]);
  } catch (error) {
    throw below(error, member.name, name);
  }
}

/** The slow way, for objects with fields of somebody else's: their keys stand between ours. */
function writeMerged(writer: CanWriter, { name, compiled, value, without }: Writing, foreign: readonly UnknownField[]) {
  const own = compiled.filter((member) => isWritten(member, value, without));
  const known = new Set(compiled.map(({ number }) => BigInt(number)));
  const entries: { key: Uint8Array; write: () => void }[] = [
    ...own.map((member) => ({ key: member.key, write: () => writeField(writer, member, name, value) })),
    ...foreign.map(([number, raw]) => {
      if (known.has(number)) throw unencodable(`field ${number} is among the unknown ones`);
      known.add(number);
      checkValue(raw);
      const key = encodeCan(number);
      return { key, write: () => writer.raw(concatBytes([key, raw])) };
    }),
  ];
  entries.sort((a, b) => compareBytes(a.key, b.key));
  writer.head(CAN_TAG.map, entries.length);
  for (const entry of entries) entry.write();
}

function readFields(reader: CanReader, name: string, compiled: readonly Compiled[]): Plain {
  const start = reader.at;
  const out: Record<string, unknown> = {};
  const count = reader.enterMap();
  reader.count(2 * count);
  let next = 0;
  let previous: { readonly from: number; readonly to: number } | undefined;
  for (let i = 0; i < count; i++) {
    const from = reader.at;
    const number = reader.unsigned();
    const to = reader.at;
    if (previous !== undefined) reader.ascending(previous, from);
    previous = { from, to };
    // Both lists ascend by encoded keys, so each member is looked at once.
    while (next < compiled.length && isBefore((compiled[next] as Compiled).key, reader.bytes, from, to)) {
      absent(reader, compiled[next] as Compiled, { name, start });
      next++;
    }
    const member = compiled[next];
    if (member?.number === number) {
      next++;
      try {
        out[member.name] = member.field.read(reader);
      } catch (error) {
        throw below(error, member.name, name);
      }
    } else keepUnknown(reader, out, BigInt(number));
  }
  for (; next < compiled.length; next++) absent(reader, compiled[next] as Compiled, { name, start });
  reader.leave();
  return out;
}

function isBefore(key: Uint8Array, source: Uint8Array, from: number, to: number): boolean {
  if (key.length === 2 && to - from === 2) return (key[1] as number) < (source[from + 1] as number);
  return compareBytes(key, source.subarray(from, to)) < 0;
}

function absent(reader: CanReader, member: Compiled, { name, start }: { name: string; start: number }): void {
  if (member.optional) return;
  throw below(reader.fault(`field ${member.number} is missing`, start), member.name, name);
}

function keepUnknown(reader: CanReader, out: Record<string, unknown>, number: bigint): void {
  const from = reader.at;
  reader.skip();
  const kept = (out.unknown as UnknownField[] | undefined) ?? [];
  kept.push([number, Uint8Array.prototype.slice.call(reader.bytes, from, reader.at)]);
  out.unknown = kept;
}

function viewFields(value: Plain, members: readonly Compiled[]): JsonValue {
  const out: Record<string, JsonValue> = {};
  for (const { name, field } of members) {
    const part = value[name];
    if (part !== undefined) out[name] = field.viewIn === undefined ? field.view(part) : field.viewIn(part, value);
  }
  for (const [number, raw] of value.unknown ?? []) out[`field ${number}`] = anyView(raw);
  return out;
}

export interface DecodeStructOptions {
  /** Most bytes; `LIMITS.blockBytes` when absent. */
  readonly maxBytes?: number | undefined;
}

/** The writer that the next call takes. */
let spare: CanWriter | undefined;

function encodeWith(write: (writer: CanWriter) => void): Uint8Array {
  const writer = spare ?? new CanWriter();
  spare = undefined;
  try {
    write(writer);
    return writer.take();
  } finally {
    writer.reset();
    spare = writer;
  }
}

/** Canonical bytes of a struct. Throws `mythos/unencodable` with the path of what it cannot hold. */
export function encodeStruct<T>(struct: Struct<T>, value: T): Uint8Array {
  return encodeWith((writer) => struct.field.write(writer, value));
}

/** As `encodeStruct`, without some fields: what ids are made of. */
export function encodeStructWithout<T>(struct: Struct<T>, value: T, without: ReadonlySet<string>): Uint8Array {
  return encodeWith((writer) => struct.writeWithout(writer, value, without));
}

/**
 * Reads a struct, strictly: succeeding implies that `encodeStruct` gives the same bytes again. Fields that the table does
 * not know are kept. Throws `mythos/malformed` with path and byte offset, `codec/depth`, `codec/too-large`.
 */
export function decodeStruct<T>(
  struct: Struct<T>,
  bytes: Uint8Array,
  { maxBytes = LIMITS.blockBytes }: DecodeStructOptions = {},
): T {
  try {
    const reader = new CanReader(bytes, { maxBytes });
    const value = struct.field.read(reader);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof GatosError && error.code === 'codec/can') {
      const { offset, why } = error.data as { offset: number; why: string };
      throw mythosError('malformed', { struct: struct.name, path: '', offset, why });
    }
    throw error;
  }
}

/** A struct as JSON for people: digests and bytes in hexadecimal, codes with their names, nested objects read where known. */
export function structJson<T>(struct: Struct<T>, value: T): JsonValue {
  return struct.field.view(value);
}
