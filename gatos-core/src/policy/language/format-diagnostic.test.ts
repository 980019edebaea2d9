import { describe, expect, it } from 'vitest';
import { formatDiagnostic, parseModule, shown } from './index.js';

const lines = (text: string): readonly string[] =>
  parseModule({ file: 'law/a.rgs', text }).diagnostics.flatMap((each) => formatDiagnostic(each, text).split('\n'));

describe('a finding as text', () => {
  it('names the place, the line, the caret and the hint', () => {
    expect(lines('rule a(x) if {\n  x.ref = "b"\n}\n')).toEqual([
      'law/a.rgs:2:9: error: `=` names a value and stands after a name, at the start of a line',
      ' 2 |   x.ref = "b"',
      '   |         ^',
      '   = hint: to compare, write `==`',
    ]);
  });

  it('marks all of what is wrong, in its line', () => {
    expect(lines('const a = 1.50')[2]).toBe('   |           ^^^^');
    expect(lines('const a = "b\nconst c = 1')[2]).toBe('   |           ^^');
  });

  it('points behind the last line where something is missing', () => {
    expect(lines('const a =').slice(0, 3)).toEqual([
      'law/a.rgs:1:10: error: expected an expression, found the end of the file',
      ' 1 | const a =',
      '   |          ^',
    ]);
  });

  it('keeps carets below their place after tabs and wide characters', () => {
    expect(lines('const a = ["😀", 1.5]').slice(1, 3)).toEqual([
      ' 1 | const a = ["😀", 1.5]',
      '   |                 ^^^',
    ]);
    expect(lines('const a =\n\t1.5').slice(1, 3)).toEqual([' 2 | \t1.5', '   | \t^^^']);
  });

  it('shows no control characters and no line without end', () => {
    const [, line = '', carets = ''] = lines(`const a = "${'b'.repeat(5000)}\u{1b}[31m${'c'.repeat(5000)}"`);
    expect(line.length).toBeLessThan(160);
    expect(line).toContain('\\u{1b}[31m');
    expect(carets.indexOf('^')).toBe(line.indexOf('\\u{1b}'));
    expect(line).not.toContain('\u{1b}');
  });

  it('works for a line that ends in CR LF', () => {
    expect(lines('const a = 1.5\r\nconst b = 2\r\n')[1]).toBe(' 1 | const a = 1.5');
  });

  it('numbers lines of more than one digit', () => {
    expect(lines(`${'\n'.repeat(99)}const a = 1.5`).slice(1, 3)).toEqual([
      ' 100 | const a = 1.5',
      '     |           ^^^',
    ]);
  });
});

describe('shown', () => {
  it.each([
    ['plain', 'plain'],
    ['a\nb\u{202e}', 'a\\u{a}b\\u{202e}'],
    ['\u{d800}', '\\u{d800}'],
    ['é😀', 'é😀'],
    ['x'.repeat(41), `${'x'.repeat(40)}…`],
  ])('%j', (text, want) => {
    expect(shown(text)).toBe(want);
  });
});
