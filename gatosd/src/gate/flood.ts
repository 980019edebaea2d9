/**
 * How much a gate records of refusals. Who is refused decides how often, so what is recorded has bounds: the same refusal once in a
 * while, so many in a minute, so many bytes in a day. What is left out is counted, and the next record says how many. Pure.
 */
export interface FloodBounds {
  /** Milliseconds for which the same refusal is recorded once. */
  readonly sameMs: number;
  readonly perMinute: number;
  readonly bytesPerDay: number;
}

export const FLOOD_BOUNDS: FloodBounds = { sameMs: 60_000, perMinute: 30, bytesPerDay: 64 * 1024 * 1024 };

/** Refusals that are remembered to tell whether one is the same as before. */
const REMEMBERED = 256;
const MINUTE = 60_000;
const DAY = 86_400_000;

export interface FloodState {
  readonly v: 1;
  readonly minute: { readonly start: number; readonly count: number };
  readonly day: { readonly start: number; readonly bytes: number };
  /** Oldest first. Without an id while the record is being written, or where that was cut off. */
  readonly recent: readonly { readonly digest: string; readonly time: number; readonly id: string }[];
  /** Refusals since the last record that have none of their own. */
  readonly suppressed: number;
}

export const CALM: FloodState = {
  v: 1,
  minute: { start: 0, count: 0 },
  day: { start: 0, bytes: 0 },
  recent: [],
  suppressed: 0,
};

export interface NewRefusal {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What makes two refusals the same. */
  readonly digest: string;
  /** That its record would take. */
  readonly bytes: number;
}

export type FloodVerdict =
  | { readonly what: 'record'; readonly suppressed: number }
  | { readonly what: 'same'; readonly id: string }
  | { readonly what: 'too-many' | 'too-much' };

/** Shall it be recorded? And the state that follows, in which it is counted already. */
export function weigh(
  state: FloodState,
  refusal: NewRefusal,
  bounds: FloodBounds = FLOOD_BOUNDS,
): { readonly verdict: FloodVerdict; readonly state: FloodState } {
  const { now, digest, bytes } = refusal;
  // A clock that was set back begins a new minute, not an endless one.
  const isIn = (start: number, length: number) => now >= start && now < start + length;
  const minute = isIn(state.minute.start, MINUTE) ? state.minute : { start: now, count: 0 };
  const day = isIn(state.day.start, DAY) ? state.day : { start: now, bytes: 0 };
  const recent = state.recent.filter(({ time }) => isIn(time, bounds.sameMs));
  const same = recent.find((each) => each.digest === digest && each.id !== '');
  const left = { v: 1, minute, day, recent, suppressed: state.suppressed + 1 } as const;
  if (same !== undefined) return { verdict: { what: 'same', id: same.id }, state: left };
  if (minute.count >= bounds.perMinute) return { verdict: { what: 'too-many' }, state: left };
  if (day.bytes + bytes > bounds.bytesPerDay) return { verdict: { what: 'too-much' }, state: left };
  return {
    verdict: { what: 'record', suppressed: state.suppressed },
    state: {
      v: 1,
      minute: { ...minute, count: minute.count + 1 },
      day: { ...day, bytes: day.bytes + bytes },
      recent: [...recent.filter((each) => each.digest !== digest), { digest, time: now, id: '' }].slice(-REMEMBERED),
      suppressed: 0,
    },
  };
}

/** A record was written. */
export function recorded(state: FloodState, { digest, id }: { digest: string; id: string }): FloodState {
  return { ...state, recent: state.recent.map((each) => (each.digest === digest ? { ...each, id } : each)) };
}

/** A record could not be written: it is one more that has none, and the next of its kind is no repetition. */
export function unrecorded(
  state: FloodState,
  { digest, suppressed }: { digest: string; suppressed: number },
): FloodState {
  return {
    ...state,
    recent: state.recent.filter((each) => each.digest !== digest || each.id !== ''),
    suppressed: state.suppressed + suppressed + 1,
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What was kept, or a calm state where that is nothing that we wrote. */
export function readFloodState(value: unknown): FloodState {
  if (!isRecord(value) || value.v !== 1) return CALM;
  const { minute, day, recent, suppressed } = value;
  if (!isRecord(minute) || !isCount(minute.start) || !isCount(minute.count)) return CALM;
  if (!isRecord(day) || !isCount(day.start) || !isCount(day.bytes)) return CALM;
  if (!Array.isArray(recent) || recent.length > REMEMBERED || !isCount(suppressed)) return CALM;
  const known = recent.flatMap((each: unknown) => {
    if (!isRecord(each) || !isCount(each.time)) return [];
    const { digest, time, id } = each;
    return typeof digest === 'string' && typeof id === 'string' ? [{ digest, time, id }] : [];
  });
  return {
    v: 1,
    minute: { start: minute.start, count: minute.count },
    day: { start: day.start, bytes: day.bytes },
    recent: known,
    suppressed,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
