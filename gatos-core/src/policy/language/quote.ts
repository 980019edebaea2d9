/** Values as the language writes them. */
import { isHidden } from './shown.js';

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t' };

/** The text with what cannot stand in quotes escaped, without the quotes. */
export function escapeText(text: string): string {
  let out = '';
  for (const character of text) {
    const short = ESCAPES[character];
    if (short !== undefined) out += short;
    else out += isHidden(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character;
  }
  return out;
}

export const quote = (text: string): string => `"${escapeText(text)}"`;
