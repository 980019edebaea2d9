/** Which names of a module are bound by nobody: those must be globals of the sandbox. */
import { child, childList, childrenOf, isFunction, type SyntaxNode, textField } from './syntax.js';

/** Identifiers that a pattern binds. */
export function boundBy(pattern: SyntaxNode | undefined): readonly SyntaxNode[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return childList(pattern, 'properties').flatMap((property) =>
        boundBy(property.type === 'RestElement' ? property : child(property, 'value')),
      );
    case 'ArrayPattern':
      return childList(pattern, 'elements').flatMap(boundBy);
    case 'RestElement':
      return boundBy(child(pattern, 'argument'));
    case 'AssignmentPattern':
      return boundBy(child(pattern, 'left'));
    default:
      return [];
  }
}

/** References to names that no enclosing scope declares, in the order of the source. */
export function freeNames(program: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  visit(program, new Scope(undefined, []), found);
  return found;
}

class Scope {
  readonly #names: Set<string>;
  readonly #outer: Scope | undefined;

  constructor(outer: Scope | undefined, names: readonly string[]) {
    this.#outer = outer;
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#outer?.has(name) ?? false);
  }
}

function visit(node: SyntaxNode, outer: Scope, found: SyntaxNode[]): void {
  if (node.type === 'Identifier') {
    if (!outer.has(textField(node, 'name'))) found.push(node);
    return;
  }
  const names = namesDeclaredBy(node);
  const scope = names.length === 0 ? outer : new Scope(outer, names);
  for (const next of referringChildren(node)) visit(next, scope, found);
}

/** Names in the scope that a node opens; none when it opens none. */
function namesDeclaredBy(node: SyntaxNode): readonly string[] {
  const own = textField(child(node, 'id') ?? node, 'name');
  if (isFunction(node)) {
    const params = childList(node, 'params').flatMap(boundBy);
    const implied = node.type === 'ArrowFunctionExpression' ? [] : ['arguments', own];
    return [...namesOf(params), ...implied, ...varNames(child(node, 'body'))];
  }
  switch (node.type) {
    case 'Program':
      return [...lexicalNames(childList(node, 'body')), ...varNames(node)];
    case 'BlockStatement':
      return lexicalNames(childList(node, 'body'));
    case 'StaticBlock':
      return [...lexicalNames(childList(node, 'body')), ...varNames(node)];
    case 'SwitchStatement':
      return lexicalNames(childList(node, 'cases').flatMap((branch) => childList(branch, 'consequent')));
    case 'ForStatement':
      return lexicalNames([child(node, 'init')]);
    case 'ForInStatement':
    case 'ForOfStatement':
      return lexicalNames([child(node, 'left')]);
    case 'CatchClause':
      return namesOf(boundBy(child(node, 'param')));
    case 'ClassExpression':
    case 'ClassDeclaration':
      return [own];
    default:
      return [];
  }
}

function namesOf(identifiers: readonly SyntaxNode[]): readonly string[] {
  return identifiers.map((identifier) => textField(identifier, 'name'));
}

/** Names that the statements of one block declare for it. */
function lexicalNames(statements: readonly (SyntaxNode | undefined)[]): readonly string[] {
  return statements.flatMap((statement) => {
    const node = statement?.type === 'ExportNamedDeclaration' ? child(statement, 'declaration') : statement;
    if (node === undefined) return [];
    if (node.type === 'VariableDeclaration') return node.kind === 'var' ? [] : declared(node);
    if (node.type === 'ImportDeclaration')
      return namesOf(childList(node, 'specifiers').flatMap((each) => boundBy(child(each, 'local'))));
    const names = node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration';
    return names ? namesOf(boundBy(child(node, 'id'))) : [];
  });
}

function declared(declaration: SyntaxNode): readonly string[] {
  return namesOf(childList(declaration, 'declarations').flatMap((each) => boundBy(child(each, 'id'))));
}

/** Names of `var` in a body, from all of its blocks but not from functions in it. */
function varNames(body: SyntaxNode | undefined): readonly string[] {
  if (body === undefined) return [];
  const names: string[] = [];
  const pending = [...childrenOf(body)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (isFunction(node) || node.type === 'StaticBlock') continue;
    if (node.type === 'VariableDeclaration' && node.kind === 'var') names.push(...declared(node));
    pending.push(...childrenOf(node));
  }
  return names;
}

/** Children in which an identifier is a reference or a binding, not a label or the name of a property. */
function referringChildren(node: SyntaxNode): readonly SyntaxNode[] {
  const fields = (...names: readonly string[]): readonly SyntaxNode[] =>
    names.flatMap((name) => child(node, name) ?? []);
  switch (node.type) {
    case 'MemberExpression':
      return node.computed === true ? fields('object', 'property') : fields('object');
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return node.computed === true ? fields('key', 'value') : fields('value');
    case 'LabeledStatement':
      return fields('body');
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return [];
    case 'ExportSpecifier':
      return fields('local');
    case 'ExportNamedDeclaration':
      return child(node, 'source') === undefined ? childrenOf(node) : [];
    default:
      return childrenOf(node);
  }
}
