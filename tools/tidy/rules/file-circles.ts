/** No circle between files either, counting what is loaded with them: such modules depend on who loads first. */
import { findCircle } from '../circle.js';
import { isProduct, resolveRelative } from '../paths.js';
import type { Rule } from '../rule.js';
import { importsOf } from '../syntax.js';

export const fileCircles: Rule = {
  name: 'file-circles',
  check: (tree) => {
    const arrows = tree.paths.filter(isProduct).flatMap((from) =>
      importsOf(tree.source(from))
        .filter(({ specifier, typeOnly, lazy }) => specifier.startsWith('.') && !typeOnly && !lazy)
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
