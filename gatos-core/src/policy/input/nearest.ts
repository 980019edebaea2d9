/** The nearest of some known names, for `did you mean`. */
import { compareText } from '../../kernel/index.js';

/** Longer words are never guessed: the work is quadratic in their length. */
const GUESSED_LENGTH = 64;

/** Edits (insert, delete, replace, swap of neighbours) from one word to the other; `enough` or more is answered as `enough`. */
function editsBetween({ from, to, enough }: { from: string; to: string; enough: number }): number {
  if (Math.abs(from.length - to.length) >= enough) return enough;
  let before: number[] = [];
  let last: number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      next.push(best);
    }
    before = last;
    last = next;
  }
  return Math.min(enough, last[to.length] ?? enough);
}

/** The known name that a person probably meant, or null when none is near. Among equally near ones the first in byte order. */
export function nearest(name: string, known: Iterable<string>): string | null {
  if (name.length > GUESSED_LENGTH) return null;
  let enough = Math.min(4, Math.max(2, Math.ceil(name.length / 3) + 1));
  let found: string | null = null;
  for (const each of [...known].sort(compareText)) {
    if (each === name || each.length > GUESSED_LENGTH) continue;
    const edits = editsBetween({ from: name.toLowerCase(), to: each.toLowerCase(), enough });
    // A word of which nothing is left was not meant.
    if (edits >= enough || edits >= name.length) continue;
    enough = edits;
    found = each;
  }
  return found ?? nearestByEnds(name, known);
}

/** One name that starts or ends with the other (`ref` for `refname`, `path` for `file_path`). */
function nearestByEnds(name: string, known: Iterable<string>): string | null {
  if (name.length < 3) return null;
  const fits = [...known].filter((each) => {
    if (each.length < 3) return false;
    const [short, long] = each.length < name.length ? [each, name] : [name, each];
    return short !== long && (long.startsWith(short) || long.endsWith(short));
  });
  return fits.sort((a, b) => a.length - b.length || compareText(a, b))[0] ?? null;
}
