/** The one layout of a module. Comments stay with what they stand at; blank lines between things are kept, one at most. */
import type { Body, Expect, Expr, HeadItem, Import, Item, Module, Span, Template, TestItem } from './ast.js';
import { all, type Doc, hard, indent, render } from './doc.js';
import { ExpressionFormatter } from './format-expression.js';
import { Comments, type Entry } from './format-rows.js';
import { escapeText, quote } from './quote.js';

/** Columns of a line. */
const WIDTH = 100;

function expectText(expect: Expect): string {
  if (expect.kind === 'allow') return 'expect allow';
  if (expect.kind === 'message') return `expect message ${quote(expect.text)}`;
  const id = expect.id === null ? '' : ` ${quote(expect.id.text)}`;
  return `expect ${expect.no ? 'no ' : ''}${expect.effect}${id}`;
}

function templateText({ parts }: Template): string {
  const write = (part: string | Expr): string => {
    if (typeof part === 'string') return escapeText(part.replaceAll('{', '{{').replaceAll('}', '}}'));
    const text = formatExpression(part);
    // `{{` would be a brace.
    return `{${text.startsWith('{') ? ' ' : ''}${escapeText(text)}}`;
  };
  return `"${parts.map(write).join('')}"`;
}

class ModuleFormatter extends ExpressionFormatter {
  item(item: Item): Doc {
    if (item.kind === 'const') return all(`const ${item.name.text} = `, this.expression(item.value));
    if (item.kind === 'head') return this.#head(item);
    if (item.kind === 'test') return this.#test(item);
    const { name, params, body } = item;
    const range = { start: name.span.end, end: params.at(-1)?.span.end ?? name.span.end };
    const head = all(`rule ${name.text}`, this.list({ open: '(', close: ')', items: params, range }));
    return body === null ? head : all(head, ' if ', this.block(body, true));
  }

  #head({ effect, id, message, because, hint, when, that }: HeadItem): Doc {
    const parts: Entry[] = [];
    if (message !== null) parts.push({ span: message.span, doc: () => `message ${templateText(message)}` });
    if (because !== null) parts.push({ span: because.span, doc: () => `because ${quote(because.text)}` });
    if (hint !== null) parts.push({ span: hint.span, doc: () => `hint ${templateText(hint)}` });
    parts.sort((a, b) => a.span.start - b.span.start);
    const range = { start: id.span.end, end: when.span.start };
    const rows = this.comments.rows(parts, { range, mark: '', between: hard, opening: true });
    const head = all(`${effect} ${quote(id.text)}`, rows.opening, rows.empty ? '' : indent(all(hard, rows.doc)));
    const first = all(head, hard, `${effect === 'require' ? 'for' : 'when'} `, this.block(when, true));
    return that === null ? first : all(first, this.#that(when, that));
  }

  #that(when: Body, that: Body): Doc {
    const range = { start: when.span.end, end: that.span.start };
    const rows = this.comments.rows([], { range, mark: '', between: hard, opening: true });
    return all(rows.opening, hard, rows.doc, rows.empty ? '' : hard, 'that ', this.block(that, true));
  }

  #test({ name, given, expects, span }: TestItem): Doc {
    const input = (): Doc => (given.kind === 'record' ? this.record(given, true) : this.expression(given));
    const entries: Entry[] = [
      { span: given.span, doc: () => all('given ', input()) },
      ...expects.map((expect) => ({ span: expect.span, doc: () => expectText(expect) })),
    ];
    entries.sort((a, b) => a.span.start - b.span.start);
    const rows = this.comments.rows(entries, {
      range: { start: name.span.end, end: span.end },
      mark: '',
      between: hard,
    });
    return all(`test ${quote(name.text)} {`, indent(all(hard, rows.doc)), hard, '}');
  }
}

interface Line extends Entry {
  /** Lines of one sort may stand together; `tall` never do. */
  readonly sort: 'module' | 'import' | 'const' | 'fact' | 'tall';
}

function importText({ module, as }: Import): string {
  return `import ${module.text}${as === null ? '' : ` as ${as.text}`}`;
}

function sortOf(item: Item): Line['sort'] {
  if (item.kind === 'const') return 'const';
  return item.kind === 'rule' && item.body === null ? 'fact' : 'tall';
}

function linesOf(module: Module, formatter: ModuleFormatter): readonly Line[] {
  const lines: Line[] = [];
  const { name } = module;
  if (name !== null) lines.push({ sort: 'module', span: name.span, doc: () => `module ${name.text}` });
  for (const each of module.imports) lines.push({ sort: 'import', span: each.span, doc: () => importText(each) });
  for (const item of module.items) lines.push({ sort: sortOf(item), span: item.span, doc: () => formatter.item(item) });
  return lines;
}

/**
 * The module in its one layout, at 100 columns, with a final line feed; empty for a module with nothing in it. `text` is what
 * the module was parsed from, without errors. Formatting what this returns gives the same again, and the tree stays the same
 * except for spans. A tree that was made, not parsed, has no comments and takes any text.
 */
export function formatModule(module: Module, text: string): string {
  const comments = new Comments(module.comments, text);
  const lines = linesOf(module, new ModuleFormatter(comments));
  const apart = (index: number): boolean => {
    const [before, after] = [lines[index - 1]?.sort, lines[index]?.sort];
    return before !== undefined && (before !== after || after === 'tall');
  };
  const range: Span = { start: 0, end: text.length };
  const rows = comments.rows(lines, { range, mark: '', between: hard, apart });
  return rows.empty ? '' : `${render(rows.doc, WIDTH)}\n`;
}

/** One expression on one line. */
export function formatExpression(expr: Expr): string {
  return render(new ExpressionFormatter(new Comments([], '')).expression(expr), Number.POSITIVE_INFINITY);
}
