import { describe, expect, it } from 'vitest';
import { decide, policyInput, policyMachine } from '../../../testing/policy-world.js';
import type { JsonValue } from '../../codec/index.js';

const grant = (id: string, action = 'merge', target = 'refs/heads/main'): JsonValue => ({
  id,
  action,
  target,
  approvers: ['user:a'],
});
const MAIN = [{ ref: 'refs/heads/main' }];

function uses(text: string, grants: readonly JsonValue[], updates: JsonValue = MAIN): readonly string[] {
  return decide(text, { updates, grants }).uses;
}

const DENY = 'deny "d" message "{u.ref}" when { u in input.updates; not granted("merge", u.ref, ["user:a"]) }';

describe('uses', () => {
  it('are the first grant in the order of ids, and only where it kept a deny from firing', () => {
    expect(uses(DENY, [grant('B'), grant('A')])).toEqual(['A']);
    expect(uses(DENY, [grant('A', 'other'), grant('B')])).toEqual(['B']);
    expect(uses(DENY, [grant('A')], [])).toEqual([]);
    expect(uses(DENY, [])).toEqual([]);
  });

  it('leave out a grant for what would not have been denied anyway', () => {
    const text =
      'deny "d" message "{u.ref}" when { u in input.updates; not granted("merge", u.ref, ["user:a"]); u.kind == "delete" }';
    expect(uses(text, [grant('A')])).toEqual([]);
    expect(uses(text, [grant('A')], [{ ref: 'refs/heads/main', kind: 'delete' }])).toEqual(['A']);
  });

  it('leave out warnings, and grants that let a deny fire', () => {
    expect(
      uses('warn "w" message "{u.ref}" when { u in input.updates; not granted("merge", u.ref, ["user:a"]) }', [
        grant('A'),
      ]),
    ).toEqual([]);
    const text = 'deny "d" message "{u.ref}" when { u in input.updates; granted("merge", u.ref, ["user:a"]) }';
    expect(uses(text, [grant('A')])).toEqual([]);
  });

  it('name one for each firing that was kept away', () => {
    const updates = [{ ref: 'refs/heads/a' }, { ref: 'refs/heads/b' }, { ref: 'refs/heads/c' }];
    const grants = [
      grant('2', 'merge', 'refs/heads/b'),
      grant('1', 'merge', 'refs/heads/a'),
      grant('3', 'merge', 'refs/heads/x'),
    ];
    const decision = decide(DENY, { updates, grants });
    expect(decision.uses).toEqual(['1', '2']);
    expect(decision.fired).toHaveLength(1);
  });

  it('name one of two that would each have been enough', () => {
    const text =
      'deny "d" message "{u.ref}" when { u in input.updates; not granted("merge", u.ref, ["user:a"]); not granted("all", u.ref, ["user:a"]) }';
    expect(uses(text, [grant('A', 'all'), grant('B')])).toEqual(['B']);
    expect(uses(text, [grant('A', 'all')])).toEqual(['A']);
  });

  it('name all that were needed together', () => {
    const text = `
      rule fine(u) if { u in input.updates; granted("merge", u.ref, ["user:a"]); granted("api", u.ref, ["user:a"]) }
      deny "d" message "{u.ref}" when { u in input.updates; not fine(u) }`;
    expect(uses(text, [grant('A', 'api'), grant('B')])).toEqual(['A', 'B']);
    expect(uses(text, [grant('A', 'api')])).toEqual([]);
  });

  it.each([
    [
      'require',
      'require "d" message "{u.ref}" for { u in input.updates } that { granted("merge", u.ref, ["user:a"]) }',
    ],
    [
      'a negation in a rule',
      'rule bare(u) if { u in input.updates; not granted("merge", u.ref, ["user:a"]) }\ndeny "d" message "{u.ref}" when { bare(u) }',
    ],
    [
      'a test rule',
      'rule may(ref) if { grant(_, "merge", ref, ["user:a"]); ref != "" }\ndeny "d" message "{u.ref}" when { u in input.updates; not may(u.ref) }',
    ],
    [
      'two rules',
      'rule g(t) if { grant(_, "merge", t, ["user:a"]) }\nrule h(t) if { g(t) }\ndeny "d" message "{u.ref}" when { u in input.updates; not h(u.ref) }',
    ],
    [
      'a count',
      'deny "d" message "{u.ref}" when { u in input.updates; count { id | grant(id, "merge", u.ref, ["user:a"]) } < 1 }',
    ],
    [
      'a named count',
      'deny "d" message "{u.ref}" when { u in input.updates; n = count { id | grant(id, "merge", u.ref, ["user:a"]) }; n == 0 }',
    ],
    [
      'a membership',
      'deny "d" message "{u.ref}" when { u in input.updates; u.ref not in [t | grant(_, "merge", t, ["user:a"])] }',
    ],
    [
      'every',
      'require "d" message "all" for { true } that { every u in input.updates { granted("merge", u.ref, ["user:a"]) } }',
    ],
    [
      'every of a negation',
      'deny "d" message "none" when { every u in input.updates { not granted("merge", u.ref, ["user:a"]) } }',
    ],
    [
      'a recursion',
      'rule g(t) if { grant(_, "merge", t, ["user:a"]) }\nrule g(t) if { g(s); next(s, t) }\nrule next("x", "refs/heads/main")\ndeny "d" message "{u.ref}" when { u in input.updates; not g(u.ref) }',
    ],
  ])('are found through %s', (_what, text) => {
    expect(uses(text, [grant('A')])).toEqual(['A']);
    expect(decide(text, { updates: MAIN }).verdict).toBe('deny');
    expect(decide(text, { updates: MAIN, grants: [grant('A')] }).verdict).toBe('allow');
  });

  it('cost gas that is counted', () => {
    const machine = policyMachine(DENY);
    const [without, with1] = [[], [grant('A')]].map((grants) =>
      machine.evaluate(policyInput({ updates: MAIN, grants })),
    );
    expect(with1?.gas).toBeGreaterThan(without?.gas ?? 0);
  });
});
