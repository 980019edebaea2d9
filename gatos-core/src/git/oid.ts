/** Object ids: their text form, their bytes, and how the id of an object follows from its type and content. */
import { sha1, sha256 } from '#hash';
import { EMPTY_BYTES } from '../kernel/index.js';
import type { NewObject, ObjectFormat, ObjectType, Oid } from './ports.js';

/** Bytes of a raw object id. */
export const OID_BYTES: Readonly<Record<ObjectFormat, number>> = { sha1: 20, sha256: 32 };

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const SHA1_TEXT = /^[0-9a-f]{40}$/;
const SHA256_TEXT = /^[0-9a-f]{64}$/;

/** Is this text an object id of that format: lower-case hex of the right length? The null id (all zero) is not one. */
export function isOid(text: string, format: ObjectFormat): boolean {
  return (format === 'sha1' ? SHA1_TEXT : SHA256_TEXT).test(text) && !isNullOid(text);
}

/** Only zeros: git's way to write "no object" in plumbing. */
export function isNullOid(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== 0x30) return false;
  return true;
}

/** The id in `bytes` at `offset`, as text. */
export function formatOid(bytes: Uint8Array, offset: number, format: ObjectFormat): Oid {
  const end = offset + OID_BYTES[format];
  let text = '';
  for (let i = offset; i < end; i++) text += HEX[bytes[i] as number] as string;
  return text;
}

/** Writes a valid id (see `isOid`) as raw bytes at `offset` and returns the offset after it. */
export function putOid(oid: Oid, into: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i + 1 < oid.length; i += 2)
    into[at++] = (nibble(oid.charCodeAt(i)) << 4) | nibble(oid.charCodeAt(i + 1));
  return at;
}

function nibble(unit: number): number {
  return unit <= 0x39 ? unit - 0x30 : unit - 0x57;
}

/** The header that git hashes before the content: `<type> <length>\0`. */
export function objectHeader(type: ObjectType, length: number): Uint8Array {
  return framed(type, length, 0);
}

/** Up to here copying the content behind its header costs less than hashing two pieces. */
const COPIED_BYTES = 16 * 1024;

/** The id of an object: SHA-1 or SHA-256 over header and content. */
export function hashObject(format: ObjectFormat, type: ObjectType, content: Uint8Array): Oid {
  const hash = format === 'sha1' ? sha1 : sha256;
  if (content.length > COPIED_BYTES) return formatOid(hash(objectHeader(type, content.length), content), 0, format);
  const bytes = framed(type, content.length, content.length);
  bytes.set(content, bytes.length - content.length);
  return formatOid(hash(bytes), 0, format);
}

/** As `hashObject`; the id stays with the object on its way into a store. */
export function identified(format: ObjectFormat, { type, content, oid }: NewObject): NewObject & { readonly oid: Oid } {
  return { type, content, oid: oid ?? hashObject(format, type, content) };
}

function framed(type: ObjectType, length: number, room: number): Uint8Array {
  const header = `${type} ${length}\0`;
  const bytes = new Uint8Array(header.length + room);
  for (let i = 0; i < header.length; i++) bytes[i] = header.charCodeAt(i);
  return bytes;
}

/** The id of the tree without entries, which git knows in every repository. */
export function emptyTreeOid(format: ObjectFormat): Oid {
  return hashObject(format, 'tree', EMPTY_BYTES);
}
