/** Text that the fold made, on its way into a message. */

const MESSAGE_UNITS = 500;

/** The same text, bounded, in one line, without control characters, marks that turn the direction of writing, and lone surrogates. */
export function plainText(text: string): string {
  const short = text.length > MESSAGE_UNITS ? `${text.slice(0, MESSAGE_UNITS)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  return short.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
