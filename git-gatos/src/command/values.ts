/** From the text of one argument to its value, by kind. */
import { resolve } from 'node:path';
import { GatosError } from 'gatos-core';
import { cliError } from '../errors.js';
import type { TextSource } from '../input.js';
import type { ItemKind, ValueKind } from './spec.js';
import { suggest } from './suggest.js';

/** What an argument is called in messages, and where relative paths start. */
export interface ValuePlace {
  /** `git gatos fold run`. */
  readonly command: string;
  /** `--type` or `<file>`. */
  readonly name: string;
  readonly cwd: string;
}

const DECIMAL = /^[+-]?\d{1,16}$/;

function parseInt10(text: string, bounds: { min?: number; max?: number }, place: ValuePlace): number {
  const min = bounds.min ?? Number.MIN_SAFE_INTEGER;
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    const range =
      bounds.max !== undefined ? ` from ${min} to ${max}` : bounds.min !== undefined ? ` of at least ${min}` : '';
    throw cliError('bad-value', { ...at(place), value: text, want: `it takes a whole number${range}` });
  }
  return value === 0 ? 0 : value;
}

function parsePath(text: string, place: ValuePlace): string {
  if (text === '') throw cliError('bad-value', { ...at(place), value: text, want: 'a path cannot be empty' });
  return text === '-' ? text : resolve(place.cwd, text);
}

function parseChoice(text: string, choices: readonly string[], place: ValuePlace): string {
  if (choices.includes(text)) return text;
  throw cliError('bad-value', {
    ...at(place),
    value: text,
    want: `it takes one of ${choices.join(', ')}`,
    suggestion: suggest(text, choices),
  });
}

function parseSource(text: string, place: ValuePlace): TextSource {
  if (text === '-') return { from: 'stdin' };
  if (text.startsWith('@')) return { from: 'file', path: parsePath(text.slice(1), place) };
  return { from: 'argument', text };
}

function parseWith(parse: (text: string) => unknown, text: string, place: ValuePlace): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (cause instanceof GatosError || !(cause instanceof Error)) throw cause;
    throw cliError('bad-value', { ...at(place), value: text, want: cause.message });
  }
}

function at(place: ValuePlace): { command: string; name: string } {
  return { command: place.command, name: place.name };
}

/** Throws `cli/bad-value`, or what a `parsed` kind's own parser throws. */
export function parseValue(kind: ValueKind, text: string, place: ValuePlace): unknown {
  switch (kind.kind) {
    case 'text':
      return text;
    case 'int':
      return parseInt10(text, kind, place);
    case 'path':
      return parsePath(text, place);
    case 'choice':
      return parseChoice(text, kind.choices, place);
    case 'json':
      return parseSource(text, place);
    case 'parsed':
      return parseWith(kind.parse, text, place);
  }
}

/** One item of a list or of a rest argument. */
export function parseItem(kind: ItemKind, text: string, place: ValuePlace): string | number {
  if (kind === 'int') return parseInt10(text, {}, place);
  return kind === 'path' ? parsePath(text, place) : text;
}

/** The value when the argument is not given: the default, parsed where it is text that needs parsing. */
export function defaultValue(kind: ValueKind, place: ValuePlace): unknown {
  if (!('default' in kind) || kind.default === undefined) return undefined;
  return kind.kind === 'path' ? parsePath(kind.default, place) : kind.default;
}
