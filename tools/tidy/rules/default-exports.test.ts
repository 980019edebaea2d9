import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { defaultExports } from './default-exports.js';

describe('default-exports', () => {
  it.each([
    'export default 1;',
    'export default function a() {}',
    'export default class {}',
    'const a = 1; export { a as default };',
  ])('finds %s', (text) => {
    expect(places(defaultExports, { 'gatosd/src/a.ts': text })).toEqual(['gatosd/src/a.ts:1']);
  });

  it('accepts names, and the configuration of a tool', () => {
    expect(places(defaultExports, { 'a.ts': 'export const a = 1;', 'vitest.config.ts': 'export default {};' })).toEqual(
      [],
    );
  });
});
