/** Tests: what is given, and what is expected of it. */

import { nearest } from '../input/index.js';
import type { Expect, Expr, TestItem } from './ast.js';
import { ItemParser } from './parse-item.js';

const TEST_PARTS = ['given', 'expect'] as const;
const EXPECTED = ['allow', 'deny', 'warn', 'no', 'message'] as const;

export class TestParser extends ItemParser {
  /** Was an expectation left out of the test that is being read, because of a fault that is reported? */
  #leftOut = false;

  protected testItem(): TestItem | null {
    const { start } = this.next();
    const name = this.text('the name of the test in quotes', '`test "what it shows" { … }`');
    const opener = this.expect('{', '`test "what it shows" { given { … } expect allow }`');
    if (opener === null) return null;
    const given: Expr[] = [];
    const expects: Expect[] = [];
    this.#leftOut = false;
    while (!this.is('}') && !this.atItem()) {
      const { taken } = this;
      this.take(';');
      this.#part(given, expects);
      if (this.taken === taken) this.next();
    }
    if (this.take('}') === null) this.unclosed(opener);
    const [input] = given;
    const span = { start, end: this.before };
    if (name === null) return null;
    const of = `the test \`${name.text}\``;
    if (input === undefined)
      this.sink.report(name.span, 'missing', { what: '`given`', of, hint: '`given { }` is the default document' });
    if (expects.length === 0 && !this.#leftOut)
      this.sink.report(name.span, 'missing', { what: '`expect`', of, hint: 'such as `expect deny "some-id"`' });
    return input === undefined ? null : { kind: 'test', name, given: input, expects, span };
  }

  #part(given: Expr[], expects: Expect[]): void {
    const { token } = this;
    const part = this.#partName();
    if (part === 'given') this.#given(given);
    else if (part === 'expect') this.#expect(expects);
    else {
      this.next();
      this.#leaveOut();
    }
    if (part === 'given' && given.length > 1) {
      this.sink.report(token, 'twice', { what: 'given', line: this.lineOf(given[0]?.span.start ?? 0) });
    }
  }

  #given(given: Expr[]): void {
    const { end } = this.next();
    const input = this.expression();
    // What could not be understood is reported; an empty record keeps `given` from being missed as well.
    given.push(input ?? { kind: 'record', entries: [], span: { start: end, end } });
    if (input === null) this.#leaveOut();
  }

  /** The word that stands here, or the one that was meant, which is reported. */
  #partName(): (typeof TEST_PARTS)[number] | null {
    const { token } = this;
    const found = TEST_PARTS.find((part) => this.is(part));
    if (found !== undefined) return found;
    if (token.kind !== 'name') return this.expected('`given`, `expect` or `}`');
    const suggestion = nearest(token.text, TEST_PARTS);
    this.sink.report(token, 'word', { what: 'part of a test', found: token.text, suggestion, known: TEST_PARTS });
    return TEST_PARTS.find((part) => part === suggestion) ?? null;
  }

  #leaveOut(): void {
    this.skipTo((token) => token.kind === 'name' && (TEST_PARTS as readonly string[]).includes(token.text));
  }

  #expect(expects: Expect[]): void {
    const { start } = this.next();
    const expect = this.#expectation(start);
    if (expect !== null) expects.push(expect);
    else {
      this.#leftOut = true;
      this.#leaveOut();
    }
  }

  #expectation(start: number): Expect | null {
    if (this.take('allow') !== null) return { kind: 'allow', span: { start, end: this.before } };
    if (this.take('message') !== null) {
      const text = this.text('a text in quotes', '`expect message "part of it"`');
      return text === null ? null : { kind: 'message', text: text.text, span: { start, end: this.before } };
    }
    const no = this.take('no') !== null;
    const effect = this.take('deny') ?? this.take('warn');
    if (effect === null) return this.#unknown(no);
    const id = this.token.kind === 'text' ? this.text('an id') : null;
    const fires = effect.text === 'deny' ? 'deny' : 'warn';
    return { kind: 'fires', effect: fires, no, id, span: { start, end: this.before } };
  }

  #unknown(no: boolean): null {
    const { token } = this;
    const known = no ? EXPECTED.slice(1, 3) : EXPECTED;
    if (token.kind !== 'name') return this.expected(known.map((word) => `\`${word}\``).join(', '));
    const suggestion = nearest(token.text, known);
    this.sink.report(token, 'word', { what: 'expectation', found: token.text, suggestion, known });
    return null;
  }
}
