import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lawFiles } from '../../testing/law-world.js';
import { formatHex } from '../codec/index.js';
import { isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import { checkSources, policyCodeRoot, readSources, testPolicies } from './index.js';

const FREEZE = `deny "freeze" message "{update.ref} is frozen" because "0001-freeze.md" when {
  update in input.updates
  update.ref == "refs/heads/release"
}
`;
const ADR = `# 2. Fridays\n\nWe do not push on Fridays.\n\n\`\`\`rgs\nwarn "friday" message "it is Friday" when { time.weekday(input.received, 0) == 5 }\n\`\`\`\n`;
const TESTS = `test "release is frozen" {
  given { "updates": [{ "ref": "refs/heads/release" }] }
  expect deny "freeze"
  expect message "release is frozen"
}
test "main is not" { given { "updates": [{ "ref": "refs/heads/main" }] } expect allow expect no deny "freeze" }
`;
const TEXTS = { 'house/freeze.rgs': FREEZE, 'freeze_test.rgs': TESTS, '0002-friday.md': ADR, 'README.md': '# Law\n' };

function refusal(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isGatosError(error)) return error;
    throw error;
  }
  throw new TypeError('nothing was refused');
}

describe('readSources', () => {
  it('compiles rules, decisions in Markdown and tests, and keeps every file as given', () => {
    const bundle = readSources(lawFiles(TEXTS));
    expect(bundle.files.map(({ path }) => path)).toEqual([
      '0002-friday.md',
      'README.md',
      'freeze_test.rgs',
      'house/freeze.rgs',
    ]);
    expect(bundle.program.modules.map(({ name }) => name)).toEqual(['adr_0002', 'house.freeze']);
    expect(bundle.program.heads.map(({ id }) => id)).toEqual(['freeze', 'friday']);
    expect(bundle.tests.map(({ name }) => name)).toEqual(['release is frozen', 'main is not']);
    expect(formatHex(bundle.codeRoot)).toBe(formatHex(policyCodeRoot(bundle.code)));
    expect(bundle.sources.get('README.md')).toBe('# Law\n');
  });

  it('gives one code root, whatever the order of the files', () => {
    const want = formatHex(readSources(lawFiles(TEXTS)).codeRoot);
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.entries(TEXTS), { minLength: 4 }), (entries) => {
        expect(formatHex(readSources(lawFiles(Object.fromEntries(entries))).codeRoot)).toBe(want);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('refuses with every finding of every file at once, each with its line', () => {
    const files = lawFiles({
      'a.rgs': 'deny "x" when { y }\nrule q(z if {\n',
      'b.rgs': 'import nobody\n',
      'c.md': ADR,
    });
    const error = refusal(() => readSources(files));
    expect(error.code).toBe('policy/does-not-compile');
    const { diagnostics, shown } = error.data as { diagnostics: { file: string }[]; shown: string[] };
    expect(new Set(diagnostics.map(({ file }) => file))).toEqual(new Set(['a.rgs', 'b.rgs']));
    expect(shown).toHaveLength(diagnostics.length);
    expect(shown.join('\n')).toContain('^');
    expect(error.message).toMatch(/^the policy does not compile: \d+ errors, the first at a\.rgs:\d+:\d+$/);
    expect(checkSources(files).bundle).toBeNull();
  });

  it.each([
    ['notes.txt', 'neither'],
    ['../up.rgs', 'reserved'],
    ['a//b.rgs', 'no name'],
    ['/root.rgs', 'no name'],
    ['.git/x.rgs', 'reserved'],
    ['a\\b.rgs', 'backslash'],
    ['a\u202eb.rgs', 'cannot be seen'],
    ['a\nb.rgs', 'cannot be seen'],
    ['\ud800.rgs', 'cannot be seen'],
    ['a/b/c/d/e/f/g/h/i.rgs', 'deeper than 7'],
    [`${'x'.repeat(LIMITS.attachmentPathBytes)}.md`, 'longer than'],
  ])('takes no file called %j', (path, why) => {
    const error = refusal(() => readSources([{ path, bytes: utf8('') }]));
    expect([error.code, error.message]).toEqual(['policy/bad-file', expect.stringContaining(why)]);
  });

  it('takes a file as deep as a tree may be, and no file that is a folder as well or named twice', () => {
    expect(readSources(lawFiles({ 'a/b/c/d/e/f/g/h.md': '' })).files).toHaveLength(1);
    expect(refusal(() => readSources(lawFiles({ 'a.md': '', 'a.md/b.md': '' }))).message).toContain(
      'file and a folder',
    );
    const twice = [...lawFiles({ 'a.md': '' }), ...lawFiles({ 'a.md': 'x' })];
    expect(refusal(() => readSources(twice)).message).toContain('named twice');
  });

  it('bounds the number of files and their bytes, and wants UTF-8', () => {
    const many = Array.from({ length: LIMITS.policyModules + 1 }, (_, i) => ({ path: `${i}.md`, bytes: utf8('') }));
    expect(readSources(many.slice(1)).files).toHaveLength(LIMITS.policyModules);
    expect(refusal(() => readSources(many)).code).toBe('policy/bad-file');
    const large = { path: 'a.md', bytes: new Uint8Array(LIMITS.policyBundleBytes).fill(0x20) };
    expect(refusal(() => readSources([large, { path: 'b.md', bytes: utf8(' ') }])).code).toBe(
      'policy/bundle-too-large',
    );
    const broken = [{ path: 'a.rgs', bytes: Uint8Array.of(0x23, 0xff) }];
    expect(refusal(() => readSources(broken)).message).toContain('not UTF-8');
  });
});

describe('testPolicies', () => {
  it('passes what is as expected', () => {
    const report = testPolicies(lawFiles(TEXTS));
    expect([report.passed, report.failed]).toEqual([2, 0]);
    expect(report.tests[0]).toEqual({
      name: 'release is frozen',
      file: 'freeze_test.rgs',
      line: 1,
      failures: [],
      fired: ['deny "freeze": refs/heads/release is frozen (house/freeze.rgs:1)'],
    });
  });

  it('says of each expectation that is not met what fired instead', () => {
    const text = `test "all wrong" {
  given { "updates": [{ "ref": "refs/heads/release" }], "received": 2023-11-17T12:00:00Z }
  expect allow
  expect no deny
  expect no deny "freeze"
  expect no warn "friday"
  expect message "thaw"
}
test "nothing fires" { given {} expect deny expect deny "freeze" expect warn }
test "right after all" { given {} expect allow expect no warn }`;
    const { tests, passed, failed } = testPolicies(lawFiles({ ...TEXTS, 'freeze_test.rgs': text }));
    expect([passed, failed]).toEqual([1, 2]);
    expect(tests[0]?.failures.map(({ expected, line, column, why }) => [expected, line, column, why])).toEqual([
      ['allow', 3, expect.any(Number), 'it was denied'],
      ['no deny', 4, expect.any(Number), 'it fired'],
      ['no deny "freeze"', 5, expect.any(Number), 'it fired'],
      ['no warn "friday"', 6, expect.any(Number), 'it fired'],
      ['message "thaw"', 7, expect.any(Number), 'no message that fired holds it'],
    ]);
    expect(tests[0]?.fired).toHaveLength(2);
    expect(tests[1]?.failures.map(({ expected, why }) => `${expected}: ${why}`)).toEqual([
      'deny: it did not fire',
      'deny "freeze": it did not fire',
      'warn: it did not fire',
    ]);
    expect(tests[1]?.fired).toEqual([]);
  });

  it('does not take a rule that errs for one that fired, or that did not', () => {
    const errs = 'deny "late" message "too late" when { input.received + 9_007_199_254_740_991 > 0 }\n';
    const text = `test "denied by error" { given { "received": 1 } expect deny "late" expect no deny expect allow }`;
    const [test] = testPolicies(lawFiles({ 'late.rgs': errs, 'late_test.rgs': text })).tests;
    expect(test?.failures.map(({ expected, why }) => `${expected}: ${why}`)).toEqual([
      'deny "late": it did not fire',
      'no deny: a rule erred',
      'allow: a rule erred, which denies',
    ]);
    expect(test?.fired[0]).toMatch(/^error in late: .* \(late\.rgs:1\)$/);
  });

  it('runs nothing of a bundle that does not compile', () => {
    expect(
      refusal(() => testPolicies(lawFiles({ 'a_test.rgs': 'test "x" { given { "no": 1 } expect allow }' }))).code,
    ).toBe('policy/does-not-compile');
  });

  it('ends when it is told to', () => {
    const signal = { aborted: true, throwIfAborted: () => refusedBy() };
    expect(() => testPolicies(lawFiles(TEXTS), { signal })).toThrow('stopped');
  });
});

function refusedBy(): never {
  throw new TypeError('stopped');
}
