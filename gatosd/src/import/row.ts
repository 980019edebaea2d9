/** A row on its way from a file to an event. */
import type { JsonValue, NewEvent } from 'gatos-core';

export interface Row {
  /** Line in the source on which the row starts, from 1. */
  readonly line: number;
  /** Where it is, in words, when that is no line. */
  readonly place?: string;
  /** The number that stands for it in a default key, when that is not the line. */
  readonly position?: number;
  /** What it says; absent when it is malformed. */
  readonly value?: JsonValue;
  /** Why there is no value. */
  readonly fault?: string;
  /** The row as it stood, without its line end, for a reject file. */
  readonly raw: Uint8Array;
  /** It is so long that `raw` is only its start. */
  readonly cut?: true | undefined;
  /** Bytes of what it says, when that is not `raw`. */
  readonly size?: number;
}

/** Names a column's value as text, for keys and types. */
export function fieldText(value: JsonValue, column: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const field = Object.hasOwn(value, column) ? (value as { readonly [key: string]: JsonValue })[column] : undefined;
  if (field === undefined || field === null) return undefined;
  return typeof field === 'object' ? undefined : String(field);
}

export interface RowEvents {
  /** Name of the source, in default keys. */
  readonly source: string;
  /** The type of every event, or the column that holds it. */
  readonly type: { readonly constant: string } | { readonly column: string };
  /** Columns whose values make the idempotency key. */
  readonly keyColumns: readonly string[];
}

/** Makes the event of a row, or says why there is none. */
export function rowEvents({ source, type, keyColumns }: RowEvents): (row: Row) => NewEvent | string {
  return ({ line, position, value = null }) => {
    const typeText = 'constant' in type ? type.constant : fieldText(value, type.column);
    if (typeText === undefined || typeText === '') {
      return `column \`${'column' in type ? type.column : ''}\` holds no event type`;
    }
    if (keyColumns.length === 0) return { type: typeText, payload: value, key: `${source}#${position ?? line}` };
    const parts: string[] = [];
    for (const column of keyColumns) {
      const part = fieldText(value, column);
      if (part === undefined) return `column \`${column}\` holds nothing to make a key of`;
      parts.push(part);
    }
    return { type: typeText, payload: value, key: joinKey(parts) };
  };
}

/** One part as it is; several joined by `/`, with what could be taken for the joint escaped, so that no two lists give one key. */
function joinKey(parts: readonly string[]): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return parts.map((part) => part.replace(/[%/]/g, (unit) => (unit === '%' ? '%25' : '%2F'))).join('/');
}
