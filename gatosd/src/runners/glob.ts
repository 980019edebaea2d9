/**
 * Globs of output paths, as in gitignore(5) but anchored: `*` and `?` stay inside one component, `[a-z]`, `[!a-z]` are one character,
 * a component `**` stands for any number of folders, and at the end for everything inside. No braces, no escapes (`[*]` is a star).
 * Time is bounded by pattern times path: there is no backtracking beyond the last star.
 */

type Token =
  | { readonly is: 'one'; readonly character: string }
  | { readonly is: 'any' }
  | { readonly is: 'star' }
  | { readonly is: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

type Component = '**' | readonly Token[];

export interface Glob {
  readonly pattern: string;
  /** It has no glob characters, so it names one file. */
  readonly literal: boolean;
  matches(path: string): boolean;
  /** Can something inside of this folder match? */
  reaches(folder: string): boolean;
}

export function parseGlob(pattern: string): Glob {
  const components = pattern.split('/').map((part): Component => (part === '**' ? '**' : parseComponent(part)));
  const literal = components.every((part) => part !== '**' && part.every(({ is }) => is === 'one'));
  return {
    pattern,
    literal,
    matches: (path) => matchComponents(components, path.split('/'), false),
    reaches: (folder) => matchComponents(components, folder.split('/'), true),
  };
}

function parseComponent(text: string): readonly Token[] {
  const characters = [...text];
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === '?') tokens.push({ is: 'any' });
    else if (character === '*') {
      if (tokens.at(-1)?.is !== 'star') tokens.push({ is: 'star' });
    } else {
      const found = character === '[' ? parseClass(characters, i) : null;
      tokens.push(found?.token ?? { is: 'one', character });
      i = found?.last ?? i;
    }
  }
  return tokens;
}

/** The class that opens at `start`, and where its bracket closes; null when none does, so that the bracket stands for itself. */
function parseClass(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly last: number } | null {
  const negated = characters[start + 1] === '!' || characters[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  // A bracket that comes first is one of the characters.
  const last = characters.indexOf(']', first + 1);
  if (last < 0) return null;
  const ranges: (readonly [number, number])[] = [];
  for (let i = first; i < last; i++) {
    const low = pointOf(characters[i]);
    const isRange = characters[i + 1] === '-' && i + 2 < last;
    ranges.push([low, isRange ? pointOf(characters[i + 2]) : low]);
    if (isRange) i += 2;
  }
  return { token: { is: 'class', negated, ranges }, last };
}

function pointOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}

/**
 * One row of the usual table at a time: `reached[j]` says whether the components so far match the first j of the pattern.
 * `inside`: is there a path below this folder that could match?
 */
function matchComponents(pattern: readonly Component[], path: readonly string[], inside: boolean): boolean {
  const close = (row: boolean[]): boolean[] => {
    for (let j = 0; j < pattern.length; j++) if (row[j] && pattern[j] === '**') row[j + 1] = true;
    return row;
  };
  let reached = close([true, ...pattern.map(() => false)]);
  let beforeLast = reached;
  for (const part of path) {
    const next = [false, ...pattern.map(() => false)];
    for (let j = 0; j < pattern.length; j++) {
      if (!reached[j]) continue;
      const component = pattern[j] as Component;
      if (component === '**') next[j] = true;
      else if (matchTokens(component, [...part])) next[j + 1] = true;
    }
    beforeLast = reached;
    reached = close(next);
  }
  if (inside) return reached.some((here, j) => here && j < pattern.length);
  // `a/**` is what is inside of `a`, not `a` itself: the last `**` takes at least one component.
  if (pattern.at(-1) === '**') return beforeLast[pattern.length - 1] === true && path.length > 0;
  return reached[pattern.length] === true;
}

function matchTokens(tokens: readonly Token[], text: readonly string[]): boolean {
  let [t, i, star, mark] = [0, 0, -1, 0];
  while (i < text.length) {
    const token = tokens[t];
    if (token?.is === 'star') {
      [star, mark] = [t, i];
      t++;
    } else if (token !== undefined && matchOne(token, text[i] as string)) {
      t++;
      i++;
    } else if (star >= 0) {
      mark++;
      [t, i] = [star + 1, mark];
    } else return false;
  }
  while (tokens[t]?.is === 'star') t++;
  return t === tokens.length;
}

function matchOne(token: Token, character: string): boolean {
  if (token.is === 'any') return true;
  if (token.is === 'one') return token.character === character;
  if (token.is === 'star') return false;
  const point = pointOf(character);
  return token.ranges.some(([low, high]) => low <= point && point <= high) !== token.negated;
}
