/** "did you mean": the closest of the known words, if it is close enough to be a slip. */

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] as number) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}

/** The candidate nearest to `word`; a word that is the start of just one candidate means that one. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length === 0 || word.length > 64) return undefined;
  const lower = word.toLowerCase();
  const starting = candidates.filter((candidate) => candidate.startsWith(lower));
  if (starting.length === 1 && lower.length >= 2) return starting[0];
  const allowed = word.length <= 3 ? 1 : word.length <= 7 ? 2 : 3;
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase());
    // Of two that are equally near, the one with the same first letter: slips are rare there.
    const nearer =
      distance < bestDistance || (distance === bestDistance && candidate[0] === lower[0] && best?.[0] !== lower[0]);
    if (nearer && distance <= allowed && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
