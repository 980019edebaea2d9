/**
 * All of DAG-CBOR, for blocks that others made: integers of the full 64 bits (as bigint where a double is not safe) and
 * links with any CID. Otherwise as strict as `decode` and `encode`. Nothing that GATOS signs is read or written with these.
 */
import { bytesEqual } from '../kernel/index.js';
import { Cid, cidFault } from './cid.js';
import { checkSize, type DecodeOptions, Decoder } from './dag-cbor-decode.js';
import { Encoder } from './dag-cbor-encode.js';
import { MAJOR } from './dag-cbor-reader.js';
import { codecError } from './errors.js';
import type { Value } from './value.js';

const MAX_UINT64 = 2n ** 64n - 1n;
const CID_V0_LENGTH = 34;

/** A CID outside of the profile of GATOS: another version, codec or hash. Its bytes are kept as they are. */
export class ForeignCid {
  readonly bytes: Uint8Array;

  /** Throws `codec/cid` unless the bytes are a CIDv0, or a CIDv1 whose hash has the length it states. */
  constructor(bytes: Uint8Array) {
    const why = foreignFault(bytes);
    if (why !== undefined) throw codecError('cid', { why });
    this.bytes = bytes;
  }

  equals(other: ForeignCid): boolean {
    return bytesEqual(this.bytes, other.bytes);
  }
}

function foreignFault(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x12 && bytes[1] === 0x20)
    return bytes.length === CID_V0_LENGTH ? undefined : 'version 0 has 34 bytes';
  const read = { at: 0 };
  const version = varint(bytes, read);
  if (version !== 1) return 'it is neither version 0 nor 1';
  if (varint(bytes, read) === undefined || varint(bytes, read) === undefined) return 'its codec or hash is no varint';
  const length = varint(bytes, read);
  return length === bytes.length - read.at ? undefined : 'its hash does not have the length it states';
}

/** An unsigned varint of at most nine bytes in its shortest form (multiformats/unsigned-varint), or undefined. */
function varint(bytes: Uint8Array, read: { at: number }): number | undefined {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[read.at++];
    if (byte === undefined || (byte === 0 && i > 0)) return undefined;
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return value;
  }
  return undefined;
}

/** The data model of IPLD as DAG-CBOR has it. */
export type IpldValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Cid
  | ForeignCid
  | readonly IpldValue[]
  | { readonly [key: string]: IpldValue };

class IpldDecoder extends Decoder {
  protected override integerValue(major: number, at: number): Value {
    if (this.argument <= Number.MAX_SAFE_INTEGER - major) return this.integer(major, at);
    let value = 0n;
    for (let i = at + 1; i < this.at; i++) value = value * 256n + BigInt(this.bytes[i] as number);
    return (major === MAJOR.uint ? value : -1n - value) as unknown as Value;
  }

  protected override link(at: number): Value {
    const start = this.linkSpan(at);
    const length = this.argument;
    if (cidFault(this.bytes, start, length) === undefined) return Cid.decodeAt(this.bytes, start, length);
    const own = new Uint8Array(length);
    own.set(this.bytes.subarray(start, start + length));
    return new ForeignCid(own) as unknown as Value;
  }
}

class IpldEncoder extends Encoder {
  protected override exotic(value: unknown, depth: number): void {
    if (typeof value !== 'bigint') {
      super.exotic(value, depth);
      return;
    }
    const argument = value < 0n ? -1n - value : value;
    if (argument > MAX_UINT64) throw this.refused(depth, 'the integer takes more than 64 bits');
    this.bigHead(value < 0n ? MAJOR.negative : MAJOR.uint, argument);
  }

  protected override instance(value: object, depth: number): void {
    if (value instanceof ForeignCid) this.link(value.bytes);
    else super.instance(value, depth);
  }

  private bigHead(major: number, argument: bigint): void {
    if (argument <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.head(major, Number(argument));
      return;
    }
    this.byte((major << 5) | 27);
    for (let shift = 56n; shift >= 0n; shift -= 8n) this.byte(Number((argument >> shift) & 0xffn));
  }
}

/** As `decode`, with integers of 64 bits and any CID. */
export function decodeIpld(bytes: Uint8Array, options: DecodeOptions = {}): IpldValue {
  checkSize(bytes, options);
  const decoder = new IpldDecoder(bytes, 0, bytes.length);
  const value = decoder.value(0);
  decoder.finish();
  return value;
}

/** As `encode`, with integers of 64 bits and any CID. */
export function encodeIpld(value: IpldValue): Uint8Array {
  const encoder = new IpldEncoder();
  encoder.value(value, 0);
  return encoder.take();
}
