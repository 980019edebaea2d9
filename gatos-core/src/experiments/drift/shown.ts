/** Foreign text as a person may see it: bounded, on one line, nothing in it that moves the cursor or turns the text around. */
import { Cid, formatDigest } from '../../codec/index.js';
import { fromUtf8, LIMITS, utf8 } from '../../kernel/index.js';

/** Controls, format characters (bidirectional marks, zero width), separators of lines, private and unassigned characters, lone surrogates. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The first `units` UTF-16 units, without half a character at the end. */
function cut(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units);
}

/** At most `units` UTF-16 units of a text, and `…` when there is more. Invisible characters are written as `\u{…}`. */
export function shown(text: string, units: number = LIMITS.driftShownUnits): string {
  const part = cut(text, units);
  return part.replace(INVISIBLE, escaped) + (part.length < text.length ? '…' : '');
}

/** Room for ` sha256:` and 64 digits. */
const DIGEST_BYTES = 72;

interface ValueTexts {
  readonly recorded: string | null;
  readonly reproduced: string | null;
}

/** Two values that differ, as a record may hold them. Those that would look alike, or are cut, carry their digests. */
export function valueTexts(recorded: string | null, reproduced: string | null): ValueTexts {
  const bytes = LIMITS.driftValueBytes;
  const plain = (value: string | null): string | null => (value === null ? null : shownWithin(value, bytes));
  const [a, b] = [plain(recorded), plain(reproduced)];
  const whole = (text: string | null, value: string | null): boolean =>
    text === (value === null ? null : shown(value, bytes));
  if (a !== b && whole(a, recorded) && whole(b, reproduced)) return { recorded: a, reproduced: b };
  const long = (value: string | null): string | null =>
    value === null
      ? null
      : `${shownWithin(value, bytes - DIGEST_BYTES)} ${formatDigest(Cid.hash('raw', utf8(value)).digest)}`;
  return { recorded: long(recorded), reproduced: long(reproduced) };
}

/** As `shown`, and no more than `bytes` of UTF-8: what a record may hold. */
export function shownWithin(text: string, bytes: number): string {
  const full = shown(text, bytes);
  const encoded = utf8(full);
  if (encoded.length <= bytes) return full;
  // Back to the start of a character, with room for the mark (3 bytes).
  let end = bytes - 3;
  while (end > 0 && ((encoded[end] as number) & 0xc0) === 0x80) end--;
  return `${fromUtf8(encoded.subarray(0, end))}…`;
}

const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Text of bytes of whatever encoding; what is no UTF-8 shows as U+FFFD. */
export function lenientText(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/** Whole numbers with a comma at each thousand: sizes and offsets are long. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** How far two numbers are apart, relative to the larger one: three significant digits. Null for equal ones. */
export function relativeDistance(a: number, b: number): string | null {
  const larger = Math.max(Math.abs(a), Math.abs(b));
  if (a === b || !Number.isFinite(larger)) return null;
  // Divided first, so that the distance of two large numbers of opposite sign is finite.
  const distance = Math.abs(a / larger - b / larger);
  return Number.isFinite(distance) ? distance.toPrecision(3) : null;
}
