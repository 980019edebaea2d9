import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type JsonValue, parseJson } from '../../codec/index.js';
import { parseModule } from './index.js';
import { PLACE_WORDS, RESERVED_WORDS, SYMBOLS } from './words.js';

const folder = fileURLToPath(new URL('../../../../docs/editor/', import.meta.url));
const read = (name: string): JsonValue => parseJson(readFileSync(`${folder}${name}`));
const GRAMMARS = ['rgs.tmLanguage.json', 'rgs-markdown.tmLanguage.json'] as const;

interface Pattern {
  readonly key: string;
  readonly source: string;
  readonly name: string;
}

/** Every value of a key, wherever it stands. */
function valuesOf(value: JsonValue, keys: readonly string[], name = ''): readonly Pattern[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((each) => valuesOf(each, keys, name));
  if (typeof value !== 'object' || value === null) return [];
  const record = value as { readonly [key: string]: JsonValue };
  const own = typeof record.name === 'string' ? record.name : name;
  return Object.entries(record).flatMap(([key, each]) =>
    typeof each === 'string' && keys.includes(key) ? [{ key, source: each, name: own }] : valuesOf(each, keys, own),
  );
}

const patterns = valuesOf(read('rgs.tmLanguage.json'), ['match', 'begin', 'end']);

const named = (name: string): readonly RegExp[] =>
  patterns.filter((each) => each.name === name).map(({ source }) => new RegExp(`^(?:${source})$`, 'u'));

describe.each(GRAMMARS)('the grammar %s', (file) => {
  it('is JSON whose patterns compile and do not match nothing', () => {
    const found = valuesOf(read(file), ['match', 'begin']);
    expect(found.length).toBeGreaterThan(0);
    for (const { source } of found) expect(new RegExp(source, 'u').test(''), source).toBe(false);
    for (const { source } of valuesOf(read(file), ['end'])) {
      // A back-reference of an `end` means a group of its `begin`, which is not in it.
      expect(() => new RegExp(source.replaceAll('\\2', '`'), 'u'), source).not.toThrow();
    }
  });

  it('includes only what is there', () => {
    const grammar = read(file) as { readonly repository: { readonly [key: string]: JsonValue } };
    const includes = valuesOf(grammar, ['include']).map(({ source }) => source);
    const known = [...Object.keys(grammar.repository).map((each) => `#${each}`), 'source.rgs'];
    expect(includes.filter((each) => !known.includes(each))).toEqual([]);
    const used = Object.keys(grammar.repository).filter((each) => !includes.includes(`#${each}`));
    expect(used).toEqual([]);
  });
});

describe('the grammar of modules', () => {
  it('has the words of the lexer, no more and no fewer', () => {
    const words = patterns.flatMap(
      ({ source }) => /^\(\?<!\\\.\)\\b\(\?:([a-z|]+)\)\\b/.exec(source)?.[1]?.split('|') ?? [],
    );
    expect([...words].sort()).toEqual([...RESERVED_WORDS, ...PLACE_WORDS].sort());
  });

  it('has the symbols of the lexer', () => {
    const symbols = patterns.filter(({ name }) =>
      /^(keyword\.operator\.(comparison|assignment|arithmetic)|punctuation\.(separator|section))\.rgs$/.test(name),
    );
    for (const symbol of SYMBOLS) {
      expect(
        symbols.some(({ source }) => new RegExp(`^(?:${source})$`, 'u').test(symbol)),
        symbol,
      ).toBe(true);
    }
    for (const other of ['&&', '||', '/', '%', '@']) {
      expect(
        symbols.some(({ source }) => new RegExp(`^(?:${source})$`, 'u').test(other)),
        other,
      ).toBe(false);
    }
  });

  it.each([
    ['constant.numeric.integer.rgs', '1_000'],
    ['constant.numeric.duration.rgs', '15m'],
    ['constant.numeric.time.rgs', '2026-11-20T09:00:00.5Z'],
    ['constant.character.escape.rgs', '\\u{1F600}'],
    ['entity.name.function.rgs', 'glob.match'],
    ['invalid.illegal.float.rgs', '1.5'],
    ['invalid.illegal.escape.rgs', '\\q'],
  ])('knows %s as the lexer does: %s', (name, text) => {
    // Without what looks ahead, which a whole match leaves nothing for.
    const found = named(name).concat(
      patterns
        .filter((each) => each.name === name)
        .map(({ source }) => new RegExp(`^(?:${source.replace(/\(\?=.*\)$/, '')})$`, 'u')),
    );
    expect(found.some((each) => each.test(text))).toBe(true);
    const literal = text.startsWith('\\') ? `"${text}"` : text.includes('match') ? `${text}()` : text;
    const { diagnostics } = parseModule({ file: 'a.rgs', text: `const a = ${literal}` });
    expect(diagnostics.length > 0).toBe(name.startsWith('invalid.'));
  });

  it('takes words after a dot for fields', () => {
    const words = patterns
      .filter(({ name }) => name === 'keyword.other.part.rgs')
      .find(({ source }) => source.includes('because'));
    expect(new RegExp(words?.source ?? '', 'u').test('commit.message')).toBe(false);
    expect(new RegExp(words?.source ?? '', 'u').test('message "a"')).toBe(true);
  });
});

describe('the instructions', () => {
  it('show files that are JSON, name the grammars, and have patterns that compile', () => {
    const text = readFileSync(`${folder}README.md`, 'utf8');
    const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block = '']) => parseJson(block));
    expect(blocks).toHaveLength(2);
    const paths = valuesOf(blocks, ['path']).map(({ source }) => source.replace('./', ''));
    expect([...paths].sort()).toEqual([...GRAMMARS].sort());
    const indents = valuesOf(blocks, ['increaseIndentPattern', 'decreaseIndentPattern']).map(
      ({ source }) => new RegExp(source),
    );
    expect(indents.map((each) => [each.test('rule a() if {  # why'), each.test('  }')])).toEqual([
      [true, false],
      [false, true],
    ]);
    const scopes = GRAMMARS.map((file) => (read(file) as { readonly scopeName: string }).scopeName);
    expect(valuesOf(blocks, ['scopeName']).map(({ source }) => source)).toEqual(scopes);
  });
});
