/** Texts: from the quotes to the value, with the place of every unit of the value, so that templates can point into it. */

import { codePoint, isHidden, shown } from './shown.js';
import type { Sink } from './sink.js';

const SIMPLE: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', t: '\t' };
const LARGEST = 0x10ffff;

export interface DecodedText {
  readonly value: string;
  /** After the closing quote, or where the line ends. */
  readonly end: number;
  /** Offset in the source of each unit of the value, and one more: where the value ends. */
  readonly offsets: readonly number[];
}

class TextReader {
  readonly #text: string;
  readonly #sink: Sink;
  readonly #offsets: number[] = [];
  #value = '';
  #at: number;

  constructor(text: string, start: number, sink: Sink) {
    this.#text = text;
    this.#at = start + 1;
    this.#sink = sink;
  }

  read(quote: string): DecodedText {
    const start = this.#at - 1;
    for (;;) {
      const unit = this.#text[this.#at];
      if (unit === undefined || unit === '\n' || unit === '\r') {
        this.#sink.report({ start, end: this.#at }, 'text-unclosed', {});
        return this.#done(this.#at);
      }
      if (unit === quote) return this.#done(this.#at + 1);
      if (unit === '\\') this.#escape();
      else this.#plain();
    }
  }

  #done(end: number): DecodedText {
    this.#offsets.push(this.#at);
    return { value: this.#value, end, offsets: this.#offsets };
  }

  #add(value: string, length: number): void {
    for (let i = 0; i < value.length; i++) this.#offsets.push(this.#at);
    this.#value += value;
    this.#at += length;
  }

  #plain(): void {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    if (isHidden(character)) {
      const span = { start: this.#at, end: this.#at + character.length };
      this.#sink.report(span, 'invisible', { character: codePoint(character) });
      this.#at += character.length;
      return;
    }
    this.#add(character, character.length);
  }

  #escape(): void {
    const letter = this.#text[this.#at + 1] ?? '';
    const simple = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined;
    if (simple !== undefined) this.#add(simple, 2);
    else if (letter === 'u') this.#unicode();
    else {
      const atEnd = letter === '' || letter === '\n' || letter === '\r';
      const length = atEnd ? 1 : 1 + String.fromCodePoint(this.#text.codePointAt(this.#at + 1) ?? 0).length;
      this.#fault('text-escape', length);
    }
  }

  #unicode(): void {
    const shape = /\\u\{([0-9A-Fa-f]{1,6})\}/y;
    shape.lastIndex = this.#at;
    const match = shape.exec(this.#text);
    const length = match?.[0].length ?? 2;
    const value = Number.parseInt(match?.[1] ?? '', 16);
    if (match === null) this.#fault('text-escape', length);
    else if (value > LARGEST || (value >= 0xd800 && value <= 0xdfff)) this.#fault('text-code-point', length);
    else this.#add(String.fromCodePoint(value), length);
  }

  /** An escape that gives nothing. */
  #fault(what: 'text-escape' | 'text-code-point', length: number): void {
    const span = { start: this.#at, end: this.#at + length };
    this.#sink.report(span, what, { escape: shown(this.#text.slice(span.start, span.end)) });
    this.#at = span.end;
  }
}

/** Reads the text whose opening quote stands at `start`. Never throws: faults go to the sink. */
export function decodeText({ text, start }: { text: string; start: number }, sink: Sink): DecodedText {
  return new TextReader(text, start, sink).read(text[start] ?? '"');
}
