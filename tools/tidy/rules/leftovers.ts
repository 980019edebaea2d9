/** What must not be left behind: promises in comments, tests that are switched off, checks that are silenced. */
import ts from 'typescript';
import { isSource, isTest } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { commentsOf, lineOf, walk } from '../syntax.js';

const PROMISE = /\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/;
const SILENCED = /@ts-(ignore|nocheck)|biome-ignore-all/;
const RUNNERS = new Set(['describe', 'it', 'test', 'suite', 'bench']);

function inComments(source: ts.SourceFile, file: string): readonly Finding[] {
  return commentsOf(source).flatMap(({ text, line }): readonly Finding[] => {
    const promise = PROMISE.exec(text)?.[0];
    if (promise !== undefined) {
      return [
        {
          file,
          line,
          found: `\`${promise}\` in a comment`,
          instead: 'do it now, or file an issue and say what holds today',
        },
      ];
    }
    const silenced = SILENCED.exec(text)?.[0];
    if (silenced === undefined) return [];
    const instead = 'a type that fits; in a test of wrong input, @ts-expect-error with the reason';
    return [{ file, line, found: `\`${silenced}\``, instead }];
  });
}

/** `it.only`, `describe.skip.each`, `test.concurrent.only`, … */
function switchedOff(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node) || !['only', 'skip', 'todo'].includes(node.name.text)) return undefined;
  let root: ts.Expression = node.expression;
  while (ts.isPropertyAccessExpression(root)) root = root.expression;
  return ts.isIdentifier(root) && RUNNERS.has(root.text) ? `${root.text}.${node.name.text}` : undefined;
}

function inTests(source: ts.SourceFile, file: string): readonly Finding[] {
  const findings: Finding[] = [];
  walk(source, (node) => {
    const found = switchedOff(node);
    if (found === undefined) return;
    const instead = 'run it; where the machine lacks something, skipIf(condition) with the reason in the title';
    findings.push({ file, line: lineOf(source, node), found: `\`${found}\``, instead });
  });
  return findings;
}

export const leftovers: Rule = {
  name: 'leftovers',
  check: (tree) =>
    tree.paths.filter(isSource).flatMap((file) => {
      const source = tree.source(file);
      const suite = isTest(file) || file.startsWith('gatos-core/testing/');
      return [...inComments(source, file), ...(suite ? inTests(source, file) : [])];
    }),
};
