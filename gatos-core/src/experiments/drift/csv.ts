/** How two tables part: cells by row and column, rows that came and went (RFC 4180; a tab or a semicolon may separate too). */
import { LIMITS } from '../../kernel/index.js';
import { align, commonPairs, type Edit, type Unit } from './align.js';
import type { ContentItem } from './item.js';
import { lenientText, relativeDistance, shown } from './shown.js';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const SEPARATORS = [',', ';', '\t'] as const;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A row ends behind a line feed that stands outside of quotes, or with the file. */
export function rowEnd(bytes: Uint8Array, start: number): number {
  let quoted = false;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) quoted = !quoted;
    else if (bytes[at] === LINE_FEED && !quoted) return at + 1;
  }
  return bytes.length;
}

/** The separator that the first row has most of. */
function separatorOf(bytes: Uint8Array): string {
  const header = lenientText(bytes.subarray(0, Math.min(rowEnd(bytes, 0), LIMITS.driftAlignedBytes)));
  const count = (separator: string): number => header.split(separator).length;
  return SEPARATORS.reduce((best, separator) => (count(separator) > count(best) ? separator : best), ',');
}

/** Cells of a row; of a row too long to be read, what fits. */
export function cellsOf(row: Uint8Array, separator: string): readonly string[] {
  const text = lenientText(row.subarray(0, LIMITS.driftAlignedBytes)).replace(/\r?\n$/, '');
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '"' && quoted && text[i + 1] === '"') cell += text[++i];
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += character;
  }
  cells.push(cell);
  return cells;
}

interface Table {
  readonly separator: string;
  readonly header: readonly string[];
}

const rowText = ({ bytes }: Unit): string => shown(lenientText(bytes.subarray(0, 4 * LIMITS.driftShownUnits)));

function changedCells(table: Table, recorded: Unit, reproduced: Unit): readonly ContentItem[] | null {
  const [before, now] = [cellsOf(recorded.bytes, table.separator), cellsOf(reproduced.bytes, table.separator)];
  if (before.length !== now.length) return null;
  const items: ContentItem[] = [];
  for (let i = 0; i < before.length && items.length < LIMITS.driftItems; i++) {
    const [a = '', b = ''] = [before[i], now[i]];
    if (a === b) continue;
    const numeric = NUMBER.test(a) && NUMBER.test(b);
    items.push({
      place: `row ${recorded.number}, column ${shown(table.header[i] ?? String(i + 1))}`,
      recorded: shown(a),
      reproduced: shown(b),
      relative: numeric ? relativeDistance(Number(a), Number(b)) : null,
    });
  }
  // The same cells, quoted otherwise.
  if (items.length > 0) return items;
  return [
    {
      place: `row ${recorded.number}`,
      recorded: rowText(recorded),
      reproduced: rowText(reproduced),
      relative: null,
    },
  ];
}

function wholeRow(recorded: Unit | undefined, reproduced: Unit | undefined): ContentItem {
  if (recorded === undefined && reproduced !== undefined)
    return {
      place: `row ${reproduced.number} (added)`,
      recorded: null,
      reproduced: rowText(reproduced),
      relative: null,
    };
  const unit = recorded as Unit;
  return { place: `row ${unit.number} (removed)`, recorded: rowText(unit), reproduced: null, relative: null };
}

type RowPair = readonly [Unit | undefined, Unit | undefined];

/**
 * Rows that were removed next to rows that were added are changed rows: one by one when there are as many of both, else those whose first
 * cells, which name rows more often than not, are the same.
 */
function pairRows(table: Table, removed: readonly Unit[], added: readonly Unit[]): readonly RowPair[] {
  if (removed.length === added.length) return removed.map((unit, i) => [unit, added[i]]);
  const name = ({ bytes }: Unit): string => cellsOf(bytes, table.separator)[0] ?? '';
  const pairs: RowPair[] = [];
  let [i, j] = [0, 0];
  const upTo = (endOfRemoved: number, endOfAdded: number): void => {
    for (; i < endOfRemoved; i++) pairs.push([removed[i], undefined]);
    for (; j < endOfAdded; j++) pairs.push([undefined, added[j]]);
  };
  for (const [x, y] of commonPairs(removed.map(name), added.map(name))) {
    upTo(x, y);
    pairs.push([removed[i++], added[j++]]);
  }
  upTo(removed.length, added.length);
  return pairs;
}

function itemsOf(table: Table, edits: readonly Edit[]): readonly ContentItem[] {
  const items: ContentItem[] = [];
  let removed: Unit[] = [];
  let added: Unit[] = [];
  const settle = (): void => {
    for (const [before, now] of pairRows(table, removed, added)) {
      const cells = before !== undefined && now !== undefined ? changedCells(table, before, now) : null;
      if (cells !== null) items.push(...cells);
      else {
        if (before !== undefined) items.push(wholeRow(before, undefined));
        if (now !== undefined) items.push(wholeRow(undefined, now));
      }
    }
    [removed, added] = [[], []];
  };
  for (const edit of edits)
    if (edit.op === 'removed') removed.push(edit.recorded);
    else if (edit.op === 'added') added.push(edit.reproduced);
    else settle();
  settle();
  return items;
}

export interface TableDifference {
  readonly items: readonly ContentItem[];
  readonly complete: boolean;
}

export function compareTables(recorded: Uint8Array, reproduced: Uint8Array): TableDifference {
  const separator = separatorOf(recorded);
  const header = cellsOf(recorded.subarray(0, rowEnd(recorded, 0)), separator);
  const { places, complete } = align(recorded, reproduced, rowEnd);
  const items = places.flatMap(({ edits }) => itemsOf({ separator, header }, edits));
  return { items: items.slice(0, LIMITS.driftItems), complete: complete && items.length <= LIMITS.driftItems };
}
