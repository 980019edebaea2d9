/** CHANGELOG.md says what the next release brings. */
import { headingsOf } from '../markdown.js';
import type { Rule } from '../rule.js';

const FILE = 'CHANGELOG.md';

function unreleasedEntries(text: string): number {
  const headings = headingsOf(text).filter(({ level }) => level === 2);
  const index = headings.findIndex((heading) => heading.text === '[Unreleased]');
  const heading = headings[index];
  if (heading === undefined) return 0;
  const lines = text.split('\n').slice(heading.line, (headings[index + 1]?.line ?? Number.POSITIVE_INFINITY) - 1);
  return lines.filter((line) => /^\s*- \S/.test(line)).length;
}

export const changelog: Rule = {
  name: 'changelog',
  check: (tree) => {
    if (tree.has(FILE) && unreleasedEntries(tree.text(FILE)) > 0) return [];
    const instead = 'a heading `## [Unreleased]` with at least one `- ` below it';
    return [{ file: FILE, found: 'no unreleased entry', instead }];
  },
};
