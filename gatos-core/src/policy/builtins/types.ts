/** What a built-in is, as data: the checker reads it to type a call, the reference of the language is printed from it. */
import type { Type } from '../input/index.js';

export interface Param {
  readonly name: string;
  /** The argument must fit one of these. */
  readonly accepts: readonly Type[];
}

/** The type of the result: fixed, or a function of the argument types that is small enough to be data. */
export type Result =
  | { readonly is: Type }
  /** The type of argument `argument`. */
  | { readonly like: number }
  /** The element of argument `argument`, which is a list or a map; `orNull` when there may be none. */
  | { readonly elementOf: number; readonly orNull?: boolean }
  /** A list of the elements of argument `argument`. */
  | { readonly elementsOf: number };

export interface Signature {
  /** Dotted. */
  readonly name: string;
  readonly params: readonly Param[];
  readonly result: Result;
  /** Gas beside the 1 of the literal: `one`, or as much as it reads (8 UTF-16 units or one element: 1) and writes. */
  readonly cost: 'one' | 'read';
  /** One line, for the reference. */
  readonly about: string;
}
