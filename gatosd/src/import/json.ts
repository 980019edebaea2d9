/** A JSON array, each element a row: streamed, so the array may be of any length. */
import { GatosError, parseJson } from 'gatos-core';
import { type Element, ElementSplitter } from './json-elements.js';
import { jsonFault } from './json-fault.js';
import type { Row } from './row.js';

/** Rows in batches. A malformed element has a fault and the reading goes on; where the array itself is broken, the last row says so. */
export async function* jsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Row[], void, undefined> {
  const splitter = new ElementSplitter();
  for await (const chunk of chunks) {
    const elements = splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    yield elements.map(toRow);
  }
  yield splitter.end().map(toRow);
}

function toRow({ line, position, raw, fault, cut }: Element): Row {
  const row = { line, position, raw };
  if (fault !== undefined) return { ...row, fault, cut };
  try {
    return { ...row, value: parseJson(raw) };
  } catch (error) {
    if (error instanceof GatosError) return { ...row, fault: jsonFault(error, line) };
    throw error;
  }
}
