/** Messages in a file, a JSON payload a line: all of them are looked at before the first one is published. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkMessage, isGatosError, type JsonValue, type NewMessage, parseJson } from 'gatos-core';
import { readLines } from '../import/index.js';
import { subscriberError } from './errors.js';
import type { SizedMessage } from './publish.js';

export interface LinesRequest {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly type?: string | undefined;
  /** The field of each payload that is its key. */
  readonly keyField?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CheckedLines {
  readonly count: number;
  /** Reads them again. */
  messages(): AsyncIterable<SizedMessage>;
  dispose(): Promise<void>;
}

/**
 * Reads all lines into a file of our own, where nobody changes what was checked, and checks that each can be published. Blank lines are
 * passed over. Throws `subscriber/bad-line`.
 */
export async function checkLines(request: LinesRequest): Promise<CheckedLines> {
  const folder = await mkdtemp(join(tmpdir(), 'gatos-lines-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'lines');
  let count = 0;
  const checked = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of watched(request, (found) => {
      count += found;
    }))
      yield chunk;
  };
  try {
    await pipeline(Readable.from(checked(), { objectMode: false }), createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { count, messages: () => messagesIn(createReadStream(path), request), dispose };
}

/** The chunks as they are, each after the lines that end in it were checked. */
async function* watched(request: LinesRequest, found: (messages: number) => void): AsyncGenerator<Uint8Array> {
  let passing: Uint8Array[] = [];
  const tapped = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of request.chunks) {
      request.signal?.throwIfAborted();
      passing.push(chunk);
      yield chunk;
    }
  };
  for await (const messages of messageBatches(tapped(), request)) {
    for (const { message, line } of messages) orBadLine(line, () => checkMessage(message, 0));
    found(messages.length);
    yield* passing;
    passing = [];
  }
  yield* passing;
}

async function* messagesIn(chunks: AsyncIterable<Uint8Array>, request: LinesRequest): AsyncGenerator<SizedMessage> {
  for await (const batch of messageBatches(chunks, request)) yield* batch;
}

interface LineMessage extends SizedMessage {
  readonly line: number;
}

async function* messageBatches(
  chunks: AsyncIterable<Uint8Array>,
  { type, keyField }: LinesRequest,
): AsyncGenerator<readonly LineMessage[]> {
  for await (const lines of readLines(chunks)) {
    const messages: LineMessage[] = [];
    for (const { number: line, text, fault, raw } of lines) {
      if (text === null) throw subscriberError('bad-line', { line, why: fault ?? 'it is not text' });
      if (text.trim() === '') continue;
      const payload = orBadLine(line, () => parseJson(text));
      const key = keyField === undefined ? undefined : keyIn(payload, { field: keyField, line });
      const message: NewMessage = { payload, type, key };
      messages.push({ message, bytes: raw.length, line });
    }
    yield messages;
  }
}

function orBadLine<T>(line: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw subscriberError('bad-line', { line, why: error.message }, { cause: error });
  }
}

function keyIn(value: JsonValue, { field, line }: { readonly field: string; readonly line: number }): string {
  const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
  const found = isMap && Object.hasOwn(value, field) ? (value as { [key: string]: JsonValue })[field] : undefined;
  if (typeof found === 'string' || typeof found === 'number') return String(found);
  throw subscriberError('bad-line', { line, why: `it has no text or number \`${field}\` to be its key` });
}
