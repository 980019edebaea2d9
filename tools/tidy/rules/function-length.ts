/**
 * A function has at most 60 lines. The few longer ones stand in tools/tidy/long-functions.json with their length; that list
 * may only shrink, which tools/tidy/shrinking.ts checks against its own history.
 */
import ts from 'typescript';
import { isProduct } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { lineOf, walk } from '../syntax.js';
import type { Tree } from '../tree.js';

export const FUNCTION_LINES = 60;
export const LONG_FUNCTIONS = 'tools/tidy/long-functions.json';

/** `path#name` → the lines that function has. */
export type LongFunctions = Readonly<Record<string, number>>;

interface Measured {
  readonly file: string;
  readonly line: number;
  /** `path#name`, the name as far as there is one. */
  readonly key: string;
  readonly lines: number;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function nameOf(node: ts.Node, source: ts.SourceFile): string {
  for (let at: ts.Node | undefined = node; at !== undefined && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isConstructorDeclaration(at)) return 'constructor';
    const { name } = at as ts.Node & { name?: ts.Node };
    if (name === undefined) continue;
    const owner = at.parent;
    const prefix = ts.isClassLike(owner) && owner.name !== undefined ? `${owner.name.text}.` : '';
    return prefix + name.getText(source);
  }
  return 'anonymous';
}

/** A contract suite is a test that other adapters call: its `describe` body is measured like a test's, not at all. */
function holdsTests(node: ts.Node): boolean {
  let found = false;
  walk(node, (each) => {
    if (!ts.isCallExpression(each)) return;
    found ||= ts.isIdentifier(each.expression) && ['describe', 'it', 'test'].includes(each.expression.text);
  });
  return found;
}

export function measureFunctions(tree: Tree, file: string): readonly Measured[] {
  const source = tree.source(file);
  const suites = file.startsWith('gatos-core/testing/');
  const measured: Measured[] = [];
  walk(source, (node) => {
    if (!isFunction(node) || (suites && holdsTests(node))) return;
    const line = lineOf(source, node);
    const last = source.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
    measured.push({ file, line, key: `${file}#${nameOf(node, source)}`, lines: last - line + 1 });
  });
  return measured;
}

function allowedIn(tree: Tree): LongFunctions {
  return tree.has(LONG_FUNCTIONS) ? (JSON.parse(tree.text(LONG_FUNCTIONS)) as LongFunctions) : {};
}

export const functionLength: Rule = {
  name: 'function-length',
  check: (tree) => {
    const allowed = allowedIn(tree);
    const long = tree.paths
      .filter(isProduct)
      .flatMap((file) => measureFunctions(tree, file))
      .filter(({ lines }) => lines > FUNCTION_LINES);
    const tooLong = long.flatMap(({ file, line, key, lines }): readonly Finding[] => {
      const limit = allowed[key] ?? FUNCTION_LINES;
      const found = `\`${key.slice(file.length + 1)}\` has ${lines} lines, its limit is ${limit}`;
      return lines <= limit ? [] : [{ file, line, found, instead: 'take out the parts that have a name of their own' }];
    });
    const stale = Object.entries(allowed).flatMap(([key, lines]): readonly Finding[] => {
      const longest = Math.max(0, ...long.filter((each) => each.key === key).map((each) => each.lines));
      if (longest === lines) return [];
      const instead = longest === 0 ? 'remove the entry' : `lower the entry to ${longest}`;
      return longest > lines
        ? []
        : [{ file: LONG_FUNCTIONS, found: `\`${key}\` is listed with ${lines} lines and has fewer`, instead }];
    });
    return [...tooLong, ...stale];
  },
};
