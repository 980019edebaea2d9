/** Values in messages: bounded, on one line, the same everywhere. */
import { formatJson } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { isComposite, toJson, type Val } from '../builtins/index.js';

/** Control characters, separators of lines, and marks that turn the direction of text. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text with control and invisible characters written as `\u{…}`. */
export function escapeText(text: string): string {
  return text.replace(UNSHOWABLE, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`);
}

/** Cuts without going through a character. */
export function cutText(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 2);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 2 : units - 1)}…`;
}

/** A part of a message: texts as they are, others as JSON. */
export function showPlain(value: Val): string {
  return typeof value === 'string' ? cutText(escapeText(value), LIMITS.policyMessageValueUnits) : showValue(value);
}

/** As JSON, cut. */
export function showValue(value: Val): string {
  const units = LIMITS.policyMessageValueUnits;
  if (isComposite(value) && value.size > units) {
    return 'items' in value ? `a list of ${value.items.length}` : `a record of ${value.values.length} fields`;
  }
  if (typeof value === 'string') return `"${cutText(escapeText(value), units)}"`;
  return cutText(escapeText(formatJson(toJson(value), { sorted: true })), units);
}
