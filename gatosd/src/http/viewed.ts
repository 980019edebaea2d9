/** One object in the type that the caller wants: decoded, or its exact bytes. */
import type { Exchange } from './exchange.js';
import { JSON_MEDIA } from './media.js';
import type { Answer } from './send.js';
import type { Viewed } from './services.js';

export function viewed(
  { media }: Pick<Exchange, 'media'>,
  { json, bytes }: Viewed,
  headers?: Answer['headers'],
): Answer {
  const vary = { Vary: 'Accept', ...headers };
  return { status: 200, headers: vary, body: media === JSON_MEDIA ? { json } : { media, bytes } };
}
