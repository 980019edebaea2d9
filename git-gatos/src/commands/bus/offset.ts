/** `start`, `end`, or the place of a message as `publish` prints it. */
import type { Offset } from 'gatos-core';

export function parseOffset(text: string): Offset | 'start' | 'end' {
  if (text === 'start' || text === 'end') return text;
  const match = /^([0-7][0-9A-HJKMNP-TV-Z]{25}):(\d{1,15})$/.exec(text);
  if (match === null) throw new Error('start, end, or a place such as 01J…:42');
  return { segment: match[1] ?? '', seq: Number(match[2]) };
}
