/** Colours, and keeping foreign text from acting on the terminal. */

export type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly cyan: Paint;
}

const CODES: Readonly<Record<keyof Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

const painter =
  (coloured: boolean) =>
  (name: keyof Style): Paint => {
    const [on, off] = CODES[name];
    return coloured ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
  };

export function styleOf(coloured: boolean): Style {
  const paint = painter(coloured);
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    blue: paint('blue'),
    cyan: paint('cyan'),
  };
}

export const PLAIN: Style = styleOf(false);

export type ColourChoice = 'auto' | 'never' | 'always' | undefined;

/** NO_COLOR (no-color.org) and a dumb terminal turn `auto` off; an explicit choice wins over both. */
export function isColoured(
  choice: ColourChoice,
  { env, isTerminal }: { env: Readonly<Record<string, string | undefined>>; isTerminal: boolean },
): boolean {
  if (choice === 'always') return true;
  if (choice === 'never') return false;
  return isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

// Controls, and the characters that reorder, hide or break text (bidirectional marks, zero-width ones, line separators), but tab,
// newline and the two joiners that Indic scripts and emoji need.
const CONTROLS = /(?![\t\n]|\u200c|\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const escapeUnits = (character: string): string =>
  [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');

/** Control characters as `\u001b` and the like, so that a payload or a ref name cannot drive the terminal. JSON text stays the same JSON. */
export function visible(text: string): string {
  return text.replaceAll(CONTROLS, escapeUnits);
}

const OWN = new RegExp(`\\u001b\\[(?:${[...new Set(Object.values(CODES).flat())].join('|')})m`, 'g');

/** As `visible`, but our own colour sequences go through. */
export function visibleStyled(text: string): string {
  if (!text.includes('\u001b')) return visible(text);
  let out = '';
  let at = 0;
  for (const match of text.matchAll(OWN)) {
    out += visible(text.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return out + visible(text.slice(at));
}
