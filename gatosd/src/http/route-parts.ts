/** What several routes have: ids, types of answers, what is known by its hash. */
import { CAN_MEDIA, JSON_MEDIA } from './media.js';
import type { Parameter } from './parameters.js';
import type { AnswerDeclaration, Media } from './route.js';

export const HEX = '^[0-9a-f]{64}$';
export const ID = 'e15a9ba02dc3de9f4ffb1c5ea4bc3b1e9a3bcdcbf1b2a0a4b5d3f0d6f1a2b3c4';

export const id = (does: string): Parameter => ({
  schema: { type: 'string', pattern: HEX, minLength: 64, maxLength: 64 },
  does,
  example: ID,
});

export const json = (component: string): Media => ({ [JSON_MEDIA]: { component } });
/** Decoded, or as the exact bytes. */
export const both = (component: string): Media => ({ [JSON_MEDIA]: { component }, [CAN_MEDIA]: 'binary' });

export const ok = (does: string, media: Media, headers?: Readonly<Record<string, string>>): AnswerDeclaration => ({
  status: 200,
  does,
  media,
  ...(headers === undefined ? {} : { headers }),
});

export const ETAG = { ETag: 'the hash in quotes: what has one never changes' };
export const NOT_MODIFIED: AnswerDeclaration = { status: 304, does: 'the caller has it already (`If-None-Match`)' };
export const IF_NONE_MATCH: Parameter = {
  schema: { type: 'string', maxLength: 1024 },
  does: 'an `ETag` that the caller has',
  example: `"${ID}"`,
};
