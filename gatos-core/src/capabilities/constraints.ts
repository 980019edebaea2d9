/**
 * Constraints of a ToolCall: what the request has to say. The key is a path into the request, `body` and then names or list
 * indexes, separated by dots (`body.user.0.name`). The value is the exact text form of what has to stand there (a text as it is,
 * a number in decimal, `true`, `false`, `null`), or a beginning of it followed by `*`.
 *
 * Narrow on purpose: a list or a map never matches, nor does a path that leads nowhere; and a text with a component `..` matches
 * no beginning, so `/data/*` does not allow `/data/../etc`, nor `/data/%2e%2e/etc`, nor what has U+0000 in it.
 */
import type { JsonValue } from '../codec/index.js';

export type Constraints = Readonly<Record<string, string>>;

/** The text form of what stands at a path; undefined when nothing with one does. */
function textAt(body: JsonValue | undefined, path: string): string | undefined {
  const [root, ...steps] = path.split('.');
  if (root !== 'body') return undefined;
  let value: JsonValue | undefined = body;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(step)) return undefined;
    value = (value as Readonly<Record<string, JsonValue>>)[step];
  }
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  return String(value);
}

/** A separator, a dot; as they are, or as URLs have them, however often encoded. */
const SEPARATOR = '(?:[/\\\\]|%(?:25)*(?:2f|5c))';
const DOT = '(?:\\.|%(?:25)*2e)';
/** URLs end a component at these as well. */
const END = `(?:${SEPARATOR}|[?#;]|$)`;
const CLIMBS = new RegExp(`(?:^|${SEPARATOR})${DOT}${DOT}${END}`, 'i');

/**
 * Does the text lead upwards for whoever reads it as a path or as a URL? URLs are read without the control characters in them, paths end at
 * U+0000 in most languages.
 */
function climbs(text: string): boolean {
  return text.includes('\0') || CLIMBS.test(text.replaceAll(/[\p{Cc}\s]/gu, ''));
}

/** Does the text form fit the value of a constraint? */
export function fitsConstraint(pattern: string, text: string): boolean {
  if (!pattern.endsWith('*')) return text === pattern;
  return text.startsWith(pattern.slice(0, -1)) && !climbs(text);
}

/** Why a body does not fit, or null. */
export function constraintFault(constraints: Constraints | undefined, body: JsonValue | undefined): string | null {
  for (const [path, pattern] of Object.entries(constraints ?? {})) {
    const text = textAt(body, path);
    if (text === undefined) return `\`${path}\` has to be \`${pattern}\`, and is no text, number or truth value`;
    if (!fitsConstraint(pattern, text)) return `\`${path}\` has to be \`${pattern}\`, and is \`${text.slice(0, 100)}\``;
  }
  return null;
}

/** Is every text that fits `inner` one that fits `outer`? */
function isNarrower(inner: string, outer: string): boolean {
  if (inner === outer) return true;
  if (!outer.endsWith('*')) return false;
  // What a beginning with `..` lets through climbs, and so fits nothing.
  return inner.endsWith('*') ? inner.startsWith(outer.slice(0, -1)) : fitsConstraint(outer, inner);
}

/** Which constraints of the parent the child does not keep; empty when it keeps all. */
export function loosened(child: Constraints | undefined, parent: Constraints | undefined): readonly string[] {
  return Object.entries(parent ?? {}).flatMap(([path, pattern]) => {
    const kept = Object.hasOwn(child ?? {}, path) ? child?.[path] : undefined;
    return kept !== undefined && isNarrower(kept, pattern) ? [] : [path];
  });
}
