/** No default exports, except where a tool asks for one: a thing has one name everywhere. */
import ts from 'typescript';
import { isSource } from '../paths.js';
import type { Rule } from '../rule.js';
import { hasModifier, lineOf } from '../syntax.js';

const CONFIG = /(^|\/)[\w.-]+\.config\.(ts|mts|js|mjs)$/;

function isDefault(node: ts.Statement): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (hasModifier(node, ts.SyntaxKind.DefaultKeyword)) return true;
  const clause = ts.isExportDeclaration(node) ? node.exportClause : undefined;
  return (
    clause !== undefined && ts.isNamedExports(clause) && clause.elements.some(({ name }) => name.text === 'default')
  );
}

export const defaultExports: Rule = {
  name: 'default-exports',
  check: (tree) =>
    tree.paths
      .filter((file) => isSource(file) && !CONFIG.test(file))
      .flatMap((file) => {
        const source = tree.source(file);
        return source.statements.filter(isDefault).map((node) => ({
          file,
          line: lineOf(source, node),
          found: 'a default export',
          instead: 'export it under its name',
        }));
      }),
};
