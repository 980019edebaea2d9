/** Where the bus stands: segments, offsets of consumers, and the summary chain of each topic. */
import { formatUlid, parseUlid, type Ulid } from '../codec/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import { busError } from './errors.js';

export const SEGMENTS = 'mbus/';
export const OFFSETS = 'mbus-ack/';
export const SUMMARIES = 'mbus-summary/';

const NAME = /^[a-z0-9][a-z0-9._-]*$/;
export const ULID_LENGTH = 26;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isBusName(name: string): boolean {
  const plain = NAME.test(name) && name.length <= LIMITS.nameBytes;
  return plain && !name.includes('..') && !name.endsWith('.') && !name.endsWith('.lock');
}

/** Throws `bus/name`. */
export function checkTopic(name: string): string {
  if (!isBusName(name)) throw busError('name', { what: 'topic', name: name.slice(0, 80) });
  return name;
}

/** Throws `bus/name`. */
export function checkConsumer(name: string): string {
  if (!isBusName(name)) throw busError('name', { what: 'consumer', name: name.slice(0, 80) });
  return name;
}

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

const MS_PER_DAY = 86_400_000;

/** `2026/11/20` of milliseconds since the epoch, UTC (civil-from-days by Howard Hinnant, proleptic Gregorian calendar). */
export function dayOf(timeMs: number): string {
  const days = Math.floor(timeMs / MS_PER_DAY) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const digits = (value: number, width: number) => String(value).padStart(width, '0');
  return `${digits(year, 4)}/${digits(month, 2)}/${digits(day, 2)}`;
}

/** `mbus/jobs/2026/11/20/01…`: the day is that of the ulid. Throws `bus/name`, `codec/text`. */
export function segmentChain(topic: string, ulid: string): string {
  return `${SEGMENTS}${checkTopic(topic)}/${dayOf(parseUlid(ulid).timeMs)}/${ulid}`;
}

/** Throws `bus/name`. */
export function offsetsChain(topic: string, consumer: string): string {
  return `${OFFSETS}${checkTopic(topic)}/${checkConsumer(consumer)}`;
}

/** Throws `bus/name`. */
export function summaryChain(topic: string): string {
  return SUMMARIES + checkTopic(topic);
}

export interface SegmentName {
  readonly topic: string;
  readonly ulid: string;
}

/** The segment that a chain is by its name, or null when it is none. */
export function parseSegment(chain: string): SegmentName | null {
  const [plane, topic = '', , , , ulid = ''] = chain.split('/');
  if (`${plane}/` !== SEGMENTS || !isBusName(topic) || !isUlid(ulid)) return null;
  return segmentChain(topic, ulid) === chain ? { topic, ulid } : null;
}

/** The topic of a chain of the bus, or null for any other chain. */
export function topicOf(chain: string): string | null {
  if (![SEGMENTS, OFFSETS, SUMMARIES].some((prefix) => chain.startsWith(prefix))) return null;
  return chain.split('/')[1] ?? null;
}

/** The ulid just after another one. */
function successor({ timeMs, random }: Ulid): Ulid {
  const next = new Uint8Array(random);
  for (let i = next.length - 1; i >= 0; i--) {
    const value = ((next[i] as number) + 1) & 0xff;
    next[i] = value;
    if (value !== 0) return { timeMs, random: next };
  }
  return { timeMs: timeMs + 1, random: next };
}

/** `candidate` when it comes after `before`, else the ulid just after `before`: segments follow one another, whatever clocks do. */
export function ulidAfter(candidate: string, before: string): string {
  return compareText(candidate, before) > 0 ? candidate : formatUlid(successor(parseUlid(before)));
}
