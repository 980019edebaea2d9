/**
 * SSH signatures (SSHSIG), as git makes them for commits and tags with `gpg.format=ssh`. Reading one gives what an Ed25519 engine
 * checks; whose key it is, is not asked here. Source: PROTOCOL.sshsig of OpenSSH.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { sha256 } from '#hash';
import { bytesEqual, concatBytes, LIMITS, utf8 } from '../kernel/index.js';
import { parseBase64 } from './base64.js';
import type { SignedBytes } from './ports.js';
import { decodeSshKey } from './public-key.js';
import { SIGNATURE_BYTES } from './strict.js';

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const MAGIC = utf8('SSHSIG');
const VERSION = 1;
const ED25519 = utf8('ssh-ed25519');

/** RFC 4251 section 5: byte strings with their lengths in front. Null wherever the bytes end too early. */
class Wire {
  #at: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
  ) {
    this.#at = start;
  }

  uint32(): number | null {
    const { bytes } = this;
    const at = this.#at;
    if (at + 4 > bytes.length) return null;
    this.#at = at + 4;
    const [a, b, c, d] = bytes.subarray(at, at + 4) as unknown as [number, number, number, number];
    return a * 0x1000000 + ((b << 16) | (c << 8) | d);
  }

  string(): Uint8Array | null {
    const length = this.uint32();
    if (length === null || length > this.bytes.length - this.#at) return null;
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  get ended(): boolean {
    return this.#at === this.bytes.length;
  }
}

function wireString(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const head = Uint8Array.of(length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
  return concatBytes([head, bytes]);
}

function hashOf(name: Uint8Array, content: Uint8Array): Uint8Array | null {
  if (bytesEqual(name, utf8('sha512'))) return sha512(content);
  return bytesEqual(name, utf8('sha256')) ? sha256(content) : null;
}

/** The bytes inside the armour, or null. Line breaks may stand anywhere, as ssh-keygen lets them. */
function dearmour(armoured: string): Uint8Array | null {
  if (armoured.length > LIMITS.sshSignatureBytes) return null;
  const text = armoured.trim();
  if (!text.startsWith(BEGIN) || !text.endsWith(END)) return null;
  return parseBase64(text.slice(BEGIN.length, -END.length).replace(/[\r\n\t ]/g, ''));
}

function signatureIn(wrapped: Uint8Array): Uint8Array | null {
  const wire = new Wire(wrapped, 0);
  const type = wire.string();
  const signature = wire.string();
  if (type === null || signature === null || !wire.ended || !bytesEqual(type, ED25519)) return null;
  return signature.length === SIGNATURE_BYTES ? signature : null;
}

/**
 * What has to be checked so that an armoured signature stands for `content` in a namespace (git's own is `git`). Null for what is no
 * such signature: other key types, other namespaces, other hashes, bytes that are not in form.
 */
export function readSshSignature(
  armoured: string,
  { content, namespace }: { readonly content: Uint8Array; readonly namespace: string },
): SignedBytes | null {
  const blob = dearmour(armoured);
  if (blob === null || !bytesEqual(blob.subarray(0, MAGIC.length), MAGIC)) return null;
  const wire = new Wire(blob, MAGIC.length);
  if (wire.uint32() !== VERSION) return null;
  const [publicKey, space, reserved, hash, wrapped] = Array.from({ length: 5 }, () => wire.string());
  if (!publicKey || !space || !reserved || !hash || !wrapped || !wire.ended) return null;
  const key = decodeSshKey(publicKey);
  const signature = signatureIn(wrapped);
  const digest = hashOf(hash, content);
  if (key === null || signature === null || digest === null || !bytesEqual(space, utf8(namespace))) return null;
  const message = concatBytes([MAGIC, ...[space, reserved, hash, digest].map(wireString)]);
  return { key, message, signature: new Uint8Array(signature) };
}

const GIT_NAMESPACE = 'git';
const LINE_FEED = 0x0a;
const SPACE = 0x20;
/** In a repository of one format the signature of the other may stand beside ours; neither is signed. */
const SIGNATURE_HEADERS = ['gpgsig ', 'gpgsig-sha256 '].map((name) => ({ name, bytes: utf8(name) }));

function startsWith(bytes: Uint8Array, prefix: Uint8Array, at: number): boolean {
  return prefix.every((byte, i) => bytes[at + i] === byte);
}

function lineEnd(bytes: Uint8Array, at: number): number {
  const feed = bytes.indexOf(LINE_FEED, at);
  return feed < 0 ? bytes.length : feed + 1;
}

const ascii = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The signature that a commit carries, over the commit without it; null when it carries none that `readSshSignature` reads.
 * Source: git's commit.c, parse_signed_commit.
 */
export function signedCommit(raw: Uint8Array, format: 'sha1' | 'sha256'): SignedBytes | null {
  const ours = format === 'sha1' ? 'gpgsig ' : 'gpgsig-sha256 ';
  const kept: Uint8Array[] = [];
  const found: string[] = [];
  let at = 0;
  while (at < raw.length && raw[at] !== LINE_FEED) {
    const start = at;
    const header = SIGNATURE_HEADERS.find(({ bytes }) => startsWith(raw, bytes, start));
    at = lineEnd(raw, at);
    if (header === undefined) {
      kept.push(raw.subarray(start, at));
      continue;
    }
    while (raw[at] === SPACE) at = lineEnd(raw, at);
    const value = ascii.decode(raw.subarray(start + header.bytes.length, at)).replaceAll('\n ', '\n');
    if (header.name === ours) found.push(value);
  }
  const [armoured] = found;
  if (armoured === undefined || found.length > 1) return null;
  const content = concatBytes([...kept, raw.subarray(at)]);
  return readSshSignature(armoured, { content, namespace: GIT_NAMESPACE });
}

/**
 * As `signedCommit`, of a tag object: its signature is what starts last in the message. Source: git's gpg-interface.c,
 * parse_signed_buffer.
 */
export function signedTag(raw: Uint8Array): SignedBytes | null {
  const begin = utf8(`${BEGIN}\n`);
  let last = -1;
  for (let at = 0; at < raw.length; at = lineEnd(raw, at)) if (startsWith(raw, begin, at)) last = at;
  if (last < 0) return null;
  const content = raw.subarray(0, last);
  return readSshSignature(ascii.decode(raw.subarray(last)), { content, namespace: GIT_NAMESPACE });
}
