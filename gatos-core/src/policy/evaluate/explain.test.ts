import { describe, expect, it } from 'vitest';
import { policyInput, policyMachine } from '../../../testing/policy-world.js';
import type { JsonValue } from '../../codec/index.js';
import { explain, formatExplanation } from './index.js';

function told(text: string, given: JsonValue): string {
  return explain(policyMachine(text), policyInput(given)).map(formatExplanation).join('\n\n');
}

/** What stands below "what would make it pass". */
function ways(text: string, given: JsonValue): readonly string[] {
  return explain(policyMachine(text), policyInput(given)).flatMap((each) =>
    each.ways.flatMap(({ needs }) => needs.map(({ needed, found }) => `${needed} | ${found}`)),
  );
}

const UPDATES = [{ ref: 'refs/heads/main', commits: [{ changes: [{ path: 'docs/a' }, { path: 'src/api/b' }] }] }];

describe('an explanation', () => {
  const text = `rule touches(u, path) if {
  u in input.updates
  c in u.commits
  change in c.changes
  path = change.path
  glob.match("src/api/**", path)
}
deny "api" message "{path}" because "ADR-1" hint "ask" when {
  touches(u, path)
  not granted("api-change", u.ref, ["user:a"])
}`;

  it('tells rule, place, bindings, and the facts with their place in the document', () => {
    expect(told(text, { updates: UPDATES })).toBe(`deny "api" (ADR-1) at p.rgs:8:1
  src/api/b
why:
  with u = input.updates[0]
  with path = "src/api/b"
  touches(u, path)  [p.rgs:9:3]
    by p.touches at p.rgs:1:1
      with u = input.updates[0]
      with c = input.updates[0].commits[0]
      with change = input.updates[0].commits[0].changes[1]
      with path = "src/api/b"
      u in input.updates  [p.rgs:2:3]
        input.updates[0] = a record of 10 fields
      c in u.commits  [p.rgs:3:3]
        input.updates[0].commits[0] = a record of 8 fields
      change in c.changes  [p.rgs:4:3]
        input.updates[0].commits[0].changes[1] = {"id":"2222222222222222222222222222222222222222","mode":"100644","old_id":"1111111111111111111111111111111111111111","old_mode":"100644","op":"modify","path":"src/api/b","size":1}
      path = change.path  [p.rgs:5:3]
        input.updates[0].commits[0].changes[1].path = "src/api/b"
      glob.match("src/api/**", path)  [p.rgs:6:3]
        input.updates[0].commits[0].changes[1].path = "src/api/b"
  not granted("api-change", u.ref, ["user:a"])  [p.rgs:10:3]
what would make it pass:
  - a grant for action \`api-change\` on target \`refs/heads/main\` (no grant holds now)  [p.rgs:10:7]
hint: ask`);
  });

  it('names grants that are near', () => {
    const grants = [
      { id: 'A', action: 'api-change', target: 'refs/heads/dev' },
      { id: 'B', action: 'x', target: 'y' },
    ];
    expect(ways(text, { updates: UPDATES, grants })).toEqual([
      'a grant for action `api-change` on target `refs/heads/main` | there is one for `api-change` on `refs/heads/dev`',
    ]);
  });

  it('is for one id when it is given, and the same each time', () => {
    const machine = policyMachine(`${text}\nwarn "w" message "w" when { true }`);
    const input = policyInput({ updates: UPDATES });
    expect(explain(machine, input).map(({ firing }) => firing.id)).toEqual(['api', 'w']);
    expect(explain(machine, input, 'w').map(({ firing }) => firing.id)).toEqual(['w']);
    expect(explain(machine, input)).toEqual(explain(machine, input));
  });
});

describe('what would make it pass', () => {
  it.each<[string, string, JsonValue, readonly string[]]>([
    [
      'values found and needed',
      'require "r" message "m" for { u in input.updates } that { u.fast_forward; u.kind == "create" }',
      { updates: [{ fast_forward: true, kind: 'update' }] },
      ['u.kind == "create" | `u.kind` is "update"'],
    ],
    [
      'a rule, down to the literal that fails',
      'rule fine(u) if { ok(u.ref) }\nrule ok(r) if { starts_with(r, "refs/heads/rel/") }\ndeny "d" message "m" when { u in input.updates; not fine(u) }',
      { updates: [{ ref: 'refs/heads/main' }] },
      ['starts_with(r, "refs/heads/rel/") | `r` is "refs/heads/main"'],
    ],
    [
      'each alternative of a rule',
      'rule fine(u) if { u in input.updates; u.kind == "create" }\nrule fine(u) if { u in input.updates; granted("x", u.ref, ["user:a"]) }\ndeny "d" message "m" when { u in input.updates; not fine(u) }',
      { updates: [{ ref: 'refs/heads/main', kind: 'update' }] },
      [
        'u.kind == "create" | `u.kind` is "update"',
        'a grant for action `x` on target `refs/heads/main` | no grant holds now',
      ],
    ],
    [
      'facts of a rule',
      'rule open("a")\nrule open("b")\ndeny "d" message "m" when { not open(input.profile) }',
      { profile: 'c' },
      ['p.open("c") | `p.open` has ("a"), ("b")'],
    ],
    [
      'members of a group',
      'deny "d" message "m" when { not member("@leads", input.pusher) }',
      { pusher: 'user:x', groups: { leads: ['user:a', 'user:b'] } },
      ['`user:x` in group `@leads` | its members: user:a, user:b'],
    ],
    [
      'an element where there is none',
      'require "r" message "m" for { true } that { o in input.options; o == "ok" }',
      { options: [] },
      ['an element in input.options | `input.options` is []'],
    ],
    [
      'the element of every that fails',
      'require "r" message "m" for { true } that { every o in input.options { length(o) > 1 } }',
      { options: ['ab', 'c'] },
      ['length(o) > 1 | `length(o)` is 1'],
    ],
    [
      'a negation inside a rule',
      'rule bare(u) if { u in input.updates; not granted("x", u.ref, ["user:a"]) }\ndeny "d" message "m" when { bare(u) }',
      { updates: [{ ref: 'refs/heads/main' }] },
      ['a grant for action `x` on target `refs/heads/main` | no grant holds now'],
    ],
    [
      'the conditions, where nothing is required',
      'deny "d" message "m" when { time.weekday(input.received, 0) == 4 }',
      { received: 0 },
      ['not: time.weekday(input.received, 0) == 4 | 4 == 4'],
    ],
  ])('tells %s', (_what, text, given, wanted) => {
    expect(ways(text, given)).toEqual(wanted);
  });

  it('is bounded, and ends, for a long recursion', () => {
    const edges = Array.from({ length: 60 }, (_, at) => `rule edge(${at}, ${at + 1})`).join('\n');
    const text = `${edges}\nrule down(x) if { x = 0 }\nrule down(y) if { down(x); edge(x, y) }\ndeny "d" message "m" when { down(60); not granted("a", "b", ["user:a"]) }`;
    const [one] = explain(policyMachine(text), policyInput());
    expect(formatExplanation(one as NonNullable<typeof one>).split('\n').length).toBeLessThan(200);
    expect(one?.ways).toHaveLength(1);
  });
});
