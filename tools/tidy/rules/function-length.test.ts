import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { FUNCTION_LINES, functionLength, LONG_FUNCTIONS } from './function-length.js';

const body = (lines: number): string => '  work();\n'.repeat(lines - 2);
const named = (name: string, lines: number): string => `function ${name}() {\n${body(lines)}}\n`;

describe('function-length', () => {
  it('accepts the limit', () => {
    expect(places(functionLength, { 'a.ts': named('a', FUNCTION_LINES) })).toEqual([]);
  });

  it('finds functions, methods, arrows and constructors that pass it', () => {
    const long = body(FUNCTION_LINES + 1);
    for (const [text, name] of [
      [named('a', FUNCTION_LINES + 1), 'a'],
      [`const b = () => {\n${long}};`, 'b'],
      [`class C {\n  d() {\n${long}  }\n}`, 'C.d'],
      [`class C {\n  constructor() {\n${long}  }\n}`, 'constructor'],
      [`const e = { f: async () => {\n${long}} };`, 'f'],
      [`run(() => {\n${long}});`, 'anonymous'],
    ] as const) {
      expect(words(functionLength, { 'a.ts': text })[0], name).toMatch(
        new RegExp(`^\`${name}\` has 61 lines, its limit is 60`),
      );
    }
  });

  it('lets a listed function be as long as listed, not longer', () => {
    const list = { [LONG_FUNCTIONS]: '{"a.ts#a": 70}' };
    expect(places(functionLength, { ...list, 'a.ts': named('a', 70) })).toEqual([]);
    expect(places(functionLength, { ...list, 'a.ts': named('a', 71) })).toEqual(['a.ts:1']);
  });

  it('finds an entry that is too generous or no longer needed', () => {
    const list = { [LONG_FUNCTIONS]: '{"a.ts#a": 70}' };
    expect(words(functionLength, { ...list, 'a.ts': named('a', 65) })[0]).toMatch(/lower the entry to 65/);
    expect(words(functionLength, { ...list, 'a.ts': named('a', 20) })[0]).toMatch(/remove the entry/);
  });

  it('leaves tests and contract suites alone, and no other code of the testing folder', () => {
    const suite = `export function contract() {\n  describe('a', () => {\n    it('b', work);\n${body(100)}  });\n}`;
    expect(places(functionLength, { 'a.test.ts': suite, 'gatos-core/testing/contract.ts': suite })).toEqual([]);
    expect(places(functionLength, { 'gatos-core/testing/fake.ts': named('a', 61) })).toEqual([
      'gatos-core/testing/fake.ts:1',
    ]);
  });
});
