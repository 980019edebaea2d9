import { describe, expect, it } from 'vitest';
import { joinStretches, type Stretch, tipsOf } from './coverage.js';

const stretch = (from: string | null, to: string, commits: number, chain = 'a'): Stretch => ({
  chain,
  from,
  to,
  commits,
});

describe('tips', () => {
  it('follows stretches from the root, whatever their order', () => {
    const tips = tipsOf([
      stretch('y', 'z', 3),
      stretch(null, 'x', 1),
      stretch('x', 'y', 2),
      stretch(null, 'q', 9, 'b'),
    ]);
    expect(tips).toEqual(
      new Map([
        ['a', { oid: 'z', position: 6 }],
        ['b', { oid: 'q', position: 9 }],
      ]),
    );
  });

  it('does not cross a gap', () => {
    expect(tipsOf([stretch(null, 'x', 1), stretch('y', 'z', 3)])).toEqual(new Map([['a', { oid: 'x', position: 1 }]]));
    expect(tipsOf([stretch('y', 'z', 3)])).toEqual(new Map());
  });

  it('takes the furthest when two processes read the same chain', () => {
    const tips = tipsOf([stretch(null, 'x', 5), stretch(null, 'y', 7), stretch('x', 'z', 4)]);
    expect(tips?.get('a')).toEqual({ oid: 'z', position: 9 });
  });

  it.each([
    ['two commits at one place', [stretch(null, 'x', 5), stretch(null, 'y', 5)]],
    ['one commit at two places', [stretch(null, 'x', 5), stretch('x', 'y', 1), stretch(null, 'y', 7)]],
    ['a circle', [stretch(null, 'x', 1), stretch('x', 'y', 1), stretch('y', 'x', 1)]],
  ])('has no answer for %s', (_what, stretches) => {
    expect(tipsOf(stretches)).toBeNull();
  });
});

describe('joining', () => {
  it('joins what follows one another and drops what a longer stretch holds', () => {
    const all = [
      stretch('x', 'y', 2),
      stretch(null, 'x', 1),
      stretch(null, 'w', 2),
      stretch('p', 'q', 1),
      stretch('q', 'r', 1),
    ];
    expect(joinStretches(all)).toEqual([stretch(null, 'y', 3), stretch('p', 'r', 2)]);
  });

  it('keeps contradictions as they are, so that they still show', () => {
    const all = [stretch(null, 'x', 5), stretch(null, 'y', 5)];
    expect(joinStretches(all)).toEqual(all);
    expect(tipsOf(joinStretches(all))).toBeNull();
  });

  it('never says more than the parts did', () => {
    const all = [stretch(null, 'x', 5), stretch('x', 'z', 4), stretch('k', 'l', 1, 'b')];
    expect(tipsOf(joinStretches(all))).toEqual(tipsOf(all));
  });
});
