/** What a packet carries: an IR bundle as MYTHOS-CAN, plain or compressed. The table of its fields follows from the framing (design 4.8). */
import { LIMITS } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { IR_BUNDLE, IR_BUNDLE_OF_PACK, type IrBundle } from '../structs/ir.js';
import { decodeStruct, encodeStruct, type Struct } from '../structs/struct.js';
import { type Framing, PACKET_CODEC, type Packet, type PacketParts } from './wire.js';
import { type ZstdCodec, zstdContentSize } from './zstd.js';

const ZSTD_LEVEL = 3;

/** The struct of a bundle in a framing: the published pack numbers constants in its own way. */
export function bundleStruct(framing: Framing): Struct<IrBundle> {
  return framing === 'spec' ? IR_BUNDLE : IR_BUNDLE_OF_PACK;
}

/** Payload and codec of a bundle, compressed when there is something to compress it with. */
export function packBundle(
  bundle: IrBundle,
  { framing, zstd }: { readonly framing: Framing; readonly zstd?: ZstdCodec | undefined },
): PacketParts {
  const plain = encodeStruct(bundleStruct(framing), bundle);
  if (zstd === undefined) return { framing, codec: PACKET_CODEC.can, payload: plain };
  return { framing, codec: PACKET_CODEC.zstd, payload: zstd.compress(plain, ZSTD_LEVEL) };
}

export interface ReadBundleOptions {
  /** What inflates codec 2. */
  readonly zstd?: ZstdCodec | undefined;
  /** Most bytes of the plain bundle; `LIMITS.packetPlainBytes` when absent. */
  readonly maxBytes?: number | undefined;
}

/**
 * The canonical bytes of the bundle in a packet. What a compressed payload announces is held against the limit before anything is
 * inflated, and no more than the limit is made of it. Throws `mythos/packet-encrypted`, `mythos/no-zstd`,
 * `mythos/packet-payload`, `mythos/packet-too-large`.
 */
export function packetPlain(
  packet: Packet,
  { zstd, maxBytes = LIMITS.packetPlainBytes }: ReadBundleOptions = {},
): Uint8Array {
  if (packet.encryption !== undefined) throw mythosError('packet-encrypted', undefined);
  const { payload } = packet;
  const plain = packet.codec === PACKET_CODEC.can ? payload : inflate(payload, zstd, maxBytes);
  if (plain.length > maxBytes) throw tooLarge(plain.length, maxBytes);
  return plain;
}

function tooLarge(size: number, limit: number): Error {
  return mythosError('packet-too-large', { what: 'the bundle', size, limit });
}

function inflate(payload: Uint8Array, zstd: ZstdCodec | undefined, most: number): Uint8Array {
  if (zstd === undefined) throw mythosError('no-zstd', undefined);
  const announced = orRefuse(() => zstdContentSize(payload));
  if (announced !== undefined && announced > most) throw tooLarge(announced, most);
  return orRefuse(() => zstd.decompress(payload, announced ?? most));
}

function orRefuse<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw mythosError('packet-payload', { why: error.message });
  }
}

/** The bundle in a packet. Throws as `packetPlain`, and `mythos/malformed` when the bytes are no bundle. */
export function readBundle(packet: Packet, options: ReadBundleOptions = {}): IrBundle {
  return decodeStruct(bundleStruct(packet.framing), packetPlain(packet, options), {
    maxBytes: LIMITS.packetPlainBytes,
  });
}
