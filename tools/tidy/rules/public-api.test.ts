import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { virtualTree } from '../tree.js';
import { publicApi, publicApiSnapshot, SNAPSHOT } from './public-api.js';

const entry = 'gatos-core/src/index.ts';
const text = [
  "export { b, type A, c as d } from './kernel/index.js';",
  "export type { E } from './kernel/index.js';",
  'export function f() {}',
  'export const g = 1, h = 2;',
  'export interface I {}',
  'export class J {}',
  'const hidden = 1;',
].join('\n');
const snapshot = ['J', 'b', 'd', 'f', 'g', 'h', 'type A', 'type E', 'type I'];

describe('public-api', () => {
  it('reads the names that an entry point exports', () => {
    expect(publicApi(virtualTree({ [entry]: text }))).toEqual({ 'gatos-core': snapshot });
  });

  it('accepts what the snapshot says', () => {
    expect(
      places(publicApiSnapshot, { [entry]: text, [SNAPSHOT]: JSON.stringify({ 'gatos-core': snapshot }) }),
    ).toEqual([]);
  });

  it('names what came and what went', () => {
    const before = JSON.stringify({ 'gatos-core': [...snapshot.slice(1), 'old'] });
    expect(words(publicApiSnapshot, { [entry]: text, [SNAPSHOT]: before })).toEqual([
      expect.stringMatching(/^`gatos-core` exports in addition: J → `npm run api:update`/),
      expect.stringMatching(/^`gatos-core` no longer exports: old → `npm run api:update`/),
    ]);
  });

  it('finds a value that became a type, a missing snapshot and a missing entry point', () => {
    const before = JSON.stringify({ 'gatos-core': ['type J', ...snapshot.slice(1)] });
    expect(words(publicApiSnapshot, { [entry]: text, [SNAPSHOT]: before })).toHaveLength(2);
    expect(places(publicApiSnapshot, { [entry]: text })).toEqual([entry]);
    expect(places(publicApiSnapshot, { [SNAPSHOT]: '{"gatosd":["a"]}' })).toEqual(['gatosd/src/index.ts']);
  });
});
