/** Nothing in the repository names a path or a tool of the machine that it was built on: a reader has neither. */
import type { Finding, Rule } from '../rule.js';

// In pieces, so that this file does not hold what it bans.
const WORDS = [
  { word: ['', 'work', ''].join('/'), instead: 'a path from the root of the repository, or a temporary directory' },
  { word: ['farm', ''].join('-'), instead: 'a command that a reader can run' },
] as const;

/** After a letter, or in a relative path such as `../work`, it is a part of another word. */
function startsWord(text: string, at: number): boolean {
  return at === 0 || !/[A-Za-z0-9_.]/.test(text[at - 1] ?? '');
}

export const privateWords: Rule = {
  name: 'private-words',
  check: (tree) =>
    tree.paths
      .filter((file) => file !== 'package-lock.json')
      .flatMap((file) =>
        tree
          .text(file)
          .split('\n')
          .flatMap((text, index) =>
            WORDS.flatMap(({ word, instead }): readonly Finding[] => {
              const at = text.indexOf(word);
              if (at === -1 || !startsWord(text, at)) return [];
              return [{ file, line: index + 1, found: `\`${word}\``, instead }];
            }),
          ),
      ),
};
