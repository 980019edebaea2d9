/** Faults of the byte layer. Every one names where: a byte offset, a path into the value, or line and column of a text. */
import { errorArea } from '../kernel/index.js';

const SHOWN = 64;

/** Foreign text inside a message: cut when long, control characters escaped, so that one message stays one line. */
export function shown(text: string): string {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  let out = '';
  for (const character of cut) {
    const code = character.codePointAt(0) ?? 0;
    const visible = code >= 0x20 && (code < 0x7f || code >= 0xa0) && (code < 0xd800 || code > 0xdfff);
    out += visible ? character : `\\u{${code.toString(16)}}`;
  }
  return out;
}

interface AtOffset {
  readonly offset: number;
  readonly why: string;
}

interface AtPath {
  /** Such as `records[3].payload.x`; empty for the value itself. */
  readonly path: string;
  readonly why: string;
}

const named = (path: string): string => (path === '' ? 'the value' : `\`${path}\``);

export const codecError = errorArea('codec', {
  /** The bytes are no CBOR data item at all (RFC 8949 section 1.2, "well-formed"). */
  malformed: {
    kind: 'input',
    message: (d: AtOffset) => `malformed CBOR at byte ${d.offset}: ${d.why}`,
  },
  /** Well-formed, but another spelling of a value that has one spelling. */
  'not-canonical': {
    kind: 'input',
    message: (d: AtOffset) => `CBOR at byte ${d.offset} is not canonical: ${d.why}`,
  },
  /** Well-formed, but outside the data model: tags, other simple values, half floats, keys that are no text. */
  'not-in-model': {
    kind: 'input',
    message: (d: AtOffset) => `CBOR at byte ${d.offset} is outside the data model: ${d.why}`,
  },
  cid: {
    kind: 'input',
    message: (d: { why: string; text?: string | undefined; offset?: number | undefined }) => {
      const where = d.offset === undefined ? '' : ` at byte ${d.offset}`;
      return `${d.text === undefined ? `CID${where}` : `\`${shown(d.text)}\``} is not a CID of ours: ${d.why}`;
    },
    hint: () =>
      'a CID here is version 1, codec dag-cbor or raw, sha2-256, written in lower-case base32 (`bafy…`, `bafk…`)',
  },
  /** `line` and `column` when what is nested is text. */
  depth: {
    kind: 'limit',
    message: (d: { limit: number; where: string; line?: number | undefined; column?: number | undefined }) =>
      `lists and maps are nested deeper than ${d.limit} at ${d.where}`,
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
  },
  /** A JavaScript value that has no encoding, or whose encoding would silently be another value. */
  unencodable: {
    kind: 'input',
    message: (d: AtPath) => `${named(d.path)} cannot be encoded: ${d.why}`,
  },
  text: {
    kind: 'input',
    message: (d: { form: string; text: string; why: string }) => `\`${shown(d.text)}\` is not ${d.form}: ${d.why}`,
  },
  json: {
    kind: 'input',
    message: (d: { line: number; column: number; offset: number; why: string; hint?: string | undefined }) =>
      `JSON at line ${d.line}, column ${d.column}: ${d.why}`,
    hint: (d: { hint?: string | undefined }) =>
      d.hint ?? 'JSON here is strict (RFC 8259): no comments, no trailing commas, no key twice in one object',
  },
  schema: {
    kind: 'input',
    message: (d: AtPath) => `${named(d.path)} ${d.why}`,
  },
  /** The bytes are no MYTHOS-CAN value, or another spelling of one (RFC-MYTHOS-0001 section 7). */
  can: {
    kind: 'input',
    message: (d: AtOffset) => `MYTHOS-CAN at byte ${d.offset} is refused: ${d.why}`,
  },
  'can-unencodable': {
    kind: 'input',
    message: (d: AtPath) => `${named(d.path)} has no MYTHOS-CAN encoding: ${d.why}`,
  },
  /** A MYTHOS-CAN value that JSON cannot say without becoming another one. */
  'can-not-json': {
    kind: 'input',
    message: (d: AtPath) => `${named(d.path)} cannot be said in JSON: it ${d.why}`,
  },
});
