/** Reading what the user names: standard input, a file, or the argument itself; always within a bound. */
import { constants } from 'node:fs';
import { concatBytes, LIMITS, utf8 } from 'gatos-core';
import { cliError } from './errors.js';
import type { Input } from './platform.js';

/** Where an argument of kind `json` is to be read from. */
export type TextSource =
  | { readonly from: 'argument'; readonly text: string }
  | { readonly from: 'stdin' }
  | { readonly from: 'file'; readonly path: string };

async function collect(
  chunks: AsyncIterable<Uint8Array>,
  { limit, source }: { limit: number; source: string },
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw cliError('input-too-large', { source, limit });
    parts.push(chunk);
  }
  return concatBytes(parts);
}

function fileFault(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return cliError('no-file', { path });
  if (code === 'EISDIR') return cliError('not-a-file', { path });
  if (code === 'EACCES' || code === 'EPERM') return cliError('unreadable-file', { path, why: 'permission denied' });
  if (code === 'EIO' || code === 'ELOOP' || code === 'ENAMETOOLONG')
    return cliError('unreadable-file', { path, why: code });
  return error;
}

/** A whole file (or pipe, such as `<(command)`) of at most `limit` bytes. */
export async function readFileWithin(path: string, limit: number): Promise<Uint8Array> {
  try {
    const { open } = await import('node:fs/promises');
    const file = await open(path, constants.O_RDONLY);
    try {
      return await collect(file.createReadStream({ autoClose: false }), { limit, source: `\`${path}\`` });
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileFault(error, path);
  }
}

/** A file (or pipe) piece by piece, whatever its size. Errors as `readFileWithin`. */
export async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const { open } = await import('node:fs/promises');
    const file = await open(path, constants.O_RDONLY);
    try {
      yield* file.createReadStream({ autoClose: false });
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileFault(error, path);
  }
}

/** Default bound: LIMITS.jsonBytes. */
export async function readSource(
  source: TextSource,
  { stdin, maxBytes = LIMITS.jsonBytes }: { stdin: Input; maxBytes?: number | undefined },
): Promise<Uint8Array> {
  if (source.from === 'argument') {
    const bytes = utf8(source.text);
    if (bytes.length > maxBytes) throw cliError('input-too-large', { source: 'the argument', limit: maxBytes });
    return bytes;
  }
  if (source.from === 'file') return readFileWithin(source.path, maxBytes);
  return collect(stdin.chunks(), { limit: maxBytes, source: 'standard input' });
}
