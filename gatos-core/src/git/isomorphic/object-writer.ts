/**
 * Puts new objects on the disk: everything is written and flushed under temporary names, and the last rename makes it visible.
 * What a crash leaves behind has names that git takes for temporary and clears away.
 */
import { invariant } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import type { NewObject, Oid } from '../ports.js';
import type { Files } from './files.js';
import type { Layout } from './layout.js';
import { loosePath } from './loose.js';
import { encodePack } from './pack-writer.js';
import { type Engine, engineView, VIEW_ROOT } from './view.js';

const TEMPORARY_NAMES = 1000;

export interface NamedObject {
  readonly oid: Oid;
  readonly object: NewObject;
}

export interface ObjectParts {
  readonly files: Files;
  readonly layout: Layout;
  readonly engine: Engine;
}

/** One object in a file of its own, compressed by isomorphic-git. A file of that name is replaced. */
export async function writeLoose(
  { files, layout, engine }: ObjectParts,
  { oid, object: { type, content } }: NamedObject,
): Promise<void> {
  let deflated: Uint8Array | undefined;
  const fs = engineView(engine, {
    read: async () => null,
    write: (_, data) => {
      deflated = data;
    },
  });
  await engine.writeObject({ fs, gitdir: VIEW_ROOT, type, object: content, format: 'content' });
  invariant(deflated !== undefined, 'isomorphic-git wrote the object');
  const [directory] = layout.objectDirectories;
  const flush = layout.flush.looseObject;
  const prefix = `${directory}/${oid.slice(0, 2)}/tmp_obj_${oid.slice(2, 14)}`;
  const from = await stage(files, { prefix, data: deflated, flush });
  await publish(files, [{ from, to: loosePath(directory, oid) }], flush);
}

/** Many objects in one pack. Returns the path of the pack and the bytes of its index. */
export async function writePack(
  { files, layout }: ObjectParts,
  objects: readonly NamedObject[],
): Promise<{ readonly path: string; readonly index: Uint8Array }> {
  const { name, pack, index } = encodePack(objects);
  const [directory] = layout.objectDirectories;
  const flush = layout.flush.pack;
  const path = `${directory}/pack/pack-${name}`;
  const packFile = await stage(files, { prefix: `${directory}/pack/tmp_pack_${name}`, data: pack, flush });
  // Without its index a pack is nothing
  const renames = [{ from: packFile, to: `${path}.pack` }];
  try {
    const indexFile = await stage(files, { prefix: `${directory}/pack/tmp_idx_${name}`, data: index, flush });
    renames.push({ from: indexFile, to: `${path}.idx` });
  } catch (error) {
    await files.remove(packFile, { flush: false });
    throw error;
  }
  await publish(files, renames, flush);
  return { path: `${path}.pack`, index };
}

interface Staged {
  readonly prefix: string;
  readonly data: Uint8Array;
  readonly flush: boolean;
}

async function stage(files: Files, { prefix, data, flush }: Staged): Promise<string> {
  for (let i = 0; i < TEMPORARY_NAMES; i++) {
    const path = `${prefix}_${i}`;
    const outcome = await files.create(path, data, { flush });
    if (outcome === 'created') return path;
    if (outcome === 'blocked') break;
  }
  throw gitError('io', { path: prefix, operation: 'write', why: 'no temporary name is free' });
}

async function publish(files: Files, renames: readonly { from: string; to: string }[], flush: boolean): Promise<void> {
  for (const [i, { from, to }] of renames.entries()) {
    try {
      await files.rename(from, to, { flush: flush && i === renames.length - 1 });
    } catch (error) {
      for (const rest of renames.slice(i)) await files.remove(rest.from, { flush: false });
      throw error;
    }
  }
}
