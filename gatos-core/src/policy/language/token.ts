/** What the lexer makes of the text. */
import type { Comment, ValueForm } from './ast.js';

interface Placed {
  readonly start: number;
  readonly end: number;
  /** Is it the first of its line? */
  readonly first: boolean;
  /** Of a name or symbol: as written. Of a text: its value. Of a number: as written. Of the end: empty. */
  readonly text: string;
}

export type Token = Placed &
  (
    | { readonly kind: 'name' | 'symbol' | 'text' | 'end' }
    | { readonly kind: 'number'; readonly value: number; readonly form: ValueForm }
  );

export interface Lexed {
  /** The last one is the end. */
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
}
