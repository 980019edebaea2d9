/** The file of rows that were not recorded: one JSON object a line, with the row exactly as it stood. */
import { isUtf8 } from 'node:buffer';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { formatJson, type JsonValue } from 'gatos-core';
import { importError } from '../errors.js';
import type { RejectedRow } from './importer.js';

export interface RejectFile {
  /** Takes a row; what was taken is in the file when `close` resolves. Throws `import/unwritable`. */
  readonly add: (row: RejectedRow) => Promise<void>;
  close(): Promise<void>;
}

const BUFFER_UNITS = 64 * 1024;

/**
 * Starts a reject file, over an older one if there is one. `source`: the file that is imported, which is not to be overwritten.
 * Throws `import/unwritable`.
 */
export async function openRejectFile(path: string, source?: string): Promise<RejectFile> {
  const unwritable = (error: unknown) => {
    if (!(error instanceof Error && 'code' in error)) return error;
    return importError('unwritable', { path, why: error.message }, { cause: error });
  };
  if (source !== undefined && (await isSameFile(path, source))) {
    throw importError('unwritable', { path, why: 'it is the file that is imported' });
  }
  const file = await open(path, 'w').catch((error) => {
    throw unwritable(error);
  });
  const writer = new LineWriter(file);
  return {
    add: (row) =>
      writer.add(`${formatJson(rejectedLine(row))}\n`).catch((error) => {
        throw unwritable(error);
      }),
    close: () =>
      writer.close().catch((error) => {
        throw unwritable(error);
      }),
  };
}

/** `row_base64` instead of `row` where the bytes are no UTF-8; `cut` where they are only the start. */
function rejectedLine({ line, place, why, raw, cut }: RejectedRow): JsonValue {
  const bytes = Buffer.from(raw);
  const row = isUtf8(bytes) ? { row: bytes.toString('utf8') } : { row_base64: bytes.toString('base64') };
  return { line, ...(place === undefined ? {} : { place }), why, ...row, ...(cut === true ? { cut } : {}) };
}

class LineWriter {
  #waiting = '';

  constructor(private readonly file: FileHandle) {}

  async add(line: string): Promise<void> {
    this.#waiting += line;
    if (this.#waiting.length >= BUFFER_UNITS) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.file.close();
    }
  }

  async #flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    await this.file.appendFile(text);
  }
}

async function isSameFile(path: string, source: string): Promise<boolean> {
  const [a, b] = await Promise.all([path, source].map((each) => stat(each).catch(() => null)));
  return a != null && b != null && a.ino === b.ino && a.dev === b.dev;
}
