/** A file that is not a test has at most 400 lines; the entry point of a package, which is a list of names and nothing else, twice as many. */
import { isProduct } from '../paths.js';
import type { Finding, Rule } from '../rule.js';

export const FILE_LINES = 400;
const ENTRY_LINES = 2 * FILE_LINES;
const ENTRY_POINT = /^[^/]+\/src\/index\.ts$/;

/** Lines as an editor counts them: a final line feed starts no line. */
export function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
}

export const fileLength: Rule = {
  name: 'file-length',
  check: (tree) =>
    tree.paths.filter(isProduct).flatMap((file): readonly Finding[] => {
      const lines = countLines(tree.text(file));
      const limit = ENTRY_POINT.test(file) ? ENTRY_LINES : FILE_LINES;
      if (lines <= limit) return [];
      return [{ file, found: `${lines} lines, the limit is ${limit}`, instead: 'one file for each reason to change' }];
    }),
};
