import { describe, expect, it } from 'vitest';
import { TABLE } from './diagnostics.js';
import { compileBundle } from './index.js';

type Files = Readonly<Record<string, string>>;

/** `severity code line:column` and hint of everything that is found. */
function findingsOf(files: Files | string): readonly { at: string; message: string; hint: string | null }[] {
  const given = typeof files === 'string' ? { 'm.rgs': files } : files;
  const { program, diagnostics } = compileBundle(Object.entries(given).map(([file, text]) => ({ file, text })));
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  expect(program === null).toBe(failed);
  return diagnostics.map(({ severity, code, line, column, message, hint }) => ({
    at: `${severity} ${code} ${line}:${column}`,
    message,
    hint,
  }));
}

const LOOP = 'u in input.updates\n';
const deny = (body: string): string => `deny "d" message "no {u.ref}" when {\n${LOOP}${body}\n}`;
/** `c0 = c1`, `c1 = c2` …, the last one last, so that the first needs all others. */
const chain = Array.from(
  { length: 80 },
  (_, index) => `const c${index} = ${index === 79 ? '1' : `c${index + 1}`}`,
).join('\n');
const doubled = Array.from(
  { length: 20 },
  (_, index) => `const c${index} = ${index === 0 ? '[1]' : `[c${index - 1}, c${index - 1}]`}`,
);
const deep = `${'not { '.repeat(29)}u.ref == "x"${' }'.repeat(29)}`;

const CASES: readonly (readonly [code: string, files: Files | string, at: string, hint: RegExp | null])[] = [
  ['module-name', { 'Über-uns.rgs': 'warn "w" when { true }' }, '1:1', /module NAME/],
  ['same-module', { 'a/b.rgs': '', 'c.rgs': 'module a.b' }, '1:8', /another name/],
  ['unknown-module', { 'm.rgs': 'import peopel\nwarn "w" when { peopel.x() }', 'people.rgs': '' }, '1:8', /`people`/],
  ['import-test', { 'm.rgs': 'import x_test', 'x_test.rgs': '' }, '1:8', null],
  ['same-name', 'const a = 1\nrule a(1)', '2:6', /another name/],
  ['same-name', { 'm.rgs': 'import b as x\nimport c as x', 'b.rgs': '', 'c.rgs': '' }, '2:13', /another name/],
  ['builtin-name', 'rule count(1)', '1:6', null],
  ['builtin-name', 'rule granted(1)', '1:6', null],
  ['same-id', 'warn "w" when { true }\ndeny "w" when { true }', '2:6', /unique/],
  ['arity', deny('length(u.ref, 1) == 2'), '3:1', null],
  ['arity', `rule r(1)\n${deny('r(1, 2)')}`, '4:1', null],
  ['arity', deny('granted("x")'), '3:1', null],
  ['arity', deny('grant("x", u.ref)'), '3:1', null],
  ['arity', deny('member("x")'), '3:1', null],
  [
    'no-approvers',
    deny('not granted("api-change", u.ref)'),
    '3:5',
    /`granted\("api-change", update\.ref, who\)`, .*`count \{ a \| a in who; member/,
  ],
  ['no-approvers', deny('grant(_, "api-change", u.ref)'), '3:1', /`grant\(id, "api-change", update\.ref, who\)`/],
  ['any-approvers', deny('not granted("api-change", u.ref, _)'), '3:34', /who/],
  ['any-approvers', deny('grant(_, _, u.ref, _)'), '3:20', /who/],
  ['any-approvers', deny('not granted("api-change", u.ref, who)'), '3:34', /who/],
  ['any-approvers', deny('not granted("api-change", u.ref, _who)'), '3:34', /who/],
  ['any-approvers', 'deny "d" when { u in input.updates; not granted("a", u.ref, who) }', '1:61', /who/],
  ['any-approvers', 'require "r" for { u in input.updates } that { granted("a", u.ref, who) }', '1:67', /who/],
  ['any-approvers', 'rule r() if { granted("a", "b", who) }\nwarn "w" when { r() }', '1:33', /who/],
  ['any-approvers', deny('count { i | grant(i, "a", u.ref, who) } < 1'), '3:34', /who/],
  ['any-approvers', deny('every o in input.options { granted(o, u.ref, who) }'), '3:46', /who/],
  ['any-approvers', 'rule r(t) if { grant(_, "a", t, who) }\nwarn "w" message "{t}" when { r(t) }', '1:33', /who/],
  ['unsafe', deny('not granted("x", u.ref, who)\ncount { a | a in who; member("l", a) } < 2'), '4:18', /one `not \{/],
  ['other-arity', 'rule r(1)\nrule r(1, 2)', '2:6', /same number/],
  ['unknown-rule', `rule touches(1)\n${deny('toches(1)')}`, '4:1', /`touches`/],
  ['unknown-rule', deny('glob.mach("a", u.ref)'), '3:1', /`glob.match`/],
  ['unknown-rule', deny('not grnted("a", u.ref)'), '3:5', /`granted`/],
  ['unknown-member', { 'm.rgs': `import p\n${deny('p.led(u.ref)')}`, 'p.rgs': 'rule lead("x")' }, '4:1', /`lead`/],
  [
    'unknown-member',
    { 'm.rgs': `import p\n${deny('u.ref in p.leds')}`, 'p.rgs': 'const leads = ["x"]' },
    '4:12',
    /`leads`/,
  ],
  ['module-value', { 'm.rgs': `import p\n${deny('u.ref == p')}`, 'p.rgs': '' }, '4:10', /p\.name/],
  ['rule-as-value', `rule r("x")\n${deny('x = r("x")\nx == 1')}`, '4:5', /line of its own/],
  ['rule-as-value', `rule r("x")\n${deny('u.ref in r')}`, '4:10', /line of its own/],
  ['rule-as-value', { 'm.rgs': `import p\n${deny('u.ref in p.r')}`, 'p.rgs': 'rule r("x")' }, '4:10', /p\.r/],
  ['underscore', deny('length(_) > 1'), '3:8', /a name/],
  ['underscore', 'rule r(_)', '1:8', /a name/],
  ['constant', 'const a = input.v', '1:11', /literals/],
  ['constant', 'const a = 1 == 1', '1:11', /literals/],
  ['constant-circle', 'const a = [b]\nconst b = [a]', '1:7', null],
  ['overflow', 'const a = 9007199254740991 + 1', '1:11', null],
  ['overflow', 'const a = 1 + "x"', '1:11', null],
  ['unsafe', deny('pth == 1\npath = u.ref'), '3:1', /`path`/],
  ['unsafe', deny('x > 3'), '3:1', /bind it/],
  ['unsafe', 'deny "d" message "no {u.ref}" when { true }', '1:23', /bind it/],
  ['unsafe', 'rule r(x + 1) if { true }', '1:8', /bind it/],
  ['unsafe', deny('not { x > 3 }'), '3:7', /bind it/],
  ['unsafe', deny('n = count { y | c in u.commits }\nn > 1'), '3:13', /bind it/],
  ['unsafe', deny('x in x.children'), '3:6', /bind it/],
  [
    'unbound-argument',
    `rule r(p) if { starts_with(p, "a") }\n${deny('r(x)\nstarts_with(x, "b")')}`,
    '4:1',
    /bind the argument/,
  ],
  ['unbound-argument', `rule r(p) if { starts_with(p, "a") }\n${deny('r(_)')}`, '4:3', /`p`/],
  ['later-use', deny('not granted("x", r, ["user:a"])\nr = u.ref'), '3:18', /above/],
  ['shadow', deny('n = count { c | c in u.commits }\nn > 1\nc in u.commits\nc.id != ""'), '3:17', /another name/],
  ['shadow', deny('c in u.commits\nevery c in c.parents { c != "" }'), '4:7', /another name/],
  ['shadow', `const k = 1\n${deny('k, v in input.groups\nv != []')}`, '4:1', /another name/],
  ['compares-constant', `const k = 1\n${deny('k = 2')}`, '4:1', /==/],
  [
    'ignored-block',
    { 'adr/1-a.md': '# A\n\n- So:\n\n    ```rgs\n    deny "d" when { true }\n    ```\n' },
    '5:1',
    /fence/,
  ],
  ['unused-variable', deny('c in u.commits'), '3:1', /_c/],
  ['unused-variable', deny('not { c in u.commits }'), '3:7', /_c/],
  ['unused-rule', 'rule r(1)', '1:6', /remove/],
  ['unused-rule', 'rule r(x) if { r(x) }\nrule r("a")', '1:6', /remove/],
  ['unused-constant', 'const k = 1', '1:7', /remove/],
  ['unused-import', { 'm.rgs': 'import p', 'p.rgs': '' }, '1:8', /remove/],
  ['empty-body', 'deny "d" when { }', '1:16', /true/],
  ['unknown-field', deny('u.reff == "x"'), '3:3', /`ref`/],
  ['unknown-field', deny('input["updtes"] == []'), '3:7', /`updates`/],
  ['unknown-field', deny('u.zzzzzz == "x"'), '3:3', /its fields: ref, name/],
  ['unknown-field', `rule r(x) if { x in input.updates }\n${deny('r(y)\ny.reff == u.ref')}`, '5:3', /`ref`/],
  ['unknown-field', `rule r(x) if { x.reff == "a" }\n${deny('r(u)')}`, '1:18', /`ref`/],
  ['unknown-field', 'deny "d" message "{input.profil}" when { true }', '1:26', /`profile`/],
  ['no-fields', deny('u.commits.id == "x"'), '3:11', /elements/],
  ['type', deny('u.ref'), '3:1', null],
  ['type', deny('u.ref > 3\nstarts_with(u.fast_forward, "x")'), '3:9', null],
  ['type', deny('length(input.received) == 1'), '3:8', null],
  ['type', deny('x in u.ref\nx == 1'), '3:6', null],
  ['type', deny('"a" in u.ref'), '3:8', null],
  ['type', deny('member("leads", input.received)'), '3:17', null],
  ['type', deny('x = max { c | c in u.commits }\nx != ""'), '3:11', null],
  ['type', deny('u.commits["a"] == 1'), '3:11', null],
  ['type', `rule r("a")\n${deny('r(1)')}`, '4:3', null],
  ['never-equal', deny('u.ref == 1'), '3:1', null],
  ['never-equal', deny('1 in input.options'), '3:1', null],
  ['never-null', deny('u.ref != null'), '3:1', null],
  ['may-be-null', deny('c in u.commits\nc.signer.actor == ""\nc.signer != null'), '4:1', /above/],
  ['may-be-null', deny('not { u.old != null }\nstarts_with(u.old, "a")'), '4:13', /above/],
  ['may-be-null', deny('e = input.policy\ne > "x"'), '4:1', /above/],
  ['never-value', deny('u.kind == "deleted"'), '3:11', /`delete`/],
  ['never-value', deny('u.space in ["branches"]'), '3:12', /`branch`/],
  ['never-value', deny('k = u.kind\nk != "zzzzzz"\nk != "create"'), '4:6', /one of `create`/],
  [
    'negative-circle',
    'rule a(x) if { x in ["1"]; not b(x) }\nrule b(x) if { x in ["1"]; a(x) }\nwarn "w" when { a("1") }',
    '1:32',
    /must not pass/,
  ],
  ['negative-circle', 'rule a(x) if { x = count { y | a(y) } }\nwarn "w" when { a(1) }', '1:32', /must not pass/],
  ['test-circle', 'rule a(x) if { starts_with(x, "b"); a(path.dir(x)) }\nwarn "w" when { a("1") }', '1:1', /binds all/],
  ['computed-circle', 'rule a(1)\nrule a(y) if { a(x); y = x + 1 }\nwarn "w" when { a(1) }', '2:8', /unchanged/],
  [
    'computed-circle',
    'rule a("a")\nrule a(y) if { a(x); y in split(x, "/") }\nwarn "w" when { a("1") }',
    '2:8',
    /unchanged/,
  ],
  [
    'computed-circle',
    'rule t(x, y) if { y = x + 1 }\nrule a(1)\nrule a(y) if { a(x); t(x, y) }\nwarn "w" when { a(1) }',
    '3:8',
    /unchanged/,
  ],
  ['too-many', `rule r(${Array.from({ length: 40 }, (_, index) => index).join(', ')})`, '1:6', null],
  ['too-many', deny(`${'true\n'.repeat(600)}`), '1:37', null],
  ['too-many', doubled.join('\n'), '18:1', null],
  ['too-deep', chain, '65:1', /name/],
  ['too-deep', deny(deep), '1:1', /name/],
  ['law-in-tests', { 'm_test.rgs': 'rule r(1)' }, '1:1', /_test/],
  ['law-in-tests', { 'm_test.rgs': 'deny "x" when { true }' }, '1:1', /_test/],
  [
    'same-test',
    { 'm_test.rgs': 'test "a" { given {} expect allow }\ntest "a" { given {} expect allow }' },
    '2:6',
    null,
  ],
  [
    'unknown-id',
    { 'm.rgs': 'warn "friday" when { true }', 'm_test.rgs': 'test "a" { given {} expect warn "fridy" }' },
    '1:33',
    /`friday`/,
  ],
  [
    'unknown-id',
    { 'm.rgs': 'warn "w" when { true }', 'm_test.rgs': 'test "a" { given {} expect deny "w" }' },
    '1:33',
    null,
  ],
  ['bad-given', { 'm_test.rgs': 'test "a" { given { "updates": [{ "reff": "x" }] } expect allow }' }, '1:34', /`ref`/],
  ['bad-given', { 'm_test.rgs': 'test "a" { given { "received": "x" } expect allow }' }, '1:20', null],
];

describe('findings', () => {
  it.each(CASES.map(([code, files, at, hint]) => ({ code, files, at, hint })))(
    '$code at $at',
    ({ code, files, at, hint }) => {
      const { severity } = TABLE[code as keyof typeof TABLE];
      const all = findingsOf(files);
      const found = all.find((each) => each.at === `${severity} policy/${code} ${at}`);
      expect(found, JSON.stringify(all)).toBeDefined();
      if (hint === null) return;
      expect(found?.hint).toMatch(hint);
    },
  );

  it('has a case for every code of the table', () => {
    const tried = new Set(CASES.map(([code]) => code));
    expect(Object.keys(TABLE).filter((code) => !tried.has(code))).toEqual([]);
  });

  it('says each mistake once, and several in one run, in the order of the text', () => {
    const text = deny('u.reff == "x"\nu.kind == "deleted"\nlenght(u.ref) == 1\nz > 1');
    expect(findingsOf(text).map(({ at }) => at)).toEqual([
      'error policy/unknown-field 3:3',
      'error policy/never-value 4:11',
      'error policy/unknown-rule 5:1',
      'error policy/unsafe 6:1',
    ]);
  });

  it('names the whole circle', () => {
    const text =
      'rule a("1")\nrule a(x) if { c(x) }\nrule b(x) if { x in ["1"]; not a(x) }\nrule c(x) if { b(x) }\nwarn "w" when { a("1") }';
    expect(findingsOf(text).map(({ message }) => message)).toEqual([
      'a rule depends on what it denies or counts: `m.b` → not `m.a` → `m.c` → `m.b`',
    ]);
  });

  it('says of a text that cannot be parsed only what does not follow from that', () => {
    const all = findingsOf({ 'm.rgs': `import p\n${deny('p.r(u.ref)\nu.reff == ""')}`, 'p.rgs': 'rule r("x"' });
    expect(all.map(({ at }) => at.split(' ')[1])).toEqual(['policy/unclosed']);
  });

  it('finds nothing wrong where nothing is', () => {
    const text = `const guarded = ["src/**"]\nrule api(path) if { pattern in guarded; glob.match(pattern, path) }\n${deny(
      'c in u.commits\nchange in c.changes\napi(change.path)\nnot granted("api", u.ref, ["user:a"])\n_x in c.parents\nc.signer != null\nc.signer.actor != null\nnot { starts_with(c.signer.actor, "user:") }\ns = c.signer\nlength(s.key) > 3',
    )}`;
    expect(findingsOf(text)).toEqual([]);
  });
});
