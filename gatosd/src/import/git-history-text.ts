/**
 * What bytes of a commit become in a payload. Git gives no guarantee that they are text, and not every text fits our values, so each
 * field `x` follows one rule:
 *
 * - `x` is text, always. When nothing stands beside it, its UTF-8 form is what the commit holds.
 * - `x_base64` (RFC 4648 section 4, padded) stands beside it when that is not so, and holds the bytes; `x` is then only what a person
 *   reads: decoded from the encoding that the commit declares, or as UTF-8 with U+FFFD for what is not, without U+FEFF at its start.
 * - `x_cut: { bytes, digest }` stands beside it when the field is too long: `x` and `x_base64` are about its beginning, `bytes` and
 *   `digest` (SHA-256) about the whole.
 */
import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { formatDigest, isWellFormed, type JsonValue } from 'gatos-core';
import { sha256 } from 'gatos-core/node';
import type { Binary } from './git-history-commit.js';

export type Payload = { [key: string]: JsonValue };

/** Reads bytes in the encoding that a commit declares; null where they make no sense in it. */
export type Decoder = (bytes: Binary) => string | null;

export interface FieldOptions {
  readonly name: string;
  readonly bytes: Binary;
  /** Null: UTF-8. */
  readonly decoder: Decoder | null;
  /** Bytes that are kept. */
  readonly room: number;
}

/** Adds a field to a payload. */
export function putField(payload: Payload, { name, bytes, decoder, room }: FieldOptions): void {
  const kept = bytes.length > room ? cutAt(bytes, room) : bytes;
  const exact = decoder === null ? exactText(kept) : null;
  const text = exact ?? readable(kept, decoder);
  payload[name] = text;
  if (exact === null && utf8Bytes(text) !== kept) payload[`${name}_base64`] = formatBase64(kept);
  if (kept !== bytes) payload[`${name}_cut`] = cutOf(bytes);
}

/** Adds bytes that nobody reads as text: only `x_base64` and `x_cut`. */
export function putBytes(payload: Payload, { name, bytes, room }: Omit<FieldOptions, 'decoder'>): void {
  payload[`${name}_base64`] = formatBase64(bytes.slice(0, room));
  if (bytes.length > room) payload[`${name}_cut`] = cutOf(bytes);
}

function cutOf(bytes: Binary): Payload {
  return { bytes: bytes.length, digest: formatDigest(sha256(Buffer.from(bytes, 'latin1'))) };
}

function formatBase64(bytes: Binary): string {
  return Buffer.from(bytes, 'latin1').toString('base64');
}

function utf8Bytes(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them
const ASCII = /^[\u0000-\u007f]*$/;
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });
const MARK = '\ufeff';

/** The text whose UTF-8 form these bytes are, when there is one that fits our values. */
function exactText(bytes: Binary): string | null {
  if (ASCII.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  if (!isUtf8(buffer)) return null;
  const text = lossy.decode(buffer);
  return text.startsWith(MARK) ? null : text;
}

function readable(bytes: Binary, decoder: Decoder | null): string {
  const text = decoder?.(bytes) ?? lossy.decode(Buffer.from(bytes, 'latin1'));
  let start = 0;
  while (text.startsWith(MARK, start)) start += 1;
  return text.slice(start);
}

/** The first `room` bytes, or up to three fewer, so that a UTF-8 sequence stays whole. */
function cutAt(bytes: Binary, room: number): Binary {
  let end = room;
  while (end > 0 && room - end < 3 && (bytes.charCodeAt(end) & 0xc0) === 0x80) end -= 1;
  return bytes.slice(0, end);
}

/** ISO 8859-1 as git's iconv knows it; the Encoding Standard would take it for windows-1252. */
const LATIN_1 = /^(?:iso[-_ ]?8859[-_]?1(?::1987)?|csisolatin1|latin-?1|l1|cp819|ibm819|iso-ir-100)$/;
const UTF_8 = /^(?:utf-?8)?$/;
/** Bytes 80 to 9f of windows-1252: not left to the platform, whose decoder differs between versions of Node. */
const WINDOWS_1252_HIGH =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';
/** Names of code pages that the Encoding Standard has under another. */
const CODE_PAGES: ReadonlyMap<string, string> = new Map([
  ['cp932', 'shift_jis'],
  ['cp936', 'gbk'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
]);

/** The decoder for the `encoding` header of a commit; null for UTF-8, and for a name that nobody knows. */
export function decoderFor(label: Binary | undefined): Decoder | null {
  const name = (label ?? '').trim().toLowerCase();
  if (UTF_8.test(name)) return null;
  if (LATIN_1.test(name)) return (bytes) => bytes;
  try {
    const platform = new TextDecoder(CODE_PAGES.get(name) ?? name, { fatal: true, ignoreBOM: true });
    if (platform.encoding === 'utf-8') return null;
    return platform.encoding === 'windows-1252' ? decodeWindows1252 : (bytes) => decodeBy(platform, bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function decodeWindows1252(bytes: Binary): string {
  return bytes.replace(/[\u0080-\u009f]/g, (byte) => WINDOWS_1252_HIGH.charAt(byte.charCodeAt(0) - 0x80));
}

function decodeBy(platform: TextDecoder, bytes: Binary): string | null {
  try {
    const text = platform.decode(Buffer.from(bytes, 'latin1'));
    return isWellFormed(text) ? text : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
