/** A row on its way from a file to an event. */
import type { JsonValue } from 'gatos-core';

export interface Row {
  /** Line in the source on which the row starts, from 1. */
  readonly line: number;
  /** Where it is, in words, when that is no line. */
  readonly place?: string;
  /** What it says; absent when it is malformed. */
  readonly value?: JsonValue;
  /** Why there is no value. */
  readonly fault?: string;
  /** The row as it stood, for a reject file. */
  readonly raw: Uint8Array;
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
