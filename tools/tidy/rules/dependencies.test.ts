import { describe, expect, it } from 'vitest';
import { words } from '../probe.js';
import { dependencies, LIST } from './dependencies.js';

const list = '| name | version | package | reason |\n|---|---|---|---|\n| `a` | 1.0.0 | gatosd | it does a |\n';
const plant = (version: string, table = list): Record<string, string> => ({
  'gatosd/package.json': JSON.stringify({ dependencies: { a: version, 'gatos-core': '0.1.0' } }, null, 2),
  [LIST]: table,
});

describe('dependencies', () => {
  it('accepts an exact pin that is listed with a reason', () => {
    expect(words(dependencies, plant('1.0.0'))).toEqual([]);
  });

  it.each(['^1.0.0', '~1.0.0', '1.x', '*', 'latest', '>=1.0.0', 'file:../a', 'git+https://example.org/a.git'])(
    'finds the pin %s',
    (version) => {
      expect(words(dependencies, plant(version))[0]).toMatch(/→ one exact version/);
    },
  );

  it('finds a version that differs from the list, a missing row, a row without a reason and one too many', () => {
    expect(words(dependencies, plant('1.0.1'))[0]).toMatch(/listed as 1\.0\.0 → correct line 3/);
    expect(words(dependencies, plant('1.0.0', ''))[0]).toMatch(/is not listed/);
    expect(words(dependencies, plant('1.0.0', list.replace('gatosd', 'root')))[0]).toMatch(
      /listed for root → name gatosd in line 3/,
    );
    expect(words(dependencies, plant('1.0.0', list.replace('it does a', ' ')))[0]).toMatch(/without a reason/);
    expect(words(dependencies, plant('1.0.0', `${list}| \`b\` | 2.0.0 | gatosd | gone |\n`))).toEqual([
      '`b` is no dependency → remove the row',
    ]);
  });

  it('finds two versions of one dependency', () => {
    const second = { 'git-gatos/package.json': '{"devDependencies":{"a":"2.0.0"}}' };
    expect(words(dependencies, { ...plant('1.0.0'), ...second })[0]).toMatch(/one version everywhere/);
  });

  it('finds a sibling that is not pinned', () => {
    const files = { 'gatosd/package.json': '{"dependencies":{"gatos-core":"^0.1.0"}}' };
    expect(words(dependencies, files)).toHaveLength(1);
  });
});
