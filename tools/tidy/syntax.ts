/** What the rules ask of a syntax tree. */
import ts from 'typescript';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Erased when compiled: `import type`, `export type … from`, `import('…').T`, or only type specifiers. */
  readonly typeOnly: boolean;
  /** `import('…')`: loaded when the code runs, not when the module is. */
  readonly lazy: boolean;
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Calls `visit` for the node and everything below it, in source order. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function importIsTypeOnly(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  );
}

function exportIsTypeOnly(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return clause !== undefined && ts.isNamedExports(clause) && clause.elements.every((element) => element.isTypeOnly);
}

function specifierOf(node: ts.Node): { specifier: ts.Node; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node)) return { specifier: node.moduleSpecifier, typeOnly: importIsTypeOnly(node) };
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: node.moduleSpecifier, typeOnly: exportIsTypeOnly(node) };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: node.argument.literal, typeOnly: true };
  }
  if (!ts.isCallExpression(node)) return undefined;
  const [argument] = node.arguments;
  const loads =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === 'require');
  return loads && argument !== undefined ? { specifier: argument, typeOnly: false } : undefined;
}

/** Every import of a file: static, re-export, dynamic with a literal, type import, `require`. */
export function importsOf(source: ts.SourceFile): readonly Import[] {
  const found: Import[] = [];
  walk(source, (node) => {
    const at = specifierOf(node);
    if (at === undefined || !ts.isStringLiteralLike(at.specifier)) return;
    const lazy = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    found.push({ specifier: at.specifier.text, line: lineOf(source, node), typeOnly: at.typeOnly, lazy });
  });
  return found;
}

/** Is this identifier a use of that name as a value or a type, and not merely the name of somebody's property? */
export function isFreeName(node: ts.Node, name: string): node is ts.Identifier {
  if (!ts.isIdentifier(node) || node.text !== name) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return ts.isPropertyAccessExpression(parent) ? parent.expression === node : parent.left === node;
  }
  const named = parent as ts.Node & { name?: ts.Node; propertyName?: ts.Node };
  return ts.isShorthandPropertyAssignment(parent) || (named.name !== node && named.propertyName !== node);
}

/** Is this `object.property`, with `object` a free name? */
export function isProperty(node: ts.Node, object: string, property: string): boolean {
  return ts.isPropertyAccessExpression(node) && node.name.text === property && isFreeName(node.expression, object);
}

/** Does a declaration carry this modifier? */
export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

/** Comments of a file with their lines, read by the scanner, so that strings never count. */
export function commentsOf(source: ts.SourceFile): readonly { readonly text: string; readonly line: number }[] {
  const found = new Map<number, { text: string; line: number }>();
  const text = source.text;
  const add = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) {
      found.set(pos, { text: text.slice(pos, end), line: source.getLineAndCharacterOfPosition(pos).line + 1 });
    }
  };
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.JsxText || ts.isTemplateLiteralToken(node)) return;
    add(ts.getLeadingCommentRanges(text, node.getFullStart()));
    add(ts.getTrailingCommentRanges(text, node.getEnd()));
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return [...found.values()];
}
