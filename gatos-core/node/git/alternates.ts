/**
 * Lists of object directories as git writes them: separated, and quoted where a path holds the separator or starts with a quote. A hook gets
 * such a list for every repository with a colon in its path. Source: git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES; gitrepository-layout(5).
 */

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** The paths of a list, in its order. Comments (`#` at the start of an entry) and empty entries are left out. */
export function splitAlternates(text: string, separator: string): string[] {
  const paths: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quoted = text[at] === '"' ? unquote(text, at) : null;
    // A quote that is never closed is part of a path, as in git.
    const end = quoted?.end ?? endOf(text, { separator, from: at });
    const path = quoted?.path ?? text.slice(at, end);
    if (path !== '' && (quoted !== null || text[at] !== '#')) paths.push(path);
    at = end;
    if (text.startsWith(separator, at)) at += separator.length;
  }
  return paths;
}

function endOf(text: string, { separator, from }: { separator: string; from: number }): number {
  const found = text.indexOf(separator, from);
  return found < 0 ? text.length : found;
}

/** A C string in double quotes, from its opening quote on; `end` is behind the closing one. Null when it is none. */
function unquote(text: string, start: number): { path: string; end: number } | null {
  const bytes: Buffer[] = [];
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character !== '"' && character !== '\\') continue;
    bytes.push(Buffer.from(text.slice(from, at)));
    if (character === '"') return { path: Buffer.concat(bytes).toString('utf8'), end: at + 1 };
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4))?.[0];
    const byte = octal === undefined ? ESCAPES[text[at + 1] ?? ''] : Number.parseInt(octal, 8);
    if (byte === undefined) return null;
    bytes.push(Buffer.of(byte));
    at += octal?.length ?? 1;
    from = at + 1;
  }
  return null;
}
