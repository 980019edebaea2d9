/**
 * Times as text: RFC 3339 in UTC with `Z`, one spelling each. Stored, a time is an integer of microseconds since
 * 1970-01-01T00:00:00Z. Own parser, because `Date.parse` accepts many other forms and invalid dates.
 */
import { codecError } from './errors.js';

const FORM = 'a time (`YYYY-MM-DDTHH:MM:SS[.ffffff]Z`)';
const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?Z$/;
const MICROS_PER_SECOND = 1_000_000;
const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that a leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 };
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/**
 * RFC 3339 text of microseconds since the epoch, with as many digits of fraction as it takes and no more.
 * Throws `codec/text` unless it is a safe integer (the years 1684 to 2255).
 */
export function formatTime(micros: number): string {
  if (!Number.isSafeInteger(micros) || Object.is(micros, -0)) {
    throw codecError('text', { form: FORM, text: String(micros), why: 'it is no safe integer of microseconds' });
  }
  const days = Math.floor(micros / MICROS_PER_DAY);
  const { year, month, day } = civilFromDays(days);
  const inDay = micros - days * MICROS_PER_DAY;
  const seconds = Math.floor(inDay / MICROS_PER_SECOND);
  const fraction = inDay - seconds * MICROS_PER_SECOND;
  const tail = fraction === 0 ? '' : `.${pad(fraction, 6).replace(/0+$/, '')}`;
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}${tail}Z`;
}

/** Microseconds since the epoch of the text that `formatTime` writes; leap seconds have no such text. Throws `codec/text`. */
export function parseTime(text: string): number {
  const fault = (why: string): Error => codecError('text', { form: FORM, text, why });
  const match = SHAPE.exec(text);
  if (match === null) throw fault('it does not have that shape');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12) throw fault('there is no such month');
  if (day < 1 || day > daysInMonth(year, month)) throw fault('there is no such day');
  if (hour > 23 || minute > 59 || second > 59) throw fault('there is no such time of day');
  const fraction = match[7] ?? '';
  if (fraction.endsWith('0')) throw fault('the fraction ends in a zero');
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  const micros = seconds * MICROS_PER_SECOND + Number(fraction.padEnd(6, '0'));
  if (!Number.isSafeInteger(micros)) throw fault('it is outside the years 1684 to 2255');
  return micros;
}
