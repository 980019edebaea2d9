/** The syntax of a fold module: parsing with acorn, and walking its tree without recursion on the stack of the host. */
import { type Comment, type Node, type Options, Parser, type Position, type Token } from 'acorn';
import { LIMITS } from '../../kernel/index.js';
import { plainText } from './plain-text.js';

export type SyntaxNode = Node & { readonly [field: string]: unknown };

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export interface Parsed {
  readonly source: string;
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
  readonly tokens: readonly Token[];
}

export interface SyntaxFault extends Place {
  readonly rule: 'syntax' | 'nesting';
  readonly why: string;
}

const ECMASCRIPT = 2022;

/** Parses an ES module, or says why it is none. */
export function parseModule(source: string): Parsed | SyntaxFault {
  const comments: Comment[] = [];
  const tokens: Token[] = [];
  const options: Options = {
    ecmaVersion: ECMASCRIPT,
    sourceType: 'module',
    locations: true,
    onComment: comments,
    onToken: tokens,
  };
  try {
    const bracket = deepBracket(source);
    if (bracket !== undefined) return { rule: 'nesting', ...placeOf(bracket), why: BRACKETS };
    const program = Parser.parse(source, options) as unknown as SyntaxNode;
    const deep = tooDeep(program);
    return deep ?? { source, program, comments, tokens };
  } catch (error) {
    // Only a source nested far beyond the limit exhausts the stack of the host, so the verdict is the same everywhere.
    if (isExhausted(error)) return { rule: 'nesting', line: 1, column: 1, why: TREE };
    if (error instanceof SyntaxError && 'loc' in error) {
      const { loc, message } = error as SyntaxError & { loc: Position };
      return { rule: 'syntax', ...placeOf(loc), why: plainText(lowerFirst(message.replace(/ \(\d+:\d+\)$/, ''))) };
    }
    throw error;
  }
}

function isExhausted(error: unknown): boolean {
  if (error instanceof RangeError) return true;
  return (
    error instanceof Error && (error.name === 'InternalError' || error.message.startsWith('Not enough stack space'))
  );
}

const BRACKETS = `more than ${LIMITS.foldBrackets} brackets are open`;
const TREE = `the code is nested more than ${LIMITS.foldTreeDepth} levels deep`;

/** The first bracket that is one too many. Parsers recurse at each, so this is looked at first, by the tokens alone. */
function deepBracket(source: string): Position | undefined {
  let open = 0;
  try {
    for (const { type, loc } of Parser.tokenizer(source, {
      ecmaVersion: ECMASCRIPT,
      sourceType: 'module',
      locations: true,
    })) {
      if (OPENING.has(type.label)) open += 1;
      else if (CLOSING.has(type.label)) open -= 1;
      if (open > LIMITS.foldBrackets) return loc?.start;
    }
  } catch (error) {
    // The parser says better what is wrong.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return undefined;
}

const OPENING: ReadonlySet<string> = new Set(['(', '[', '{', '${']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);

function tooDeep(program: SyntaxNode): SyntaxFault | undefined {
  const pending: [SyntaxNode, number][] = [[program, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, depth] = next;
    if (depth > LIMITS.foldTreeDepth) return { rule: 'nesting', ...startOf(node), why: TREE };
    for (const child of childrenOf(node)) pending.push([child, depth + 1]);
  }
  return undefined;
}

export function placeOf({ line, column }: Position): Place {
  return { line, column: column + 1 };
}

export function startOf(node: Node): Place {
  return node.loc === null || node.loc === undefined ? { line: 1, column: 1 } : placeOf(node.loc.start);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'start' in value && typeof value.type === 'string'
  );
}

/** Child nodes, in the order of the source. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const [field, value] of Object.entries(node)) {
    if (field === 'loc') continue;
    if (Array.isArray(value)) {
      for (const item of value as readonly unknown[]) if (isNode(item)) children.push(item);
    } else if (isNode(value)) {
      children.push(value);
    }
  }
  return children;
}

/** Calls `visit` for every node, parents first. */
export function walkSyntax(
  program: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void,
): void {
  const pending: [SyntaxNode, SyntaxNode | undefined][] = [[program, undefined]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next;
    visit(node, parent);
    for (const child of [...childrenOf(node)].reverse()) pending.push([child, node]);
  }
}

/** The child node in a field. */
export function child(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The child nodes in a field that holds a list; holes are left out. */
export function childList(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isNode) : [];
}

/** The text of a field that holds one, such as the name of an identifier. */
export function textField(node: SyntaxNode, field: string): string {
  const value = node[field];
  return typeof value === 'string' ? value : '';
}

export function isFunction({ type }: SyntaxNode): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}
