/** The drift report: what departs from the record, the first cause on top, for people and for programs. */
import { type Infer, type JsonValue, s } from '../../codec/index.js';
import { compareText, LIMITS } from '../../kernel/index.js';
import { CONTENT_VIEW, type ContentDifference } from './content.js';
import { DIFFERENCE, type Difference, PLACES } from './difference.js';
import { explain } from './explain.js';
import type { ContentItem } from './item.js';
import { formatCount, shown } from './shown.js';

export interface DriftReport {
  readonly differences: readonly Difference[];
  /** How the contents of drifted outputs differ, for those that were compared. */
  readonly contents: readonly ContentDifference[];
}

/** The JSON view of a report, of which docs/schemas has the JSON Schema. */
export const DRIFT_VIEW = s.struct({
  drifted: s.bool,
  first: s.nullable(DIFFERENCE),
  explanation: s.nullable(s.text({ maxBytes: Number.MAX_SAFE_INTEGER })),
  differences: s.list(DIFFERENCE, { max: Number.MAX_SAFE_INTEGER }),
  contents: s.list(CONTENT_VIEW, { max: Number.MAX_SAFE_INTEGER }),
});
export type DriftView = Infer<typeof DRIFT_VIEW>;

const ofOutput = ({ where }: Difference): boolean => where === 'output';

/** The report as data that JSON can say: CIDs as text. */
export function driftReportValue({ differences, contents }: DriftReport): JsonValue {
  const view = ({ where, job, name, recorded, reproduced, detail }: Difference): JsonValue => ({
    where,
    job: job === null ? null : String(job),
    name,
    recorded,
    reproduced,
    detail,
  });
  const items = (content: ContentDifference): JsonValue => ({
    path: shown(content.path, LIMITS.attachmentPathBytes),
    kind: content.kind,
    sizes: { ...content.sizes },
    offset: content.offset,
    recorded: { ...content.recorded },
    reproduced: { ...content.reproduced },
    items: content.items.map((item) => ({ ...item })),
    diff: content.diff,
    complete: content.complete,
  });
  const [first] = differences;
  return {
    drifted: differences.some(ofOutput),
    first: first === undefined ? null : view(first),
    explanation: explain(differences),
    differences: differences.map(view),
    contents: contents.map(items),
  };
}

const NOTHING = '(nothing)';

/** What the two sides are called, when they are not a record and its repetition. */
export interface DriftSides {
  readonly recorded: string;
  readonly reproduced: string;
}

const SIDES: DriftSides = { recorded: 'recorded', reproduced: 'reproduced' };
const SIDE = 10;

/** Differences may come out of a stranger's receipt: they are shown like any foreign text. */
function formatDifference({ name, recorded, reproduced, detail }: Difference, sides: DriftSides): readonly string[] {
  const value = (text: string | null): string => (text === null ? NOTHING : shown(text, LIMITS.driftValueBytes));
  const about = detail === '' ? '' : `  (${shown(detail, LIMITS.driftDetailBytes)})`;
  return [
    `  ${shown(name, LIMITS.driftValueBytes)}${about}`,
    `    ${sides.recorded.padEnd(SIDE)}  ${value(recorded)}`,
    `    ${sides.reproduced.padEnd(SIDE)}  ${value(reproduced)}`,
  ];
}

function formatItem({ place, recorded, reproduced, relative }: ContentItem): string {
  const apart = relative === null ? '' : `  (relative difference ${relative})`;
  return `    ${place}: ${recorded ?? NOTHING} → ${reproduced ?? NOTHING}${apart}`;
}

function formatContent(content: ContentDifference, called: DriftSides): readonly string[] {
  const { path, sizes, offset, recorded, reproduced, items, diff, complete, kind } = content;
  const same = kind === 'json' && items.length === 0 ? ['    the same values, written differently'] : [];
  return [
    `  ${shown(path)}: first differing byte ${formatCount(offset)} (of ${formatCount(sizes.recorded)} ${called.recorded}, ${formatCount(sizes.reproduced)} ${called.reproduced})`,
    `    ${called.recorded.padEnd(SIDE)}  ${formatCount(recorded.start)}: ${recorded.hex || '-'}  ${recorded.text}`,
    `    ${called.reproduced.padEnd(SIDE)}  ${formatCount(reproduced.start)}: ${reproduced.hex || '-'}  ${reproduced.text}`,
    ...same,
    ...items.map(formatItem),
    ...diff.map((line) => `    ${line}`),
    ...(complete || kind === 'bytes' ? [] : ['    … and more']),
  ];
}

const HEADINGS = { input: 'inputs', program: 'program', environment: 'environment', output: 'outputs' } as const;

function headline({ differences, contents }: DriftReport): string {
  if (differences.length === 0) return contents.length === 0 ? 'nothing differs' : 'contents differ';
  const drifted = differences.filter(ofOutput).length;
  if (drifted === 0) return 'the outputs are the same, although something before them differs';
  return drifted === 1 ? 'one output drifted' : `${drifted} outputs drifted`;
}

/**
 * The report for a person: the first differing thing on top, then all of them in the order inputs, program, environment, outputs, then
 * how outputs differ, and what may explain it. Plain text without control characters but line feeds; ends with one.
 */
export function formatDriftReport(report: DriftReport, called: DriftSides = SIDES): string {
  const { differences, contents } = report;
  const [first] = differences;
  const lines = [headline(report)];
  const why = explain(differences);
  if (why !== null) lines.push(why);
  if (first !== undefined) {
    const [name = '', ...sides] = formatDifference(first, called);
    lines.push('', `first: ${first.where} ${name.trim()}`, ...sides);
  }
  for (const where of PLACES) {
    const found = differences.filter((difference) => difference.where === where);
    if (found.length === 0) continue;
    lines.push('', HEADINGS[where], ...found.flatMap((difference) => formatDifference(difference, called)));
  }
  if (contents.length > 0)
    lines.push('', 'how they differ', ...contents.flatMap((content) => formatContent(content, called)));
  return `${lines.join('\n')}\n`;
}

/** Contents in the order of their paths, as many as a report has room for. */
export function boundContents(contents: readonly ContentDifference[]): readonly ContentDifference[] {
  return [...contents].sort((a, b) => compareText(a.path, b.path)).slice(0, LIMITS.driftContents);
}
