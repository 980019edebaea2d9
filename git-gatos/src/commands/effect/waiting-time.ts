/** How long somebody is ready to wait. */
import { parseDuration } from '../../view/duration.js';

const MICROS_PER_MS = 1000;
const LONGEST_MS = 86_400_000;

/** Milliseconds. */
export function waitingTime(text: string): number {
  const ms = (parseDuration(text) ?? Number.NaN) / MICROS_PER_MS;
  if (!(ms <= LONGEST_MS)) throw new Error('a length of time up to 1d, such as 0s, 30s or 10m');
  return ms;
}
