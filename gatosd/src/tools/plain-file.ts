/**
 * Reading the files of a tool that is about to be declared. They are published, so nothing is read that only seems to stand there: no
 * links, which may lead to a private key, and nothing that has no end or waits for somebody, such as a device or a pipe.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isGatosError, LIMITS, toolError } from 'gatos-core';
import { toolRunError } from './errors.js';

/** What stands at a path of a manifest. Throws `tool-run/no-file`, `tools/too-large`. */
export async function readPlainFile(folder: string, path: string): Promise<Uint8Array> {
  const refused = (why: string, cause?: unknown) => toolRunError('no-file', { path, why }, { cause });
  try {
    const at = join(await realpath(folder), path);
    if ((await realpath(at)) !== at) throw refused('it is a link, or lies behind one');
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw refused('it is no plain file');
      const [{ size }, limit] = [stats, LIMITS.toolFileBytes];
      if (size > limit) throw toolError('too-large', { what: `\`${path}\``, size, limit });
      const bytes = await readWhole(handle, size);
      if (bytes === null) throw refused('it changed while it was read');
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isGatosError(error)) throw error;
    throw refused((error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}

/** Null when it has another length than it had: it may grow for ever. */
async function readWhole(handle: FileHandle, size: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(size + 1);
  let length = 0;
  while (length <= size) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length === size ? bytes.slice(0, size) : null;
}
