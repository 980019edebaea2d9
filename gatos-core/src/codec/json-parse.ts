/** Strict JSON: bounds and UTF-8 before the text is read (rules: `json-reader.ts`). */
import { fromUtf8, LIMITS } from '../kernel/index.js';
import { codecError } from './errors.js';
import { type JsonIntegers, JsonReader } from './json-reader.js';
import { utf8Fault } from './utf8.js';
import type { JsonValue } from './value.js';

export interface ParseJsonOptions {
  /** Refuse more bytes (of a string: UTF-16 units) than this before reading any; `LIMITS.jsonBytes` when absent. */
  readonly maxBytes?: number | undefined;
  /** Which integer literals stand; `exact` when absent. */
  readonly integers?: JsonIntegers | undefined;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    const offset = utf8Fault(bytes, 0, bytes.length);
    let line = 1;
    let start = 0;
    for (let i = 0; i < offset; i++) {
      if (bytes[i] !== 0x0a) continue;
      line++;
      start = i + 1;
    }
    throw codecError('json', { line, column: offset - start + 1, offset, why: 'the bytes are not UTF-8' }, { cause });
  }
}

/**
 * The value of a JSON text. Objects are plain, and a key `__proto__` is data. Line and column of an error count from 1,
 * columns and the offset in UTF-16 units (in bytes when the fault is the UTF-8 itself).
 *
 * Throws `codec/json`, `codec/depth` beyond `LIMITS.depth`, `codec/too-large`.
 */
export function parseJson(text: string | Uint8Array, options: ParseJsonOptions = {}): JsonValue {
  const limit = options.maxBytes ?? LIMITS.jsonBytes;
  if (text.length > limit) throw codecError('too-large', { what: 'the JSON text', size: text.length, limit });
  const source = typeof text === 'string' ? text : decodeText(text);
  return new JsonReader(source, options.integers ?? 'exact').document();
}
