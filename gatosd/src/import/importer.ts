/** `import`: rows of a file become events, in batches, each under an idempotency key, so that a repeated import is a no-op. */
import { type GatosError, isGatosError, type JsonValue, type LongCall, type NewEvent, type Repository } from 'gatos-core';
import { importError } from '../errors.js';
import { type CsvOptions, csvRows } from './csv.js';
import { jsonRows } from './json.js';
import { ndjsonRows } from './ndjson.js';
import { fieldText, type Row } from './row.js';

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
  /** The type of every event, or the column that holds it. */
  readonly type: { readonly constant: string } | { readonly column: string };
  /** Columns whose values make the idempotency key; empty: `<source>#<line>`. */
  readonly keyColumns: readonly string[];
  readonly onError: 'stop' | 'skip';
  /** Gets every row that was not recorded; needed for `skip`. */
  readonly reject?: ((row: RejectedRow) => Promise<void>) | undefined;
  /** Rows of the source when known, for the progress. */
  readonly totalRows?: number | undefined;
  readonly perEnvelope?: number | undefined;
}

export type ImportRequest = Recording & (FileInput | RowInput);

export interface RejectedRow {
  readonly line: number;
  readonly why: string;
  readonly raw: Uint8Array;
}

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
 * go to `reject`. Errors besides: those of `Repository.emit`.
 */
export async function importRows(repository: Pick<Repository, 'emit'>, request: ImportRequest): Promise<ImportResult> {
  const run = new ImportRun(repository, request);
  for await (const row of rowsOf(request)) {
    await run.add(row);
    request.signal?.throwIfAborted();
  }
  return run.finish();
}

function rowsOf(request: ImportRequest): AsyncIterable<Row> {
  if ('rows' in request) return request.rows;
  const { chunks, source, format, cells } = request;
  switch (format) {
    case 'csv':
      return csvRows(chunks, { source, cells, delimiter: ',' });
    case 'tsv':
      return csvRows(chunks, { source, cells, delimiter: '\t' });
    case 'ndjson':
      return ndjsonRows(chunks);
    case 'json':
      return jsonRows(chunks, source);
  }
}

interface Item {
  readonly row: Row;
  readonly event: NewEvent;
}

class ImportRun {
  #rows = 0;
  #recorded = 0;
  #existed = 0;
  #rejected = 0;
  #batch: Item[] = [];
  #bytes = 0;

  constructor(
    private readonly repository: Pick<Repository, 'emit'>,
    private readonly request: ImportRequest,
  ) {}

  async add(row: Row): Promise<void> {
    this.#rows += 1;
    const event = row.fault === undefined ? this.#toEvent(row) : row.fault;
    if (typeof event === 'string') return this.#refuse(row, event);
    this.#batch.push({ row, event });
    this.#bytes += row.size ?? row.raw.length;
    if (this.#batch.length >= BATCH || this.#bytes >= BATCH_BYTES) await this.#flush();
  }

  async finish(): Promise<ImportResult> {
    await this.#flush();
    return { rows: this.#rows, recorded: this.#recorded, existed: this.#existed, rejected: this.#rejected };
  }

  /** The event of a row, or why there is none. */
  #toEvent({ line, value = null }: Row): NewEvent | string {
    const { type, keyColumns, source } = this.request;
    const typeText = 'constant' in type ? type.constant : fieldText(value, type.column);
    if (typeText === undefined || typeText === '') return `column \`${'column' in type ? type.column : ''}\` holds no event type`;
    if (keyColumns.length === 0) return { type: typeText, payload: value, key: `${source}#${line}` };
    const parts: string[] = [];
    for (const column of keyColumns) {
      const part = fieldText(value, column);
      if (part === undefined) return `column \`${column}\` holds nothing to make a key of`;
      parts.push(part);
    }
    return { type: typeText, payload: value as JsonValue, key: parts.join('/') };
  }

  async #refuse(row: Row, why: string, cause?: GatosError): Promise<void> {
    if (this.request.onError === 'stop') {
      await this.#flush();
      throw importError('bad-row', { source: this.request.source, line: row.line, place: row.place, why }, { cause });
    }
    this.#rejected += 1;
    await this.request.reject?.({ line: row.line, why, raw: row.raw });
  }

  async #flush(): Promise<void> {
    const { ns, perEnvelope, progress, totalRows, source } = this.request;
    while (this.#batch.length > 0) {
      const batch = this.#batch;
      try {
        const { events } = await this.repository.emit(batch.map(({ event }) => event), { ns, perEnvelope });
        for (const { status } of events) if (status === 'recorded') this.#recorded += 1;
          else this.#existed += 1;
        this.#batch = [];
        this.#bytes = 0;
      } catch (error) {
        await this.#dropBad(batch, error);
      }
    }
    progress?.({ task: `import ${source}`, done: this.#rows, total: totalRows, unit: 'rows' });
  }

  /** One bad row refuses its whole batch: it is taken out, and the rest tried again. */
  async #dropBad(batch: readonly Item[], error: unknown): Promise<void> {
    if (!isGatosError(error)) throw error;
    const index = indexOfBad(batch, error);
    const item = batch[index];
    if (item === undefined) throw error;
    const before = batch.slice(0, index);
    this.#batch = this.request.onError === 'stop' ? before : [...before, ...batch.slice(index + 1)];
    await this.#refuse(item.row, error.message, error);
  }
}

function indexOfBad(batch: readonly Item[], error: GatosError): number {
  const { index, key } = error.data;
  if (error.code === 'journal/bad-event' && typeof index === 'number') return index;
  if (error.code === 'journal/payload-too-large' && typeof index === 'number') return index;
  if (error.code === 'journal/duplicate-key') return batch.findIndex(({ event }) => event.key === key);
  if (error.code === 'journal/repeated-key') return batch.findLastIndex(({ event }) => event.key === key);
  return -1;
}
