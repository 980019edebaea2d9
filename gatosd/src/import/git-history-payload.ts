/**
 * A raw commit as the payload of an event. Nothing that a commit can hold makes it fail, and the commit can be rebuilt from the payload
 * byte for byte unless a part of it was cut:
 *
 * ```
 * { commit, tree, parents: [ids as recorded], author: IDENT, committer: IDENT, message, signed,
 *   encoding?,                     what the commit declares
 *   headers?: [ { name, value } ], all that stand behind `committer`, in order; later lines of a value without their leading space
 *   object_base64? }               the whole commit, when it is not made up of the above in that order
 * IDENT = { name, email, time, zone, line? }
 * ```
 *
 * `time` is seconds since the epoch, `zone` as recorded (`+0100`); null where there is none. `line` stands there when the line is not
 * `NAME <EMAIL> TIME ZONE`; it is null when the commit has no such line. `tree` is null when the commit names none. Each text may have
 * siblings `_base64` and `_cut` (`git-history-text.ts`). Lists that were cut have a sibling `parents_cut` or `headers_cut: { count }`.
 */
import { encode, type JsonValue, LIMITS, type ObjectFormat, type Oid } from 'gatos-core';
import { type Binary, type CommitParts, parseCommit, parseIdent } from './git-history-commit.js';
import { type Decoder, decoderFor, type Payload, putBytes, putField } from './git-history-text.js';

const DIGITS: Readonly<Record<ObjectFormat, number>> = { sha1: 40, sha256: 64 };

/** What an event has besides its payload: ulid, type and key at their longest, and their names. */
const EVENT_ROOM = 1024;
/** In the worst case, headers of one byte that is not UTF-8, a byte of a commit takes 18 in its payload: up to here nothing is measured. */
const SURELY_FITS = 32 * 1024;
/** Bytes that are kept of each part, tried in turn until the event fits. The last always does. */
const ROOMS = [Number.POSITIVE_INFINITY, 512 * 1024, 128 * 1024, 32 * 1024, 8 * 1024] as const;
/** A parent takes about so many bytes in a commit. */
const PARENT_BYTES = 40;
/** A header takes at least so many bytes in a payload, besides its name and value. */
const HEADER_BYTES = 16;

export function parseRawCommit(content: Uint8Array, format: ObjectFormat): CommitParts {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  return parseCommit(bytes.toString('latin1'), DIGITS[format]);
}

/** The payload of a commit: a function of its bytes alone. */
export function commitPayload(commit: Oid, content: Uint8Array, format: ObjectFormat): JsonValue {
  const parts = parseRawCommit(content, format);
  const bytes = parts.regular ? '' : Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
  const writer = new PayloadWriter(commit, parts, bytes);
  if (content.length <= SURELY_FITS) return writer.write(Number.POSITIVE_INFINITY);
  const tooLarge = Math.max(content.length, parts.headers.length * HEADER_BYTES) > LIMITS.recordBytes;
  const rooms = tooLarge ? ROOMS.slice(1) : ROOMS;
  let payload: JsonValue = null;
  for (const room of rooms) {
    payload = writer.write(room);
    if (encode(payload).length + EVENT_ROOM <= LIMITS.recordBytes) break;
  }
  return payload;
}

class PayloadWriter {
  readonly #decoder: Decoder | null;
  readonly #encoding: Binary | undefined;

  constructor(
    private readonly commit: Oid,
    private readonly parts: CommitParts,
    /** The commit, when its parts do not make it up. */
    private readonly bytes: Binary,
  ) {
    this.#encoding = parts.headers.find(({ name }) => name === 'encoding')?.value;
    this.#decoder = decoderFor(this.#encoding);
  }

  write(room: number): Payload {
    const { tree, parents, author, committer, headers, message, regular } = this.parts;
    const kept = parents.slice(0, Math.ceil(room / PARENT_BYTES));
    const payload: Payload = { commit: this.commit, tree, parents: kept };
    if (kept.length < parents.length) payload.parents_cut = { count: parents.length };
    payload.author = this.#ident(author, room);
    payload.committer = this.#ident(committer, room);
    this.#put(payload, { name: 'message', bytes: message, room });
    payload.signed = headers.some(({ name }) => name === 'gpgsig' || name === 'gpgsig-sha256');
    if (this.#encoding !== undefined) this.#put(payload, { name: 'encoding', bytes: this.#encoding, room });
    if (headers.length > 0) this.#putHeaders(payload, room);
    if (!regular) putBytes(payload, { name: 'object', bytes: this.bytes, room });
    return payload;
  }

  #ident(line: Binary | null, room: number): Payload {
    const { name, email, time, zone, regular } = parseIdent(line ?? '');
    const ident: Payload = {};
    this.#put(ident, { name: 'name', bytes: name, room });
    this.#put(ident, { name: 'email', bytes: email, room });
    ident.time = time;
    ident.zone = zone;
    if (line === null) ident.line = null;
    else if (!regular) this.#put(ident, { name: 'line', bytes: line, room });
    return ident;
  }

  #putHeaders(payload: Payload, room: number): void {
    const { headers } = this.parts;
    const list: Payload[] = [];
    let left = room;
    for (const { name, value } of headers) {
      if (left <= 0) break;
      const header: Payload = {};
      this.#put(header, { name: 'name', bytes: name, room: left });
      this.#put(header, { name: 'value', bytes: value, room: left });
      left -= name.length + value.length + HEADER_BYTES;
      list.push(header);
    }
    payload.headers = list;
    if (list.length < headers.length) payload.headers_cut = { count: headers.length };
  }

  #put(payload: Payload, field: { name: string; bytes: Binary; room: number }): void {
    putField(payload, { ...field, decoder: this.#decoder });
  }
}
