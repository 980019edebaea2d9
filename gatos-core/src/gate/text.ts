/** Foreign text where people read it: no control characters, bounded, and always something that can be encoded. */

const SHOWN = 400;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** One line: controls, separators and marks that reorder text are escaped, long text is cut. */
export function plainLine(text: string, most = SHOWN): string {
  const safe = text
    .slice(0, most)
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(UNSAFE, escaped);
  return text.length > most ? `${safe}…` : safe;
}

/** The text as it can stand in a document: DAG-CBOR takes no half characters and no byte order mark at the start. */
export function encodable(text: string): string {
  const whole = text.isWellFormed() ? text : text.replace(/[\ud800-\udfff]/gu, '\ufffd');
  return whole.startsWith('\ufeff') ? `\ufffd${whole.slice(1)}` : whole;
}
