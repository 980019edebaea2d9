/** How a table of findings becomes a function that makes them: the language has one table, the compiler another. */
import type { Span } from './ast.js';
import type { Diagnostic } from './diagnostic.js';
import type { Source } from './source.js';

/** Messages and hints: lower-case start, no final full stop, what the source says in backticks. */
export interface DiagnosticDefinition<D> {
  /** `error` when absent. */
  readonly severity?: 'error' | 'warning';
  readonly message: (data: D) => string;
  /** What to write instead, apart from the message. */
  readonly hint?: (data: D) => string | null;
}

export type DiagnosticDefinitions = Readonly<Record<string, DiagnosticDefinition<never>>>;
export type DataOf<D> = D extends DiagnosticDefinition<infer T> ? T : never;

/** Makes one finding of the table, with the code `policy/<what>`. Unknown names and wrong data do not compile. */
export type Diagnose<T extends DiagnosticDefinitions> = <C extends keyof T & string>(
  source: Source,
  span: Span,
  what: C,
  data: DataOf<T[C]>,
) => Diagnostic;

export function diagnosticTable<const T extends DiagnosticDefinitions>(definitions: T): Diagnose<T> {
  return (source, span, what, data) => {
    const definition = definitions[what] as unknown as DiagnosticDefinition<unknown>;
    return {
      severity: definition.severity ?? 'error',
      code: `policy/${what}`,
      message: definition.message(data),
      hint: definition.hint?.(data) ?? null,
      file: source.file,
      span,
      ...source.positionOf(span.start),
    };
  };
}
