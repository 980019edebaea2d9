/**
 * What verification asks of an event, decided on its canonical bytes: journals hold millions of them, and decoding each would
 * cost more than everything else. A plain yes is given here; whatever is unusual is left to the schema.
 */
import type { Envelope } from '../chain/index.js';
import { decode } from '../codec/index.js';
import { invariant, LIMITS, Memo } from '../kernel/index.js';
import { EventView } from './event-view.js';

export const ULID_LENGTH = 26;
const ULID_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const IS_ULID_DIGIT = Uint8Array.from({ length: 256 }, (_, unit) =>
  ULID_DIGITS.includes(String.fromCharCode(unit)) ? 1 : 0,
);
/** 128 bits in 26 digits of 5: the first one stays below 8. */
const LAST_FIRST_DIGIT = 0x37;

const VIEW = new EventView();

/** Is it plain that `EVENT_SCHEMA` takes record `index`? */
export function acceptsEvent({ bytes, offsets, plain }: Envelope, index: number): boolean {
  // Without bytes and links whatever stands as payload is in the JSON data model.
  if (!plain || !VIEW.find(bytes, offsets[index] as number, offsets[index + 1] as number)) return false;
  if (!isPlainAscii(bytes, { start: VIEW.typeStart, end: VIEW.typeEnd, most: LIMITS.eventTypeBytes })) return false;
  if (!isUlid(bytes, VIEW.ulidStart, VIEW.ulidEnd)) return false;
  if (!VIEW.hasKey) return true;
  const key = { start: VIEW.keyStart, end: VIEW.keyEnd, most: LIMITS.eventKeyBytes };
  return isPlainAscii(bytes, key) && !isUlid(bytes, key.start, key.end);
}

/** Is this encoded text 1 to `most` printable ASCII characters, with a head of one or two bytes? */
function isPlainAscii(bytes: Uint8Array, { start, end, most }: { start: number; end: number; most: number }): boolean {
  const content = contentOf(bytes, start);
  const length = end - content;
  if (length < 1 || length > most) return false;
  for (let i = content; i < end; i++) {
    const unit = bytes[i] as number;
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}

function isUlid(bytes: Uint8Array, start: number, end: number): boolean {
  const content = contentOf(bytes, start);
  if (end - content !== ULID_LENGTH || (bytes[content] as number) > LAST_FIRST_DIGIT) return false;
  for (let i = content; i < end; i++) if (IS_ULID_DIGIT[bytes[i] as number] !== 1) return false;
  return true;
}

const TEXT_8 = 0x78;

/** Where the characters of an encoded text start. One with a longer head is longer than any bound here. */
function contentOf(bytes: Uint8Array, start: number): number {
  return (bytes[start] as number) < TEXT_8 ? start + 1 : start + 2;
}

const TYPES = new Memo((encoded) => String(decode(encoded)));

/** The type of the first event of an envelope whose records were checked. */
export function firstTypeOf({ bytes, offsets }: Envelope): string {
  const [start = 0, end = 0] = offsets;
  invariant(VIEW.find(bytes, start, end), 'a record that was checked is an event');
  return TYPES.get(bytes, VIEW.typeStart, VIEW.typeEnd);
}
