/** Foreign text inside a message: one line, visible, not long. */

/** Code points of a quotation. */
const QUOTED = 40;

/** Controls, invisible and direction-changing characters, and halves of characters: they make a text look like another. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

export const isHidden = (character: string): boolean => HIDDEN.test(character);

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** The text with hidden characters escaped and, beyond `limit` code points, cut. */
export function shown(text: string, limit: number = QUOTED): string {
  let out = '';
  let count = 0;
  for (const character of text) {
    if (count++ === limit) return `${out}…`;
    out += isHidden(character) ? escaped(character) : character;
  }
  return out;
}

/** `U+0430` */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
