/**
 * No circle between files either: modules that load one another depend on who is first, and files that only name one another's
 * types cannot be read one after the other. What is loaded when code runs does not count.
 */
import { findCircle } from '../circle.js';
import { isProduct, resolveRelative } from '../paths.js';
import type { Rule } from '../rule.js';
import { importsOf } from '../syntax.js';

export const fileCircles: Rule = {
  name: 'file-circles',
  check: (tree) => {
    const arrows = tree.paths.filter(isProduct).flatMap((from) =>
      importsOf(tree.source(from))
        .filter(({ specifier, lazy }) => specifier.startsWith('.') && !lazy)
        .map(({ specifier }) => ({ from, to: resolveRelative(from, specifier, (path) => tree.has(path)) })),
    );
    const circle = findCircle(arrows);
    if (circle === undefined) return [];
    const found = `files in a circle: ${circle.join(' → ')}`;
    return [
      { file: circle[0] ?? '', found, instead: 'move what both need into a third file, or pass it as a parameter' },
    ];
  },
};
