/** `import`: rows of a file become events, in batches, each under an idempotency key, so that a repeated import is a no-op. */
import { type GatosError, isGatosError, type LongCall, type NewEvent, type Repository } from 'gatos-core';
import { importError } from '../errors.js';
import { type CsvOptions, csvRows } from './csv.js';
import { jsonRows } from './json.js';
import { ndjsonRows } from './ndjson.js';
import { type Row, type RowEvents, rowEvents } from './row.js';

export type ImportFormat = 'csv' | 'tsv' | 'ndjson' | 'json';

interface FileInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly format: ImportFormat;
  readonly cells: CsvOptions['cells'];
}

interface RowInput {
  /** As those of a `GitHistory`. */
  readonly rows: AsyncIterable<Row>;
}

interface Recording extends LongCall {
  /** Name of the source, in messages and in default keys. */
  readonly source: string;
  readonly ns: string;
  readonly type: RowEvents['type'];
  /** Columns whose values make the idempotency key; empty: `<source>#<line>` (of a JSON array: the place in the array). */
  readonly keyColumns: readonly string[];
  readonly onError: 'stop' | 'skip';
  /** Gets every row that was not recorded; needed for `skip`. */
  readonly reject?: ((row: RejectedRow) => Promise<void>) | undefined;
  /** Rows of the source when known, for the progress. */
  readonly totalRows?: number | undefined;
  readonly perEnvelope?: number | undefined;
}

export type ImportRequest = Recording & (FileInput | RowInput);

export type RejectedRow = Pick<Row, 'line' | 'place' | 'raw' | 'cut'> & { readonly why: string };

export interface ImportResult {
  readonly rows: number;
  readonly recorded: number;
  /** Rows that were recorded by an earlier import. */
  readonly existed: number;
  readonly rejected: number;
}

/** Rows and bytes that wait to be recorded together. */
const BATCH = 5000;
const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Imports. With `stop` the first bad row ends it with `import/bad-row`; the rows before it are recorded. With `skip` bad rows
 * go to `reject`, in their order. Throws besides `import/no-header`, `import/unknown-column`, and what `Repository.emit` throws.
 */
export async function importRows(repository: Pick<Repository, 'emit'>, request: ImportRequest): Promise<ImportResult> {
  const run = new ImportRun(repository, request);
  for await (const rows of rowsOf(request)) {
    for (const row of rows) if (run.add(row)) await run.flush();
    request.signal?.throwIfAborted();
  }
  await run.flush();
  return run.result();
}

function rowsOf(request: ImportRequest): AsyncIterable<readonly Row[]> {
  if ('rows' in request) return oneByOne(request.rows);
  const { chunks, source, format, cells, keyColumns, type } = request;
  const columns = 'column' in type ? [...keyColumns, type.column] : keyColumns;
  switch (format) {
    case 'csv':
      return csvRows(chunks, { source, cells, columns, delimiter: ',' });
    case 'tsv':
      return csvRows(chunks, { source, cells, columns, delimiter: '\t' });
    case 'ndjson':
      return ndjsonRows(chunks);
    case 'json':
      return jsonRows(chunks);
  }
}

async function* oneByOne(rows: AsyncIterable<Row>): AsyncGenerator<readonly Row[], void, undefined> {
  for await (const row of rows) yield [row];
}

interface Item {
  readonly row: Row;
  /** What is recorded, or why nothing is. */
  readonly event: NewEvent | string;
}

/** An item with an event. */
interface Good extends Item {
  readonly event: NewEvent;
}

interface BadRow {
  readonly row: Row | undefined;
  readonly why: string;
  readonly cause?: GatosError;
}

class ImportRun {
  #rows = 0;
  #recorded = 0;
  #existed = 0;
  #rejected = 0;
  #batch: Item[] = [];
  #bytes = 0;
  readonly #toEvent: (row: Row) => NewEvent | string;

  constructor(
    private readonly repository: Pick<Repository, 'emit'>,
    private readonly request: ImportRequest,
  ) {
    this.#toEvent = rowEvents(request);
  }

  /** True when it is time to `flush`. */
  add(row: Row): boolean {
    this.#rows += 1;
    const event = row.fault ?? this.#toEvent(row);
    this.#batch.push({ row, event });
    this.#bytes += row.size ?? row.raw.length;
    const enough = this.#batch.length >= BATCH || this.#bytes >= BATCH_BYTES;
    return enough || (typeof event === 'string' && this.request.onError === 'stop');
  }

  result(): ImportResult {
    return { rows: this.#rows, recorded: this.#recorded, existed: this.#existed, rejected: this.#rejected };
  }

  /** Records what waits. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (this.request.onError === 'stop') await this.#recordUpToFirstBad(batch);
    else await this.#recordGood(batch);
    const { progress, totalRows, source } = this.request;
    progress?.({ task: `import ${source}`, done: this.#rows, total: totalRows, unit: 'rows' });
  }

  async #recordGood(batch: readonly Item[]): Promise<void> {
    const faults = new Map<Item, string>();
    for (const item of batch) if (typeof item.event === 'string') faults.set(item, item.event);
    const good = batch.filter(isGood);
    await this.#emit(good, (index, { message }) => {
      const item = good[index];
      if (item !== undefined) faults.set(item, message);
    });
    for (const item of batch) {
      const why = faults.get(item);
      if (why === undefined) continue;
      const { line, place, raw, cut } = item.row;
      this.#rejected += 1;
      await this.request.reject?.({ line, ...(place === undefined ? {} : { place }), raw, cut, why });
    }
  }

  async #recordUpToFirstBad(batch: readonly Item[]): Promise<void> {
    const at = batch.findIndex((item) => !isGood(item));
    let good = (at < 0 ? batch : batch.slice(0, at)).filter(isGood);
    let bad: BadRow | null = at < 0 ? null : { row: batch[at]?.row, why: String(batch[at]?.event) };
    for (let done = false; !done; ) {
      try {
        await this.#emit(good);
        done = true;
      } catch (error) {
        const index = isGatosError(error) ? indexOfBad(error) : -1;
        if (!isGatosError(error) || index < 0) throw error;
        bad = { row: good[index]?.row, why: error.message, cause: error };
        good = good.slice(0, index);
      }
    }
    if (bad === null) return;
    const { row, why, cause } = bad;
    const { source } = this.request;
    throw importError('bad-row', { source, line: row?.line ?? 0, place: row?.place, why }, { cause });
  }

  async #emit(items: readonly Good[], onRefused?: (index: number, fault: GatosError) => void): Promise<void> {
    if (items.length === 0) return;
    const { ns, perEnvelope } = this.request;
    const given = items.map(({ event }) => event);
    const { events } = await this.repository.emit(given, { ns, perEnvelope, onRefused });
    for (const { status } of events) {
      if (status === 'recorded') this.#recorded += 1;
      else this.#existed += 1;
    }
  }
}

function isGood(item: Item): item is Good {
  return typeof item.event !== 'string';
}

const OF_ONE_EVENT = [
  'journal/bad-event',
  'journal/payload-too-large',
  'journal/duplicate-key',
  'journal/repeated-key',
];

/** The event that refused its request; -1 when the fault is another one. */
function indexOfBad({ code, data: { index } }: GatosError): number {
  return OF_ONE_EVENT.includes(code) && typeof index === 'number' ? index : -1;
}
