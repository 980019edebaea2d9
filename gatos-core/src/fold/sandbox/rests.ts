/** Rest elements of patterns: they copy what is left, so they cost gas. */
import { boundBy } from './scope.js';
import { child, childList, type SyntaxNode, textField } from './syntax.js';

/** Rest elements anywhere in a pattern. */
function restsIn(pattern: SyntaxNode | undefined): readonly SyntaxNode[] {
  switch (pattern?.type) {
    case 'RestElement':
      return [pattern, ...restsIn(child(pattern, 'argument'))];
    case 'ArrayPattern':
      return childList(pattern, 'elements').flatMap(restsIn);
    case 'ObjectPattern':
      return childList(pattern, 'properties').flatMap((each) =>
        restsIn(each.type === 'RestElement' ? each : child(each, 'value')),
      );
    case 'AssignmentPattern':
      return restsIn(child(pattern, 'left'));
    default:
      return [];
  }
}

/** The rest element at the end of an array or object pattern itself. */
export function ownRest(pattern: SyntaxNode | undefined): SyntaxNode | undefined {
  const parts = pattern?.type === 'ArrayPattern' ? 'elements' : 'properties';
  return pattern === undefined ? undefined : childList(pattern, parts).find(({ type }) => type === 'RestElement');
}

/** Names that rest elements of binding patterns give to what they copied. */
export function restNames(patterns: readonly SyntaxNode[]): readonly string[] {
  const names = patterns.flatMap(restsIn).flatMap((rest) => boundBy(rest));
  return [...new Set(names.map((identifier) => textField(identifier, 'name')))];
}

/** Rest elements of an assignment (not a declaration) whose cost cannot be charged. */
export function nestedRests(node: SyntaxNode): readonly SyntaxNode[] {
  const isLoop = node.type === 'ForOfStatement' || node.type === 'ForInStatement';
  if (node.type !== 'AssignmentExpression' && !isLoop) return [];
  const left = child(node, 'left');
  if (left === undefined || left.type === 'VariableDeclaration') return [];
  const own = isLoop ? undefined : ownRest(left);
  return restsIn(left).filter((rest) => rest !== own);
}
