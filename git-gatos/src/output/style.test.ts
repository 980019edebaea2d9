import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isColoured, PLAIN, styleOf, visible, visibleStyled } from './style.js';

describe('isColoured', () => {
  it.each([
    [undefined, {}, true, true],
    ['auto', {}, true, true],
    ['auto', {}, false, false],
    ['auto', { NO_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '' }, true, true],
    ['auto', { TERM: 'dumb' }, true, false],
    ['always', { NO_COLOR: '1', TERM: 'dumb' }, false, true],
    ['never', {}, true, false],
  ] as const)('%s with %j on a terminal (%s) is %s', (choice, env, isTerminal, want) => {
    expect(isColoured(choice, { env, isTerminal })).toBe(want);
  });
});

describe('visible', () => {
  it.each([
    ['plain text, Grüße, 日本語, 👩‍💻', 'plain text, Grüße, 日本語, 👩‍💻'],
    ['line\n\tindented', 'line\n\tindented'],
    ['\u001b[2J\u0007', '\\u001b[2J\\u0007'],
    ['a\rb', 'a\\u000db'],
    ['\u009b31m\u007f', '\\u009b31m\\u007f'],
    ['user\u202eecila', 'user\\u202eecila'],
    ['\ufeffx\u200by\u2028z', '\\ufeffx\\u200by\\u2028z'],
    ['\u{e0041}', '\\udb40\\udc41'],
  ])('%j', (text, want) => {
    expect(visible(text)).toBe(want);
  });

  it('leaves JSON text the same JSON', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        expect(JSON.parse(visible(text))).toEqual(JSON.parse(text));
      }),
      { seed: 1 },
    );
  });

  it('lets no control but tab and newline through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text).replaceAll(/[\t\n]/g, '')).not.toMatch(/\p{Cc}/u);
      }),
      { seed: 1 },
    );
  });
});

describe('visibleStyled', () => {
  const style = styleOf(true);
  it('keeps our colours and nothing else', () => {
    expect(visibleStyled(style.red('a\u001b[5mb'))).toBe('\u001b[31ma\\u001b[5mb\u001b[39m');
    expect(visibleStyled(`${style.bold(style.green('✓'))} \u001b]0;title\u0007`)).toBe(
      '\u001b[1m\u001b[32m✓\u001b[39m\u001b[22m \\u001b]0;title\\u0007',
    );
    expect(visibleStyled('\u001b[8mhidden')).toBe('\\u001b[8mhidden');
  });

  it('plain paint is no paint', () => {
    expect(PLAIN.red('x') + PLAIN.bold('y')).toBe('xy');
  });
});
