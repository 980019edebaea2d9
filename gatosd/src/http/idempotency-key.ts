/** The key of an effect in a header: a string of RFC 8941, or printable ASCII as it stands. Both name the same key. */
import { LIMITS } from 'gatos-core';
import { httpError } from './errors.js';

/** Throws `http/bad-parameter`. */
export function parseIdempotencyKey(text: string): Uint8Array {
  const refuse = (why: string) => httpError('bad-parameter', { where: 'header', name: 'Idempotency-Key', why });
  const key = text.startsWith('"') ? unquoted(text) : text;
  if (key === null) throw refuse('is a text in quotes that does not end, or has an escape other than `\\"` and `\\\\`');
  if (key === '') throw refuse('is empty; a call without a key leaves it out');
  const bytes = Buffer.from(key, 'latin1');
  if (bytes.length > LIMITS.eventKeyBytes) throw refuse(`has more than ${LIMITS.eventKeyBytes} bytes`);
  return new Uint8Array(bytes);
}

/** RFC 8941 section 3.3.3; no parameters. */
function unquoted(text: string): string | null {
  const inner = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text)?.[1];
  return inner === undefined ? null : inner.replaceAll(/\\(["\\])/g, '$1');
}
