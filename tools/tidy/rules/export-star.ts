/** What a file exports is written in it: `export *` hides names until they clash. */
import ts from 'typescript';
import { isSource } from '../paths.js';
import type { Rule } from '../rule.js';
import { lineOf } from '../syntax.js';

export const exportStar: Rule = {
  name: 'export-star',
  check: (tree) =>
    tree.paths.filter(isSource).flatMap((file) => {
      const source = tree.source(file);
      return source.statements
        .filter(ts.isExportDeclaration)
        .filter(({ exportClause }) => exportClause === undefined || ts.isNamespaceExport(exportClause))
        .map((node) => ({
          file,
          line: lineOf(source, node),
          found: '`export *`',
          instead: 'export { name, type Name } from …',
        }));
    }),
};
