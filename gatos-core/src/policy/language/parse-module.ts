/** A whole module, and single expressions. */

import { utf8Length } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { nearest } from '../input/index.js';
import type { Expr, Import, Item, Module, Name } from './ast.js';
import type { Diagnostic } from './diagnostic.js';
import { lex } from './lexer.js';
import { TestParser } from './parse-test.js';
import { DiagnosticList } from './sink.js';
import { Source, type SourceText } from './source.js';
import type { Token } from './token.js';
import { ITEM_WORDS, type ItemWord, isItemWord } from './words.js';

/** What other languages start an item with. */
const MEANT: ReadonlyMap<string, ItemWord> = new Map<string, ItemWord>([
  ['package', 'module'],
  ['use', 'import'],
  ['include', 'import'],
  ['let', 'const'],
  ['var', 'const'],
  ['def', 'rule'],
  ['fn', 'rule'],
  ['func', 'rule'],
  ['function', 'rule'],
  ['predicate', 'rule'],
  ['forbid', 'deny'],
  ['refuse', 'deny'],
  ['reject', 'deny'],
  ['block', 'deny'],
  ['violation', 'deny'],
  ['must', 'require'],
  ['ensure', 'require'],
  ['warning', 'warn'],
]);

/** What says elsewhere that nothing is refused unless a rule says so. */
const DEFAULTS: ReadonlySet<string> = new Set(['allow', 'default', 'permit']);

export interface ParsedModule {
  readonly module: Module;
  /** In the order of the text; with an error among them, the module lacks what could not be understood. */
  readonly diagnostics: readonly Diagnostic[];
}

class ModuleParser extends TestParser {
  #name: Name | null = null;
  readonly #imports: Import[] = [];
  readonly #items: Item[] = [];

  module(): Omit<Module, 'comments'> {
    while (this.token.kind !== 'end') {
      const { taken } = this;
      this.#item();
      if (this.taken === taken) this.next();
    }
    return { name: this.#name, imports: this.#imports, items: this.#items };
  }

  wholeExpression(): Expr | null {
    const expr = this.within(true, () => this.expression());
    if (expr !== null) this.ended();
    return expr;
  }

  #item(): void {
    const { token } = this;
    const word = token.kind === 'name' ? this.#wordOf(token.text) : null;
    if (word === 'module') this.#moduleName();
    else if (word === 'import') this.#import();
    else if (word !== null) {
      const item = this.#read(word);
      if (item !== null) this.#items.push(item);
      this.#rest(item !== null);
    } else {
      if (token.kind !== 'name') this.#noItem();
      this.skipTo((each) => each !== token && this.#startsItem(each));
    }
  }

  /** Does the token, which stands here, look like the start of an item? */
  #startsItem({ first, kind, text }: Token): boolean {
    return first && kind === 'name' && (DEFAULTS.has(text) || this.#wordOf(text, false) !== null);
  }

  #noItem(): void {
    const { token } = this;
    if (this.is('}') || this.is(')') || this.is(']')) this.sink.report(token, 'unopened', { bracket: token.text });
    else this.expected('an item', `an item starts with ${ITEM_WORDS.map((each) => `\`${each}\``).join(', ')}`);
  }

  /** After an item comes a new line; after one that could not be understood, whatever starts the next one. */
  #rest(sound: boolean): void {
    const { token } = this;
    if (sound && (token.first || token.kind === 'end')) return;
    if (sound && (this.is('}') || this.is(')') || this.is(']'))) {
      this.sink.report(token, 'unopened', { bracket: token.text });
    } else if (sound) this.expected('a new line');
    this.skipTo((each) => (sound ? each.first : this.#startsItem(each)));
  }

  #read(word: Exclude<ItemWord, 'module' | 'import'>): Item | null {
    if (word === 'const') return this.constItem();
    if (word === 'rule') return this.ruleItem();
    return word === 'test' ? this.testItem() : this.headItem(word);
  }

  /** The word itself, or the one that was meant, which is reported. */
  #wordOf(word: string, report = true): ItemWord | null {
    if (isItemWord(word)) return word;
    const meant = MEANT.get(word) ?? null;
    const near = meant ?? nearest(word, ITEM_WORDS);
    // A near word is one only where what follows fits: `tests = 1` starts no test.
    const follows = this.peek(1);
    const fits = near !== null && !follows.first && (follows.kind === 'text' || follows.kind === 'name');
    if (report && DEFAULTS.has(word)) this.sink.report(this.token, 'default', {});
    else if (report) {
      const data = { what: 'item', found: word, suggestion: near, known: ITEM_WORDS };
      this.sink.report(this.token, 'word', data);
    }
    return fits && isItemWord(near) ? near : null;
  }

  #moduleName(): void {
    const { start } = this.next();
    const name = this.dotted('a module');
    const span = { start, end: this.before };
    const place = '`module` stands on the first line of a module, before imports and items';
    if (this.#name !== null) {
      this.sink.report(span, 'twice', { what: 'module', line: this.lineOf(this.#name.span.start) });
    } else if (this.#imports.length + this.#items.length > 0) {
      this.sink.report(span, 'order', { what: '`module`', place });
    }
    this.#name ??= name;
    this.#rest(true);
  }

  #import(): void {
    const item = this.importItem();
    const place = 'imports stand before the first item';
    if (item !== null) {
      if (this.#items.length > 0) this.sink.report(item.span, 'order', { what: '`import`', place });
      this.#imports.push(item);
    }
    this.#rest(true);
  }
}

const EMPTY: Module = { name: null, imports: [], items: [], comments: [] };

function overLimit(source: Source, list: DiagnosticList): boolean {
  const limit = LIMITS.policySourceBytes;
  const size = source.text.length > limit ? source.text.length : utf8Length(source.text);
  if (size > limit) list.report({ start: 0, end: 0 }, 'too-large', { what: 'bytes of this module', size, limit });
  return size > limit;
}

/** As `parseModule`, with the number of tokens and of looks at them: both grow with the length of the text alone. */
export function parseCounted(text: SourceText): ParsedModule & { readonly tokens: number; readonly steps: number } {
  const source = new Source(text);
  const list = new DiagnosticList(source);
  if (overLimit(source, list)) return { module: EMPTY, diagnostics: list.list(), tokens: 0, steps: 0 };
  const { tokens, comments } = lex(source.text, list);
  const parser = new ModuleParser({ source, tokens, sink: list });
  const module = { ...parser.module(), comments };
  return { module, diagnostics: list.list(), tokens: tokens.length, steps: parser.steps };
}

/** The syntax tree of a module and all that is wrong with its form. Never throws, whatever the text. */
export function parseModule(text: SourceText): ParsedModule {
  const { module, diagnostics } = parseCounted(text);
  return { module, diagnostics };
}

export interface ParsedExpression {
  /** Null when there is an error. */
  readonly expr: Expr | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** A text that is one expression, such as what a person types to look into a document. Never throws. */
export function parseExpression(text: SourceText): ParsedExpression {
  const source = new Source(text);
  const list = new DiagnosticList(source);
  if (overLimit(source, list)) return { expr: null, diagnostics: list.list() };
  const { tokens } = lex(source.text, list);
  const expr = new ModuleParser({ source, tokens, sink: list }).wholeExpression();
  const diagnostics = list.list();
  return { expr: diagnostics.length === 0 ? expr : null, diagnostics };
}
