/** Values as literals of the language. */
import type { JsonValue } from '../../codec/index.js';

const PLAIN = /^[\p{L}\p{N}\p{P}\p{S} ]$/u;

/** A text in quotes; what does not show is escaped. */
export function quoteText(text: string): string {
  let out = '';
  for (const character of text) {
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character === '\n') out += '\\n';
    else if (character === '\t') out += '\\t';
    else if (PLAIN.test(character)) out += character;
    else out += `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  }
  return `"${out}"`;
}

export function textOfValue(value: JsonValue): string {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(textOfValue).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${quoteText(key)}: ${textOfValue(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
