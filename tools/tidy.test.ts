/**
 * The house rules, on the repository as it stands. Each rule is a file in tools/tidy/rules, with a test beside it that
 * plants violations in a virtual tree; what each rule is for stands in CONTRIBUTING.md.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatFindings } from './tidy/rule.js';
import { LONG_FUNCTIONS, type LongFunctions, RULES } from './tidy/rules/index.js';
import { committedLists, growth } from './tidy/shrinking.js';
import { repositoryTree } from './tidy/tree.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tree = repositoryTree(root);

describe('house rules', () => {
  it('look at the repository, not at nothing', () => {
    expect(tree.paths).toContain('gatos-core/src/kernel/limits.ts');
    expect(tree.paths).toContain('tools/tidy.test.ts');
    expect(tree.paths.some((path) => path.includes('node_modules/') || path.includes('/dist/'))).toBe(false);
  });

  it.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    const findings = rule.check(tree);
    expect(findings.length, formatFindings(rule, findings)).toBe(0);
  });

  it('are all in the list, each with a test of its own', () => {
    const files = tree.paths.filter((path) => path.startsWith('tools/tidy/rules/') && path.endsWith('.ts'));
    const rules = files.filter((path) => !path.endsWith('.test.ts') && !path.endsWith('/index.ts'));
    expect(rules.map((path) => path.replace(/^.*\/|\.ts$/g, ''))).toEqual(RULES.map(({ name }) => name).sort());
    expect(rules.map((path) => path.replace(/\.ts$/, '.test.ts')).filter((path) => !tree.has(path))).toEqual([]);
  });

  it('allow fewer long functions over time, never more', () => {
    const now = JSON.parse(readFileSync(`${root}${LONG_FUNCTIONS}`, 'utf8')) as LongFunctions;
    const versions = [...committedLists(root), now];
    const grown = versions.slice(1).flatMap((after, index) => growth(versions[index] ?? {}, after));
    expect(grown, `${LONG_FUNCTIONS} grew. Instead: take the function apart`).toEqual([]);
  });
});
