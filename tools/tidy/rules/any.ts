/** `any` switches the compiler off for everything that it touches. */
import ts from 'typescript';
import { isSource } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { lineOf, walk } from '../syntax.js';

export const any: Rule = {
  name: 'any',
  check: (tree) =>
    tree.paths.filter(isSource).flatMap((file) => {
      const source = tree.source(file);
      const findings: Finding[] = [];
      walk(source, (node) => {
        if (node.kind !== ts.SyntaxKind.AnyKeyword) return;
        findings.push({
          file,
          line: lineOf(source, node),
          found: '`any`',
          instead: '`unknown` and a check, or the type itself',
        });
      });
      return findings;
    }),
};
