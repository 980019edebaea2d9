/**
 * Gas. The text of the module is changed in place, no line moves: one unit is taken at the entry of every function and at the start
 * of every loop iteration, and what copies in one step (spread, rest, for-in) pays for its size. The module becomes the body
 * of a function: its exports lose the keyword.
 */
import { type Entry, exportsOf } from './exports.js';
import { ownRest, restNames } from './rests.js';
import { child, childList, isFunction, type Parsed, type SyntaxNode, walkSyntax } from './syntax.js';

/** The variables that the instrumented text uses; `script.ts` declares them. */
export const METER = {
  gas: '__gatos_g',
  stop: '__gatos_x',
  spread: '__gatos_s',
  listed: '__gatos_k',
  rest: '__gatos_r',
} as const;

export interface Instrumented {
  readonly text: string;
  /** Name of the variable that holds the entry. */
  readonly fold: string;
  /** Object literals with getters or setters. */
  readonly hasAccessors: boolean;
}

const TICK = `--${METER.gas}<0&&${METER.stop}()`;
const TICK_STATEMENT = `if(--${METER.gas}<0)${METER.stop}();`;

/** The module must have passed `lint`. */
export function instrument(parsed: Parsed, name: Entry = 'fold'): Instrumented {
  const edits = new Edits(parsed);
  let hasAccessors = false;
  let rests = 0;
  walkSyntax(parsed.program, (node, parent) => {
    if (isFunction(node)) meterFunction(edits, node);
    else if (LOOPS.has(node.type)) meterLoop(edits, node);
    else if (node.type === 'ClassBody') meterFields(edits, node);
    else if (node.type === 'StaticBlock') edits.open(edits.braceOf(node) + 1, TICK_STATEMENT);
    else if (node.type === 'SpreadElement') meterSpread(edits, node, parent);
    else if (node.type === 'CatchClause') meterCatch(edits, node);
    else if (node.type === 'AssignmentExpression') meterAssignment(edits, node);
    else if (node.type === 'VariableDeclaration' && !isLoopHead(node, parent))
      rests = meterDeclaration(edits, node, rests);
    if (node.type === 'Property' && node.kind !== 'init') hasAccessors = true;
  });
  const { entry } = exportsOf(parsed.program, name);
  return { text: edits.apply(), fold: entry?.local ?? '', hasAccessors };
}

const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

function isLoopHead(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  return (parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement') && child(parent, 'left') === node;
}

function restCalls(names: readonly string[], end: ',' | ';'): string {
  return names.map((name) => `${METER.rest}(${name})${end}`).join('');
}

function meterFunction(edits: Edits, node: SyntaxNode): void {
  const body = child(node, 'body');
  if (body === undefined) return;
  // A rest parameter itself holds what the caller passed, and the caller paid.
  const names = restNames(childList(node, 'params').filter(({ type }) => type !== 'RestElement'));
  if (body.type === 'BlockStatement') edits.open(body.start + 1, TICK_STATEMENT + restCalls(names, ';'));
  else edits.wrap(body, `(${TICK},${restCalls(names, ',')}`, ')');
}

function meterLoop(edits: Edits, node: SyntaxNode): void {
  const body = child(node, 'body');
  const left = child(node, 'left');
  const right = child(node, 'right');
  if (body === undefined) return;
  const names =
    left?.type === 'VariableDeclaration'
      ? restNames(childList(left, 'declarations').flatMap((each) => child(each, 'id') ?? []))
      : [];
  const start = TICK_STATEMENT + restCalls(names, ';');
  if (body.type === 'BlockStatement') edits.open(body.start + 1, start);
  else edits.wrap(body, `{${start}`, '}');
  if (node.type === 'ForInStatement' && right !== undefined) edits.wrap(right, `${METER.listed}((`, '))');
}

/** Field initialisers run when an instance is made, in no function of their own. */
function meterFields(edits: Edits, node: SyntaxNode): void {
  const fields = childList(node, 'body').some((each) => each.type === 'PropertyDefinition' && each.static !== true);
  if (fields) edits.open(node.start + 1, `#${METER.gas}=(${TICK});`);
}

/** The engine itself tells of the properties that it copies: see `wasm-patch.ts`. */
function meterSpread(edits: Edits, node: SyntaxNode, parent: SyntaxNode | undefined): void {
  const argument = child(node, 'argument');
  if (argument !== undefined && parent?.type !== 'ObjectExpression') edits.wrap(argument, `${METER.spread}((`, '))');
}

function meterCatch(edits: Edits, node: SyntaxNode): void {
  const param = child(node, 'param');
  const body = child(node, 'body');
  const names = param === undefined ? [] : restNames([param]);
  if (body !== undefined && names.length > 0) edits.open(body.start + 1, restCalls(names, ';'));
}

function meterAssignment(edits: Edits, node: SyntaxNode): void {
  const right = child(node, 'right');
  if (right !== undefined && ownRest(child(node, 'left')) !== undefined) edits.wrap(right, `${METER.spread}((`, '))');
}

/** Declares one more variable after each declarator with rest elements: its value is the call that pays. */
function meterDeclaration(edits: Edits, node: SyntaxNode, before: number): number {
  let count = before;
  for (const declarator of childList(node, 'declarations')) {
    const id = child(declarator, 'id');
    for (const name of id === undefined ? [] : restNames([id])) {
      count += 1;
      edits.close(declarator.end, `,${METER.rest}${count}=${METER.rest}(${name})`);
    }
  }
  return count;
}

interface Edit {
  readonly at: number;
  readonly text: string;
  /** Order among edits at one place: what closes comes first, inner ones before outer ones. */
  readonly order: number;
}

class Edits {
  readonly #edits: Edit[] = [];
  readonly #text: string;

  constructor({ source, comments, program }: Parsed) {
    const exports = childList(program, 'body').filter(({ type }) => type === 'ExportNamedDeclaration');
    const keywords = exports.map((statement) => ({
      start: statement.start,
      end: child(statement, 'declaration')?.start ?? statement.end,
    }));
    this.#text = blanked(source, [...comments, ...keywords]);
  }

  open(at: number, text: string): void {
    this.#edits.push({ at, text, order: this.#edits.length + 1 });
  }

  close(at: number, text: string): void {
    this.#edits.push({ at, text, order: -this.#edits.length - 1 });
  }

  wrap({ start, end }: SyntaxNode, before: string, after: string): void {
    this.open(start, before);
    this.close(end, after);
  }

  /** Where the brace of a static block is. */
  braceOf({ start }: SyntaxNode): number {
    return this.#text.indexOf('{', start);
  }

  apply(): string {
    const parts: string[] = [];
    let at = 0;
    for (const edit of this.#edits.sort((a, b) => a.at - b.at || a.order - b.order)) {
      parts.push(this.#text.slice(at, edit.at), edit.text);
      at = edit.at;
    }
    return parts.join('') + this.#text.slice(at);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The text with spaces in some ranges; line ends stay. */
function blanked(source: string, ranges: readonly Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    parts.push(source.slice(at, from), source.slice(from, end).replace(/[^\n\r\u2028\u2029]/g, ' '));
    at = end;
  }
  return parts.join('') + source.slice(at);
}
