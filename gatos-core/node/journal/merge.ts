/** Merging runs, so that few of them hold everything and each entry is rewritten a logarithmic number of times. */
import { setImmediate as turn } from 'node:timers/promises';
import { joinStretches } from './coverage.js';
import { compareAt, ENTRY_BYTES, sameKey } from './entries.js';
import type { RunFile } from './run-file.js';
import { RunWriter } from './run-write.js';

/**
 * Which runs to merge: the smaller ones, up to the largest that they outweigh together. What is left is each larger than all
 * that are smaller, so there are at most log2(entries) of them; an entry that is rewritten ends in a run of twice the size.
 */
export function runsToMerge<T extends { readonly count: number }>(runs: readonly T[]): readonly T[] {
  const sorted = [...runs].sort((a, b) => a.count - b.count);
  let smaller = 0;
  let merged = 0;
  sorted.forEach(({ count }, i) => {
    // An empty run costs a look as well.
    const weight = Math.max(count, 1);
    if (weight <= smaller) merged = i + 1;
    smaller += weight;
  });
  return sorted.slice(0, merged);
}

/** Entries between two turns that others get. */
const SLICE = 20_000;

/**
 * Writes one run that holds what these hold, and returns its path. The least of the entries with one key stays. Throws
 * DamagedRun, and system errors as they come; then nothing was written.
 */
export async function mergeRuns(
  runs: readonly RunFile[],
  { directory, ns }: { directory: string; ns: string },
): Promise<string> {
  const writer = new RunWriter(directory);
  try {
    const cursors = runs.map((run) => new Cursor(run.pages())).filter((cursor) => cursor.next());
    const last = Buffer.alloc(ENTRY_BYTES);
    for (let written = 0; cursors.length > 0; ) {
      const cursor = leastOf(cursors);
      if (written === 0 || !sameKey(last, 0, cursor.page, cursor.at)) {
        writer.push(cursor.page, cursor.at);
        cursor.page.copy(last, 0, cursor.at, cursor.at + ENTRY_BYTES);
        written += 1;
        if (written % SLICE === 0) await turn();
      }
      if (!cursor.next()) cursors.splice(cursors.indexOf(cursor), 1);
    }
    return writer.finish({ ns, coverage: joinStretches(runs.flatMap(({ footer }) => footer.coverage)) });
  } catch (error) {
    writer.discard();
    throw error;
  }
}

/** Walks the entries of one run. */
class Cursor {
  page: Buffer = Buffer.alloc(0);
  at = -ENTRY_BYTES;

  constructor(private readonly pages: Generator<Buffer, void, undefined>) {}

  /** False at the end. */
  next(): boolean {
    this.at += ENTRY_BYTES;
    if (this.at < this.page.length) return true;
    const { value } = this.pages.next();
    if (value === undefined) return false;
    this.page = value;
    this.at = 0;
    return true;
  }
}

function leastOf(cursors: readonly Cursor[]): Cursor {
  return cursors.reduce((least, other) => (compareAt(other.page, other.at, least.page, least.at) < 0 ? other : least));
}
