import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../kernel/index.js';
import { formatRefusals, type Judgement, PROFILES, type Refusal } from './index.js';
import { encodable, plainLine } from './text.js';

const refusal = (change: Partial<Refusal> = {}): Refusal => ({
  ref: 'refs/heads/main',
  rule: 'policy/x',
  what: 'no',
  why: ['because'],
  pass: ['otherwise'],
  because: null,
  ...change,
});
const judgement = (change: Partial<Judgement> = {}): Judgement => ({
  verdict: 'deny',
  refusals: [refusal()],
  warnings: [],
  input: null,
  decision: null,
  policyRoot: null,
  codeRoot: null,
  uses: [],
  ...change,
});

describe('lines for whoever pushes', () => {
  it('say what, which rule, why, what would make it pass, and where it is recorded', () => {
    expect(formatRefusals(judgement({ refusals: [refusal({ because: 'ADR-0042' })] }), { audit: '01H' })).toEqual([
      'refused: no',
      '  rule: policy/x',
      '  why:  because',
      '  pass: otherwise',
      '  see:  ADR-0042',
      'denial 01H: `git gatos policy explain 01H`',
    ]);
    expect(formatRefusals(judgement({ verdict: 'allow', refusals: [] }), { audit: null })).toEqual([]);
  });

  it('hold no control characters and are bounded, whatever is in them (seed 3)', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2000 });
    const lines = fc.array(text, { maxLength: 30 });
    const any = fc.record({ ref: text, rule: text, what: text, why: lines, pass: lines, because: text });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), text, (refusals, audit) => {
        const out = formatRefusals(judgement({ refusals, warnings: refusals }), { audit });
        expect(out.length).toBeLessThanOrEqual(
          2 * LIMITS.gateShownRefusals * (3 + 2 * (LIMITS.gateShownReasons + 1)) + 3,
        );
        for (const line of out) {
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          expect(line.isWellFormed()).toBe(true);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('texts become ones that can be shown, and ones that can be encoded', () => {
    expect(plainLine('a\u001b[31m\n\u202eb')).toBe('a\\u{1b}[31m\\u{a}\\u{202e}b');
    expect(plainLine('x'.repeat(500))).toHaveLength(401);
    expect(plainLine('\ud800')).toBe('\ufffd');
    expect(plainLine(`${'x'.repeat(399)}😀`).isWellFormed()).toBe(true);
    expect(encodable('\ufeff\ud800a\n')).toBe('\ufffd\ufffda\n');
  });
});

describe('profiles', () => {
  it.each([...PROFILES])('%s demands what its file says', (name, terms) => {
    const path = new URL(`../../../profiles/profile.${name}.json`, import.meta.url);
    const file = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(terms).toEqual({
      proofOfFold: file.proof_of_fold === 'required',
      sealWindows: file.seal_windows,
      clockSkewSeconds: file.clock_skew_seconds,
    });
  });
});
