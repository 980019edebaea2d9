/** Files in git trees: writing a set of files, and listing what is there. */
import {
  decodeTree,
  encodeTree,
  findTreeEntry,
  type GitBackend,
  identified,
  type NewObject,
  type ObjectFormat,
  type Oid,
  type TreeEntry,
} from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { chainError } from './errors.js';

/** A file on its way into a commit's tree. */
export interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file whose blob is written already. */
export interface StoredFile {
  readonly path: string;
  readonly oid: Oid;
}

/** Part of a tree that is made already: entries of the root, and the new objects below them. */
export interface Subtree {
  readonly entries: readonly TreeEntry[];
  readonly objects: readonly NewObject[];
}

/** The objects of a tree that holds these files and that subtree, children before parents; the root tree is last. */
export function treeObjects(
  files: readonly (NewFile | StoredFile)[],
  { format, subtree }: { readonly format: ObjectFormat; readonly subtree?: Subtree | undefined },
): { readonly objects: NewObject[]; readonly root: Oid } {
  const objects: NewObject[] = [...(subtree?.objects ?? [])];
  const add = (object: NewObject): Oid => {
    const made = identified(format, object);
    objects.push(made);
    return made.oid;
  };
  const build = (prefix: string, inside: readonly (NewFile | StoredFile)[], ready: readonly TreeEntry[]): Oid => {
    const entries: TreeEntry[] = [...ready];
    const folders = new Map<string, (NewFile | StoredFile)[]>();
    for (const file of inside) {
      const rest = file.path.slice(prefix.length);
      const slash = rest.indexOf('/');
      if (slash < 0) {
        const oid = 'oid' in file ? file.oid : add({ type: 'blob', content: file.bytes });
        entries.push({ mode: '100644', name: rest, oid });
        continue;
      }
      const folder = folders.get(rest.slice(0, slash)) ?? [];
      folder.push(file);
      folders.set(rest.slice(0, slash), folder);
    }
    for (const [name, below] of folders)
      entries.push({ mode: '40000', name, oid: build(`${prefix}${name}/`, below, []) });
    return add({ type: 'tree', content: encodeTree(entries) });
  };
  return { root: build('', files, subtree?.entries ?? []), objects };
}

/** Where a tree stands, for messages. */
export interface TreePlace {
  readonly chain: string;
  readonly commit: string;
}

const NOWHERE: TreePlace = { chain: '', commit: '' };

/** The entries of a tree object. Throws `chain/bad-attachment` when `oid` is something else, and as the git port. */
export async function readTree(
  backend: GitBackend,
  oid: Oid,
  { path, at = NOWHERE }: { readonly path: string; readonly at?: TreePlace | undefined },
): Promise<readonly TreeEntry[]> {
  const object = await backend.objects.read(oid, { maxBytes: LIMITS.treeBytes });
  if (object.type !== 'tree') throw chainError('bad-attachment', { ...at, path, why: `it is a ${object.type}` });
  return decodeTree(object.content, backend.objects.format);
}

/** The entry of that name in a tree, or null; the others are not looked at. */
export async function readTreeEntry(
  backend: GitBackend,
  oid: Oid,
  { name, path, at = NOWHERE }: { readonly name: string; readonly path: string; readonly at?: TreePlace | undefined },
): Promise<TreeEntry | null> {
  const object = await backend.objects.read(oid, { maxBytes: LIMITS.treeBytes });
  if (object.type !== 'tree') throw chainError('bad-attachment', { ...at, path, why: `it is a ${object.type}` });
  return findTreeEntry(object.content, name, backend.objects.format);
}

/**
 * As `readTree`, of a folder below the root. Git has no empty folders: nothing that a record lists could stand for one, so
 * whoever passes a chain on could add some, and make other commits of the same envelopes.
 */
export async function readFolder(
  backend: GitBackend,
  oid: Oid,
  { path, at = NOWHERE }: { readonly path: string; readonly at?: TreePlace | undefined },
): Promise<readonly TreeEntry[]> {
  const entries = await readTree(backend, oid, { path, at });
  if (entries.length === 0) throw chainError('bad-attachment', { ...at, path, why: 'it is an empty folder' });
  return entries;
}

export interface ListOptions {
  /** Put in front of every path. */
  readonly prefix?: string | undefined;
  readonly at?: TreePlace | undefined;
  /** Asked for each folder, whose path ends in `/`: false leaves out what is below it. */
  readonly enter?: ((path: string, oid: Oid) => boolean) | undefined;
}

/**
 * Every file below a tree by full path, without reading the files. Throws `chain/bad-attachment` for anything that is no plain
 * file and no folder with something in it, and beyond LIMITS.treeFiles (folders count as well) and LIMITS.treeFolders.
 */
export async function listFiles(
  backend: GitBackend,
  tree: readonly TreeEntry[],
  { prefix = '', at = NOWHERE, enter }: ListOptions = {},
): Promise<Map<string, Oid>> {
  const files = new Map<string, Oid>();
  let seen = 0;
  const bad = (path: string, why: string) => chainError('bad-attachment', { ...at, path, why });
  const walk = async (entries: readonly TreeEntry[], folder: string, depth: number): Promise<void> => {
    for (const { mode, name, oid } of entries) {
      const path = folder + name;
      // One tree may stand in many places: what is counted is visits.
      if (++seen > LIMITS.treeFiles) throw bad(path, `the tree holds more than ${LIMITS.treeFiles} files`);
      if (mode === '100644') files.set(path, oid);
      else if (mode !== '40000') throw bad(path, `mode ${mode} is not a plain file`);
      else if (depth >= LIMITS.treeFolders) throw bad(path, `it is nested deeper than ${LIMITS.treeFolders} folders`);
      else if (enter?.(`${path}/`, oid) !== false)
        await walk(await readFolder(backend, oid, { path, at }), `${path}/`, depth + 1);
    }
  };
  await walk(tree, prefix, 0);
  return files;
}
