import { describe, expect, it } from 'vitest';
import { EXIT } from '../kernel/index.js';
import { policyError } from './index.js';

const AT = { chain: 'c', commit: 'd' };
const at = {
  severity: 'error',
  code: 'policy/x',
  message: 'm',
  hint: null,
  file: 'a.rgs',
  line: 1,
  column: 2,
} as const;
const finding = { ...at, span: { start: 0, end: 1 } };

/** Every fault of policies with data, its kind and its exit status: scripts branch on them. */
const FAULTS = [
  [policyError('bad-file', { path: 'a.txt', why: 'x' }), 'input', EXIT.no],
  [policyError('bundle-too-large', { what: 'the sources', bytes: 2, limit: 1 }), 'limit', EXIT.no],
  [policyError('does-not-compile', { diagnostics: [finding], shown: [] }), 'input', EXIT.no],
  [policyError('does-not-compile', { diagnostics: [finding, finding], shown: [] }), 'input', EXIT.no],
  [policyError('does-not-compile', { diagnostics: [], shown: [] }), 'input', EXIT.no],
  [policyError('bad-adoption', { why: 'x' }), 'input', EXIT.no],
  [policyError('nothing-new', { policy_root: 'a' }), 'input', EXIT.no],
  [policyError('behind-trust', { clock: 1, trust: 2 }), 'conflict', EXIT.conflict],
  [policyError('no-such-policy', { policy_root: 'a' }), 'missing', EXIT.missing],
  [policyError('altered', { ...AT, why: 'x' }), 'integrity', EXIT.mismatch],
  [policyError('other-code', { ...AT, claimed: 'a', computed: 'b' }), 'integrity', EXIT.mismatch],
  [policyError('newer-language', { language: 2, known: 1 }), 'unsupported', EXIT.unchecked],
  [policyError('not-alone', { chain: 'c', count: 2 }), 'integrity', EXIT.mismatch],
] as const;

describe('faults of policies', () => {
  it.each(FAULTS)('%s', (error, kind, exit) => {
    expect([error.kind, error.exit]).toEqual([kind, exit]);
    for (const text of [error.message, error.hint ?? 'none'])
      expect(text).toMatch(/^[a-z`](?!.*(undefined|\[object)).*[^.]$/s);
  });

  it('count errors', () => {
    const said = (n: number) =>
      policyError('does-not-compile', { diagnostics: new Array(n).fill(finding), shown: [] }).message;
    expect(said(1)).toBe('the policy does not compile: 1 error, the first at a.rgs:1:2');
    expect(said(2)).toBe('the policy does not compile: 2 errors, the first at a.rgs:1:2');
  });
});
