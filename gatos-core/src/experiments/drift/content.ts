/**
 * How the bytes of one output differ: the first differing byte always, and what a person would call it where the bytes are JSON, a
 * table or text. Linear in the sizes; what is listed is bounded (`LIMITS.drift*`), and only JSON of at most `LIMITS.driftJsonBytes` is
 * built in memory.
 */
import { s } from '../../codec/index.js';
import { align } from './align.js';
import { compareTables } from './csv.js';
import type { ContentItem } from './item.js';
import { compareJson, readJson } from './json.js';
import { formatUnified, lineEnd } from './unified.js';
import { type ByteWindow, byteDifference } from './window.js';

export const CONTENT_KINDS = ['json', 'csv', 'text', 'bytes'] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

export interface ContentDifference {
  readonly path: string;
  readonly kind: ContentKind;
  readonly sizes: { readonly recorded: number; readonly reproduced: number };
  /** Of the first byte that differs. */
  readonly offset: number;
  readonly recorded: ByteWindow;
  readonly reproduced: ByteWindow;
  /** Places of JSON and of tables. */
  readonly items: readonly ContentItem[];
  /** Lines of a unified diff, of text. */
  readonly diff: readonly string[];
  /** False: there is more than what is listed. */
  readonly complete: boolean;
}

export interface ContentPair {
  readonly path: string;
  readonly recorded: Uint8Array;
  readonly reproduced: Uint8Array;
}

type Structure = Pick<ContentDifference, 'kind' | 'items' | 'diff' | 'complete'>;

/** As git does: a NUL among the first bytes makes it binary. */
const SNIFFED = 8000;
const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, SNIFFED).includes(0);

function structureOf({ path, recorded, reproduced }: ContentPair): Structure {
  if (!isText(recorded) || !isText(reproduced)) return { kind: 'bytes', items: [], diff: [], complete: false };
  if (/\.(?:json|geojson|ipynb)$/i.test(path)) {
    const [a, b] = [readJson(recorded), readJson(reproduced)];
    if (a !== null && b !== null) return { kind: 'json', diff: [], ...compareJson(a.value, b.value) };
  }
  if (/\.(?:csv|tsv)$/i.test(path)) return { kind: 'csv', diff: [], ...compareTables(recorded, reproduced) };
  const alignment = align(recorded, reproduced, lineEnd);
  const { lines, cut } = formatUnified(alignment, recorded);
  return { kind: 'text', items: [], diff: lines, complete: alignment.complete && !cut };
}

/** Null when the bytes are the same. Never throws, whatever the bytes are. */
export function compareContents(pair: ContentPair): ContentDifference | null {
  const bytes = byteDifference(pair.recorded, pair.reproduced);
  if (bytes === null) return null;
  const sizes = { recorded: pair.recorded.length, reproduced: pair.reproduced.length };
  return { path: pair.path, sizes, ...bytes, ...structureOf(pair) };
}

const COUNT = s.int({ min: 0 });
const TEXT = s.text({ maxBytes: Number.MAX_SAFE_INTEGER });
const WINDOW = s.struct({ start: COUNT, hex: TEXT, text: TEXT });

/** The JSON view, of which docs/schemas has the JSON Schema. */
export const CONTENT_VIEW = s.struct({
  path: TEXT,
  kind: s.oneOf(CONTENT_KINDS),
  sizes: s.struct({ recorded: COUNT, reproduced: COUNT }),
  offset: COUNT,
  recorded: WINDOW,
  reproduced: WINDOW,
  items: s.list(
    s.struct({
      place: TEXT,
      recorded: s.nullable(TEXT),
      reproduced: s.nullable(TEXT),
      relative: s.nullable(TEXT),
    }),
    { max: Number.MAX_SAFE_INTEGER },
  ),
  diff: s.list(TEXT, { max: Number.MAX_SAFE_INTEGER }),
  complete: s.bool,
});
