/** Built-ins on times: integers of microseconds since the epoch. There is no clock. */
import { formatTime, parseTime } from '../../codec/index.js';
import { isGatosError } from '../../kernel/index.js';
import { RuleFault } from './fault.js';
import { readingTexts } from './text.js';
import type { BuiltIn } from './work.js';

const MICROS_PER_MINUTE = 60_000_000;
const MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4;

/** The time as a clock shows it that is so many minutes ahead of UTC, in microseconds. */
function local(time: number, offset: number): number {
  if (Math.abs(offset) >= 24 * 60) {
    throw new RuleFault('policy/time', `an offset of \`${offset}\` minutes is a day or more`);
  }
  const shifted = time + offset * MICROS_PER_MINUTE;
  if (!Number.isSafeInteger(shifted)) throw new RuleFault('policy/time', 'the time is outside the years 1684 to 2255');
  return shifted;
}

const onClock =
  (built: (local: number) => number | string): BuiltIn =>
  ([time, offset]) =>
    built(local(time as number, offset as number));

const wrapped = (value: number, by: number): number => ((value % by) + by) % by;

function weekday(time: number): number {
  return wrapped(Math.floor(time / MICROS_PER_DAY) + EPOCH_WEEKDAY - 1, 7) + 1;
}

function parse(text: string): number {
  try {
    return parseTime(text);
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw new RuleFault('policy/time', `\`${text.slice(0, 100)}\` is no time of the form \`2026-11-20T09:00:00Z\``);
  }
}

export const TIME_IMPLEMENTATIONS: Readonly<Record<string, BuiltIn>> = {
  'time.between': ([time, from, to]) => (from as number) <= (time as number) && (time as number) < (to as number),
  'time.weekday': onClock(weekday),
  'time.hour': onClock((time) => Math.floor(wrapped(time, MICROS_PER_DAY) / MICROS_PER_HOUR)),
  'time.date': onClock((time) => formatTime(time).slice(0, 10)),
  'time.parse': readingTexts(([text]) => parse(text as string)),
  'time.format': ([time]) => formatTime(time as number),
};
