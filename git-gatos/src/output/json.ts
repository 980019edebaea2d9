/** What `--json` prints: one document, keys sorted by their UTF-8 bytes, bytes and CIDs as text. */
import { compareText } from 'gatos-core';
import { visible } from './style.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function base64url(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = Math.min(bytes.length - i, 3) + 1;
    for (let d = 0; d < digits; d++) out += BASE64URL[(group >> (18 - 6 * d)) & 63];
  }
  return out;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** A value with its own text form, such as a CID: prints as that text. */
function hasOwnText(value: object): boolean {
  return value.toString !== Object.prototype.toString && typeof value.toString === 'function';
}

function formatObject(entries: Iterable<readonly [string, unknown]>, layout: Layout): string {
  const present = [...entries].filter(([, value]) => value !== undefined);
  present.sort(([a], [b]) => compareText(a, b));
  const inner = deeper(layout);
  const members = present.map(([key, value]) => `${quote(key)}:${layout.indent ? ' ' : ''}${format(value, inner)}`);
  return bracket('{', members, '}', layout);
}

interface Layout {
  readonly indent: number;
  readonly depth: number;
}

const deeper = (layout: Layout): Layout => ({ indent: layout.indent, depth: layout.depth + 1 });

function bracket(open: string, members: readonly string[], close: string, { indent, depth }: Layout): string {
  if (members.length === 0) return open + close;
  if (indent === 0) return open + members.join(',') + close;
  const pad = (level: number): string => `\n${' '.repeat(indent * level)}`;
  return `${open}${pad(depth + 1)}${members.join(`,${pad(depth + 1)}`)}${pad(depth)}${close}`;
}

const quote = (text: string): string => visible(JSON.stringify(text));

function format(value: unknown, layout: Layout): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? 'null' : formatComposite(value, layout);
    default:
      return 'null';
  }
}

function formatComposite(value: object, layout: Layout): string {
  if (Array.isArray(value) || value instanceof Set) {
    const inner = deeper(layout);
    return bracket(
      '[',
      Array.from(value, (item) => format(item, inner)),
      ']',
      layout,
    );
  }
  if (value instanceof Uint8Array) return quote(base64url(value));
  if (value instanceof Map)
    return formatObject(
      Array.from(value, ([key, item]) => [String(key), item] as const),
      layout,
    );
  if (value instanceof Error) return quote(value.message);
  if (isPlain(value) || !hasOwnText(value)) return formatObject(Object.entries(value), layout);
  return quote(String(value));
}

/** JSON text without a final newline; `indent` 0 gives one line. */
export function formatJsonOutput(value: unknown, { indent }: { indent: number }): string {
  return format(value, { indent, depth: 0 });
}
