/** Writing, testing and adopting a policy, as a person does it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Run, type Stage } from './stage.js';

let stage: Stage;
beforeAll(() => {
  stage = openStage();
});
afterAll(() => stage.close());

/** A folder of its own with these files. */
function folder(name: string, files: Readonly<Record<string, string>> = {}): string {
  const path = stage.at(name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const policy = (cwd: string, ...args: string[]): Run => stage.run(['git', 'gatos', 'policy', ...args], { cwd });

interface Fault {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

function fault(cwd: string, status: number, ...args: string[]): Fault['error'] {
  return (stage.json(['policy', ...args], { cwd, status }) as Fault).error;
}

describe('policy new', () => {
  it('writes a policy and a decision that compile, are laid out, and whose tests pass', () => {
    const cwd = folder('new');
    for (const args of [['house'], ['--adr', '0042-public-api'], ['--adr', 'public-api.md'], ['with_words']])
      expect(policy(cwd, 'new', ...args)).toMatchObject({ status: 0 });
    expect(policy(cwd, 'check')).toMatchObject({
      status: 0,
      stdout: '4 modules, 6 rules, 6 denials, 2 warnings, 24 tests: nothing to complain about\n',
    });
    expect(policy(cwd, 'fmt', '--check')).toEqual({ status: 0, stdout: '6 files are in order already\n', stderr: '' });
    const { status, stdout } = policy(cwd, 'test');
    expect(status).toBe(0);
    expect(stdout).toContain('✓ two leads let it pass\n');
    expect(stdout).toMatch(/24 tests passed\n$/);
  });

  it('overwrites nothing, and says what a name may be', () => {
    const cwd = folder('taken');
    policy(cwd, 'new', 'house');
    const path = join(cwd, 'gatos/policies/house.rgs');
    writeFileSync(path, '# mine\n');
    expect(fault(cwd, 16, 'new', 'house').code).toBe('policy-files/exists');
    expect(readFileSync(path, 'utf8')).toBe('# mine\n');
    for (const name of ['House', '../house', 'a-b', '', 'x_test', '1st'])
      expect(fault(cwd, 1, 'new', name).code).toBe('policy-files/bad-name');
    for (const name of ['../0042', '.md', 'Öffentlich', 'a b'])
      expect(fault(cwd, 1, 'new', '--adr', name).code).toBe('policy-files/bad-name');
  });
});

const BAD = `deny "frozen" message "{who} is frozen" when {
  update in input.updates
  update.reff == "refs/heads/main"
  not thawed(update)
}

warn "frozen" when { input.received + 1 }
`;

describe('policy check', () => {
  it('prints every finding with its place, its line, a caret and a hint, and exits with 1', () => {
    const cwd = folder('bad', { 'bad.rgs': BAD });
    const { status, stdout, stderr } = policy(cwd, 'check', 'bad.rgs');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('bad.rgs:3:10: error: ');
    expect(stdout).toContain(
      '\n 3 |   update.reff == "refs/heads/main"\n   |          ^^^^\n   = hint: did you mean `ref`?\n',
    );
    for (const place of ['bad.rgs:1:', 'bad.rgs:4:', 'bad.rgs:7:']) expect(stdout).toContain(place);
    expect(stdout).toMatch(/\n\d errors(, \d warnings?)?\n$/);
  });

  it('gives them as data', () => {
    folder('bad-data/gatos/policies', { 'bad.rgs': BAD });
    const { ok, diagnostics } = stage.json(['policy', 'check'], { cwd: stage.at('bad-data'), status: 1 }) as {
      ok: boolean;
      diagnostics: readonly { code: string; file: string; path: string; line: number; column: number; hint: string }[];
    };
    expect(ok).toBe(false);
    expect(diagnostics.length).toBeGreaterThan(3);
    expect(diagnostics.find(({ line }) => line === 3)).toMatchObject({
      code: 'policy/unknown-field',
      severity: 'error',
      file: 'bad.rgs',
      path: 'gatos/policies/bad.rgs',
      column: 10,
      hint: 'did you mean `ref`?',
      span: { start: 82, end: 86 },
    });
  });

  it.each<[string, number, string, string]>([
    ['a folder without a policy', 20, 'policy-files/none', '.'],
    ['a file that is not there', 20, 'cli/no-file', 'nope.rgs'],
    ['a file of another kind', 1, 'policy/bad-file', 'note.txt'],
    ['bytes that are no text', 1, 'policy/bad-file', 'latin.rgs'],
  ])('%s is refused', (name, status, code, path) => {
    const cwd = folder(`refused ${name}`);
    if (path === 'note.txt') writeFileSync(join(cwd, path), 'x');
    if (path === 'latin.rgs') writeFileSync(join(cwd, path), Uint8Array.of(0x23, 0xe4, 0x0a));
    expect(fault(cwd, status, 'check', path).code).toBe(code);
  });

  it('knows the names of modules from the folder, wherever it is started', () => {
    const cwd = folder('nested/gatos/policies/house', { 'times.rgs': 'rule late(t) if { t > 5 }\n' });
    folder('nested/gatos/policies', {
      'main.rgs': 'import house.times\n\ndeny "late" when { house.times.late(input.received) }\n',
    });
    for (const [at, path] of [
      [cwd, '..'],
      [stage.at('nested'), ''],
      [stage.at('nested'), 'gatos/policies'],
      [cwd, '../main.rgs times.rgs'],
    ] as const)
      expect(policy(at, 'check', ...path.split(' ').filter(Boolean))).toMatchObject({ status: 0 });
  });
});

describe('policy test', () => {
  it('says what was expected, where, and what fired', () => {
    const cwd = folder('failing', {
      'm.rgs': 'deny "never" message "not {update.ref}" when { update in input.updates }\n',
      'm_test.rgs':
        'test "passes" {\n  given { "updates": [{ "ref": "refs/heads/a" }] }\n  expect allow\n  expect no deny "never"\n}\n',
    });
    const { status, stdout } = policy(cwd, 'test', '.');
    expect(status).toBe(1);
    expect(stdout).toContain('✗ passes (m_test.rgs:1)\n');
    expect(stdout).toContain('    m_test.rgs:3:3: expected allow: it was denied\n');
    expect(stdout).toContain('    m_test.rgs:4:3: expected no deny "never": it fired\n');
    expect(stdout).toContain('    fired: deny "never": not refs/heads/a (m.rgs:1)\n');
    expect(stdout).toMatch(/1 of 1 test failed\n$/);
    expect(stage.json(['policy', 'test', '.'], { cwd, status: 1 })).toMatchObject({ passed: 0, failed: 1 });
  });

  it('is not content with no tests', () => {
    const cwd = folder('untested', { 'm.rgs': 'deny "never" when { false }\n' });
    expect(policy(cwd, 'test', '.')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('there are no tests'),
    });
  });
});

describe('policy fmt', () => {
  it('lays files out, leaves those with errors, and is content with its own work', () => {
    const bad = 'rule r(a if { a == 1 }\n';
    const cwd = folder('layout', { 'a.rgs': 'rule   x( a )   if {a in [1,2]}   # all\n', 'b.rgs': bad });
    expect(policy(cwd, 'fmt', '--check', 'a.rgs')).toMatchObject({ status: 1, stdout: 'would format a.rgs\n' });
    const { status, stdout } = policy(cwd, 'fmt', '.');
    expect(status).toBe(1);
    expect(stdout).toContain('b.rgs:1:7: error: ');
    expect(stdout).toContain('formatted a.rgs\n');
    expect(readFileSync(join(cwd, 'b.rgs'), 'utf8')).toBe(bad);
    expect(policy(cwd, 'fmt', '--check', 'a.rgs').status).toBe(0);
    const text = readFileSync(join(cwd, 'a.rgs'), 'utf8');
    expect(stage.run(['git', 'gatos', 'policy', 'fmt', '-'], { input: text }).stdout).toBe(text);
    expect(stage.run(['git', 'gatos', 'policy', 'fmt', '-'], { input: bad }).status).toBe(1);
  });
});

describe('policy compile, show and eval', () => {
  it('gives the same bytes whatever the order, and reads them again', () => {
    const cwd = folder('code', { 'a.rgs': 'deny "a" when { input.profile == "x" }\n', 'b.rgs': 'rule b(1)\n' });
    const root = (...paths: string[]) =>
      (stage.json(['policy', 'compile', ...paths, '-o', 'out.rgc'], { cwd }) as { policy_code_root: string })
        .policy_code_root;
    expect(root('a.rgs', 'b.rgs')).toBe(root('b.rgs', 'a.rgs'));
    expect(stage.json(['policy', 'show', 'out.rgc'], { cwd })).toMatchObject({
      policy_code_root: root('.'),
      rules: [{ id: 'a', form: 'deny', file: 'a.rgs', line: null }],
    });
    expect(policy(cwd, 'show', 'out.rgc', '--code').stdout).toContain('deny "a"');
    expect(fault(cwd, 1, 'show', 'out.rgc', '--source').code).toBe('policy-files/no-source');
    expect(fault(cwd, 1, 'show', 'a.rgs').code).toBe('policy-files/no-code');
  });

  const LAW =
    'deny "gone" message "{update.ref} stays" when {\n  update in input.updates\n  update.kind == "delete"\n}\n';
  const evaluate = (cwd: string, input: string | Uint8Array, ...args: string[]) =>
    stage.run(['git', 'gatos', 'policy', 'eval', '--input', '-', ...args], { cwd, input });

  it('judges a document and says why, and what would make it pass', () => {
    const cwd = folder('judge', { 'law.rgs': LAW });
    const given = '{"updates":[{"ref":"refs/heads/main","kind":"delete"}]}';
    const { status, stdout } = evaluate(cwd, given, '--partial', '.');
    expect(status).toBe(12);
    expect(stdout).toContain('refs/heads/main stays\n');
    expect(stdout).toContain('input.updates[0].kind = "delete"');
    expect(stdout).toContain('what would make it pass:\n');
    expect(stdout).toMatch(/deny: 1 denial \(\d+ gas\)\n$/);
    expect(evaluate(cwd, '{}', '--partial', '.')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^allow/) });
    const answer = JSON.parse(evaluate(cwd, given, '--partial', '--json', '.').stdout);
    expect(answer.decision).toMatchObject({ verdict: 'deny', fired: [{ id: 'gone', line: 1, column: 1 }] });
  });

  it.each<[string, string | Uint8Array, readonly string[], string]>([
    ['no JSON', '{"updates":', ['--partial'], 'the text ends'],
    ['a slip', '{"updates":[{"rf":1}]}', ['--partial'], 'updates[0].rf'],
    ['a part of a document', '{"updates":[]}', [], 'is missing'],
    ['bytes', Uint8Array.of(0xff, 0xff), [], 'is no input document'],
  ])('%s is no document', (_, input, args, message) => {
    const cwd = folder('judge', { 'law.rgs': LAW });
    const { status, stdout } = evaluate(cwd, input, ...args, '--json', '.');
    expect(status).toBe(1);
    const { error } = JSON.parse(stdout) as Fault;
    expect(error.code).toBe('policy-files/no-input');
    expect(error.message.toLowerCase()).toContain(message);
  });

  it('prints the schema of the document', () => {
    expect(stage.json(['policy', 'eval', '--schema'])).toMatchObject({ type: 'object', properties: { updates: {} } });
  });
});

describe('policy adopt', () => {
  let repo: string;
  beforeAll(() => {
    repo = stage.at('repo');
    stage.gatos(['init', repo, '--actor', 'user:alice']);
    policy(repo, 'new', 'house');
  });

  it('says that nothing is in force, then makes it law, once', () => {
    expect(fault(repo, 20, 'show').code).toBe('policy-files/not-adopted');
    writeFileSync(join(repo, 'empty.json'), '{}');
    expect(fault(repo, 20, 'eval', '--active', '--partial', '--input', 'empty.json').code).toBe(
      'policy-files/not-adopted',
    );
    const adopted = stage.json(['policy', 'adopt', '--note', 'why'], { cwd: repo }) as { policy_root: string };
    expect(adopted).toMatchObject({ adopted: true, in_force: true, modules: ['house.rgs', 'house_test.rgs'] });
    expect(stage.json(['policy', 'show'], { cwd: repo })).toMatchObject({
      policy_root: adopted.policy_root,
      actor: 'user:alice',
      note: 'why',
      rules: [
        { id: 'house-history', line: 17 },
        { id: 'house-unsigned', line: 26 },
      ],
    });
    expect(fault(repo, 1, 'adopt').code).toBe('policy/nothing-new');
    expect(policy(repo, 'eval', '--active', '--partial', '--input', 'empty.json')).toMatchObject({ status: 0 });
    expect(policy(repo, 'show', '--source').stdout).toContain(
      readFileSync(join(repo, 'gatos/policies/house.rgs'), 'utf8'),
    );
    stage.gatos(['verify', '--all'], { cwd: repo });
  });

  it('is cited by all that is written from then on, changes of trust too', () => {
    const { policy_root } = stage.json(['policy', 'show'], { cwd: repo }) as { policy_root: string };
    const cited = (ref: string): unknown => stage.json(['show', ref], { cwd: repo });
    expect(cited('trust')).toMatchObject({ policy_root: null });
    stage.gatos(['trust', 'set-group', 'leads', 'user:alice'], { cwd: repo });
    stage.gatos(['emit', '--type', 'add', '--payload', '1'], { cwd: repo });
    for (const ref of ['trust', 'journal/default/user-alice']) expect(cited(ref)).toMatchObject({ policy_root });
  });

  it('adopts nothing that does not compile or whose tests fail', () => {
    const path = join(repo, 'gatos/policies/house.rgs');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll('release', 'rel'));
    expect(fault(repo, 1, 'adopt').code).toBe('policy-files/tests-fail');
    writeFileSync(path, `${text}\ndeny "house-history" when { x }\n`);
    const { status, stdout } = policy(repo, 'adopt');
    expect(status).toBe(1);
    expect(stdout).toContain('gatos/policies/house.rgs:');
    writeFileSync(path, text);
    expect((stage.json(['policy', 'show', '--log'], { cwd: repo }) as unknown[]).length).toBe(1);
  });

  it('lets two roots sign, one after the other, and applies what both have signed', () => {
    stage.gatos(['key', 'new', 'bob']);
    stage.gatos(['trust', 'add', 'user:bob', 'bob'], { cwd: repo });
    stage.gatos(['trust', 'set-roots', 'user:alice', 'user:bob', '--threshold', '2'], { cwd: repo });
    writeFileSync(join(repo, 'gatos/policies/more.rgs'), 'deny "more" when { false }\n');
    expect(fault(repo, 11, 'adopt').code).toBe('trust/threshold');
    const file = join(repo, "bob's law");
    const { stdout, stderr } = policy(repo, 'adopt', '--out', file);
    expect(stdout).toContain('it is not law yet');
    expect(fault(repo, 11, 'apply', file).code).toBe('trust/threshold');
    expect(policy(repo, 'show', file, '--source').stdout).toContain('deny "more"');
    stage.gatos(['config', 'set', 'actor', 'user:bob'], { cwd: repo });
    stage.gatos(['config', 'set', 'key', 'bob'], { cwd: repo });
    const sign = /^next: .*: (git gatos policy sign .*)$/m.exec(stderr)?.[1] ?? '';
    const signed = stage.run(['sh', '-c', sign], { cwd: repo });
    expect(signed.status, signed.stderr).toBe(0);
    const apply = /^next: .*: (git gatos policy apply .*)$/m.exec(signed.stderr)?.[1] ?? '';
    expect(stage.run(['sh', '-c', apply], { cwd: repo })).toMatchObject({ status: 0 });
    expect(stage.json(['policy', 'apply', file], { cwd: repo })).toMatchObject({ adopted: true, in_force: true });
    const log = stage.json(['policy', 'show', '--log'], { cwd: repo }) as readonly { keys: readonly string[] }[];
    expect(log.map(({ keys }) => keys.length)).toEqual([2, 1]);
    stage.gatos(['verify', '--all'], { cwd: repo });
  });
});
