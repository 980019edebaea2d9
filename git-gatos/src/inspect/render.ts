/** An explained object as lines for people. */
import { type Check, formatJson, type JsonValue } from 'gatos-core';
import { type Style, visible } from '../output/style.js';
import type { Explained, ExplainedField } from './explained.js';

const MARK = { pass: '✓', fail: '✗', unknown: '?' } as const;
const COLOUR = { pass: 'green', fail: 'red', unknown: 'yellow' } as const;

/** Units of one value on a line; the rest is for `--json`. */
const WIDTH = 160;
const INDENT = '  ';

export function renderExplained(explained: Explained, style: Style, depth = 0): readonly string[] {
  const { what, does, spec, id, facts = [], fields, checks, inside = [], also = [] } = explained;
  const pad = INDENT.repeat(depth);
  const width = Math.min(28, Math.max(0, ...fields.map(({ path }) => path.length)));
  return [
    `${pad}${style.bold(visible(what))}: ${visible(does)} ${style.dim(`(${spec})`)}`,
    ...(id === undefined ? [] : [`${pad}${INDENT}${style.cyan(id)}`]),
    ...facts.map(([label, value]) => `${pad}${INDENT}${style.dim(label)} ${visible(value)}`),
    ...fields.flatMap((field) => renderField(field, { style, depth, width })),
    ...checks.flatMap((check) => renderCheck(check, style).map((line) => pad + INDENT + line)),
    ...inside.flatMap((each) => renderExplained(each, style, depth + 1)),
    ...also.map((each) => `${pad}${INDENT}${style.dim(visible(each))}`),
  ];
}

interface Place {
  readonly style: Style;
  readonly depth: number;
  readonly width: number;
}

function renderField({ path, number, value, does, inside }: ExplainedField, { style, depth, width }: Place): string[] {
  const pad = INDENT.repeat(depth + 1);
  const label = number === undefined ? '' : `${String(number).padStart(3)} `;
  const means = does === '' ? '' : style.dim(`  — ${visible(does)}`);
  const text = inside === undefined ? shortened(value) : '';
  return [
    `${pad}${style.dim(label)}${visible(path).padEnd(width)}  ${visible(text)}${means}`,
    ...(inside === undefined ? [] : renderExplained(inside, style, depth + 2)),
  ];
}

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : formatJson((value ?? null) as JsonValue);
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`;
}

function renderCheck({ outcome, name, detail, hint }: Check, style: Style): string[] {
  const mark = style[COLOUR[outcome]](MARK[outcome]);
  const line = `${mark} ${visible(name)}: ${visible(detail)}`;
  return outcome === 'pass' || hint === undefined ? [line] : [line, `    ${style.cyan('hint:')} ${visible(hint)}`];
}

/** Bytes with their offsets, sixteen a line. */
export function* hexLines(bytes: Uint8Array): Generator<string> {
  const digits = Math.max(4, bytes.length.toString(16).length);
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    yield `${at.toString(16).padStart(digits, '0')}  ${hex.padEnd(47)}  ${text}`;
  }
}
