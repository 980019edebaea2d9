/**
 * What stands one below the other: items, literals, elements. Each keeps the comments above it and the one at the end of its
 * line; a comment inside an expression that has no line of its own moves above the line that it is in.
 */
import type { Comment, Span } from './ast.js';
import { all, type Doc, hard, suffix } from './doc.js';

export interface Entry {
  readonly span: Span;
  readonly doc: () => Doc;
}

export interface RowOptions {
  /** Between what offsets of the source comments belong to these rows. */
  readonly range: Span;
  /** After each row but the last: `,` or nothing. */
  readonly mark: string;
  /** Between two rows. */
  readonly between: Doc;
  /** Takes the comment at the end of the line on which the range starts. */
  readonly opening?: boolean;
  /** Must a blank line stand before this entry? */
  readonly apart?: (index: number) => boolean;
}

export interface Rows {
  readonly doc: Doc;
  /** Is a comment among them, so that they cannot stand on one line? */
  readonly forced: boolean;
  /** No rows at all. */
  readonly empty: boolean;
  /** The comment at the end of the line on which the range starts. */
  readonly opening: Doc;
}

interface Row {
  readonly doc: Doc;
  readonly blank: boolean;
  readonly comment: boolean;
}

export class Comments {
  readonly #comments: readonly Comment[];
  readonly #text: string;
  readonly #used = new Set<number>();

  constructor(comments: readonly Comment[], text: string) {
    this.#comments = comments;
    this.#text = text;
  }

  /** Those in the range that nobody has taken, in the order of the text. */
  take({ start, end }: Span): readonly Comment[] {
    let [low, high] = [0, this.#comments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#comments[middle]?.span.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    const taken: Comment[] = [];
    for (let i = low; i < this.#comments.length; i++) {
      const comment = this.#comments[i];
      if (comment === undefined || comment.span.start >= end) break;
      if (this.#used.has(i)) continue;
      this.#used.add(i);
      taken.push(comment);
    }
    return taken;
  }

  #lineEnds({ start, end }: Span): number {
    let count = 0;
    for (let at = start; at < end && count < 2; at++) if (this.#text[at] === '\n') count += 1;
    return count;
  }

  /** Are the two places on one line? */
  joined(span: Span): boolean {
    return this.#lineEnds(span) === 0;
  }

  /** Does a blank line stand between the two places? */
  blank(span: Span): boolean {
    return this.#lineEnds(span) === 2;
  }

  rows(entries: readonly Entry[], options: RowOptions): Rows {
    return new RowBuilder(this, entries, options).build();
  }
}

class RowBuilder {
  readonly #comments: Comments;
  readonly #entries: readonly Entry[];
  readonly #options: RowOptions;
  readonly #rows: Row[] = [];
  #opening: Doc = '';
  #forced = false;
  /** Where the last row ended in the source. */
  #end: number;

  constructor(comments: Comments, entries: readonly Entry[], options: RowOptions) {
    this.#comments = comments;
    this.#entries = entries;
    this.#options = options;
    this.#end = options.range.start;
  }

  build(): Rows {
    for (const [index, entry] of this.#entries.entries()) this.#entry(index, entry);
    this.#gap(this.#options.range.end, false);
    const parts: Doc[] = [];
    for (const [index, row] of this.#rows.entries()) {
      const before = this.#rows[index - 1];
      if (before !== undefined) {
        if (row.blank) parts.push(hard, hard);
        else parts.push(before.comment || row.comment ? hard : this.#options.between);
      }
      parts.push(row.doc);
    }
    return { doc: all(...parts), forced: this.#forced, empty: this.#rows.length === 0, opening: this.#opening };
  }

  #blankBefore(start: number): boolean {
    return this.#rows.length > 0 && this.#comments.blank({ start: this.#end, end: start });
  }

  #comment({ text, span }: Comment, blank: boolean): void {
    this.#forced = true;
    this.#rows.push({ doc: text, blank, comment: true });
    this.#end = Math.max(this.#end, span.end);
  }

  /** The comments up to `to`: one at the end of the last row, the others rows of their own. */
  #gap(to: number, apart: boolean): void {
    let first = apart;
    for (const comment of this.#comments.take({ start: this.#end, end: to })) {
      const last = this.#rows.at(-1);
      const joined = this.#comments.joined({ start: this.#end, end: comment.span.start });
      if (joined && last !== undefined && !last.comment) {
        this.#forced = true;
        this.#rows[this.#rows.length - 1] = { ...last, doc: all(last.doc, suffix(comment.text)), comment: true };
        this.#end = comment.span.end;
      } else if (joined && last === undefined && this.#options.opening === true) {
        this.#opening = suffix(comment.text);
        this.#end = comment.span.end;
      } else {
        const blank = this.#blankBefore(comment.span.start) || (first && this.#rows.length > 0);
        this.#comment(comment, blank);
        first = false;
      }
    }
  }

  #entry(index: number, { span, doc }: Entry): void {
    const apart = this.#options.apart?.(index) === true;
    const before = this.#rows.length;
    this.#gap(span.start, apart);
    const alone = this.#rows.length > before;
    let blank = this.#blankBefore(span.start) || (apart && !alone && this.#rows.length > 0);
    const written = doc();
    // What is left inside it has no line of its own.
    for (const comment of this.#comments.take(span)) {
      this.#comment(comment, blank);
      blank = false;
    }
    const mark = index < this.#entries.length - 1 ? this.#options.mark : '';
    this.#rows.push({ doc: all(written, mark), blank, comment: false });
    if (blank) this.#forced = true;
    this.#end = span.end;
  }
}
