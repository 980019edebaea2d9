/** What a module exports as its entry. */
import { boundBy } from './scope.js';
import { child, childList, isFunction, type SyntaxNode, textField } from './syntax.js';

/** The export that the sandbox calls: `fold(state, event)` of a fold, `run(input)` of a script that runs once. */
export type Entry = 'fold' | 'run';

export interface EntryExport {
  /** Name of the variable in the module. */
  readonly local: string;
  /** The function itself, where it can be seen. */
  readonly fn: SyntaxNode | undefined;
}

export interface ModuleExports {
  readonly entry: EntryExport | undefined;
  /** Default exports, which it must not have. */
  readonly defaults: readonly SyntaxNode[];
}

export function exportsOf(program: SyntaxNode, entry: Entry): ModuleExports {
  const statements = childList(program, 'body');
  const defaults = statements.filter(({ type }) => type === 'ExportDefaultDeclaration');
  let local: string | undefined;
  for (const statement of statements) {
    if (statement.type !== 'ExportNamedDeclaration' || child(statement, 'source') !== undefined) continue;
    const names = bindingsOf(child(statement, 'declaration')).map((identifier) => textField(identifier, 'name'));
    if (names.includes(entry)) local = entry;
    for (const specifier of childList(statement, 'specifiers')) {
      const exported = child(specifier, 'exported');
      const name =
        exported?.type === 'Literal' ? textField(exported, 'value') : textField(exported ?? specifier, 'name');
      if (name === entry) local = textField(child(specifier, 'local') ?? specifier, 'name');
    }
  }
  return { entry: local === undefined ? undefined : { local, fn: functionNamed(statements, local) }, defaults };
}

/** Identifiers that a declaration binds. */
function bindingsOf(declaration: SyntaxNode | undefined): readonly SyntaxNode[] {
  if (declaration === undefined) return [];
  if (declaration.type !== 'VariableDeclaration') return boundBy(child(declaration, 'id'));
  return childList(declaration, 'declarations').flatMap((each) => boundBy(child(each, 'id')));
}

function functionNamed(statements: readonly SyntaxNode[], name: string): SyntaxNode | undefined {
  for (const statement of statements) {
    const node = statement.type === 'ExportNamedDeclaration' ? child(statement, 'declaration') : statement;
    if (node === undefined) continue;
    if (isFunction(node) && textField(child(node, 'id') ?? node, 'name') === name) return node;
    for (const declarator of node.type === 'VariableDeclaration' ? childList(node, 'declarations') : []) {
      const value = child(declarator, 'init');
      if (textField(child(declarator, 'id') ?? declarator, 'name') === name && value !== undefined && isFunction(value))
        return value;
    }
  }
  return undefined;
}
