/** A strict reader of git's configuration syntax (git-config(1), "Syntax"), for the few settings that change how we read and write. */
import { gitError } from '../../src/git/index.js';

/** Values by `section.key` or `section.subsection.key`; section and key in lower case. The last one counts. */
export type Config = ReadonlyMap<string, string | true>;

const BLANK = /(?:\s+|[#;][^\n]*)+/y;
const SECTION = /\[([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\.)*)")?[ \t]*\]/y;
const KEY = /([A-Za-z][A-Za-z0-9-]*)[ \t]*(=?)/y;
const END_OF_LINE = /[ \t]*(?:[#;][^\n]*)?(?:\n|$)/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Parses a configuration file. Throws `git/bad-config` with the line. `include` sections are not followed. */
export function parseConfig({ path, text }: { path: string; text: string }): Config {
  const settings = new Map<string, string | true>();
  const source = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  let section = '';
  let at = 0;
  for (;;) {
    at += matchAt(BLANK, source, at)?.[0].length ?? 0;
    if (at >= source.length) return settings;
    const header = matchAt(SECTION, source, at);
    if (header !== null) {
      const [whole, name = '', quoted] = header;
      section = `${[name.toLowerCase(), ...(quoted === undefined ? [] : [quoted.replace(/\\(.)/g, '$1')])].join('.')}.`;
      at += whole.length;
      continue;
    }
    const key = matchAt(KEY, source, at);
    const end = at + (key?.[0].length ?? 0);
    const value = key === null ? null : key[2] === '=' ? parseValue(source, end) : parseBareKey(source, end);
    if (key === null || value === null)
      throw gitError('bad-config', { path, line: source.slice(0, at).split('\n').length });
    settings.set(`${section}${(key[1] as string).toLowerCase()}`, value.value);
    at = value.end;
  }
}

interface Parsed {
  readonly value: string | true;
  readonly end: number;
}

/** A key without `=`, which means true. */
function parseBareKey(source: string, at: number): Parsed | null {
  const match = matchAt(END_OF_LINE, source, at);
  return match === null ? null : { value: true, end: at + match[0].length };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' };

/** The value after `=`: outer blanks dropped, quotes and escapes resolved, lines continued by a final backslash. */
function parseValue(source: string, start: number): Parsed | null {
  let value = '';
  let keep = 0;
  let quoted = false;
  let at = start;
  for (; at < source.length; at++) {
    const unit = source[at] as string;
    if (unit === '\n') break;
    if (unit === '\\') {
      const next = source[++at];
      if (next === '\n') continue;
      const meant = next === undefined ? undefined : ESCAPES[next];
      if (meant === undefined) return null;
      value += meant;
      keep = value.length;
    } else if (unit === '"') {
      quoted = !quoted;
      keep = value.length;
    } else if (!quoted && (unit === '#' || unit === ';')) {
      const feed = source.indexOf('\n', at);
      at = feed < 0 ? source.length : feed;
      break;
    } else if (!quoted && (unit === ' ' || unit === '\t')) {
      if (value.length > 0) value += unit;
    } else {
      value += unit;
      keep = value.length;
    }
  }
  return quoted ? null : { value: value.slice(0, keep), end: at };
}

/** A boolean setting (`true yes on 1`, `false no off 0`, empty), `fallback` when absent, or the text when it is neither. */
export function configBoolean(config: Config, key: string, fallback: boolean): boolean | string {
  const value = config.get(key);
  if (value === undefined) return fallback;
  if (value === true) return true;
  const text = value.toLowerCase();
  if (text === 'true' || text === 'yes' || text === 'on' || text === '1') return true;
  if (text === 'false' || text === 'no' || text === 'off' || text === '0' || text === '') return false;
  return text;
}

/** A text setting, or null when absent or without value. */
export function configText(config: Config, key: string): string | null {
  const value = config.get(key);
  return typeof value === 'string' ? value : null;
}
