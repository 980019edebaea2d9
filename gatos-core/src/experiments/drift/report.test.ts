/** The report, for people and for programs. */
import { describe, expect, it } from 'vitest';
import {
  contentCid,
  environmentOf,
  executionOf,
  HOSTILE,
  jobFile,
  trainRun,
} from '../../../testing/experiment-world.js';
import { formatJson } from '../../codec/index.js';
import { LIMITS, utf8 } from '../../kernel/index.js';
import { compareContents, compareRuns, type DriftReport, driftReportValue, formatDriftReport, shown } from './index.js';
import { relativeDistance, shownWithin } from './shown.js';

const recorded = trainRun();
const { job } = recorded.execution;

function drifted(variable = 'UTC'): DriftReport {
  const tools = [{ name: 'node', version: 'v20.20.2', digest: contentCid('v20').digest }];
  const environment = environmentOf({ tools, variables: { LC_ALL: 'C.UTF-8', TZ: variable } });
  const execution = executionOf(recorded.manifest, [jobFile('model.json', '{"weights":[1,3]}')], { environment });
  const content = compareContents({
    path: 'model.json',
    recorded: utf8('{"weights":[1,2]}'),
    reproduced: utf8('{"weights":[1,3]}'),
  });
  return {
    differences: compareRuns({ job, recorded, reproduced: { ...recorded, execution } }),
    contents: content === null ? [] : [content],
  };
}

describe('formatDriftReport', () => {
  it('starts with the verdict, what explains it, and what differs first', () => {
    const lines = formatDriftReport(drifted()).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'one output drifted',
      'explained by: node v22.1.0 vs v20.20.2',
      '',
      'first: environment tool node',
    ]);
    expect(lines).toContain('  model.json: first differing byte 14 (of 17 recorded, 17 reproduced)');
    expect(lines).toContain('    weights[1]: 2 → 3  (relative difference 0.333)');
    expect(lines.indexOf('environment')).toBeLessThan(lines.indexOf('outputs'));
  });

  it('says that nothing differs, or that the outputs do not', () => {
    expect(formatDriftReport({ differences: [], contents: [] })).toBe('nothing differs\n');
    const [first] = drifted().differences;
    expect(formatDriftReport({ differences: first === undefined ? [] : [first], contents: [] })).toMatch(
      /^the outputs are the same, although something before them differs\n/,
    );
  });

  it('shows no character that a terminal or a reader would obey', () => {
    expect(formatDriftReport(drifted(HOSTILE))).not.toMatch(/[^\P{C}\n]/u);
    expect(formatDriftReport(drifted(HOSTILE))).toContain('\\u{202e}gnp.exe');
  });
});

describe('differences out of a receipt of a stranger', () => {
  it('are shown like any foreign text', () => {
    const odd = '\u202ex\u2066';
    const strange = { job: null, name: odd, recorded: odd, reproduced: null, detail: odd } as const;
    const differences = [
      { ...strange, where: 'environment' },
      { ...strange, where: 'output' },
    ] as const;
    expect(formatDriftReport({ differences, contents: [] })).not.toMatch(/[^\P{C}\n]/u);
    expect(formatDriftReport({ differences, contents: [] })).toContain('explained by: \\u{202e}x');
  });
});

describe('driftReportValue', () => {
  it('is JSON, with the first difference on top', () => {
    const value = driftReportValue(drifted(HOSTILE));
    expect(value).toMatchObject({
      drifted: true,
      first: { where: 'environment', name: 'tool node', job: String(job) },
    });
    expect(() => formatJson(value)).not.toThrow();
  });

  it('of nothing says so', () => {
    expect(driftReportValue({ differences: [], contents: [] })).toEqual({
      drifted: false,
      first: null,
      explanation: null,
      differences: [],
      contents: [],
    });
  });
});

describe('shown', () => {
  it.each([
    ['a\tb\nc\rd', 'a\\tb\\nc\\rd'],
    ['\u202ex\u2066', '\\u{202e}x\\u{2066}'],
    ['\u2028\u0000\ufeff', '\\u{2028}\\u{0}\\u{feff}'],
    ['\ud800', '\\u{d800}'],
    ['é 😀', 'é 😀'],
  ])('%j', (text, want) => {
    expect(shown(text)).toBe(want);
  });

  it('cuts a line of 10 MB, and no character in half', () => {
    expect(shown('x'.repeat(10_000_000))).toBe(`${'x'.repeat(LIMITS.driftShownUnits)}…`);
    expect(shown(`${'x'.repeat(LIMITS.driftShownUnits - 1)}😀y`)).toBe(`${'x'.repeat(LIMITS.driftShownUnits - 1)}…`);
    for (const text of ['é'.repeat(100), '😀'.repeat(100), '\u202e'.repeat(100), 'x'.repeat(64)]) {
      expect(utf8(shownWithin(text, 64)).length).toBeLessThanOrEqual(64);
      expect(shownWithin(text, 64).isWellFormed()).toBe(true);
    }
  });
});

describe('relativeDistance', () => {
  it.each([
    [1, 1, null],
    [1, 2, '0.500'],
    [0, 5, '1.00'],
    [-1, 1, '2.00'],
    [1e308, -1e308, '2.00'],
    [1, 1.0000001, '1.00e-7'],
    [5e-324, 1e-323, expect.any(String)],
  ])('of %d and %d', (a, b, want) => {
    expect(relativeDistance(a, b)).toEqual(want);
  });
});
