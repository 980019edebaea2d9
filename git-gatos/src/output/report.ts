/** A kernel Report as a checklist for people, and as a ready outcome. */
import { type Check, EXIT, type ExitCode, type ExitName, exitOfReport, type Report } from 'gatos-core';
import { formatJsonOutput } from './json.js';
import type { Answer } from './outcome.js';
import { type Style, visible } from './style.js';

const MARK = { pass: '✓', fail: '✗', unknown: '?' } as const;
const COLOUR = { pass: 'green', fail: 'red', unknown: 'yellow' } as const;

function renderCheck(check: Check, style: Style): string[] {
  const mark = style[COLOUR[check.outcome]](MARK[check.outcome]);
  const lines = [
    `${mark} ${visible(check.name)}: ${visible(check.detail)} ${style.dim(`(${visible(check.subject)})`)}`,
  ];
  if (check.outcome === 'pass') return lines;
  for (const [key, value] of Object.entries(check.evidence ?? {})) {
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : formatJsonOutput(value, { indent: 0 });
    lines.push(style.dim(`    ${visible(key)}: ${visible(text)}`));
  }
  if (check.hint !== undefined) lines.push(`    ${style.cyan('hint:')} ${visible(check.hint)}`);
  return lines;
}

/** `3 passed, 1 failed, 2 could not be checked`. */
function tally(checks: readonly Check[]): string {
  const count = (outcome: Check['outcome']): number => checks.filter((check) => check.outcome === outcome).length;
  const parts = [`${count('pass')} passed`];
  if (count('fail') > 0) parts.push(`${count('fail')} failed`);
  if (count('unknown') > 0) parts.push(`${count('unknown')} could not be checked`);
  return checks.length === 0 ? 'nothing was checked' : parts.join(', ');
}

/** Neighbouring checks of one subject that all passed: their names say enough, so they share a line. */
function grouped(checks: readonly Check[]): readonly (readonly Check[])[] {
  const groups: Check[][] = [];
  for (const check of checks) {
    const last = groups.at(-1);
    const joins = last?.[0]?.subject === check.subject && last[0].outcome === 'pass' && check.outcome === 'pass';
    if (joins) last?.push(check);
    else groups.push([check]);
  }
  return groups;
}

function renderGroup(group: readonly Check[], style: Style): string[] {
  const [first] = group;
  if (first === undefined || group.length === 1) return group.flatMap((check) => renderCheck(check, style));
  const names = group.map(({ name }) => visible(name)).join(', ');
  return [`${style.green(MARK.pass)} ${visible(first.subject)}: ${style.dim(names)}`];
}

/** A line for each check or group of passed ones, evidence and hint under what did not pass, and a last line with the verdict. */
export function renderReport(report: Report, style: Style): string[] {
  const colour = style[COLOUR[report.outcome]];
  const verdict = { pass: 'verified', fail: 'NOT verified', unknown: 'could not be verified' }[report.outcome];
  return [
    ...grouped(report.checks).flatMap((group) => renderGroup(group, style)),
    `${colour(style.bold(`${MARK[report.outcome]} ${visible(report.subject)} ${verdict}`))}: ${tally(report.checks)}`,
  ];
}

/** The name of an exit status. */
export function exitNameOf(code: ExitCode): ExitName {
  const found = Object.entries(EXIT).find(([, value]) => value === code);
  return found === undefined ? 'bug' : (found[0] as ExitName);
}

export interface ReportOptions {
  readonly style: Style;
  /** Properties that the JSON document has beside those of the report. */
  readonly value?: Readonly<Record<string, unknown>>;
  readonly next?: readonly string[];
}

/** The outcome of a command whose answer is this report: text, data and exit status. */
export function reportOutcome(report: Report, { style, value, next }: ReportOptions): Answer {
  return {
    exit: exitNameOf(exitOfReport(report)),
    value: { ...report, ...value },
    text: renderReport(report, style),
    ...(next === undefined ? {} : { next }),
  };
}
