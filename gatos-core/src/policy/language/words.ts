/** The words of the language. */

/** Words that start an item; reserved, so that a forgotten `}` is found where the next item starts. */
export const ITEM_WORDS = ['module', 'import', 'const', 'rule', 'deny', 'warn', 'require', 'test'] as const;
export type ItemWord = (typeof ITEM_WORDS)[number];

/** Words that are no names. */
export const RESERVED_WORDS = [
  ...ITEM_WORDS,
  ...(['if', 'when', 'for', 'that', 'in', 'not', 'every', 'null', 'true', 'false', 'input'] as const),
] as const;

/** Words with a meaning in one place; elsewhere they are names like others. */
export const PLACE_WORDS = [
  ...(['as', 'message', 'hint', 'because', 'given', 'expect', 'allow', 'no', 'count', 'min', 'max'] as const),
] as const;

/** Operators and brackets, longest first. */
export const SYMBOLS = [
  ...(['==', '!=', '<=', '>=', '=', '<', '>', '+', '-', '*', '.', ',', ';', ':', '|'] as const),
  ...(['(', ')', '[', ']', '{', '}'] as const),
] as const;

const reserved: ReadonlySet<string> = new Set(RESERVED_WORDS);
const items: ReadonlySet<string> = new Set(ITEM_WORDS);

export const isReserved = (word: string): boolean => reserved.has(word);
export const isItemWord = (word: string): word is ItemWord => items.has(word);
