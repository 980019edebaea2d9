/** MYTHOS-CAN values of any shape: the tree form, for bodies and unknown objects. Structs have an engine of their own. */
import { compareBytes, LIMITS } from '../kernel/index.js';
import { CAN_TAG, CanReader } from './can-reader.js';
import { CanWriter } from './can-writer.js';
import { codecError } from './errors.js';
import { U64_MAX } from './leb128.js';
import { formatPath, isWellFormed, type Step } from './value.js';

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** A signed integer (tag 04), from −2^63 to 2^63−1; MYTHOS-CAN tells it from an unsigned one. */
export class CanSigned {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A map: keys are values of any kind. In any order; the encoding sorts and refuses duplicates. */
export class CanMap {
  readonly entries: readonly (readonly [key: CanValue, value: CanValue])[];

  constructor(entries: readonly (readonly [key: CanValue, value: CanValue])[]) {
    this.entries = entries;
  }

  /** The value under a text, or under an unsigned integer such as a field number. */
  get(key: string | bigint): CanValue | undefined {
    return this.entries.find(([name]) => name === key)?.[1];
  }
}

/** Unsigned integers (tag 03) are bigints. */
export type CanValue = null | boolean | bigint | CanSigned | string | Uint8Array | readonly CanValue[] | CanMap;

export interface DecodeCanOptions {
  /** Most bytes; `LIMITS.blockBytes` when absent. */
  readonly maxBytes?: number | undefined;
}

class Builder extends CanReader {
  #values = 0;

  value(): CanValue {
    if (++this.#values > LIMITS.canValues) throw this.fault(`it holds more than ${LIMITS.canValues} values`);
    switch (this.peek()) {
      case CAN_TAG.unsigned:
        return BigInt(this.unsigned());
      case CAN_TAG.signed:
        return new CanSigned(this.signed());
      case CAN_TAG.bytes:
        return this.byteString();
      case CAN_TAG.text:
        return this.text();
      case CAN_TAG.list:
        return this.#list();
      case CAN_TAG.map:
        return this.#map();
      case CAN_TAG.null:
        this.at++;
        return null;
      default:
        return this.bool();
    }
  }

  #list(): CanValue {
    const items: CanValue[] = [];
    for (let left = this.enterList(); left > 0; left--) items.push(this.value());
    this.leave();
    return items;
  }

  #map(): CanMap {
    const entries: (readonly [CanValue, CanValue])[] = [];
    let previous: { readonly from: number; readonly to: number } | undefined;
    for (let left = this.enterMap(); left > 0; left--) {
      const from = this.at;
      const key = this.value();
      if (previous !== undefined) this.ascending(previous, from);
      previous = { from, to: this.at };
      entries.push([key, this.value()]);
    }
    this.leave();
    return new CanMap(entries);
  }
}

/**
 * Decodes one value, strictly: succeeding implies that `encodeCan` gives the same bytes again.
 * Throws `codec/can` with the byte offset, `codec/depth` beyond `LIMITS.depth`, `codec/too-large`.
 */
export function decodeCan(bytes: Uint8Array, options: DecodeCanOptions = {}): CanValue {
  const reader = new Builder(bytes, options);
  const value = reader.value();
  reader.end();
  return value;
}

/** Checks one value at an offset without building it and gives the offset behind it. Throws as `decodeCan`. */
export function scanCan(bytes: Uint8Array, offset = 0): number {
  const reader = new CanReader(bytes, { at: offset });
  reader.skip();
  return reader.at;
}

function refused(steps: readonly Step[], why: string): Error {
  return codecError('can-unencodable', { path: formatPath('', steps), why });
}

function writeMap(writer: CanWriter, map: CanMap, steps: Step[]): void {
  const keys = new CanWriter();
  const entries = map.entries.map(([key, value], index) => {
    keys.reset();
    steps.push(index);
    writeValue(keys, key, steps);
    steps.pop();
    return { key: keys.take(), value, name: key };
  });
  entries.sort((a, b) => compareBytes(a.key, b.key));
  writer.head(CAN_TAG.map, entries.length);
  let previous: Uint8Array | undefined;
  for (const { key, value, name } of entries) {
    if (previous !== undefined && compareBytes(previous, key) === 0) throw refused(steps, 'a key comes twice');
    previous = key;
    writer.raw(key);
    steps.push(typeof name === 'string' ? name : String(typeof name === 'bigint' ? name : 'key'));
    writeValue(writer, value, steps);
    steps.pop();
  }
}

function writeValue(writer: CanWriter, value: CanValue, steps: Step[]): void {
  if (value === null) writer.tag(CAN_TAG.null);
  else if (typeof value === 'boolean') writer.tag(value ? CAN_TAG.true : CAN_TAG.false);
  else if (typeof value === 'bigint') {
    if (value < 0n || value > U64_MAX) throw refused(steps, `${value} is outside 0 to 2^64−1`);
    writer.bigHead(CAN_TAG.unsigned, value);
  } else if (typeof value === 'string') {
    if (!isWellFormed(value)) throw refused(steps, 'the text has a lone surrogate');
    writer.text(value);
  } else writeObject(writer, value, steps);
}

function writeObject(writer: CanWriter, value: object, steps: Step[]): void {
  if (value instanceof Uint8Array) {
    writer.bytes(value);
    return;
  }
  if (value instanceof CanSigned) {
    if (value.value < I64_MIN || value.value > I64_MAX) throw refused(steps, `${value.value} is outside ±2^63`);
    writer.signed(value.value);
    return;
  }
  if (steps.length >= LIMITS.depth) throw codecError('depth', { limit: LIMITS.depth, where: formatPath('', steps) });
  if (value instanceof CanMap) writeMap(writer, value, steps);
  else if (Array.isArray(value)) {
    writer.head(CAN_TAG.list, value.length);
    value.forEach((item: CanValue, index) => {
      steps.push(index);
      writeValue(writer, item, steps);
      steps.pop();
    });
  } else throw refused(steps, 'only lists, CanMap, CanSigned and Uint8Array have an encoding');
}

/** The one encoding of a value. Throws `codec/can-unencodable` with the path, `codec/depth` (and so for cycles). */
export function encodeCan(value: CanValue): Uint8Array {
  const writer = new CanWriter();
  writeValue(writer, value, []);
  return writer.take();
}
