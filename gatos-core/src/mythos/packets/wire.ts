/**
 * MYTHOS-X packets (RFC-MYTHOS-0001 section 8, design 4.8). There are two framings, which nothing in the bytes tells apart, so the
 * caller says which one is meant and it is never guessed:
 *
 *   spec  magic · version u16 · flags u16 · codec u8 · codebook (Hash as MYTHOS-CAN) · length u32 · payload · length u32 · sigblock
 *   ctvp  magic · version u16 · flags u16 · codec u8 · codebook (alg u8, 32 bytes) · LEB128 · sigblock · LEB128 · payload
 *
 * Numbers of fixed width are big-endian. In `spec` a signature covers everything up to the end of the payload; in `ctvp`, the form of
 * the published vector pack, SHA-256 of header and payload.
 */
import { sha256 } from '#hash';
import { CanReader, CanWriter, LEB_MAX_BYTES, readLeb, scanCan, writeLeb } from '../../codec/index.js';
import { concatBytes, isGatosError, LIMITS } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { ENCRYPT_REF, type EncryptRef, SIG_BLOCK_ENTRY, type SigBlockEntry } from '../structs/core.js';
import { DIGEST_LENGTH, HASH_HEAD, list } from '../structs/fields.js';
import { decodeStruct } from '../structs/struct.js';
import { baselineCodebookId, checkCodebook } from './codebook.js';

/** Which of the two forms a packet has. */
export type Framing = 'spec' | 'ctvp';

/** How the payload is encoded. */
export const PACKET_CODEC = { can: 1, zstd: 2 } as const;
export type PacketCodec = (typeof PACKET_CODEC)[keyof typeof PACKET_CODEC];

/**
 * The flags. The RFC wants one for encryption and gives it no bit; ours is the lowest. The payload of an encrypted packet is the
 * descriptor (an EncryptRef), then the ciphertext.
 */
export const PACKET_FLAG = { encrypted: 0x0001 } as const;

const MAGIC = Uint8Array.of(0x4d, 0x59, 0x54, 0x48);
const VERSION = 2;
const FIXED_BYTES = 9;
const HASH_ALG = 1;

/** A packet as it was read: nothing of the payload was inflated, and no signature was checked. */
export interface Packet {
  readonly framing: Framing;
  readonly flags: number;
  readonly codec: PacketCodec;
  /** Id of the codebook, 32 bytes. */
  readonly codebook: Uint8Array;
  /** The payload as it stands in the packet. */
  readonly payload: Uint8Array;
  /** How the payload is encrypted, and the rest of it; undefined when it is not. */
  readonly encryption?: { readonly ref: EncryptRef; readonly ciphertext: Uint8Array } | undefined;
  /** At least one entry. */
  readonly signatures: readonly SigBlockEntry[];
  /** The message under each signature. */
  readonly signed: Uint8Array;
}

const SIGNATURES = list(SIG_BLOCK_ENTRY.field);

/** Takes a packet apart, strictly. */
class PacketReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #framing: Framing;
  at = 0;

  constructor(bytes: Uint8Array, framing: Framing) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#framing = framing;
  }

  fault(why: string, offset = this.at): Error {
    return mythosError('packet', { framing: this.#framing, offset, why });
  }

  take(length: number, what: string): Uint8Array {
    const left = this.#bytes.length - this.at;
    if (length > left) throw this.fault(`${what} takes ${length} bytes, and ${left} are left`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  u8(what: string): number {
    return this.take(1, what)[0] as number;
  }

  u16(what: string): number {
    this.take(2, what);
    return this.#view.getUint16(this.at - 2);
  }

  /** A length: u32 in `spec`, LEB128 in `ctvp`; at most `most`, before anything is read for it. */
  length(what: string, most: number): number {
    let size: number | bigint;
    if (this.#framing === 'spec') {
      this.take(4, `the length of ${what}`);
      size = this.#view.getUint32(this.at - 4);
    } else {
      const leb = readLeb(this.#bytes, this.at);
      if (leb.why !== undefined) throw this.fault(`the length of ${what}: ${leb.why}`);
      this.at = leb.end;
      size = leb.value;
    }
    if (size > most) throw mythosError('packet-too-large', { what, size: Number(size), limit: most });
    return Number(size);
  }

  codebook(): Uint8Array {
    const start = this.at;
    const head = this.#framing === 'spec' ? HASH_HEAD : Uint8Array.of(HASH_ALG);
    const found = this.take(head.length, 'the codebook');
    if (found.some((byte, i) => byte !== head[i])) throw this.fault('the codebook is no Hash of SHA-256', start);
    return this.take(DIGEST_LENGTH, 'the codebook').slice();
  }

  end(): void {
    const rest = this.#bytes.length - this.at;
    if (rest > 0) throw this.fault(`${rest} more bytes follow the packet`);
  }
}

const SIGBLOCK_BYTES = LIMITS.packetSignatures * LIMITS.packetSignatureBytes;

/**
 * Reads a packet of a framing. Throws `mythos/packet` with the byte offset, `mythos/packet-form` for versions, flags and codecs that
 * GATOS does not know, `mythos/unknown-codebook`, `mythos/packet-too-large`, `mythos/malformed` for a sigblock or descriptor.
 */
export function decodePacket(bytes: Uint8Array, { framing }: { readonly framing: Framing }): Packet {
  const reader = new PacketReader(bytes, framing);
  const magic = reader.take(MAGIC.length, 'the magic');
  if (magic.some((byte, i) => byte !== MAGIC[i])) throw reader.fault('it does not start with `MYTH`', 0);
  const version = reader.u16('the version');
  if (version !== VERSION) throw mythosError('packet-form', { what: 'version', value: version, known: '2' });
  const flags = reader.u16('the flags');
  if ((flags & ~PACKET_FLAG.encrypted) !== 0)
    throw mythosError('packet-form', { what: 'flags', value: flags, known: '0 and 1 (encrypted)' });
  const codec = reader.u8('the codec');
  if (codec !== PACKET_CODEC.can && codec !== PACKET_CODEC.zstd)
    throw mythosError('packet-form', { what: 'codec', value: codec, known: '1 (MYTHOS-CAN) and 2 (Zstandard)' });
  const codebook = reader.codebook();
  checkCodebook(codebook);
  const header = bytes.subarray(0, reader.at);
  const body = framing === 'spec' ? bodyOfSpec(reader, bytes) : bodyOfPack(reader, header);
  reader.end();
  const encryption = (flags & PACKET_FLAG.encrypted) === 0 ? undefined : readEncryption(reader, body);
  return { framing, flags, codec, codebook, encryption, ...readBody(reader, body) };
}

interface Body {
  readonly payload: Uint8Array;
  readonly payloadAt: number;
  readonly sigblock: Uint8Array;
  readonly sigblockAt: number;
  readonly signed: Uint8Array;
}

function bodyOfSpec(reader: PacketReader, bytes: Uint8Array): Body {
  const payload = reader.take(reader.length('the payload', LIMITS.packetPayloadBytes), 'the payload');
  const payloadAt = reader.at - payload.length;
  const signed = bytes.slice(0, reader.at);
  const sigblock = reader.take(reader.length('the sigblock', SIGBLOCK_BYTES), 'the sigblock');
  return { payload, payloadAt, sigblock, sigblockAt: reader.at - sigblock.length, signed };
}

function bodyOfPack(reader: PacketReader, header: Uint8Array): Body {
  const sigblock = reader.take(reader.length('the sigblock', SIGBLOCK_BYTES), 'the sigblock');
  const sigblockAt = reader.at - sigblock.length;
  const payload = reader.take(reader.length('the payload', LIMITS.packetPayloadBytes), 'the payload');
  const signed = sha256(concatBytes([header, payload]));
  return { payload, payloadAt: reader.at - payload.length, sigblock, sigblockAt, signed };
}

function readBody(reader: PacketReader, { payload, sigblock, sigblockAt, signed }: Body) {
  const signatures = within(reader, { what: 'the sigblock', from: sigblockAt }, () => {
    const can = new CanReader(sigblock);
    const entries = SIGNATURES.read(can);
    can.end();
    return entries;
  });
  if (signatures.length < 1 || signatures.length > LIMITS.packetSignatures)
    throw reader.fault(
      `the sigblock has ${signatures.length} entries, not 1 to ${LIMITS.packetSignatures}`,
      sigblockAt,
    );
  return { payload: payload.slice(), signatures, signed };
}

/** An encrypted payload starts with its descriptor; without one nobody could say what it is. */
function readEncryption(reader: PacketReader, { payload, payloadAt }: Body): NonNullable<Packet['encryption']> {
  return within(reader, { what: 'the packet is encrypted, and its descriptor', from: payloadAt }, () => {
    const end = scanCan(payload);
    return { ref: decodeStruct(ENCRYPT_REF, payload.subarray(0, end)), ciphertext: payload.slice(end) };
  });
}

/** A fault of a part as one of the packet, at its place there. */
function within<T>(reader: PacketReader, { what, from }: { what: string; from: number }, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isGatosError(error, 'codec/can') && !isGatosError(error, 'mythos/malformed')) throw error;
    const { offset, why, path } = error.data as { offset?: number; why: string; path?: string };
    const place = path === undefined || path === '' ? '' : ` at \`${path}\``;
    throw reader.fault(`${what}${place}: ${why}`, from + (offset ?? 0));
  }
}

/** What a packet is made of. */
export interface PacketParts {
  readonly framing: Framing;
  readonly codec: PacketCodec;
  readonly flags?: number | undefined;
  readonly payload: Uint8Array;
}

/** The header of a packet: from the magic to the codebook, which is the baseline. */
export function packetHeader({ framing, codec, flags = 0 }: PacketParts): Uint8Array {
  const fixed = new Uint8Array(FIXED_BYTES);
  fixed.set(MAGIC);
  const view = new DataView(fixed.buffer);
  view.setUint16(4, VERSION);
  view.setUint16(6, flags);
  view.setUint8(8, codec);
  return concatBytes([fixed, framing === 'spec' ? HASH_HEAD : Uint8Array.of(HASH_ALG), baselineCodebookId()]);
}

function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

function leb(value: number): Uint8Array {
  const out = new Uint8Array(LEB_MAX_BYTES);
  return out.slice(0, writeLeb(out, 0, value));
}

/** The message that each signature of a packet covers. */
export function packetMessage(parts: PacketParts): Uint8Array {
  const header = packetHeader(parts);
  return parts.framing === 'spec'
    ? concatBytes([header, u32(parts.payload.length), parts.payload])
    : sha256(concatBytes([header, parts.payload]));
}

function encodeSigblock(signatures: readonly SigBlockEntry[]): Uint8Array {
  const writer = new CanWriter();
  SIGNATURES.write(writer, signatures);
  return writer.take();
}

/** The bytes of a packet with these entries in its sigblock. Throws `mythos/packet-too-large`. */
export function encodePacket(parts: PacketParts, signatures: readonly SigBlockEntry[]): Uint8Array {
  const { framing, payload } = parts;
  if (payload.length > LIMITS.packetPayloadBytes)
    throw mythosError('packet-too-large', {
      what: 'the payload',
      size: payload.length,
      limit: LIMITS.packetPayloadBytes,
    });
  const sigblock = encodeSigblock(signatures);
  if (framing === 'spec') return concatBytes([packetMessage(parts), u32(sigblock.length), sigblock]);
  return concatBytes([packetHeader(parts), leb(sigblock.length), sigblock, leb(payload.length), payload]);
}
