/** An option that is a length of time, in microseconds. */
import { parseDuration } from '../../view/duration.js';

export function age(text: string): number {
  const micros = parseDuration(text);
  if (micros === undefined) throw new Error('a length of time such as 12h or 30d');
  return micros;
}
