import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { leftovers } from './leftovers.js';

// Put together here, so that this file does not hold what it plants.
const TODO = ['TO', 'DO'].join('');
const FIXME = ['FIX', 'ME'].join('');
const IGNORE = ['@ts', 'ignore'].join('-');

describe('leftovers', () => {
  it.each([
    `// ${TODO}: later`,
    `/* ${FIXME} */`,
    `/** ${TODO} */`,
    `// ${IGNORE}`,
    `const a = [\n  1, // ${TODO}\n];`,
  ])('finds the comment %s', (text) => {
    expect(places(leftovers, { 'gatosd/src/a.ts': text })).toHaveLength(1);
  });

  it.each([
    "it.only('a', () => {});",
    "describe.skip('a', () => {});",
    "test.todo('a');",
    "it.skip.each([1])('a', () => {});",
    "test.concurrent.only('a', () => {});",
  ])('finds the test %s', (text) => {
    expect(places(leftovers, { 'gatosd/src/a.test.ts': text })).toEqual(['gatosd/src/a.test.ts:1']);
  });

  it('accepts a condition with a reason, words in strings, and properties of others', () => {
    const text = [
      "it.skipIf(!hasVectors)('reads the vectors (skipped: none here)', () => {});",
      `const a = '${TODO}'; const b = \`// ${FIXME} \${a}\`;`,
      "reader.skip(4); list.only('x');",
      '// the method is described in the docs',
    ].join('\n');
    expect(places(leftovers, { 'gatosd/src/a.test.ts': text })).toEqual([]);
  });
});
