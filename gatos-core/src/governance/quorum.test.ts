import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../testing/refusal.js';
import { LIMITS } from '../kernel/index.js';
import {
  evaluateQuorum,
  formatMissing,
  formatQuorum,
  mayStillApprove,
  parseQuorum,
  type Quorum,
  type QuorumAnswer,
} from './index.js';

const SEED = 20_240_315;

const canonical = (text: string) => formatQuorum(parseQuorum(text));

describe('a quorum expression', () => {
  it.each([
    ['2 of @leads and 1 of @security', '2 of @leads and 1 of @security'],
    ['  2   of\t@leads\nand 1 of @security ', '2 of @leads and 1 of @security'],
    ['any of @leads', '1 of @leads'],
    ['all of @leads', 'all of @leads'],
    ['user:alice', 'user:alice'],
    ['1 of user:alice', 'user:alice'],
    ['all of (user:alice)', 'user:alice'],
    ['2 of (user:alice)', '2 of (user:alice)'],
    ['2 of (@a,@b , user:carol)', '2 of (@a, @b, user:carol)'],
    ['1 of (@a)', '1 of @a'],
    ['((1 of @a))', '1 of @a'],
    ['(1 of @a and 1 of @b) and 1 of @c', '1 of @a and 1 of @b and 1 of @c'],
    ['1 of @a and 1 of @b or user:root', '(1 of @a and 1 of @b) or user:root'],
    ['1 of @a and (1 of @b or user:root)', '1 of @a and (1 of @b or user:root)'],
    ['agent:x or service:y', 'agent:x or service:y'],
  ])('%j reads as %j', (text, want) => {
    expect(canonical(text)).toBe(want);
    expect(canonical(want)).toBe(want);
  });

  it.each([
    ['', 1, 'the end'],
    ['   ', 4, 'the end'],
    ['2', 2, '`of`'],
    ['2 leads', 3, '`of`'],
    ['2 of', 5, 'the end'],
    ['2 of leads', 6, '`leads`'],
    ['2 of @', 6, '`@`'],
    ['2 of @Leads', 6, '`@Leads`'],
    ['0 of @leads', 1, '`0`'],
    ['02 of @leads', 1, '`02`'],
    ['-1 of @leads', 1, '`-1`'],
    ['4097 of @leads', 1, '4096'],
    ['@leads', 1, 'how many'],
    ['2 of @a and', 12, 'the end'],
    ['and 2 of @a', 1, '`and`'],
    ['2 of @a 1 of @b', 9, '`1`'],
    ['(2 of @a', 9, '`)`'],
    ['2 of (@a, )', 11, '`)`'],
    ['2 of (@a @b)', 10, '`)`'],
    ['2 of (@a, @a)', 11, 'twice'],
    ['2 of ()', 7, '`)`'],
    ['2 of @a OR 1 of @b', 9, '`OR`'],
    ['2 of @a\u00a0and 1 of @b', 8, 'no meaning'],
    ['user:', 1, '`user:`'],
    ['robot:x', 1, '`robot:x`'],
    ['2 of @ä', 6, '`@ä`'],
  ])('%j is refused at column %i', (text, where, what) => {
    const fault = refusalOf(() => parseQuorum(text));
    expect([fault.code, fault.data.where]).toEqual(['governance/quorum', where]);
    expect(fault.message).toContain(what);
    expect(fault.hint).toMatch(/\S/);
  });

  it('is bounded in length, terms and depth, and canonical texts stay within the bounds', () => {
    const { quorumTerms: terms, quorumDepth: depth, quorumBytes: bytes } = LIMITS;
    const many = (count: number) => Array.from({ length: count }, (_, i) => `1 of @g${i}`).join(' and ');
    expect(canonical(many(terms))).toBe(many(terms));
    expect(refusalOf(() => parseQuorum(many(terms + 1))).message).toContain(`more than ${terms} terms`);
    const set = (count: number) => `2 of (${Array.from({ length: count }, (_, i) => `@g${i}`).join(', ')})`;
    expect(refusalOf(() => parseQuorum(set(terms))).message).toContain(`more than ${terms} terms`);
    const deep = (count: number) => `${'('.repeat(count)}1 of @a${')'.repeat(count)}`;
    expect(canonical(deep(depth))).toBe('1 of @a');
    expect(refusalOf(() => parseQuorum(deep(depth + 1))).message).toContain('deeper');
    expect(refusalOf(() => parseQuorum('('.repeat(bytes))).message).toContain('deeper');
    expect(refusalOf(() => parseQuorum(' '.repeat(bytes + 1))).message).toContain('longer');
    // Half as many brackets as levels: `and` inside `or` needs none when it is written.
    const mixed = (levels: number): string =>
      levels === 0 ? '1 of @z' : `1 of @a${levels} or 1 of @b${levels} and (${mixed(levels - 1)})`;
    const fits = mixed(depth / 2);
    expect(canonical(canonical(fits))).toBe(canonical(fits));
    expect(refusalOf(() => parseQuorum(mixed(depth / 2 + 1))).message).toContain('deeper');
  });
});

const ACTORS = ['user:alice', 'user:bob', 'user:carol', 'user:dave', 'user:eve'];
const GROUPS = new Map([
  ['leads', ['user:alice', 'user:bob', 'user:carol']],
  ['security', ['user:carol', 'user:dave']],
  ['solo', ['user:eve']],
]);

const member = fc.constantFrom('@leads', '@security', '@solo', '@nobody', ...ACTORS);
const term = fc.oneof(
  fc.constantFrom(...ACTORS),
  fc
    .tuple(fc.constantFrom('1', '2', '3', 'all', 'any'), fc.uniqueArray(member, { minLength: 1, maxLength: 3 }))
    .map(([need, of]) => `${need} of (${of.join(', ')})`),
);
const { text: expression } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    term,
    fc
      .tuple(fc.array(tie('text'), { minLength: 2, maxLength: 3 }), fc.constantFrom(' and ', ' or '))
      .map(([parts, word]) => `(${parts.join(word)})`),
  ),
}));
const approvers = fc.subarray(ACTORS).map((actors) => new Set(actors));

/** Counts again, as plainly as can be. */
function oracle(quorum: Quorum, who: ReadonlySet<string>): boolean {
  if (quorum.kind !== 'count') {
    const parts = quorum.parts.map((part) => oracle(part, who));
    return quorum.kind === 'and' ? !parts.includes(false) : parts.includes(true);
  }
  const sets = quorum.of.map((each) => ('actor' in each ? [each.actor] : (GROUPS.get(each.group) ?? [])));
  if (sets.some((set) => set.length === 0)) return false;
  const all = [...new Set(sets.flat())];
  const have = all.filter((actor) => who.has(actor)).length;
  return quorum.need === 'all' ? have === all.length : have >= quorum.need;
}

describe('the properties of quorums', () => {
  it('formatting is idempotent and keeps the meaning', () => {
    fc.assert(
      fc.property(expression, approvers, (text, who) => {
        const quorum = parseQuorum(text);
        const again = parseQuorum(formatQuorum(quorum));
        expect(formatQuorum(again)).toBe(formatQuorum(quorum));
        expect(oracle(again, who)).toBe(oracle(quorum, who));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('evaluation agrees with counting, and more approvals never hurt', () => {
    fc.assert(
      fc.property(expression, approvers, fc.constantFrom(...ACTORS), (text, who, one) => {
        const quorum = parseQuorum(text);
        const met = (actors: ReadonlySet<string>) => evaluateQuorum(quorum, { groups: GROUPS, approvers: actors }).met;
        expect(met(who)).toBe(oracle(quorum, who));
        if (met(who)) expect(met(new Set([...who, one]))).toBe(true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('those who may still approve make it, when it can be made; and nobody may when it cannot', () => {
    fc.assert(
      fc.property(expression, approvers, (text, who) => {
        const quorum = parseQuorum(text);
        const { met, missing } = evaluateQuorum(quorum, { groups: GROUPS, approvers: who });
        const may = mayStillApprove(missing);
        expect(may.some((actor) => who.has(actor))).toBe(false);
        const possible = oracle(quorum, new Set(ACTORS));
        if (met || !possible) expect(may).toEqual([]);
        else expect(oracle(quorum, new Set([...who, ...may]))).toBe(true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('parsing never fails in another way than by its fault', () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom('(', ')', ',', 'of', 'and', 'or', 'all', '2', '@a', 'user:b', ' ', '\0'), fc.string()),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join(' ');
        try {
          expect(canonical(canonical(text))).toBe(canonical(text));
        } catch (error) {
          expect(error).toMatchObject({ code: 'governance/quorum' });
          const { where } = (error as { data: { where: number } }).data;
          expect(where).toBeGreaterThanOrEqual(1);
          expect(where).toBeLessThanOrEqual(text.length + 1);
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('an answer', () => {
  const answer = (text: string, ...who: string[]): QuorumAnswer =>
    evaluateQuorum(parseQuorum(text), { groups: GROUPS, approvers: new Set(who) }).missing;

  it('says of every term what it has, needs, and who may still approve', () => {
    expect(answer('2 of @leads and 1 of @security', 'user:alice')).toEqual({
      kind: 'and',
      term: '2 of @leads and 1 of @security',
      met: false,
      parts: [
        {
          kind: 'count',
          term: '2 of @leads',
          met: false,
          have: ['user:alice'],
          need: 2,
          may: ['user:bob', 'user:carol'],
          never: null,
        },
        {
          kind: 'count',
          term: '1 of @security',
          met: false,
          have: [],
          need: 1,
          may: ['user:carol', 'user:dave'],
          never: null,
        },
      ],
    });
  });

  it('counts a member of two groups in each, and once in a set', () => {
    expect(answer('1 of @leads and 1 of @security', 'user:carol').met).toBe(true);
    expect(answer('2 of (@leads, @security)', 'user:carol').met).toBe(false);
    expect(answer('2 of (@leads, @security)', 'user:carol', 'user:dave').met).toBe(true);
  });

  it('never takes an unknown group, or one that is too small, for met', () => {
    for (const text of ['all of @nobody', '1 of (@leads, @nobody)', '1 of @nobody']) {
      const found = answer(text, ...ACTORS);
      expect(found.met).toBe(false);
      expect(formatMissing(found)).toContain('nobody is in group `@nobody`');
      expect(mayStillApprove(found)).toEqual([]);
    }
    expect(formatMissing(answer('3 of @security', ...ACTORS))).toContain('it takes 3, and only 2 can');
    expect(formatMissing(answer('2 of (user:alice)', ...ACTORS))).toContain('only 1 can');
  });

  it('says in one line what is missing', () => {
    expect(formatMissing(answer('2 of @leads and (1 of @security or user:eve)', 'user:alice'))).toBe(
      '`2 of @leads` has 1 (user:alice); `1 of @security` has none, or `user:eve` has none',
    );
    expect(formatMissing(answer('user:alice', 'user:alice'))).toBe('nothing');
  });

  it('does not send for those whose approval would be in vain', () => {
    expect(mayStillApprove(answer('1 of @leads and 1 of @nobody'))).toEqual([]);
    expect(mayStillApprove(answer('(1 of @leads and 1 of @nobody) or 1 of @solo'))).toEqual(['user:eve']);
  });
});
