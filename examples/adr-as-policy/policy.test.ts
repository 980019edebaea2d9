/** The law of this example, and the rules that the guides quote: they compile, and do what is said of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkSources, formatModule, parseModule, testPolicies } from 'gatos-core';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)));

const LAW = '0042-public-api.md';
const TESTS = 'adr_0042_public_api_test.rgs';
const files = [LAW, TESTS].map((path) => ({ path, bytes: new Uint8Array(read(`gatos/policies/${path}`)) }));

describe('the decision', () => {
  it('compiles without a warning and passes its tests', () => {
    expect(checkSources(files).diagnostics).toEqual([]);
    expect(testPolicies(files)).toMatchObject({ failed: 0, passed: 10 });
  });

  it('is in the one layout', () => {
    const text = read(`gatos/policies/${TESTS}`).toString();
    expect(formatModule(parseModule({ file: TESTS, text }).module, text)).toBe(text);
  });

  it.each([
    ['counts one lead for two', '>= 2', '>= 1'],
    ['counts whoever approved', '; member("leads", lead)', ''],
    ['forgets that main may be rewritten', 'update.fast_forward\n', 'update.kind != "delete"\n'],
    ['takes a grant for any branch', 'granted("api-change", ref, approvers)', 'granted("api-change", _, approvers)'],
    ['looks at every branch', 'ref == main\n  commit', 'commit'],
  ])('has a test that finds a law that %s', (_name, from, to) => {
    const mutated = files.map(({ path, bytes }) => {
      const text = new TextDecoder().decode(bytes);
      if (path === LAW && !text.includes(from)) throw new Error(`the law does not say ${from}`);
      return { path, bytes: new TextEncoder().encode(path === LAW ? text.replaceAll(from, to) : text) };
    });
    expect(testPolicies(mutated).failed).toBeGreaterThan(0);
  });
});

describe('what the guides quote', () => {
  it.each([
    ['docs/governance.md', 'governance.md', ['main-moves-forward']],
    ['spec/adr/0010-governance.md', '0010-governance.md', []],
  ])('compiles: %s', (path, name, heads) => {
    const { bundle, diagnostics } = checkSources([{ path: name, bytes: new Uint8Array(read(`../../${path}`)) }]);
    // The rule is quoted alone.
    expect(diagnostics.map(({ code }) => code)).toEqual(['policy/unused-rule']);
    expect(bundle?.program.heads.map(({ id }) => id)).toEqual(heads);
  });
});
