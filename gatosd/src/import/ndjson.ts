/** NDJSON: one JSON value a line; blank lines are passed over. */
import { GatosError, parseJson } from 'gatos-core';
import { jsonFault } from './json-fault.js';
import { BYTE_ORDER_MARK, type Line, looksLikeUtf16, readLines, withoutReturn } from './lines.js';
import type { Row } from './row.js';

const BLANK = /^[ \t\r]*$/;

/** Rows in batches. Malformed ones have a fault and the reading goes on. */
export async function* ndjsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Row[], void, undefined> {
  for await (const lines of readLines(chunks)) {
    const rows: Row[] = [];
    for (const line of lines) if (line.text === null || !BLANK.test(line.text)) rows.push(toRow(line));
    yield rows;
  }
}

function toRow({ number: line, text, fault = 'it is unreadable', raw, cut }: Line): Row {
  const row = { line, raw: withoutReturn(raw) };
  if (text === null) {
    const utf16 = line === 1 && looksLikeUtf16(raw);
    return { ...row, fault: utf16 ? 'it is UTF-16; convert the file to UTF-8' : fault, cut };
  }
  try {
    return { ...row, value: parseJson(line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text) };
  } catch (error) {
    if (error instanceof GatosError) return { ...row, fault: jsonFault(error, line) };
    throw error;
  }
}
