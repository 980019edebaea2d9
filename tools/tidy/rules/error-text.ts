/** The tables in errors.ts: one area each, every text lower-case at the start and without a final full stop. */
import ts from 'typescript';
import { isProduct } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { isFreeName, lineOf, walk } from '../syntax.js';

/** A word such as `The`; `SHA-256`, `OpenSSH` and `Ed25519` are spelled as they are. */
const SENTENCE_START = /^[A-Z][a-z]*(?=[\s,:;]|$)/;

interface Edges {
  readonly node: ts.Node;
  /** The text at the start and at the end; undefined where a value stands. */
  readonly start: string | undefined;
  readonly end: string | undefined;
}

/** The texts that an expression can give, by their edges. */
function edgesOf(node: ts.Expression): readonly Edges[] {
  if (ts.isParenthesizedExpression(node)) return edgesOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...edgesOf(node.whenTrue), ...edgesOf(node.whenFalse)];
  if (ts.isStringLiteralLike(node)) return [{ node, start: node.text, end: node.text }];
  if (ts.isTemplateExpression(node)) {
    const start = node.head.text === '' ? undefined : node.head.text;
    return [{ node, start, end: node.templateSpans.at(-1)?.literal.text }];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [edgesOf(node.left), edgesOf(node.right)];
    return [
      ...left.map(({ start }) => ({ node: node.left, start, end: undefined })),
      ...right.map(({ end }) => ({ node: node.right, start: undefined, end })),
    ];
  }
  return [];
}

/** What a `message` or `hint` can return. */
function returnsOf(value: ts.Expression): readonly ts.Expression[] {
  if (!ts.isArrowFunction(value)) return [value];
  if (!ts.isBlock(value.body)) return [value.body];
  const found: ts.Expression[] = [];
  walk(value.body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
  });
  return found;
}

function objectTo({ start, end }: Edges): Pick<Finding, 'found' | 'instead'> | undefined {
  const word = SENTENCE_START.exec(start ?? '')?.[0];
  if (word !== undefined) return { found: `a text that starts with \`${word}\``, instead: 'start lower-case' };
  if (end === undefined || !end.endsWith('.')) return undefined;
  return { found: 'a text that ends with a full stop', instead: 'leave it out; a second sentence is a hint' };
}

interface Area {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

function areaOf(node: ts.Node): ts.StringLiteralLike | undefined {
  if (!ts.isCallExpression(node) || !isFreeName(node.expression, 'errorArea')) return undefined;
  const [area] = node.arguments;
  return area !== undefined && ts.isStringLiteralLike(area) ? area : undefined;
}

function inspect(
  source: ts.SourceFile,
  file: string,
): { readonly areas: readonly Area[]; readonly findings: readonly Finding[] } {
  const areas: Area[] = [];
  const findings: Finding[] = [];
  walk(source, (node) => {
    const area = areaOf(node);
    if (area === undefined) return;
    areas.push({ name: area.text, file, line: lineOf(source, node) });
    walk(node, (inner) => {
      if (!ts.isPropertyAssignment(inner) || !['message', 'hint'].includes(inner.name.getText(source))) return;
      for (const edges of returnsOf(inner.initializer).flatMap(edgesOf)) {
        const objection = objectTo(edges);
        if (objection !== undefined) findings.push({ file, line: lineOf(source, edges.node), ...objection });
      }
    });
  });
  return { areas, findings };
}

export const errorText: Rule = {
  name: 'error-text',
  check: (tree) => {
    const seen = tree.paths.filter(isProduct).map((file) => inspect(tree.source(file), file));
    const areas = seen.flatMap((each) => each.areas);
    const misplaced = areas
      .filter(({ file }) => !/(^|\/)errors\.ts$/.test(file))
      .map(({ file, line }) => ({ file, line, found: 'a table of errors', instead: 'the errors.ts of the folder' }));
    const twice = areas
      .filter(({ name }, index) => areas.findIndex((other) => other.name === name) !== index)
      .map(({ name, file, line }) => ({
        file,
        line,
        found: `a second area \`${name}\``,
        instead: 'one area is one table',
      }));
    return [...seen.flatMap(({ findings }) => findings), ...misplaced, ...twice];
  },
};
