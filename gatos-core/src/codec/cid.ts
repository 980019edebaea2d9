/**
 * Content identifiers in the profile of GATOS: CIDv1, codec dag-cbor (0x71) or raw (0x55), sha2-256. Always 36 bytes:
 * `01 codec 12 20 digest`. Text is multibase base32: `b` and lower-case base32 without padding.
 */
import { sha256 } from '#hash';
import { bytesEqual, compareBytes, isGatosError } from '../kernel/index.js';
import { codecError } from './errors.js';
import { formatBase32, parseBase32 } from './text-base.js';

export type CidCodec = 'dag-cbor' | 'raw';

const CODE: Readonly<Record<CidCodec, number>> = { 'dag-cbor': 0x71, raw: 0x55 };
const VERSION_1 = 0x01;
const SHA2_256 = 0x12;
const DIGEST_LENGTH = 32;
const PREFIX_LENGTH = 4;

/** Bytes of every CID in the profile. */
export const CID_LENGTH: number = PREFIX_LENGTH + DIGEST_LENGTH;

/** Why these bytes are no CID of the profile, or undefined when they are one. Looks at `length` bytes from `start`. */
export function cidFault(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length >= 2 && bytes[start] === SHA2_256 && bytes[start + 1] === DIGEST_LENGTH) return 'it is version 0';
  if (length < PREFIX_LENGTH) return `it has ${length} bytes, not ${CID_LENGTH}`;
  if (bytes[start] !== VERSION_1) return 'it is not version 1';
  const codec = bytes[start + 1];
  if (codec !== CODE['dag-cbor'] && codec !== CODE.raw) return 'its codec is neither dag-cbor nor raw';
  if (bytes[start + 2] !== SHA2_256 || bytes[start + 3] !== DIGEST_LENGTH)
    return 'its hash is not sha2-256 with 32 bytes';
  if (length !== CID_LENGTH) return `it has ${length} bytes, not ${CID_LENGTH}`;
  return undefined;
}

/** An immutable CID. Treat `bytes` and `digest` as read-only. */
export class Cid {
  /** The 36 bytes. */
  readonly bytes: Uint8Array;
  #text: string | undefined;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The CID of content whose SHA-256 is `digest` (32 bytes). Throws `codec/cid` for another length. */
  static of(codec: CidCodec, digest: Uint8Array): Cid {
    if (digest.length !== DIGEST_LENGTH)
      throw codecError('cid', { why: `its digest has ${digest.length} bytes, not ${DIGEST_LENGTH}` });
    const bytes = new Uint8Array(CID_LENGTH);
    bytes[0] = VERSION_1;
    bytes[1] = CODE[codec];
    bytes[2] = SHA2_256;
    bytes[3] = DIGEST_LENGTH;
    bytes.set(digest, PREFIX_LENGTH);
    return new Cid(bytes);
  }

  /** The CID of the concatenation of `parts`. */
  static hash(codec: CidCodec, ...parts: readonly Uint8Array[]): Cid {
    return Cid.of(codec, sha256(...parts));
  }

  /** The CID with exactly these 36 bytes, which are copied. Throws `codec/cid`. */
  static decode(bytes: Uint8Array): Cid {
    return Cid.decodeAt(bytes, 0, bytes.length);
  }

  /** As `decode`, from the `length` bytes at `start` of something larger. Errors name the offset. */
  static decodeAt(bytes: Uint8Array, start: number, length: number): Cid {
    const why = cidFault(bytes, start, length);
    if (why !== undefined) throw codecError('cid', { why, offset: start });
    const own = new Uint8Array(CID_LENGTH);
    own.set(bytes.subarray(start, start + CID_LENGTH));
    return new Cid(own);
  }

  /** The CID of its text form, in the one spelling that `toString` gives. Throws `codec/cid`. */
  static parse(text: string): Cid {
    if (!text.startsWith('b')) throw codecError('cid', { text, why: 'it does not start with `b` (lower-case base32)' });
    let bytes: Uint8Array;
    try {
      bytes = parseBase32(text.slice(1));
    } catch (error) {
      if (isGatosError(error, 'codec/text')) throw codecError('cid', { text, why: String(error.data.why) });
      throw error;
    }
    const why = cidFault(bytes, 0, bytes.length);
    if (why !== undefined) throw codecError('cid', { text, why });
    return new Cid(bytes);
  }

  /** Byte order of the 36 bytes. */
  static compare(a: Cid, b: Cid): number {
    return compareBytes(a.bytes, b.bytes);
  }

  get codec(): CidCodec {
    return this.bytes[1] === CODE.raw ? 'raw' : 'dag-cbor';
  }

  /** The 32 bytes of SHA-256. */
  get digest(): Uint8Array {
    return this.bytes.subarray(PREFIX_LENGTH);
  }

  equals(other: Cid): boolean {
    return bytesEqual(this.bytes, other.bytes);
  }

  toString(): string {
    this.#text ??= `b${formatBase32(this.bytes)}`;
    return this.#text;
  }

  /** The text form, so that a CID reads well wherever a report is printed as JSON. */
  toJSON(): string {
    return this.toString();
  }
}
