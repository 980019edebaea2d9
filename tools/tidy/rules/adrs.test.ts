import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { adrs } from './adrs.js';

const text = (number: string): string =>
  [
    `# ${number}: a decision`,
    '',
    'Status: accepted',
    ...['Context', 'Decision', 'Alternatives', 'Security', 'Compatibility'].map((each) => `\n## ${each}\n\nWords.`),
  ].join('\n');

const sound = {
  'spec/adr/README.md': '- [0000](0000-template.md)\n- [0001](0001-first-thing.md)\n',
  'spec/adr/0000-template.md': text('0000').replace('accepted', 'template'),
  'spec/adr/0001-first-thing.md': text('0001'),
};
const first = 'spec/adr/0001-first-thing.md';

describe('adrs', () => {
  it('accepts a numbered, complete, listed decision', () => {
    expect(words(adrs, sound)).toEqual([]);
    const superseded = sound[first].replace('Status: accepted', 'Status: superseded by [0002](0002-next.md)');
    expect(words(adrs, { ...sound, [first]: superseded })).toEqual([]);
  });

  it('finds a gap, a double number and a bad name', () => {
    const third = { 'spec/adr/README.md': `${sound['spec/adr/README.md']}(0003-third.md)(0001-other.md)` };
    expect(places(adrs, { ...sound, ...third, 'spec/adr/0003-third.md': text('0003') })).toEqual([
      'spec/adr/0003-third.md',
    ]);
    expect(places(adrs, { ...sound, ...third, 'spec/adr/0001-other.md': text('0001') })).toEqual([
      'spec/adr/0001-other.md',
    ]);
    expect(places(adrs, { ...sound, 'spec/adr/decision.md': text('0002') })).toEqual(['spec/adr/decision.md']);
  });

  it('finds one that the index does not name', () => {
    expect(words(adrs, { ...sound, 'spec/adr/README.md': '(0000-template.md)' })).toEqual([
      expect.stringMatching(/^not in the index/),
    ]);
  });

  it.each([
    ['a title without its number', ['# 0001: a', '# A']],
    ['an unknown status', ['Status: accepted', 'Status: fine']],
    ['a missing section', ['## Security', '## Safety']],
    ['sections in another order', ['## Context', '## Decision']],
    ['an empty section', ['## Security\n\nWords.', '## Security\n']],
  ] as const)('finds %s', (_what, [from, to]) => {
    expect(places(adrs, { ...sound, [first]: sound[first].replace(from, to) })).not.toEqual([]);
  });
});
