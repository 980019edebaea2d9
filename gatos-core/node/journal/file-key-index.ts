/**
 * The key look-up in files: `<directory>/<namespace>/<generation>/<hash>.keys`, each an immutable sorted run (`run-format.ts`).
 * An append writes one small run and now and then merges the small ones; a look-up reads a few pages of each run.
 *
 * Any number of processes use it at once, without locks: a run appears by rename and never changes, a merge writes the new run
 * before it removes the old ones, and whoever had those open goes on reading them. To forget a namespace removes its generations
 * (directories of random names), so that a merge that was under way elsewhere has nowhere to put what it had read.
 *
 * It is a cache. A damaged or foreign file is removed and its stretch read anew; what cannot be written is kept in memory.
 */
import type { KeyIndex } from '../../src/journal/index.js';
import { checkNamespace } from '../../src/journal/index.js';
import { KeySpace } from './key-space.js';

export interface FileKeyIndex extends KeyIndex {
  /** Closes files. Safe to call twice; a process ends also without. */
  close(): void;
}

/** A look-up in `directory`, which is made when there is something to keep. */
export function fileKeyIndex(directory: string): FileKeyIndex {
  const spaces = new Map<string, KeySpace>();
  const space = (ns: string): KeySpace => {
    const known = spaces.get(ns) ?? new KeySpace({ directory, ns: checkNamespace(ns) });
    spaces.set(ns, known);
    return known;
  };
  return {
    covered: async (ns) => space(ns).covered(),
    lookup: async (ns, keys) => space(ns).lookup(keys),
    add: async (ns, found) => space(ns).add(found),
    clear: async (ns) => space(ns).clear(),
    close: () => {
      for (const each of spaces.values()) each.close();
      spaces.clear();
    },
  };
}
