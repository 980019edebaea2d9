/** NDJSON: one JSON value a line; blank lines are passed over. */
import { GatosError, parseJson } from 'gatos-core';
import { readLines } from './lines.js';
import type { Row } from './row.js';

export async function* ndjsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Row, void, undefined> {
  for await (const { number: line, text, fault, raw } of readLines(chunks)) {
    if (text === null) yield { line, fault: fault ?? 'unreadable', raw };
    else if (text.trim() !== '') yield parseRow(line, text, raw);
  }
}

function parseRow(line: number, text: string, raw: Uint8Array): Row {
  try {
    return { line, value: parseJson(text), raw };
  } catch (error) {
    if (error instanceof GatosError) return { line, fault: error.message, raw };
    throw error;
  }
}
