/** What is wrong with a policy: collected, never thrown one by one, so that a person mends them all at once. */
import type { Span } from './ast.js';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** `policy/<what>` */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** As the bundle names it. */
  readonly file: string;
  readonly span: Span;
  /** Both from 1; a column is a UTF-16 unit. */
  readonly line: number;
  readonly column: number;
}
