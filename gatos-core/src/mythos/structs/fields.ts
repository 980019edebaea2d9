/**
 * What a field of a struct can hold: each type writes, reads and shows its values. Integers that fit 32 bits are numbers,
 * 64-bit ones bigints; a digest is its 32 bytes (RFC-MYTHOS-0001 appendix A).
 */
import {
  CAN_TAG,
  type CanReader,
  type CanWriter,
  canView,
  decodeCan,
  encodeCan,
  formatHex,
  integerView,
  isWellFormed,
  type JsonValue,
  scanCan,
  setEntry,
  U64_MAX,
} from '../../codec/index.js';
import { compareBytes, GatosError } from '../../kernel/index.js';
import { mythosError } from '../errors.js';

/** One type of field. `name` is how the documentation calls it. */
// Methods, not function properties: a table is a list of fields of any type, which only bivariant parameters allow.
export interface Field<T> {
  readonly name: string;
  /** Throws `mythos/unencodable`. */
  write(writer: CanWriter, value: T): void;
  /** Throws `codec/can`, `mythos/malformed`. */
  read(reader: CanReader): T;
  view(value: T): JsonValue;
  /** Reads the value further than `view`, where the other fields of its struct say how. */
  viewIn?(value: T, owner: Readonly<Record<string, unknown>>): JsonValue;
}

/** Length of a SHA-256 digest in bytes. */
export const DIGEST_LENGTH = 32;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** The refusal of a value that has no encoding; each struct around it puts its field before the path. */
export function unencodable(why: string): GatosError {
  return mythosError('unencodable', { struct: '', path: '', why });
}

function unsigned(name: string, max: number): Field<number> {
  return {
    name,
    write: (writer, value) => {
      if (!Number.isInteger(value) || value < 0 || value > max || Object.is(value, -0))
        throw unencodable(`${value} is no ${name}`);
      writer.head(CAN_TAG.unsigned, value);
    },
    read: (reader) => reader.unsignedUpTo(max),
    view: (value) => value,
  };
}

export const u8: Field<number> = unsigned('u8', 0xff);
export const u16: Field<number> = unsigned('u16', 0xffff);
export const u32: Field<number> = unsigned('u32', 0xffff_ffff);

export const u64: Field<bigint> = {
  name: 'u64',
  write: (writer, value) => {
    if (typeof value !== 'bigint' || value < 0n || value > U64_MAX) throw unencodable(`${value} is no u64`);
    writer.bigHead(CAN_TAG.unsigned, value);
  },
  read: (reader) => BigInt(reader.unsigned()),
  view: integerView,
};

export const i64: Field<bigint> = {
  name: 'i64',
  write: (writer, value) => {
    if (typeof value !== 'bigint' || value < I64_MIN || value > I64_MAX) throw unencodable(`${value} is no i64`);
    writer.signed(value);
  },
  read: (reader) => reader.signed(),
  view: integerView,
};

/** Microseconds since 1970 UTC. */
export const time: Field<bigint> = { ...i64, name: 'time (i64, µs since 1970 UTC)' };

export const bool: Field<boolean> = {
  name: 'bool',
  write: (writer, value) => {
    if (typeof value !== 'boolean') throw unencodable('it is no boolean');
    writer.tag(value ? CAN_TAG.true : CAN_TAG.false);
  },
  read: (reader) => reader.bool(),
  view: (value) => value,
};

export const bytes: Field<Uint8Array> = {
  name: 'bytes',
  write: (writer, value) => {
    if (!(value instanceof Uint8Array)) throw unencodable('it is no bytes');
    writer.bytes(value);
  },
  read: (reader) => reader.byteString(),
  view: formatHex,
};

export const text: Field<string> = {
  name: 'text',
  write: (writer, value) => {
    if (typeof value !== 'string') throw unencodable('it is no text');
    if (!isWellFormed(value)) throw unencodable('the text has a lone surrogate');
    writer.text(value);
  },
  read: (reader) => reader.text(),
  view: (value) => value,
};

/** The bytes of `{1: alg = 1, 2: bytes[32]}` up to the digest. */
export const HASH_HEAD = Uint8Array.of(0x08, 0x02, 0x03, 0x01, 0x03, 0x01, 0x03, 0x02, 0x05, DIGEST_LENGTH);

/** The struct Hash, which is closed: SHA-256 and nothing else, because every id here is one (design 4.2). */
export const hash: Field<Uint8Array> = {
  name: 'Hash',
  write: (writer, value) => {
    if (!(value instanceof Uint8Array) || value.length !== DIGEST_LENGTH)
      throw unencodable(`it is no SHA-256 digest of ${DIGEST_LENGTH} bytes`);
    writer.raw(HASH_HEAD);
    writer.raw(value);
  },
  read: (reader) => {
    const start = reader.at;
    const source = reader.bytes;
    for (let i = 0; i < HASH_HEAD.length; i++) if (source[start + i] !== HASH_HEAD[i]) throw otherHash(reader, start);
    const from = start + HASH_HEAD.length;
    if (from + DIGEST_LENGTH > source.length) throw reader.fault('it ends within a digest', source.length);
    reader.at = from + DIGEST_LENGTH;
    return Uint8Array.prototype.slice.call(source, from, reader.at);
  },
  view: formatHex,
};

/** Why the next value is no digest of ours: broken bytes are told as such, anything else by its form. */
function otherHash(reader: CanReader, start: number): Error {
  reader.skip();
  return reader.fault('it is no Hash of SHA-256 (`{1: 1, 2: 32 bytes}`)', start);
}

/** A number whose values have names. Another value is read and shown as a number: what it means is the reader's to refuse. */
export function code(names: Readonly<Record<number, string>>, of: Field<number> = u8): Field<number> {
  const list = Object.entries(names).map(([value, name]) => `${value} ${name}`);
  return {
    ...of,
    name: `${of.name} (${list.join(', ')})`,
    view: (value) => (names[value] === undefined ? value : `${value} ${names[value]}`),
  };
}

/** A list of values of one type, in the order given. */
export function list<T>(item: Field<T>): Field<readonly T[]> {
  return {
    name: `list of ${item.name}`,
    write: (writer, value) => {
      if (!Array.isArray(value)) throw unencodable('it is no list');
      writer.head(CAN_TAG.list, value.length);
      for (let i = 0; i < value.length; i++) guard(i, () => item.write(writer, value[i] as T));
    },
    read: (reader) => {
      const out: T[] = [];
      const count = reader.enterList();
      reader.count(count);
      for (let i = 0; i < count; i++) {
        try {
          out.push(item.read(reader));
        } catch (error) {
          throw below(error, i);
        }
      }
      reader.leave();
      return out;
    },
    view: (value) => value.map(item.view),
  };
}

function guard(step: string | number, body: () => void): void {
  try {
    body();
  } catch (error) {
    throw below(error, step);
  }
}

/** A fault with one more step before its path; faults of other kinds go on as they are. */
export function below(error: unknown, step: string | number, struct?: string): unknown {
  if (!(error instanceof GatosError)) return error;
  const { path, offset, why } = error.data as { path?: string; offset?: number; why: string };
  const longer = joined(step, path ?? '');
  if (error.code === 'codec/can' || error.code === 'mythos/malformed')
    return mythosError('malformed', { struct: struct ?? '', path: longer, offset, why }, { cause: error.cause });
  if (error.code === 'mythos/unencodable')
    return mythosError('unencodable', { struct: struct ?? '', path: longer, why });
  return error;
}

function joined(step: string | number, path: string): string {
  const head = typeof step === 'number' ? `[${step}]` : step;
  if (path === '' || path.startsWith('[')) return `${head}${path}`;
  return `${head}.${path}`;
}

/** A map from text or 32-bit numbers to values of one type; as an object whose keys are text. */
export function map<T>(key: 'text' | 'u32', item: Field<T>): Field<Readonly<Record<string, T>>> {
  return {
    name: `map of ${key} to ${item.name}`,
    write: (writer, value) => {
      if (typeof value !== 'object' || value === null) throw unencodable('it is no map');
      const entries = Object.keys(value).map((name) => ({ name, key: encodeKey(key, name) }));
      entries.sort((a, b) => compareBytes(a.key, b.key));
      writer.head(CAN_TAG.map, entries.length);
      for (const entry of entries) {
        writer.raw(entry.key);
        guard(entry.name, () => item.write(writer, value[entry.name] as T));
      }
    },
    read: (reader) => {
      const out: Record<string, T> = {};
      let previous: { readonly from: number; readonly to: number } | undefined;
      const count = reader.enterMap();
      reader.count(2 * count);
      for (let left = count; left > 0; left--) {
        const from = reader.at;
        const name = key === 'text' ? reader.text() : String(reader.unsignedUpTo(0xffff_ffff));
        if (previous !== undefined) reader.ascending(previous, from);
        previous = { from, to: reader.at };
        try {
          setEntry(out, name, item.read(reader));
        } catch (error) {
          throw below(error, name);
        }
      }
      reader.leave();
      return out;
    },
    view: (value) => {
      const out: Record<string, JsonValue> = {};
      for (const [name, entry] of Object.entries(value)) setEntry(out, name, item.view(entry));
      return out;
    },
  };
}

function encodeKey(key: 'text' | 'u32', name: string): Uint8Array {
  if (key === 'text') {
    if (!isWellFormed(name)) throw unencodable('a key has a lone surrogate');
    return encodeCan(name);
  }
  const number = Number(name);
  if (!Number.isInteger(number) || number < 0 || number > 0xffff_ffff || String(number) !== name)
    throw unencodable(`the key \`${name}\` is no u32`);
  return encodeCan(BigInt(number));
}

/** Any MYTHOS-CAN value, as its encoded bytes: what is inside is up to the reader. */
export const any: Field<Uint8Array> = {
  name: 'any value',
  write: (writer, value) => {
    checkValue(value);
    writer.raw(value);
  },
  read: (reader) => {
    const start = reader.at;
    reader.skip();
    return Uint8Array.prototype.slice.call(reader.bytes, start, reader.at);
  },
  view: anyView,
};

/** Refuses what is not the encoding of one value, without building it. Throws `mythos/unencodable`. */
export function checkValue(value: Uint8Array): void {
  try {
    if (scanCan(value) === value.length) return;
  } catch (error) {
    throw unencodable(`it is no MYTHOS-CAN value: ${(error as Error).message}`);
  }
  throw unencodable('it is no MYTHOS-CAN value: more bytes follow it');
}

/** An encoded value as people read it; as bytes where it holds more values than are built. */
export function anyView(value: Uint8Array): JsonValue {
  try {
    return canView(decodeCan(value));
  } catch (error) {
    if (error instanceof GatosError) return { unreadable: error.message, bytes: formatHex(value) };
    throw error;
  }
}

/** A field of a struct that is declared further down. */
export function later<T>(name: string, field: () => Field<T>): Field<T> {
  return {
    name,
    write: (writer, value) => field().write(writer, value),
    read: (reader) => field().read(reader),
    view: (value) => field().view(value),
  };
}
