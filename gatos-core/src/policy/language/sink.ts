/** Where lexer and parser put what they find: one finding a place, bounded, in the order of the text. */
import { LIMITS } from '../../kernel/index.js';
import type { Span } from './ast.js';
import type { Diagnostic } from './diagnostic.js';
import { type DiagnosticData, type DiagnosticName, diagnose } from './diagnostics.js';
import type { Source } from './source.js';

/** What lexer and parser report to. */
export interface Sink {
  report<C extends DiagnosticName>(span: Span, what: C, data: DiagnosticData<C>): void;
}

/** A sink for a text that was taken out of another one: `offsets` says where each of its units stood. */
export function mappedSink(sink: Sink, offsets: readonly number[]): Sink {
  return { report: (span, what, data) => sink.report(mapSpan(span, offsets), what, data) };
}

export function mapSpan({ start, end }: Span, offsets: readonly number[]): Span {
  const last = offsets.at(-1) ?? 0;
  return { start: offsets[start] ?? last, end: offsets[end] ?? last };
}

export class DiagnosticList implements Sink {
  readonly source: Source;
  readonly #found: Diagnostic[] = [];
  /** Starts of findings: what follows from a fault at the same place says nothing new. */
  readonly #places = new Set<number>();
  #left = 0;

  constructor(source: Source) {
    this.source = source;
  }

  report<C extends DiagnosticName>({ start, end }: Span, what: C, data: DiagnosticData<C>): void {
    if (this.#places.has(start)) return;
    this.#places.add(start);
    const span: Span = { start, end };
    if (this.#found.length < LIMITS.policyDiagnostics) this.#found.push(diagnose(this.source, span, what, data));
    else this.#left += 1;
  }

  list(): readonly Diagnostic[] {
    const sorted = [...this.#found].sort((a, b) => a.span.start - b.span.start);
    const last = sorted.at(-1);
    if (this.#left > 0 && last !== undefined)
      sorted.push(diagnose(this.source, last.span, 'more', { left: this.#left }));
    return sorted;
  }
}
