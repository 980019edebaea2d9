import { errorArea, failed, passed, report } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { exitNameOf, renderReport, reportOutcome } from './report.js';
import { PLAIN, styleOf } from './style.js';

const fault = errorArea('test', {
  forged: {
    kind: 'integrity',
    message: (d: { key: string }) => `signature by \`${d.key}\` is bad`,
    hint: () => 'ask the author',
  },
  gone: { kind: 'unavailable', message: (_: object) => 'object is not here' },
});
const good = passed('links', 'journal/default/user-alice', '12 envelopes');
const bad = failed('signature', 'envelope 7', fault('forged', { key: 'k\u001b[2J' }));
const unknown = failed('blob', 'envelope 9', fault('gone', { size: 3 }));

describe('renderReport', () => {
  it('is a checklist with evidence and hint under what failed', () => {
    expect(renderReport(report('journal', [good, bad, unknown]), PLAIN)).toEqual([
      '✓ links: 12 envelopes (journal/default/user-alice)',
      '✗ signature: signature by `k\\u001b[2J` is bad (envelope 7)',
      '    key: k\\u001b[2J',
      '    hint: ask the author',
      '? blob: object is not here (envelope 9)',
      '    size: 3',
      '✗ journal NOT verified: 1 passed, 1 failed, 1 could not be checked',
    ]);
  });

  it('says so when nothing was checked', () => {
    expect(renderReport(report('state', []), PLAIN)).toEqual(['? state could not be verified: nothing was checked']);
  });

  it('colours marks', () => {
    expect(renderReport(report('x', [good]), styleOf(true))[0]).toContain('\u001b[32m✓\u001b[39m');
  });
});

describe('reportOutcome', () => {
  it.each([
    [[good], 'ok'],
    [[good, bad], 'mismatch'],
    [[good, unknown], 'unchecked'],
    [[], 'unchecked'],
  ] as const)('%# ends with %s', (checks, exit) => {
    const result = report('x', checks);
    expect(reportOutcome(result, { style: PLAIN, value: { extra: 1 } })).toMatchObject({
      exit,
      value: { outcome: result.outcome, subject: 'x', extra: 1 },
    });
  });

  it('names every exit status', () => {
    expect(exitNameOf(13)).toBe('mismatch');
    expect(exitNameOf(0)).toBe('ok');
  });
});

describe('checks of one subject', () => {
  it('share a line as long as they pass', () => {
    const pass = (name: string) => passed(name, 'journal/x', 'fine');
    const lines = renderReport(report('repository', [pass('history'), pass('signature'), bad]), PLAIN);
    expect(lines[0]).toBe('✓ journal/x: history, signature');
    expect(lines[1]).toMatch(/^✗ /);
  });
});
