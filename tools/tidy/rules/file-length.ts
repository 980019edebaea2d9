/** A file that is not a test has at most 400 lines. */
import { isProduct } from '../paths.js';
import type { Finding, Rule } from '../rule.js';

export const FILE_LINES = 400;

/** Lines as an editor counts them: a final line feed starts no line. */
export function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
}

export const fileLength: Rule = {
  name: 'file-length',
  check: (tree) =>
    tree.paths.filter(isProduct).flatMap((file): readonly Finding[] => {
      const lines = countLines(tree.text(file));
      if (lines <= FILE_LINES) return [];
      return [
        { file, found: `${lines} lines, the limit is ${FILE_LINES}`, instead: 'one file for each reason to change' },
      ];
    }),
};
