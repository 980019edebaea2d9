/** Writes a few objects, each as a file of its own: no reader has to look through more packs for them, and git's gc packs them later. */
import { closeSync, existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { attempt, isAbsent } from './faults.js';
import {
  createFile,
  discard,
  flushDirectories,
  flushFiles,
  makeDirectories,
  temporaryName,
  writeAll,
} from './files.js';
import { loosePath } from './loose-read.js';
import type { Identified, WriteContext } from './new-object.js';
import { putStored, storedBound } from './stored.js';

const deflateLater = promisify(deflate);
/** A file takes a block of the disk anyway: below that, compressing saves nothing. */
const COMPRESS_FROM = 4096;

interface Written {
  readonly file: number;
  readonly temporary: string;
  readonly path: string;
}

/**
 * Writes the objects. When it resolves they are durable; when it rejects no file of an object is half-written. Objects that were
 * already in place stay, as somebody else may have begun to rely on them.
 */
export async function writeLoose(objects: readonly Identified[], context: WriteContext): Promise<void> {
  const { objectDir, settings, onStep } = context;
  const streams = await Promise.all(objects.map((object) => encodeLoose(object)));
  const written: Written[] = [];
  const directories = new Set<string>();
  try {
    objects.forEach(({ oid }, i) => {
      const path = loosePath({ objectDir, oid });
      written.push(writeTemporary({ path, stream: streams[i] as Uint8Array, directories }, context));
      onStep('object-written');
    });
    if (settings.flush.loose)
      await flushFiles(
        written.map(({ file }) => file),
        objectDir,
      );
    onStep('objects-flushed');
    for (const { temporary, path } of written) {
      attempt({ operation: 'write', path }, () => renameSync(temporary, path));
      directories.add(dirname(path));
      onStep('object-published');
    }
  } catch (error) {
    for (const { temporary } of written) discard(temporary);
    throw error;
  } finally {
    for (const { file } of written) closeSync(file);
  }
  if (settings.flush.loose) await flushDirectories(directories);
  onStep('objects-durable');
}

function writeTemporary(
  { path, stream, directories }: { path: string; stream: Uint8Array; directories: Set<string> },
  { objectDir, settings: { shared } }: WriteContext,
): Written {
  const directory = dirname(path);
  const temporary = join(directory, temporaryName('tmp_obj_'));
  return attempt({ operation: 'write', path: temporary }, () => {
    const file = makeIn(directory, () => {
      for (const parent of makeDirectories(directory, { root: objectDir, shared })) directories.add(parent);
      return createFile(temporary, { kind: 'object', shared });
    });
    try {
      writeAll(file, stream);
    } catch (error) {
      closeSync(file);
      discard(temporary);
      throw error;
    }
    return { file, temporary, path };
  });
}

/** Git removes directories of objects that it has packed, also between our making one and putting a file there. */
function makeIn(directory: string, make: () => number): number {
  for (let left = 16; ; left--) {
    try {
      return make();
    } catch (error) {
      if (left === 0 || !isAbsent(error) || !existsSync(dirname(directory))) throw error;
    }
  }
}

async function encodeLoose({ type, content }: Identified): Promise<Uint8Array> {
  const header = Buffer.from(`${type} ${content.length}\0`, 'latin1');
  const framed = Buffer.allocUnsafe(header.length + content.length);
  framed.set(header);
  framed.set(content, header.length);
  if (framed.length >= COMPRESS_FROM) return await deflateLater(framed, { level: 1 });
  const stream = Buffer.allocUnsafe(storedBound(framed.length));
  return stream.subarray(0, putStored(framed, { into: stream, at: 0 }));
}
