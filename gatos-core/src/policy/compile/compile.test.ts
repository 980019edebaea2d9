import { describe, expect, it } from 'vitest';
import { completeInput } from '../input/index.js';
import { compileBundle, decompile, moduleNameOf, type Program } from './index.js';

function compiled(files: string | Readonly<Record<string, string>>): Program {
  const given = typeof files === 'string' ? { 'm.rgs': files } : files;
  const { program, diagnostics } = compileBundle(Object.entries(given).map(([file, text]) => ({ file, text })));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([]);
  if (program === null) throw new Error('no program');
  return program;
}

/** The steps of a body as text, in the order in which they are tried. */
function order(files: string): readonly string[] {
  const [text = ''] = decompile(compiled(files)).map((module) => module.text);
  const lines = text.split('\n');
  const start = lines.lastIndexOf('when {');
  return lines.slice(start + 1, lines.lastIndexOf('}')).map((line) => line.trim());
}

const predicate = (program: Program, name: string): Program['predicates'][number] | undefined =>
  program.predicates.find((each) => each.name === name);

describe('order of literals', () => {
  it('keeps the written order where it can', () => {
    expect(order('deny "d" when { true\nu in input.updates\nu.kind == "delete"\nc in u.commits\nc.id == "" }')).toEqual(
      ['true', 'u in input.updates', 'u.kind == "delete"', 'c in u.commits', 'c.id == ""'],
    );
  });

  it('puts off what is not bound, and no longer than that', () => {
    const body = 'x = y\nglob.match("a", x)\nc in u.commits\nu in input.updates\ny = c.id\nu.ref == "r"';
    expect(order(`deny "d" when { ${body} }`)).toEqual([
      'u in input.updates',
      'c in u.commits',
      'y = c.id',
      'x = y',
      'glob.match("a", x)',
      'u.ref == "r"',
    ]);
  });

  it('puts off `not` until what it shares with the body is bound, and leaves its own variables inside', () => {
    expect(order('deny "d" when { r = u.ref\nnot granted(a, r, ["user:a"])\nu in input.updates }')).toEqual([
      'u in input.updates',
      'r = u.ref',
      'not { granted(a, r, ["user:a"]) }',
    ]);
  });

  it('makes a second `in` a membership', () => {
    const program = compiled('deny "d" when { x in input.options\nx in ["a"] }');
    expect(program.heads[0]?.body.map(({ op }) => op)).toEqual(['each', 'test']);
  });

  it('binds what a row has, and compares what is met twice', () => {
    const program = compiled('rule r(x, x) if { x in input.options }\ndeny "d" when { r(a, a)\nr(a, _) }');
    const [first, test, second] = program.heads[0]?.body ?? [];
    expect(first).toMatchObject({ op: 'rows', args: [{ free: 0 }, { free: 1 }] });
    expect(test).toMatchObject({ op: 'test', expr: { fn: '==', left: { slot: 1 }, right: { slot: 0 } } });
    expect(second).toMatchObject({ op: 'rows', args: [{ bound: { op: 'slot', slot: 0 } }, null] });
  });
});

describe('test rules', () => {
  it('need what their bodies do not bind, and pass that on to their callers', () => {
    const program = compiled(`
      rule c(x, y) if { b(x, y); y in ["z"] }
      rule b(x, y) if { a(x); y in input.options }
      rule a(x) if { starts_with(x, "s") }
      rule a("t")
      rule free(x) if { x in ["s"]; c(x, _) }
      deny "d" when { free(x) }`);
    const needs = program.predicates.map(({ name, needs }) => [name, needs]);
    expect(needs).toEqual([
      ['m.a', [0]],
      ['m.b', [0]],
      ['m.c', [0]],
      ['m.free', []],
    ]);
    expect(program.strata).toEqual([[3]]);
  });

  it('give each needed parameter a slot of its own', () => {
    const [clause] =
      predicate(
        compiled(
          'rule r(x, x) if { starts_with(x, "s") }\nrule r(x, y) if { starts_with(x, y) }\ndeny "d" when { r("s", "s") }',
        ),
        'm.r',
      )?.clauses ?? [];
    expect(clause?.head).toMatchObject([
      { op: 'slot', slot: 0 },
      { op: 'slot', slot: 1 },
    ]);
    expect(clause?.body[0]).toMatchObject({ op: 'test', expr: { left: { slot: 1 }, right: { slot: 0 } } });
  });
});

describe('layers', () => {
  it('put a circle into one layer, after what it uses', () => {
    const program = compiled(`
      rule far(a, c) if { near(a, b); far(b, c) }
      rule far(a, b) if { near(a, b); not cut(a) }
      rule near(a, b) if { u in input.updates; c in u.commits; a = c.id; b in c.parents }
      rule cut(a) if { near(a, a) }
      deny "d" when { far(a, b) }`);
    const names = program.strata.map((layer) => layer.map((index) => program.predicates[index]?.name));
    expect(names).toEqual([['m.near'], ['m.cut'], ['m.far']]);
  });

  it('allow computing in a recursive rule from what comes from outside of it', () => {
    const program = compiled(`
      rule step(a, b) if { a in [1, 2, 3]; b = a + 1 }
      rule reach(x) if { u in input.updates; x = length(u.ref) }
      rule reach(y) if { reach(x); step(x, y); z = x + 1; z > 0 }
      deny "d" when { reach(x) }`);
    expect(program.strata).toHaveLength(2);
  });
});

describe('heads', () => {
  const key = (head: string): readonly (string | undefined)[] => {
    const [found] = compiled(head).heads;
    return (found?.key ?? []).map((slot) => found?.names[slot]);
  };

  it('fire once for each binding of the variables of the message', () => {
    expect(
      key(
        'deny "d" message "{c.id} of {u.ref}" when { u in input.updates\nc in u.commits\nx in c.changes\nx.size != 0 }',
      ),
    ).toEqual(['u', 'c']);
    expect(
      key('deny "d" message "no" when { u in input.updates\n_c in u.commits\nnot { x in u.commits; x.id == u.new } }'),
    ).toEqual(['u']);
    expect(key('deny "d" message "{input.profile}" when { u in input.updates }')).toEqual(['u']);
  });

  it('turn `require` into a denial of what is not so', () => {
    const [head] = compiled('require "r" for { u in input.updates } that { u.fast_forward }').heads;
    expect(head).toMatchObject({ effect: 'deny', form: 'require', key: [0] });
    expect(head?.body.map(({ op }) => op)).toEqual(['each', 'not']);
  });

  it('stand in the order of ids', () => {
    expect(compiled('warn "b" when { true }\ndeny "a" when { true }').heads.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('constants', () => {
  it('are folded in, from other modules too', () => {
    const program = compiled({
      'law.rgs':
        'import house.times as t\nconst both = [t.day * 2 - 1, own.b]\nconst own = { "b": "x" + "y" }\ndeny "d" when { both == t.pair }',
      'house/times.rgs': 'const day = 1d\nconst pair = [day, day]',
    });
    expect(program.heads[0]?.body[0]).toMatchObject({
      expr: {
        left: { op: 'value', value: [172_799_999_999, 'xy'] },
        right: { value: [86_400_000_000, 86_400_000_000] },
      },
    });
  });

  it('are not called used by being defined', () => {
    const { diagnostics } = compileBundle([{ file: 'm.rgs', text: 'const a = 1\nconst b = a\nconst _c = 1' }]);
    expect(diagnostics.map(({ message }) => message)).toEqual(['constant `b` is not used']);
  });

  it('never grow beyond bounds, however they are shared', () => {
    const lines = [
      'const c0 = "0123456789"',
      ...Array.from({ length: 40 }, (_, index) => `const c${index + 1} = c${index} + c${index}`),
    ];
    const { diagnostics } = compileBundle([{ file: 'm.rgs', text: lines.join('\n') }]);
    expect(diagnostics.map(({ code }) => code)).toContain('policy/overflow');
    const uses = `const big = [${'1,'.repeat(5000)}1]\ndeny "d" when {\n${'big != []\n'.repeat(100)}}`;
    expect(compileBundle([{ file: 'm.rgs', text: uses }]).diagnostics.map(({ code }) => code)).toContain(
      'policy/too-many',
    );
  });
});

describe('modules', () => {
  it.each([
    ['api_review.rgs', 'api_review'],
    ['house/times.rgs', 'house.times'],
    ['docs/0042-public-api.md', 'adr_0042'],
    ['Naming things.md', 'adr_naming_things'],
  ])('%s is called %s', (file, name) => {
    expect(moduleNameOf(file)).toBe(name);
  });

  it('are the blocks of a decision too, with places in its Markdown', () => {
    const text = '# 42: API\n\nWords.\n\n```rgs\ndeny "api"\n```\n\nMore.\n\n```rgs\nwhen { true }\n```\n';
    const program = compiled({ '0042-api.md': text, 'notes.md': '# nothing\n' });
    expect(program.modules.map(({ name, file }) => [name, file])).toEqual([['adr_0042', '0042-api.md']]);
    const [, start = 0] = program.heads[0]?.place ?? [];
    expect(text.slice(start).startsWith('deny "api"')).toBe(true);
  });

  it('of tests hold tests: what is given is checked and kept partial', () => {
    const { tests, program, diagnostics } = compileBundle([
      { file: 'm.rgs', text: 'deny "d" when { true }' },
      {
        file: 'm_test.rgs',
        text: 'const r = "refs/heads/x"\ntest "t" {\n  given { "updates": [{ "ref": r }] }\n  expect deny "d"\n}',
      },
    ]);
    expect(diagnostics).toEqual([]);
    expect(program?.modules).toHaveLength(1);
    expect(tests).toMatchObject([
      { name: 't', file: 'm_test.rgs', line: 2, given: { updates: [{ ref: 'refs/heads/x' }] } },
    ]);
    expect(completeInput(tests[0]?.given ?? null).updates[0]?.name).toBe('x');
  });

  it('all share one rule of a name per module', () => {
    const program = compiled({
      'a.rgs': 'import b\nrule r(x) if { b.r(x) }\nrule r("own")\ndeny "d" when { r(x) }',
      'b.rgs': 'rule r("other")',
    });
    expect(program.predicates.map(({ name, clauses }) => [name, clauses.length])).toEqual([
      ['a.r', 2],
      ['b.r', 1],
    ]);
  });
});

describe('size', () => {
  it('takes a bundle with long chains of rules, whatever their order, without running out of stack', () => {
    const rules = Array.from({ length: 3000 }, (_, index) => `rule r${index}(x) if { r${index + 1}(x) }`);
    const program = compiled(`${rules.join('\n')}\nrule r3000(x) if { x in input.options }\ndeny "d" when { r0(x) }`);
    expect(program.strata).toHaveLength(3001);
    const tests = Array.from({ length: 3000 }, (_, index) => `rule r${index}(x) if { r${index + 1}(x) }`);
    const tested = compiled(`${tests.join('\n')}\nrule r3000(x) if { starts_with(x, "a") }\ndeny "d" when { r0("a") }`);
    expect(tested.strata).toEqual([]);
    expect(predicate(tested, 'm.r0')?.needs).toEqual([0]);
  });

  it('types deep and shared values in bounded time', () => {
    const rules = Array.from(
      { length: 60 },
      (_, index) => `rule r${index + 1}(y) if { r${index}(x); y = { "a": x, "b": x } }`,
    );
    const program = compiled(`rule r0(x) if { x in input.options }\n${rules.join('\n')}\ndeny "d" when { r60(x) }`);
    expect(program.strata).toHaveLength(61);
  });
});
