/** Collects what the compiler finds, each with its place in the source. */
import { compareText, LIMITS } from '../../kernel/index.js';
import type { Diagnostic, Source, Span } from '../language/index.js';
import { type Definition, type FindingData, type FindingName, TABLE } from './diagnostics.js';
import type { Place } from './ir.js';

/** Reports at a place of the program. */
export type ReportAt = <C extends FindingName>(place: Place, code: C, data: FindingData<C>) => void;

/** What the compiler finds: one finding of a code at a place, bounded in number. */
export class Findings {
  readonly #found: Diagnostic[] = [];
  /** Warnings are bounded apart, so that they never crowd out an error. */
  readonly #left = { error: LIMITS.policyDiagnostics, warning: LIMITS.policyDiagnostics };
  readonly #seen = new Set<string>();

  add<C extends FindingName>(source: Source, span: Span, code: C, data: FindingData<C>): void {
    const key = `${code} ${span.start} ${span.end} ${source.file}`;
    const definition = TABLE[code] as unknown as Definition<FindingData<C>>;
    if (this.#left[definition.severity] <= 0 || this.#seen.has(key)) return;
    this.#left[definition.severity] -= 1;
    this.#seen.add(key);
    const { line, column } = source.positionOf(span.start);
    this.#found.push({
      severity: definition.severity,
      code: `policy/${code}`,
      message: definition.message(data),
      hint: definition.hint(data),
      file: source.file,
      span,
      line,
      column,
    });
  }

  list(): readonly Diagnostic[] {
    return this.#found;
  }
}

const placeOf = ({ file, span }: Diagnostic): string => `${span.start} ${span.end} ${file}`;

/** By file, then by place. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const places = new Set(diagnostics.filter(({ severity }) => severity === 'error').map(placeOf));
  // A warning about what is an error anyway says nothing new.
  const kept = diagnostics.filter((each) => each.severity === 'error' || !places.has(placeOf(each)));
  return kept.sort((a, b) => compareText(a.file, b.file) || a.span.start - b.span.start || compareText(a.code, b.code));
}
