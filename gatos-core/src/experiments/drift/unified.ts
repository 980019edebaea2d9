/** The places in which two texts part, as a unified diff. */
import { LIMITS } from '../../kernel/index.js';
import type { Alignment, Edit, Place, Position } from './align.js';
import { lenientText, shown } from './shown.js';

const LINE_FEED = 0x0a;
const CONTEXT = 3;
/** Lines before a place that are longer than this are not shown as its context. */
const CONTEXT_BYTES = 1024;

/** A line ends behind its line feed, or with the file. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  const at = bytes.indexOf(LINE_FEED, start);
  return at === -1 ? bytes.length : at + 1;
}

interface HunkLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

function textOf(bytes: Uint8Array): string {
  const ends = bytes.at(-1) === LINE_FEED;
  // More bytes than units are never needed, and a line can have millions.
  const part = bytes.subarray(0, Math.min(ends ? bytes.length - 1 : bytes.length, 4 * LIMITS.driftShownUnits));
  const text = shown(lenientText(part));
  return text + (part.length < bytes.length - (ends ? 1 : 0) && !text.endsWith('…') ? '…' : '');
}

/** Up to three lines that stand right before `offset`. */
function linesBefore(bytes: Uint8Array, offset: number): readonly string[] {
  const lines: string[] = [];
  let end = offset;
  while (lines.length < CONTEXT && end > 0) {
    const from = Math.max(0, end - CONTEXT_BYTES);
    const at = end - 2 < from ? -1 : bytes.subarray(from, end - 1).lastIndexOf(LINE_FEED);
    if (at === -1 && from > 0) break;
    const start = at === -1 ? 0 : from + at + 1;
    lines.unshift(textOf(bytes.subarray(start, end)));
    end = start;
  }
  return lines;
}

function hunkLine(edit: Edit): HunkLine {
  if (edit.op === 'added') return { mark: '+', text: textOf(edit.reproduced.bytes) };
  return { mark: edit.op === 'same' ? ' ' : '-', text: textOf(edit.recorded.bytes) };
}

interface Hunk {
  readonly edits: readonly Edit[];
  readonly recorded: Position;
  readonly reproduced: Position;
}

/** Edits in hunks: unchanged lines further than the context from every change are left out. */
function hunksOf({ edits, recorded, reproduced }: Place): readonly Hunk[] {
  const near = new Uint8Array(edits.length);
  edits.forEach(({ op }, i) => {
    if (op !== 'same') near.fill(1, Math.max(0, i - CONTEXT), i + CONTEXT + 1);
  });
  const hunks: { edits: Edit[]; recorded: Position; reproduced: Position }[] = [];
  let [a, b] = [recorded, reproduced];
  edits.forEach((edit, i) => {
    if (near[i] === 1) {
      if (i === 0 || near[i - 1] === 0) hunks.push({ edits: [], recorded: a, reproduced: b });
      hunks.at(-1)?.edits.push(edit);
    }
    if (edit.op !== 'added') a = { units: a.units + 1, offset: a.offset + edit.recorded.bytes.length };
    if (edit.op !== 'removed') b = { units: b.units + 1, offset: b.offset + edit.reproduced.bytes.length };
  });
  return hunks;
}

/** `first,count` of one side. A side without a line names the one before it, as diff(1) does. */
function range(edits: readonly Edit[], side: 'recorded' | 'reproduced', { before, context }: Before): string {
  const count = edits.filter(({ op }) => op !== (side === 'recorded' ? 'added' : 'removed')).length + context;
  return `${count === 0 ? before : before + 1 - context},${count}`;
}

interface Before {
  /** Lines before the first edit on that side. */
  readonly before: number;
  /** How many of them are shown. */
  readonly context: number;
}

function formatHunk({ edits, recorded: a, reproduced: b }: Hunk, recorded: Uint8Array): readonly string[] {
  const context = edits[0]?.op === 'same' ? [] : linesBefore(recorded, a.offset);
  const size = context.length;
  const from = range(edits, 'recorded', { before: a.units, context: size });
  const to = range(edits, 'reproduced', { before: b.units, context: size });
  const body = edits.map(hunkLine).map(({ mark, text }) => mark + text);
  return [`@@ -${from} +${to} @@`, ...context.map((text) => ` ${text}`), ...body];
}

/** Lines of a unified diff, bounded in number and in length; `cut` when there are more. */
export function formatUnified(
  { places }: Alignment,
  recorded: Uint8Array,
): { readonly lines: readonly string[]; readonly cut: boolean } {
  const lines = places.flatMap(hunksOf).flatMap((hunk) => formatHunk(hunk, recorded));
  const most = 4 * LIMITS.driftItems;
  return { lines: lines.slice(0, most), cut: lines.length > most };
}
