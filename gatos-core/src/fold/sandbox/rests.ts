/** Rest elements of list patterns: they copy what is left, so they cost gas. (Those of objects are counted by the engine.) */
import { boundBy } from './scope.js';
import { child, childList, type SyntaxNode, textField } from './syntax.js';

/** Rest elements of the lists anywhere in a pattern. */
function restsIn(pattern: SyntaxNode | undefined): readonly SyntaxNode[] {
  switch (pattern?.type) {
    case 'RestElement':
      return restsIn(child(pattern, 'argument'));
    case 'ArrayPattern':
      return childList(pattern, 'elements').flatMap((each) =>
        each.type === 'RestElement' ? [each, ...restsIn(each)] : restsIn(each),
      );
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

/** The rest element at the end of a list pattern itself. */
export function ownRest(pattern: SyntaxNode | undefined): SyntaxNode | undefined {
  if (pattern?.type !== 'ArrayPattern') return undefined;
  return childList(pattern, 'elements').find(({ type }) => type === 'RestElement');
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
