import { describe, expect, it } from 'vitest';
import { decide, policyInput, policyMachine } from '../../../testing/policy-world.js';
import type { JsonValue } from '../../codec/index.js';
import { explain } from './index.js';

const GROUPS = { leads: ['user:bob', 'user:carol', 'user:dan'] };
const MAIN = [{ ref: 'refs/heads/main' }];
const grant = (id: string, ...approvers: readonly string[]): JsonValue => ({
  id,
  action: 'api-change',
  target: 'refs/heads/main',
  approvers,
});

/** `needed (found)` of everything that would make it pass. */
function ways(text: string, grants: readonly JsonValue[], groups: JsonValue = GROUPS): readonly string[] {
  const input = policyInput({ updates: MAIN, grants, groups });
  return explain(policyMachine(text), input).flatMap((each) =>
    each.ways.flatMap(({ needs }) => needs.map(({ needed, found }) => `${needed} (${found})`)),
  );
}

const law = (...conditions: readonly string[]): string => `deny "api" message "{u.ref}" when {
  u in input.updates
  not { granted("api-change", u.ref, who); ${conditions.join('; ')} }
}`;
const LEADS = 'count { a | a in who; member("@leads", a) } >= 2';

describe('a grant', () => {
  it('is nothing by itself: whoever proposes writes the quorum', () => {
    const of = (...approvers: readonly string[]): unknown => {
      const { verdict, uses } = decide(law(LEADS), {
        updates: MAIN,
        groups: GROUPS,
        grants: [grant('M', ...approvers)],
      });
      return [verdict, ...uses];
    };
    expect(of('user:mallory')).toEqual(['deny']);
    expect(of('user:mallory', 'user:bob')).toEqual(['deny']);
    expect(of('user:bob', 'user:carol')).toEqual(['allow', 'M']);
    expect(of('user:bob', 'user:bob')).toEqual(['deny']);
  });

  it('counts by itself: approvals of two grants are not added up', () => {
    const grants = [grant('A', 'user:bob'), grant('B', 'user:carol')];
    expect(decide(law(LEADS), { updates: MAIN, groups: GROUPS, grants }).verdict).toBe('deny');
  });

  it('is used where its approvals are enough, whatever others there are', () => {
    const grants = [
      grant('A', 'user:mallory'),
      grant('C', 'user:bob', 'user:dan'),
      grant('B', 'user:bob', 'user:carol'),
    ];
    expect(decide(law(LEADS), { updates: MAIN, groups: GROUPS, grants }).uses).toEqual(['B']);
  });

  it('of which nobody approves any more is a row without approvers', () => {
    const text = 'warn "w" message "{id} {who}" when { grant(id, "api-change", _, who) }';
    const { fired } = decide(text, { grants: [grant('A'), grant('B', 'user:bob')] });
    expect(fired.map(({ message }) => message)).toEqual(['A []', 'B ["user:bob"]']);
  });
});

describe('approvals that are too few', () => {
  it.each<[string, string, readonly JsonValue[], readonly string[]]>([
    [
      'who approved, and who may',
      LEADS,
      [grant('A', 'user:bob', 'user:mallory')],
      ['1 more approval of @leads (1 of 2: user:bob of @leads approved; user:carol, user:dan may)'],
    ],
    [
      'nobody who counts',
      'count { a | a in who; member("leads", a) } > 2',
      [grant('A', 'user:mallory')],
      ['3 more approvals of @leads (0 of 3: nobody of @leads approved; user:bob, user:carol, user:dan may)'],
    ],
    [
      'each of two proposals',
      LEADS,
      [grant('A', 'user:bob'), grant('B', 'user:carol')],
      [
        '1 more approval of @leads (1 of 2: user:bob of @leads approved; user:carol, user:dan may)',
        '1 more approval of @leads (1 of 2: user:carol of @leads approved; user:bob, user:dan may)',
      ],
    ],
    [
      'a number that has a name, turned round, and another order of lines',
      'n = count { a | member("@leads", a); a in who; a != "user:dan" }; 3 <= n',
      [grant('A', 'user:bob')],
      ['2 more approvals of @leads (1 of 3: user:bob of @leads approved; user:carol may)'],
    ],
    [
      'the second of two conditions',
      `${LEADS}; count { a | a in who; member("@security", a) } == 1`,
      [grant('A', 'user:bob', 'user:dan')],
      ['1 more approval of @security (0 of 1: nobody of @security approved; nobody else may)'],
    ],
    [
      'no grant, and how many it takes',
      `${LEADS}; count { a | a in who; a == "user:carol" } >= 1`,
      [],
      [
        'a grant for action `api-change` on target `refs/heads/main` with 2 approvals of @leads and 1 approval (no grant holds now; user:bob, user:carol, user:dan may approve; user:carol may approve)',
      ],
    ],
    [
      'plain values, for what counts no approvals',
      'who != []; count { c | u2 in input.updates; c in u2.commits } >= 2',
      [grant('A', 'user:bob')],
      [
        'count { c | u2 in input.updates; c in u2.commits } >= 2 (`count { c | u2 in input.updates; c in u2.commits }` is 0)',
      ],
    ],
  ])('tell %s', (_what, condition, grants, wanted) => {
    expect(ways(law(condition), grants)).toEqual(wanted);
  });

  it('are told through rules, and with who counts by a rule', () => {
    const text = `
      rule lead("user:erin")
      rule lead(a) if { member("@leads", a); a != "user:dan" }
      rule enough(who) if { count { a | a in who; lead(a) } >= 2 }
      rule agreed(target) if { granted("api-change", target, who); enough(who) }
      deny "api" message "{u.ref}" when { u in input.updates; not agreed(u.ref) }`;
    expect(ways(text, [grant('A', 'user:bob')])).toEqual([
      '1 more approval (1 of 2: user:bob approved; user:carol, user:erin may)',
    ]);
  });

  it('are cut where a group is large, and escaped', () => {
    const leads = Array.from({ length: 9 }, (_, at) => `user:l${at}`);
    expect(ways(law(LEADS), [grant('A', 'user:l3')], { leads })).toEqual([
      '1 more approval of @leads (1 of 2: user:l3 of @leads approved; user:l0, user:l1, user:l2, user:l4, user:l5 and 3 more may)',
    ]);
    expect(ways(law(LEADS), [grant('A', 'user:\u001b[2J')], { leads: ['user:\u001b[2J'] }).join()).toContain(
      'user:\\u{1b}[2J',
    );
  });
});
