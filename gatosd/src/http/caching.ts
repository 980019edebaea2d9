/** What is named by its hash never changes: whoever has it keeps it (RFC 9110 section 8.8, RFC 9111, RFC 8246). */
import type { Exchange } from './exchange.js';
import type { Answer } from './send.js';

/** Only the caller keeps it: others have to show a token of their own. */
export const FOR_EVER: Readonly<Record<string, string>> = { 'Cache-Control': 'private, max-age=31536000, immutable' };

export const etagOf = (hex: string): string => `"${hex}"`;

/** Does the caller say that it has this already? */
export function isKnown({ headers }: Pick<Exchange, 'headers'>, hex: string): boolean {
  const known = headers['if-none-match'];
  if (known === undefined) return false;
  return known.split(',').some((each) => each.trim().replace(/^W\//, '') === etagOf(hex));
}

export function notModified(headers: Readonly<Record<string, string>>): Answer {
  return { status: 304, headers };
}
