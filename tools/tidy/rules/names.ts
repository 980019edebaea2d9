/** Words that say nothing: a file or folder of that name is a drawer. */
import ts from 'typescript';
import { isSource } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { hasModifier, lineOf } from '../syntax.js';

const DRAWERS = new Set([
  'util',
  'utils',
  'utility',
  'utilities',
  'helper',
  'helpers',
  'common',
  'misc',
  'manager',
  'managers',
]);
/** `common` stands well in a name such as `commonPrefix`; these never do. */
const EMPTY = new Set([...DRAWERS].filter((word) => word !== 'common'));

/** `fooBar-baz.test` as foo, bar, baz, test. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

function findPaths(paths: readonly string[]): readonly Finding[] {
  const instead = 'name it after what it holds; if it holds several things, it is several files';
  const seen = new Set<string>();
  return paths.flatMap((path) =>
    path.split('/').flatMap((part, index, parts): readonly Finding[] => {
      const word = wordsOf(part).find((each) => DRAWERS.has(each));
      const file = parts.slice(0, index + 1).join('/');
      if (word === undefined || seen.has(file)) return [];
      seen.add(file);
      return [{ file, found: `\`${word}\` in a name`, instead }];
    }),
  );
}

function namesDeclared(node: ts.Statement): readonly ts.Node[] {
  if (!hasModifier(node, ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name);
  const { name } = node as ts.Statement & { name?: ts.Node };
  return name === undefined ? [] : [name];
}

export const names: Rule = {
  name: 'names',
  check: (tree) => {
    const exported = tree.paths.filter(isSource).flatMap((file) => {
      const source = tree.source(file);
      return source.statements.flatMap(namesDeclared).flatMap((name): readonly Finding[] => {
        const word = wordsOf(name.getText(source)).find((each) => EMPTY.has(each));
        if (word === undefined) return [];
        const instead = 'say what it does: a verb for a function, the thing itself for a class';
        return [{ file, line: lineOf(source, name), found: `\`${word}\` in an exported name`, instead }];
      });
    });
    return [...findPaths(tree.paths), ...exported];
  },
};
