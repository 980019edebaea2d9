import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { counted } from './count.js';
import { shellWord } from './shell.js';

describe('shellWord', () => {
  it('leaves plain paths alone', () => {
    expect(shellWord('/tmp/lab-1/a_b.proof')).toBe('/tmp/lab-1/a_b.proof');
  });

  it.each(['', 'cl öne', "it's", '$(touch x)', 'a\nb', '`x`', '~/x', "''", '*'])('%j comes through a shell', (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
  });
});

describe('counted', () => {
  it('counts one thing and several', () => {
    expect([0, 1, 2].map((n) => counted(n, 'event'))).toEqual(['0 events', '1 event', '2 events']);
  });
});
