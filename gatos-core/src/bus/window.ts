/** What a consumer remembers to have handled: the marks of its last messages, rebuilt from what it acknowledged. */
import { LIMITS } from '../kernel/index.js';
import { hasKey, keyMark, type Message, marksOf } from './message.js';

/** `conflict`: under the same key something else was handled. */
export type Novelty = 'new' | 'duplicate' | 'conflict';

const HALF = 16;

/**
 * How a message with a key is known again: half a digest of its key, and half a digest of its content. Both as eight UTF-16 code units,
 * which may be any: thousands are kept at a time, and small strings take a fraction of the memory that views of bytes do.
 */
export class Mark {
  constructor(
    readonly key: string,
    readonly content: string,
  ) {}

  /** Null for a message without a key: its place tells it from all others, and an offset says of places whether they are done. */
  static of({ body }: Message): Mark | null {
    if (!hasKey(body, 0, body.length)) return null;
    const { name, content } = marksOf(body);
    return new Mark(unitsOf(keyMark(name), 0), unitsOf(content, 0));
  }

  /** As an acknowledgement lists it: both halves. */
  static parse(bytes: Uint8Array): Mark {
    return new Mark(unitsOf(bytes, 0), unitsOf(bytes, HALF));
  }

  get bytes(): Uint8Array {
    const text = this.key + this.content;
    const bytes = new Uint8Array(2 * text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      bytes[2 * i] = unit >>> 8;
      bytes[2 * i + 1] = unit & 0xff;
    }
    return bytes;
  }
}

function unitsOf(bytes: Uint8Array, at: number): string {
  const unit = (i: number) => ((bytes[at + i] as number) << 8) | (bytes[at + i + 1] as number);
  return String.fromCharCode(unit(0), unit(2), unit(4), unit(6), unit(8), unit(10), unit(12), unit(14));
}

export class Window {
  /** Content by key. */
  readonly #seen = new Map<string, string>();
  /** Keys, the oldest first, from `#first` on: looking for the oldest in a map passes all that were deleted before it. */
  #order: string[] = [];
  #first = 0;

  constructor(private readonly size: number = LIMITS.busWindow) {}

  judge(mark: Mark | null): Novelty {
    if (mark === null) return 'new';
    const { key, content: said } = mark;
    const content = this.#seen.get(key);
    if (content === undefined) return 'new';
    return content === said ? 'duplicate' : 'conflict';
  }

  add(mark: Mark | null): void {
    if (mark === null) return;
    const { key, content } = mark;
    if (this.#seen.has(key)) return;
    this.#seen.set(key, content);
    this.#order.push(key);
    if (this.#seen.size <= this.size) return;
    this.#seen.delete(this.#order[this.#first] as string);
    this.#first += 1;
    if (this.#first < this.size) return;
    this.#order = this.#order.slice(this.#first);
    this.#first = 0;
  }
}
