import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { errorText } from './error-text.js';

const at = 'gatos-core/src/chain/errors.ts';
/** `$[x]` stands for a placeholder of a template. */
const table = (text: string, area = 'chain'): string => {
  const entries = text.replaceAll('$[', '$\u007b').replaceAll(']', '}');
  return `export const e = errorArea('${area}', { gone: {\n${entries}\n} });`;
};

describe('error-text', () => {
  it.each([
    "message: () => 'The ref is gone',",
    "message: () => 'A ref is gone',",
    "message: () => 'the ref is gone.',",
    'message: (d: D) => `Ref $[d.ref] is gone`,',
    'message: (d: D) => `the ref is $[d.ref].`,',
    "message: (d: D) => (d.a ? 'the ref' : 'Ref'),",
    "message: (d: D) => 'the ref is ' + 'gone.',",
    "message: (d: D) => { if (d.a) return 'The ref'; return 'fine'; },",
    "message: () => 'gone', hint: () => 'Fetch it',",
    "message: () => 'gone', hint: () => 'fetch it.',",
  ])('finds %s', (text) => {
    expect(places(errorText, { [at]: table(text) })).toEqual([`${at}:2`]);
  });

  it.each([
    "message: () => 'the ref is gone',",
    'message: (d: D) => `\\`$[d.ref]\\` is gone`,',
    'message: (d: D) => `$[d.Type] is gone`,',
    "message: () => 'SHA-256 is not known', hint: () => 'OpenSSH 9 and Ed25519 keys work',",
    "message: (d: D) => `wanted $[d.a ?? 'Nothing.'], as said`,",
    "message: () => 'see e.g. the docs …',",
  ])('accepts %s', (text) => {
    expect(places(errorText, { [at]: table(text) })).toEqual([]);
  });

  it('finds a table outside errors.ts and an area declared twice', () => {
    const other = 'gatos-core/src/trust/errors.ts';
    expect(words(errorText, { 'gatos-core/src/chain/append.ts': table('') })[0]).toMatch(
      /→ the errors.ts of the folder/,
    );
    expect(places(errorText, { [at]: table(''), [other]: table('') })).toEqual([`${other}:1`]);
    expect(places(errorText, { [at]: table(''), [other]: table('', 'trust') })).toEqual([]);
  });
});
