/** The progress line: on a terminal only, at most ten times a second, with rate and time left. */
import type { Progress, ProgressReport } from 'gatos-core';
import { type Style, visible } from './style.js';
import type { Writer } from './writer.js';

export interface ProgressLine {
  readonly report: Progress;
  /** Takes the line off the screen; the next report draws it again. */
  clear(): void;
}

const INTERVAL_MS = 100;
/** The rate is that of about the last five seconds, so that a slow start does not spoil the estimate. */
const WINDOW_MS = 5_000;

export function formatCount(value: number): string {
  return String(Math.floor(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

export function formatRate(perSecond: number): string {
  if (perSecond >= 1_000_000) return `${(perSecond / 1_000_000).toFixed(1)}M`;
  if (perSecond >= 10_000) return `${(perSecond / 1000).toFixed(0)}k`;
  if (perSecond >= 1_000) return `${(perSecond / 1000).toFixed(1)}k`;
  return perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

interface Sample {
  readonly at: number;
  readonly done: number;
}

export function formatProgress(
  report: ProgressReport,
  { rate, columns }: { rate: number | undefined; columns: number },
): string {
  const { task, done, total, unit } = report;
  const counted = total === undefined ? formatCount(done) : `${formatCount(done)}/${formatCount(total)}`;
  const parts = [`${counted} ${unit}`];
  if (rate !== undefined && rate > 0) {
    parts.push(`${formatRate(rate)}/s`);
    if (total !== undefined && total > done) parts.push(`${formatSeconds((total - done) / rate)} left`);
  }
  const facts = parts.join(' · ');
  if (total === undefined || total <= 0) return `${visible(task)}  ${facts}`.slice(0, columns - 1);
  const share = Math.min(1, Math.max(0, done / total));
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const room = columns - 1 - `${visible(task)}  [] ${percent}  ${facts}`.length;
  const width = Math.min(24, room);
  const bar = width < 6 ? '' : `[${'█'.repeat(Math.round(share * width)).padEnd(width, '░')}] `;
  return `${visible(task)}  ${bar}${percent}  ${facts}`.slice(0, columns - 1);
}

interface Place {
  readonly terminal: Writer;
  readonly style: Style;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export function progressLine({ terminal, style, now }: Place): ProgressLine {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let shown = false;
  let task = '';
  let samples: Sample[] = [];

  const rate = (latest: Sample): number | undefined => {
    samples = [...samples.filter((sample) => latest.at - sample.at <= WINDOW_MS), latest];
    const first = samples[0] as Sample;
    return latest.at > first.at ? ((latest.done - first.done) / (latest.at - first.at)) * 1000 : undefined;
  };

  return {
    report(report) {
      const at = now();
      const finished = report.total !== undefined && report.done >= report.total;
      if (report.task !== task) {
        task = report.task;
        samples = [{ at, done: report.done }];
      }
      if (at - drawnAt < INTERVAL_MS && !(finished && shown)) return;
      const line = formatProgress(report, { rate: rate({ at, done: report.done }), columns: terminal.columns });
      terminal.write(`\r\u001b[2K${style.dim(line)}`);
      drawnAt = at;
      shown = true;
    },
    clear() {
      if (!shown) return;
      terminal.write('\r\u001b[2K');
      shown = false;
      drawnAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** What a pipe, `--quiet` and `--json` without a terminal get. */
export const NO_PROGRESS: ProgressLine = { report: () => {}, clear: () => {} };
