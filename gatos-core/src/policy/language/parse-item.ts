/** Items other than tests: constants, rules, and the heads deny, warn and require. */

import { nearest } from '../input/index.js';
import type { Body, ConstItem, Expr, HeadItem, Import, Name, RuleItem, Template } from './ast.js';
import { describeToken } from './cursor.js';
import { BodyParser } from './parse-body.js';
import type { Sink } from './sink.js';
import type { Source } from './source.js';
import { readTemplate } from './template.js';
import type { Token } from './token.js';

const HEAD_PARTS = ['message', 'because', 'hint', 'when', 'for', 'that'] as const;
type HeadPart = (typeof HEAD_PARTS)[number];
const ID = /^[a-z0-9][a-z0-9-]*$/;

interface Parts {
  message?: Template;
  hint?: Template;
  because?: Name;
  when?: Body;
  for?: Body;
  that?: Body;
}

export class ItemParser extends BodyParser {
  protected readonly source: Source;

  constructor(given: { source: Source; tokens: readonly Token[]; sink: Sink }) {
    super({ ...given, lineOf: (offset) => given.source.positionOf(offset).line });
    this.source = given.source;
  }

  /** A name with dots, such as `house.times`. */
  protected dotted(wanted: string): Name | null {
    const first = this.name(wanted);
    if (first === null) return null;
    let { text } = first;
    while (this.take('.') !== null) {
      const part = this.name(wanted);
      if (part === null) return null;
      text += `.${part.text}`;
    }
    return { text, span: { start: first.span.start, end: this.before } };
  }

  protected importItem(): Import | null {
    const { start } = this.next();
    const { token } = this;
    const quoted = token.kind === 'text' ? 'a module is named without quotes: `import house.times`' : null;
    const module = quoted === null ? this.dotted('a module') : this.expected('the name of a module', quoted);
    if (module === null) return null;
    const as = this.take('as') === null ? null : this.name('an import');
    return { module, as, span: { start, end: this.before } };
  }

  protected constItem(): ConstItem | null {
    const { start } = this.next();
    const name = this.name('a constant');
    if (name === null || this.expect('=', '`const name = value`') === null) return null;
    const value = this.expression();
    return value === null ? null : { kind: 'const', name, value, span: { start, end: this.before } };
  }

  protected ruleItem(): RuleItem | null {
    const { start } = this.next();
    const name = this.name('a rule');
    if (name === null) return this.#skipBody();
    if (this.is('-')) {
      this.expected('`(`', 'names are written with `_`, not with `-`');
      this.skipTo((token) => token.kind === 'symbol' && token.text === '(');
    }
    const params = this.#params();
    if (params === null) return this.#skipBody();
    const body = this.#ruleBody();
    if (body === undefined) return this.#skipBody();
    return { kind: 'rule', name, params, body, span: { start, end: this.before } };
  }

  /** What is wrong stands before the body: the body is read for its own faults. */
  #skipBody(): null {
    this.skipTo((token) => token.first || token.text === '{' || token.text === 'if');
    this.take('if');
    const opener = this.is('{') ? this.next() : null;
    if (opener !== null) this.bodyAfter(opener);
    return null;
  }

  #params(): readonly Expr[] | null {
    const hint = 'a rule has parameters: `rule name(x) if { … }`, or none: `rule name() if { … }`';
    return this.is('(') ? this.callArguments() : this.expected('`(`', hint);
  }

  /** Null: none, a fact. Undefined: something else stands there, and is reported. */
  #ruleBody(): Body | null | undefined {
    const { token } = this;
    const bodyAt = this.is('{') ? token : null;
    if (this.take('if') !== null) return this.block('`rule name(x) if { … }`') ?? undefined;
    if (bodyAt !== null) {
      this.expected('`if`', '`if` stands before the body: `rule name(x) if { … }`');
      this.next();
      return this.bodyAfter(bodyAt);
    }
    if (token.first || token.kind === 'end') return null;
    const wrong = token.kind === 'name' && this.is('{', 1);
    this.expected('`if` or a new line', wrong ? 'the body of a rule follows `if`' : null);
    return undefined;
  }

  protected headItem(effect: HeadItem['effect']): HeadItem | null {
    const { start } = this.next();
    const id = this.text('an id in quotes', `\`${effect} "some-id"\``);
    if (id !== null && !ID.test(id.text)) this.sink.report(id.span, 'id', { id: id.text });
    const parts = this.#parts(effect);
    const span = { start, end: this.before };
    const body = effect === 'require' ? parts.for : parts.when;
    if (id === null) return null;
    const that = parts.that ?? null;
    if (!this.#complete({ effect, id, body: body !== undefined, that: that !== null }) || body === undefined)
      return null;
    const { message = null, hint = null, because = null } = parts;
    return { kind: 'head', effect, id, message, hint, because, when: body, that, span };
  }

  #complete({ effect, id, body, that }: { effect: string; id: Name; body: boolean; that: boolean }): boolean {
    const of = `\`${effect} "${id.text}"\``;
    if (effect !== 'require') {
      if (!body) this.sink.report(id.span, 'missing', { what: '`when`', of, hint: '`when { … }` says when it fires' });
      return body;
    }
    const hint = '`for { … }` says what is looked at, `that { … }` what must hold of it';
    if (!body || !that) this.sink.report(id.span, 'missing', { what: body ? '`that`' : '`for`', of, hint });
    return body && that;
  }

  #parts(effect: HeadItem['effect']): Parts {
    const parts: Parts = {};
    const places = new Map<HeadPart, number>();
    while (!this.atItem()) {
      const { token } = this;
      const part = this.#partName(effect);
      if (part === null && this.is('{')) {
        const body = this.block(null);
        if (body !== null) parts[effect === 'require' ? (parts.for === undefined ? 'for' : 'that') : 'when'] ??= body;
      } else if (part === null) {
        this.#skipPart();
        if (this.token === token) this.next();
      } else {
        this.next();
        const earlier = places.get(part);
        if (earlier !== undefined) this.sink.report(token, 'twice', { what: part, line: this.lineOf(earlier) });
        places.set(part, token.start);
        this.#part(part, parts);
      }
    }
    return parts;
  }

  #skipPart(): void {
    this.skipTo((token) => token.kind === 'name' && (HEAD_PARTS as readonly string[]).includes(token.text));
  }

  #partName(effect: HeadItem['effect']): HeadPart | null {
    const { token } = this;
    const known = effect === 'require' ? HEAD_PARTS.filter((part) => part !== 'when') : HEAD_PARTS.slice(0, 4);
    const found = known.find((part) => this.is(part));
    if (found !== undefined) return found;
    if (this.is('}') || this.is(')') || this.is(']')) {
      this.sink.report(token, 'unopened', { bracket: token.text });
      return null;
    }
    if (this.is('{')) {
      const word = effect === 'require' ? '`for` or `that`' : '`when`';
      return this.expected(word, 'a word stands before the body');
    }
    if (token.kind !== 'name') return this.expected(known.map((part) => `\`${part}\``).join(', '));
    const meant = this.#meant(token.text, effect) ?? nearest(token.text, known);
    this.sink.report(token, 'word', { what: `part of \`${effect}\``, found: token.text, suggestion: meant, known });
    return known.find((part) => part === meant) ?? null;
  }

  #meant(word: string, effect: HeadItem['effect']): HeadPart | null {
    const require = effect === 'require';
    if (word === 'if' || word === 'where' || word === 'when' || word === 'for') return require ? 'for' : 'when';
    if (word === 'that' || word === 'then' || word === 'must') return require ? 'that' : 'when';
    if (word === 'msg' || word === 'text') return 'message';
    return word === 'reason' || word === 'adr' ? 'because' : null;
  }

  #part(part: HeadPart, parts: Parts): void {
    if (part === 'when' || part === 'for' || part === 'that') {
      const body = this.block(`\`${part} { … }\``);
      if (body !== null) parts[part] ??= body;
      else parts[part] ??= { literals: [], span: { start: this.before, end: this.before } };
      return;
    }
    const { token } = this;
    const text = this.text('a text in quotes', `\`${part} "…"\`, found ${describeToken(token)}`);
    if (text === null) return;
    if (part === 'because') parts.because ??= text;
    else parts[part] ??= readTemplate(this.source, token, this.sink);
  }
}
