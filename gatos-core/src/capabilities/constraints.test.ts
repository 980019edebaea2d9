import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../codec/index.js';
import { constraintFault, fitsConstraint, loosened } from './constraints.js';

const BODY: JsonValue = {
  path: '/data/a.csv',
  n: 5,
  deep: { yes: true, none: null, list: ['x', ['y']] },
  'a.b': 'dotted',
  __proto__name: 'z',
};

describe('a constraint', () => {
  it.each([
    ['body.path', '/data/a.csv'],
    ['body.path', '/data/*'],
    ['body.path', '*'],
    ['body.n', '5'],
    ['body.deep.yes', 'true'],
    ['body.deep.none', 'null'],
    ['body.deep.list.0', 'x'],
    ['body.deep.list.1.0', 'y'],
  ])('%s = %s holds', (path, pattern) => {
    expect(constraintFault({ [path]: pattern }, BODY)).toBeNull();
  });

  it.each([
    ['body.path', '/data/b*'],
    ['body.path', '/data/'],
    ['body.path', '/data/a.csv '],
    ['body.n', '6'],
    ['body.n', '05'],
    ['body.missing', '*'],
    ['body.deep', '*'],
    ['body.deep.list', '*'],
    ['body.deep.list.00', 'x'],
    ['body.deep.list.length', '2'],
    ['body.deep.list.-1', '*'],
    ['body.path.length', '11'],
    ['body.a.b', 'dotted'],
    ['body.constructor', '*'],
    ['body.__proto__', '*'],
    ['path', '*'],
    ['', '*'],
    ['tool_id', '*'],
  ])('%s = %s does not hold', (path, pattern) => {
    expect(constraintFault({ [path]: pattern }, BODY)).toContain(`\`${path}\``);
  });

  it('on the whole body holds when that is a text, a number or a truth value', () => {
    expect(constraintFault({ body: 'hi' }, 'hi')).toBeNull();
    expect(constraintFault({ body: '7' }, 7)).toBeNull();
    expect(constraintFault({ body: '*' }, [])).not.toBeNull();
    expect(constraintFault({ body: '*' }, undefined)).not.toBeNull();
  });

  it('by a beginning lets nothing climb out of it', () => {
    for (const text of ['/data/../etc', '/data/a/..', '/data/..\\etc', '/data/a/../../etc'])
      expect(fitsConstraint('/data/*', text), text).toBe(false);
    for (const text of [
      '/data/%2e%2e/etc',
      '/data/.%2E/etc',
      '/data/..%2fetc',
      '/data/%252e%252e%255cetc',
      '/data%2f..%2fetc',
      '/data/..?x',
      '/data/..#x',
      '/data/..;x/etc',
      '/data/.\t./etc',
      '/data/.\n.',
      '/data/.. /etc',
      '/data/..\0x',
      '/data/a\0.csv',
    ])
      expect(fitsConstraint('/data*', text), text).toBe(false);
    expect(fitsConstraint('/data/*', `/data/${'%25'.repeat(100_000)}2`)).toBe(true);
    for (const text of ['/data/%2e', '/data/a%2e%2eb', '/data/a?..=1', '/data/a b\nc', '/data/..%2'])
      expect(fitsConstraint('/data/*', text), text).toBe(true);
    for (const text of ['/data/a..b', '/data/...', '/data/..a'])
      expect(fitsConstraint('/data/*', text), text).toBe(true);
  });

  it('all of them have to hold, and none is no constraint', () => {
    expect(constraintFault({ 'body.n': '5', 'body.path': '/other' }, BODY)).toContain('body.path');
    expect(constraintFault({}, BODY)).toBeNull();
    expect(constraintFault(undefined, undefined)).toBeNull();
  });
});

describe('constraints of a part', () => {
  it('keep those of the whole, or narrow them', () => {
    expect(loosened({ a: '/x/y', b: '1' }, { a: '/x/*' })).toEqual([]);
    expect(loosened({ a: '/x/*' }, { a: '/x/*' })).toEqual([]);
    expect(loosened({ a: '/x/y*' }, { a: '/x/*' })).toEqual([]);
  });

  it('are refused when they leave one out, or widen it', () => {
    expect(loosened(undefined, { a: '1', b: '2' })).toEqual(['a', 'b']);
    expect(loosened({ a: '/*' }, { a: '/x/*' })).toEqual(['a']);
    expect(loosened({ a: '*' }, { a: '1' })).toEqual(['a']);
    expect(loosened({ a: '2' }, { a: '1' })).toEqual(['a']);
    expect(loosened({ a: '/x/../y' }, { a: '/x/*' })).toEqual(['a']);
    expect(loosened({ toString: '1' } as never, { constructor: '1' } as never)).toEqual(['constructor']);
  });
});
