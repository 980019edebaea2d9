/**
 * How an envelope is stored: `Signed = { envelope: bytes, signatures: [{ key, sig }] }` (design 2.3). All that varies are lengths
 * and the bytes themselves, so it is read by comparing with what is always the same.
 */
import { encode } from '../codec/index.js';
import { ENVELOPE_TYPE, pae } from '../identity/index.js';
import { compareBytes, concatBytes, EMPTY_BYTES, invariant, LIMITS, Memo } from '../kernel/index.js';
import { chainError } from './errors.js';

export interface EnvelopeSignature {
  /** 32-byte Ed25519 public key. */
  readonly key: Uint8Array;
  /** 64-byte signature of the DSSE pre-authentication encoding of the envelope bytes. */
  readonly sig: Uint8Array;
}

export interface SignedEnvelope {
  readonly envelope: Uint8Array;
  readonly signatures: readonly EnvelopeSignature[];
}

const KEY_BYTES = 32;
const SIG_BYTES = 64;
const BEFORE_ENVELOPE = concatBytes([Uint8Array.of(0xa2), encode('envelope')]);
const BEFORE_SIGNATURES = encode('signatures');
const BEFORE_KEY = concatBytes([Uint8Array.of(0xa2), encode('key'), Uint8Array.of(0x58, KEY_BYTES)]);
const BEFORE_SIG = concatBytes([encode('sig'), Uint8Array.of(0x58, SIG_BYTES)]);
const SIGNATURE_BYTES = BEFORE_KEY.length + KEY_BYTES + BEFORE_SIG.length + SIG_BYTES;
/** Longest head of a byte string, and of a list, within the bounds. */
const HEADS = 5 + 2;

/** Most bytes that a Signed may have: the envelope, its signatures and the map around them. */
export const SIGNED_MAX_BYTES: number =
  BEFORE_ENVELOPE.length +
  LIMITS.envelopeBytes +
  BEFORE_SIGNATURES.length +
  LIMITS.signatures * SIGNATURE_BYTES +
  HEADS;

/** The stored form. Signatures, at most LIMITS.signatures and each key once, are put in key order. */
export function encodeSigned({ envelope, signatures }: SignedEnvelope): Uint8Array {
  invariant(signatures.length <= LIMITS.signatures, 'an envelope has a bounded number of signatures');
  const sorted = [...signatures].sort((a, b) => compareBytes(a.key, b.key));
  const parts = [BEFORE_ENVELOPE, head(BYTES, envelope.length), envelope, BEFORE_SIGNATURES, head(LIST, sorted.length)];
  for (const { key, sig } of sorted) {
    invariant(key.length === KEY_BYTES && sig.length === SIG_BYTES, 'keys have 32 bytes, signatures 64');
    parts.push(BEFORE_KEY, key, BEFORE_SIG, sig);
  }
  return concatBytes(parts);
}

const BYTES = 0x40;
const LIST = 0x80;

/** A head in its shortest form (RFC 8949 section 3). */
function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of(major + argument);
  if (argument < 0x100) return Uint8Array.of(major + 24, argument);
  if (argument < 0x10000) return Uint8Array.of(major + 25, argument >> 8, argument);
  return Uint8Array.of(major + 26, argument >>> 24, argument >> 16, argument >> 8, argument);
}

/** Reads the stored form; signatures must be in key order without repeats. Throws `chain/malformed-envelope`. */
export function decodeSigned(bytes: Uint8Array): SignedEnvelope {
  if (bytes.length > SIGNED_MAX_BYTES) throw malformed(`${bytes.length} bytes, the limit is ${SIGNED_MAX_BYTES}`);
  const read = new SignedReader(bytes);
  read.expect(BEFORE_ENVELOPE, 'the envelope');
  const envelope = read.take(read.head(BYTES, 'the envelope'), 'the envelope');
  read.expect(BEFORE_SIGNATURES, 'the list of signatures');
  const count = read.head(LIST, 'the list of signatures');
  if (count > LIMITS.signatures) throw malformed(`${count} signatures, the limit is ${LIMITS.signatures}`);
  const signatures: EnvelopeSignature[] = [];
  for (let i = 0; i < count; i++) {
    read.expect(BEFORE_KEY, 'a signature');
    const key = read.key();
    read.expect(BEFORE_SIG, 'a signature');
    signatures.push({ key, sig: read.take(SIG_BYTES, 'a signature') });
    const before = signatures[i - 1];
    if (before !== undefined && compareBytes(before.key, key) >= 0)
      throw malformed('signatures are not in key order, each key once');
  }
  if (read.at !== bytes.length) throw malformed('bytes follow the signatures');
  return { envelope, signatures };
}

const SPACE = 0x20;
// What is signed of an envelope without bytes ends in its length and a space: `… 0 `.
const BEFORE_LENGTH = pae(ENVELOPE_TYPE, EMPTY_BYTES).slice(0, -2);

/** What a signature of an envelope covers: `pae(ENVELOPE_TYPE, envelope)`, with everything that is always the same made once. */
export function signedMessage(envelope: Uint8Array): Uint8Array {
  const digits = String(envelope.length);
  const at = BEFORE_LENGTH.length + digits.length + 1;
  const message = new Uint8Array(at + envelope.length);
  message.set(BEFORE_LENGTH);
  for (let i = 0; i < digits.length; i++) message[BEFORE_LENGTH.length + i] = digits.charCodeAt(i);
  message[at - 1] = SPACE;
  message.set(envelope, at);
  return message;
}

function malformed(why: string) {
  return chainError('malformed-envelope', { why });
}

/** One key signs thousands of envelopes in a row, and they share its bytes. */
const KEYS = new Memo((own) => own);
/** Up to here a loop copies faster than a call. */
const SHORT = 64;

class SignedReader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  expect(part: Uint8Array, what: string): void {
    for (let i = 0; i < part.length; i++)
      if (this.bytes[this.at + i] !== part[i]) throw malformed(`${what} is not where it should be (byte ${this.at})`);
    this.at += part.length;
  }

  /** The argument of a head with this major type in the top bits, in its shortest form (RFC 8949 section 4.2.1). */
  head(major: number, what: string): number {
    const argument = (this.bytes[this.at] ?? 0xff) - major;
    const size = argument < 24 ? 0 : argument === 24 ? 1 : argument === 25 ? 2 : 4;
    if (argument < 0 || argument > 26) throw malformed(`${what} is not where it should be (byte ${this.at})`);
    this.at += 1;
    if (size === 0) return argument;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[this.at + i] ?? 0);
    if (value < (size === 1 ? 24 : size === 2 ? 0x100 : 0x10000))
      throw malformed(`a length is not in its shortest form (byte ${this.at})`);
    this.at += size;
    return value;
  }

  /** A copy of the next bytes: what is handed out does not keep the whole file in memory. */
  take(length: number, what: string): Uint8Array {
    const start = this.#pass(length, what);
    const own = new Uint8Array(length);
    if (length > SHORT) own.set(this.bytes.subarray(start, this.at));
    else for (let i = 0; i < length; i++) own[i] = this.bytes[start + i] as number;
    return own;
  }

  /** The next bytes as a key. */
  key(): Uint8Array {
    const start = this.#pass(KEY_BYTES, 'a signature');
    return KEYS.get(this.bytes, start, this.at);
  }

  #pass(length: number, what: string): number {
    const start = this.at;
    if (length > this.bytes.length - start) throw malformed(`${what} is cut off`);
    this.at = start + length;
    return start;
  }
}
