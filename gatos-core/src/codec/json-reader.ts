/**
 * Strict JSON (RFC 8259) for text that enters something signed: fatal UTF-8, no byte order mark, no key twice in one object,
 * bounded size and depth, and the value rules of `dag-cbor-reader.ts`: no -0, no lone surrogates, no text with a leading
 * U+FEFF, finite numbers. An integer literal beyond ±(2^53−1) would be rounded in silence, so it is refused; a literal
 * with a fraction or an exponent stands for the nearest double, as it always does in JSON.
 */
import { LIMITS } from '../kernel/index.js';
import { codecError } from './errors.js';
import { isWellFormed, type JsonValue, setEntry } from './value.js';

/**
 * Which integer literals stand: `exact`: those within ±(2^53−1). `printed`: beyond that also what ECMAScript prints for a
 * double, such as 1152921504606847000 for 2^60; for text that an ECMAScript engine wrote.
 */
export type JsonIntegers = 'exact' | 'printed';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MARK = 0xfeff;
/** Digits of an integer that is always safe. */
const SAFE_DIGITS = 15;

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export class JsonReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly integers: JsonIntegers,
  ) {}

  document(): JsonValue {
    if (this.text.charCodeAt(0) === MARK) throw this.fault('the text starts with a byte order mark');
    this.space();
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.fault('more text follows the value');
    return value;
  }

  private value(depth: number): JsonValue {
    const unit = this.text.charCodeAt(this.at);
    switch (unit) {
      case QUOTE:
        return this.string();
      case 0x7b:
        return this.object(depth);
      case 0x5b:
        return this.array(depth);
      case 0x74:
        return this.word('true', true);
      case 0x66:
        return this.word('false', false);
      case 0x6e:
        return this.word('null', null);
      default:
        if (unit === 0x2d || isDigit(unit)) return this.number();
        throw this.fault(
          this.at < this.text.length ? 'a value was expected' : 'the text ends where a value was expected',
        );
    }
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.fault('a value was expected');
    this.at += word.length;
    return value;
  }

  private space(): void {
    const text = this.text;
    for (;;) {
      const unit = text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at++;
    }
  }

  /** Steps over one character, with the space before it. */
  private take(unit: number): boolean {
    this.space();
    if (this.text.charCodeAt(this.at) !== unit) return false;
    this.at++;
    return true;
  }

  private enter(depth: number): void {
    if (depth >= LIMITS.depth) {
      const { line, column } = this.place(this.at);
      throw codecError('depth', { limit: LIMITS.depth, where: `line ${line}, column ${column}`, line, column });
    }
    this.at++;
  }

  private array(depth: number): JsonValue {
    this.enter(depth);
    const out: JsonValue[] = [];
    if (this.take(0x5d)) return out;
    for (;;) {
      this.space();
      out.push(this.value(depth + 1));
      if (this.take(0x2c)) continue;
      if (this.take(0x5d)) return out;
      throw this.fault('`,` or `]` was expected');
    }
  }

  private object(depth: number): JsonValue {
    this.enter(depth);
    const out: Record<string, JsonValue> = {};
    if (this.take(0x7d)) return out;
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text.charCodeAt(start) !== QUOTE) throw this.fault('a key in double quotes was expected');
      const key = this.string();
      if (Object.hasOwn(out, key)) throw this.fault('a key twice in one object', start);
      if (!this.take(0x3a)) throw this.fault('`:` was expected');
      this.space();
      setEntry(out, key, this.value(depth + 1));
      if (this.take(0x2c)) continue;
      if (this.take(0x7d)) return out;
      throw this.fault('`,` or `}` was expected');
    }
  }

  private string(): string {
    const text = this.text;
    const start = this.at + 1;
    let at = start;
    let seen = 0;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) return this.escapedString(start, at);
      if (!(unit >= 0x20)) throw this.brokenString(at);
      seen |= unit;
      at++;
    }
    this.at = at + 1;
    const value = text.slice(start, at);
    if (seen > 0x7f) this.checkText(value, start - 1);
    return value;
  }

  /** The string from `start` whose first backslash is at `at`. */
  private escapedString(start: number, at: number): string {
    const text = this.text;
    let out = text.slice(start, at);
    let from = at;
    let to = at;
    for (;;) {
      const unit = text.charCodeAt(to);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        out += text.slice(from, to);
        this.at = to;
        out += this.escape();
        from = this.at;
        to = from;
      } else if (unit >= 0x20) {
        to++;
      } else {
        throw this.brokenString(to);
      }
    }
    out += text.slice(from, to);
    this.at = to + 1;
    this.checkText(out, start - 1);
    return out;
  }

  /** The character of the escape at the current offset; moves behind it. */
  private escape(): string {
    const letter = this.text.charAt(this.at + 1);
    if (letter === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.fault('`\\u` takes four hexadecimal digits');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const value = Object.hasOwn(ESCAPED, letter) ? ESCAPED[letter] : undefined;
    if (value === undefined) throw this.fault('there is no such escape');
    this.at += 2;
    return value;
  }

  private brokenString(at: number): Error {
    return at < this.text.length
      ? this.fault('a control character in a string has to be escaped', at)
      : this.fault('the text ends inside of a string', at);
  }

  private checkText(value: string, at: number): void {
    if (value.charCodeAt(0) === MARK) throw this.fault('a string starts with U+FEFF', at);
    if (!isWellFormed(value)) throw this.fault('a string has a lone surrogate', at);
  }

  /** Moves behind a run of digits; refuses an empty one. */
  private digits(): void {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    if (this.at === start) throw this.fault('a digit was expected');
  }

  private number(): number {
    const text = this.text;
    const start = this.at;
    if (text.charCodeAt(start) === 0x2d) this.at++;
    const first = this.at;
    this.digits();
    if (text.charCodeAt(first) === 0x30 && this.at > first + 1)
      throw this.fault('a number does not start with 0', first);
    const count = this.at - first;
    let isInteger = true;
    if (text.charCodeAt(this.at) === 0x2e) {
      isInteger = false;
      this.at++;
      this.digits();
    }
    if ((text.charCodeAt(this.at) | 0x20) === 0x65) {
      isInteger = false;
      this.at++;
      const sign = text.charCodeAt(this.at);
      if (sign === 0x2b || sign === 0x2d) this.at++;
      this.digits();
    }
    const literal = text.slice(start, this.at);
    const value = Number(literal);
    if (isInteger ? count > SAFE_DIGITS || value === 0 : !Number.isFinite(value) || value === 0) {
      this.checkNumber({ literal, value, isInteger, start });
    }
    return value;
  }

  private checkNumber({ literal, value, isInteger, start }: NumberLiteral): void {
    if (Object.is(value, -0)) throw this.fault('-0 is not a value of its own', start, 'write 0');
    if (!Number.isFinite(value)) throw this.fault('the number is too large for a double', start, 'write it as text');
    if (!isInteger || Number.isSafeInteger(value)) return;
    if (this.integers === 'printed' && String(value) === literal) return;
    throw this.fault('the integer lies beyond ±(2^53−1) and would be rounded', start, 'write it as text');
  }

  private place(offset: number): { line: number; column: number } {
    let line = 1;
    let start = 0;
    for (let i = this.text.indexOf('\n'); i >= 0 && i < offset; i = this.text.indexOf('\n', i + 1)) {
      line++;
      start = i + 1;
    }
    return { line, column: offset - start + 1 };
  }

  private fault(why: string, offset: number = this.at, hint?: string): Error {
    return codecError('json', { ...this.place(offset), offset, why, hint });
  }
}

interface NumberLiteral {
  readonly literal: string;
  readonly value: number;
  readonly isInteger: boolean;
  readonly start: number;
}
