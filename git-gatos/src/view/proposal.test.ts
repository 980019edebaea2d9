import { Cid, type CountAnswer, type ProposalView, type QuorumAnswer, type Standing } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { PLAIN } from '../output/style.js';
import { describeProposal, hasEnded, nextFor, proposalValue } from './proposal.js';

const ID = '01J8Z3V6E0R4Q9T2M5K7N1P8XA';
const CID = Cid.hash('dag-cbor', Uint8Array.of(0xa0));

const count = (fields: Partial<CountAnswer>): CountAnswer => ({
  kind: 'count',
  term: '2 of @leads',
  met: false,
  have: [],
  need: 2,
  may: ['user:alice', 'user:bob'],
  never: null,
  ...fields,
});

function view(standing: Partial<Standing> = {}, missing: QuorumAnswer = count({})): ProposalView {
  const quorum = { met: missing.met, missing };
  return {
    id: ID,
    cid: CID,
    proposer: 'user:carol',
    time: 0,
    proposal: {
      ulid: ID,
      action: "it's",
      target: 'refs/heads/main',
      quorum: '2 of @leads',
      reason: 'one\ntwo',
      expires: null,
      uses: 3,
      policy_root: null,
      under: null,
      supersedes: null,
    },
    standing: {
      state: 'proposal',
      reason: 'waiting',
      why: 'nobody yet',
      quorum,
      approvers: [],
      grant: null,
      usesLeft: 3,
      ...standing,
    },
    approvals: [{ actor: 'user:alice', cid: CID, comment: 'hm', time: 0, revoked: true }],
    mayApprove: missing.kind === 'count' ? missing.may : [],
    grant: null,
    usesLeft: standing.usesLeft ?? 3,
  };
}

describe('a proposal in words', () => {
  it('says what is asked, how it stands, and who may still approve', () => {
    expect(describeProposal(view(), PLAIN)).toEqual([
      `${ID} proposal`,
      "  it's on refs/heads/main",
      '  by user:carol 1970-01-01T00:00:00Z, never expires, 3 uses',
      '  one\n  two',
      '  · 2 of @leads: 0 of 2; may still: user:alice, user:bob',
      '  user:alice took back the approval: hm',
      '  may still approve: user:alice, user:bob',
    ]);
  });

  it('shows a tree, what can never be met, and the rest of the uses', () => {
    const tree: QuorumAnswer = {
      kind: 'and',
      term: 'x',
      met: false,
      parts: [
        count({ met: true, have: ['user:alice', 'user:bob'], may: [] }),
        {
          kind: 'or',
          term: 'y',
          met: false,
          parts: [count({ term: '1 of @none', need: 1, may: [], never: 'nobody is in group `@none`' }), count({})],
        },
      ],
    };
    const lines = describeProposal(
      view({ state: 'granted', reason: 'granted', why: 'by two', usesLeft: 1 }, tree),
      PLAIN,
    );
    expect(lines[0]).toBe(`${ID} granted: by two`);
    expect(lines[2]).toContain('1 of 3 uses left');
    expect(lines.slice(4, -1)).toEqual([
      '  · all of these',
      '    ✓ 2 of @leads: 2 of 2 (user:alice, user:bob)',
      '    · one of these',
      '      · 1 of @none: 0 of 1; it cannot be met: nobody is in group `@none`',
      '      · 2 of @leads: 0 of 2',
    ]);
  });
});

describe('what comes next', () => {
  it.each<[Partial<Standing>, string | undefined, string | null]>([
    [{ state: 'proposal' }, 'user:alice', `git gatos approve ${ID}`],
    [{ state: 'partial' }, 'user:carol', null],
    [{ state: 'partial' }, undefined, null],
    [{ state: 'granted' }, 'user:alice', null],
    [{ state: 'revoked' }, 'user:alice', null],
    [
      { state: 'stale' },
      'user:alice',
      String.raw`git gatos propose --action 'it'\''s' --target refs/heads/main --quorum '2 of @leads'`,
    ],
  ])('%o for %s is %s', (standing, actor, next) => {
    expect(nextFor(view(standing), actor)).toBe(next);
    expect(proposalValue(view(standing), actor).next).toBe(next);
  });

  it('is the grant once the quorum is met, for anybody', () => {
    expect(nextFor(view({ state: 'partial' }, count({ met: true, may: [] })), undefined)).toBe(`git gatos grant ${ID}`);
  });

  it('what has ended is not what merely waits for another policy', () => {
    const ended = (['expired', 'revoked', 'superseded', 'used-up'] as const).map((state) => hasEnded(view({ state })));
    const open = (['proposal', 'partial', 'granted', 'stale', 'unknown'] as const).map((state) =>
      hasEnded(view({ state })),
    );
    expect([ended, open]).toEqual([Array(4).fill(true), Array(5).fill(false)]);
  });
});
