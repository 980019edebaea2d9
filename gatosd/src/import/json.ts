/** One JSON array of rows: read whole, within LIMITS.blockBytes. */
import { GatosError, type JsonValue, LIMITS, parseJson, utf8, formatJson } from 'gatos-core';
import { importError } from '../errors.js';
import type { Row } from './row.js';

export async function* jsonRows(chunks: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<Row, void, undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LIMITS.blockBytes) {
      throw importError('bad-row', { source, line: 1, why: `a JSON array of more than ${LIMITS.blockBytes} bytes; use NDJSON` });
    }
    parts.push(chunk);
  }
  const rows = parseArray(Buffer.concat(parts), source);
  let line = 0;
  for (const value of rows) {
    line += 1;
    yield { line, value, raw: utf8(formatJson(value)) };
  }
}

function parseArray(bytes: Uint8Array, source: string): readonly JsonValue[] {
  try {
    const value = parseJson(bytes, { maxBytes: LIMITS.blockBytes });
    if (Array.isArray(value)) return value as readonly JsonValue[];
  } catch (error) {
    if (error instanceof GatosError) throw importError('bad-row', { source, line: 1, why: error.message }, { cause: error });
    throw error;
  }
  throw importError('bad-row', { source, line: 1, why: 'it is not a JSON array' });
}
