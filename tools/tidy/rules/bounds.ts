/** Every bound of the core stands in kernel/limits.ts. Checked as far as a name tells that a number is a bound. */
import ts from 'typescript';
import { isPortable } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { lineOf, walk } from '../syntax.js';

const LIMITS_FILE = 'gatos-core/src/kernel/limits.ts';

/** `MAX_DEPTH`, `DEPTH_LIMIT`, `maxBytes`, `retryLimit`. */
const BOUND = /^(MAX|LIMIT)_|_(MAX|LIMIT|MAXIMUM)$|^max([A-Z]|$)|^maximum|Limit$/;

/** `2 ** 48 - 1`: the largest value of a field, which a format gives and nobody tunes. */
function isFieldWidth({ left, operatorToken, right }: ts.BinaryExpression): boolean {
  if (operatorToken.kind !== ts.SyntaxKind.MinusToken || right.getText() !== '1') return false;
  return ts.isBinaryExpression(left) && left.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken;
}

/** Is this a number larger than one, made of literals alone? Zero and one bound nothing that anyone would tune. */
function isLiteralBound(node: ts.Expression): boolean {
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll('_', '')) > 1;
  if (ts.isParenthesizedExpression(node)) return isLiteralBound(node.expression);
  if (!ts.isBinaryExpression(node)) return false;
  if (isFieldWidth(node)) return false;
  const isNumber = (side: ts.Expression): boolean => ts.isNumericLiteral(side) || isLiteralBound(side);
  return isNumber(node.left) && isNumber(node.right);
}

function boundOf(node: ts.Node): string | undefined {
  const declares = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node);
  if (!declares && !ts.isParameter(node)) return undefined;
  const { name, initializer } = node;
  if (!ts.isIdentifier(name) || !BOUND.test(name.text)) return undefined;
  return initializer !== undefined && isLiteralBound(initializer) ? name.text : undefined;
}

export const bounds: Rule = {
  name: 'bounds',
  check: (tree) =>
    tree.paths
      .filter((file) => isPortable(file) && file !== LIMITS_FILE)
      .flatMap((file) => {
        const source = tree.source(file);
        const findings: Finding[] = [];
        walk(source, (node) => {
          const bound = boundOf(node);
          if (bound === undefined) return;
          const instead = `an entry of LIMITS in ${LIMITS_FILE}, with its unit in a comment`;
          findings.push({ file, line: lineOf(source, node), found: `the bound \`${bound}\` as a number`, instead });
        });
        return findings;
      }),
};
