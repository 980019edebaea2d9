import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSources, formatModule, parseModule, testPolicies } from '../src/policy/index.js';

const folder = new URL('../../conformance/vectors/policy/suite/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.(rgs|md)$/.test(name))
  .map((path) => ({ path, bytes: new Uint8Array(readFileSync(new URL(path, folder))) }));
const report = testPolicies(files);
const { bundle } = checkSources(files);

describe('the suite of tests in conformance/vectors/policy/suite', () => {
  it.each(report.tests)('$file: $name', ({ failures, fired }) => {
    expect(failures, fired.join('\n')).toEqual([]);
  });

  it('has at least 60 tests, and no warning', () => {
    expect(report.tests.length).toBeGreaterThanOrEqual(60);
    expect(report.warnings.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([]);
  });

  it('makes each of its rules fire', () => {
    const told = bundle?.tests.flatMap(({ expects }) =>
      expects.flatMap((each) => (each.kind === 'fires' && !each.no && each.id !== null ? [each.id.text] : [])),
    );
    const messages = report.tests.flatMap(({ fired }) => fired).join('\n');
    for (const { id } of bundle?.program.heads ?? []) {
      expect(told, id).toContain(id);
      expect(messages).toContain(`"${id}"`);
    }
  });

  it('is in the one layout', () => {
    for (const { path, bytes } of files.filter((each) => each.path.endsWith('.rgs'))) {
      const text = new TextDecoder().decode(bytes);
      expect(formatModule(parseModule({ file: path, text }).module, text), path).toBe(text);
    }
  });

  it('would fail where a rule is taken out', () => {
    const without = files.map((file) => {
      if (file.path !== 'branches.rgs') return file;
      const text = new TextDecoder().decode(file.bytes).replace('not update.fast_forward', 'update.fast_forward');
      return { ...file, bytes: new TextEncoder().encode(text) };
    });
    expect(testPolicies(without).failed).toBeGreaterThan(1);
  });
});
