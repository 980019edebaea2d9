/**
 * The tree of an index: `index/<aa>/<bb>/<rest>.cbor`, where `aa bb rest` are the hex digits of SHA-256 of the key. Each file
 * holds the DAG-CBOR `{ kind, body }` of the newest record for its key, so the CID of the file is that of the record.
 *
 * Changing a key touches its file and the three folders above it, which hold at most 256, 256 and a 65,536th of all entries:
 * the cost of a change does not follow the number of keys.
 */
import { sha256 } from '#hash';
import { Cid, formatHex } from '../codec/index.js';
import { encodeTree, type GitBackend, identified, type NewObject, type Oid, type TreeEntry } from '../git/index.js';
import { invariant, LIMITS, utf8 } from '../kernel/index.js';
import { chainError } from './errors.js';
import { readTree } from './tree-files.js';

/** The folder of the commit's tree that holds the index. */
export const INDEX_FOLDER = 'index';

/** Names of the two folders and of the file below `index/`. */
export type IndexPath = readonly [string, string, string];

/** Why this cannot be a key, or null when it can. */
export function indexKeyFault(key: string): string | null {
  if (key === '') return 'it is empty';
  if (!key.isWellFormed()) return 'it has a lone surrogate';
  const bytes = utf8(key).length;
  return bytes > LIMITS.indexKeyBytes ? `it has ${bytes} bytes, the limit is ${LIMITS.indexKeyBytes}` : null;
}

/** Where the record for a key lies. Throws `chain/index-key`. */
export function pathOfKey(key: string): IndexPath {
  const why = indexKeyFault(key);
  if (why !== null) throw chainError('index-key', { why });
  const hex = formatHex(sha256(utf8(key)));
  return [hex.slice(0, 2), hex.slice(2, 4), `${hex.slice(4)}.cbor`];
}

/** The path as text, from the root of the commit's tree. */
export function formatIndexPath(path: IndexPath): string {
  return [INDEX_FOLDER, ...path].join('/');
}

/** The tree of `index/` in a commit's tree, or null when there is none yet. Throws `chain/bad-attachment`. */
export function indexOf(tree: readonly TreeEntry[]): Oid | null {
  const entry = tree.find(({ name }) => name === INDEX_FOLDER);
  if (entry === undefined) return null;
  if (entry.mode === '40000') return entry.oid;
  throw chainError('bad-attachment', { chain: '', commit: '', path: INDEX_FOLDER, why: 'it is not a folder' });
}

/** Around a body: the map, its two keys and the kind. */
const AROUND_BODY = 16 + LIMITS.kindBytes;

/** The DAG-CBOR of the record in a file of the index. Throws as the git port, and `chain/bad-attachment`. */
export async function readLeaf(backend: GitBackend, oid: Oid): Promise<Uint8Array> {
  const { type, content } = await backend.objects.read(oid, { maxBytes: LIMITS.recordBytes + AROUND_BODY });
  if (type === 'blob') return content;
  throw chainError('bad-attachment', { chain: '', commit: '', path: INDEX_FOLDER, why: `it holds a ${type}` });
}

/** A record in an index. */
export interface Leaf {
  readonly cid: Cid;
  /** Its DAG-CBOR. */
  readonly record: Uint8Array;
}

function leafOf(record: Uint8Array): Leaf {
  return { cid: Cid.hash('dag-cbor', record), record };
}

interface Folder {
  readonly entries: Map<string, TreeEntry>;
  /** Folders below that were opened. */
  readonly open: Map<string, Folder>;
  changed: boolean;
}

function newFolder(entries: readonly TreeEntry[]): Folder {
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), open: new Map(), changed: false };
}

/** What a change of an index makes. */
export interface IndexChange {
  /** The tree of `index/`; null while the index is empty. */
  readonly root: Oid | null;
  /** New blobs and trees, children before parents. */
  readonly objects: readonly NewObject[];
}

/** An index at one point, with changes that are not written yet. Folders are read when a key below them is asked for. */
export class IndexTree {
  #root: Folder | null = null;
  #objects: NewObject[] = [];
  /** By blob: records that were put and are not written yet, and those that were read. */
  readonly #leaves = new Map<Oid, Leaf>();
  /** Folders in memory. */
  #opened = 0;

  constructor(
    private readonly backend: GitBackend,
    private base: Oid | null,
  ) {}

  /** How many folders it keeps in memory. */
  get opened(): number {
    return this.#opened;
  }

  /** The record at a path, or null. */
  async find(path: IndexPath): Promise<Leaf | null> {
    const folder = await this.#folder(path);
    const entry = folder.entries.get(path[2]);
    if (entry === undefined) return null;
    const known = this.#leaves.get(entry.oid);
    if (known !== undefined) return known;
    const leaf = leafOf(await readLeaf(this.backend, entry.oid));
    this.#leaves.set(entry.oid, leaf);
    return leaf;
  }

  /** Puts the DAG-CBOR of a record at a path. */
  async put(path: IndexPath, record: Uint8Array): Promise<void> {
    const folder = await this.#folder(path);
    const oid = this.#add({ type: 'blob', content: record });
    this.#leaves.set(oid, leafOf(record));
    this.#set(folder, { mode: '100644', name: path[2], oid });
    let above = this.#root;
    for (const name of path.slice(0, 2)) {
      invariant(above !== null, 'a folder that was opened has folders above it');
      above.changed = true;
      above = above.open.get(name) ?? null;
    }
  }

  /**
   * The trees that the changes since the last call make; afterwards they are the new base. `written: false`: more changes follow before
   * anything of them is written.
   */
  flush({ written = true }: { readonly written?: boolean } = {}): IndexChange {
    if (this.#root?.changed === true) this.base = this.#write(this.#root);
    const objects = this.#objects;
    this.#objects = [];
    if (written) this.#leaves.clear();
    return { root: this.base, objects };
  }

  #add(object: NewObject): Oid {
    const made = identified(this.backend.objects.format, object);
    this.#objects.push(made);
    return made.oid;
  }

  #set(folder: Folder, entry: TreeEntry): void {
    folder.entries.set(entry.name, entry);
    folder.changed = true;
  }

  #write(folder: Folder): Oid {
    for (const [name, below] of folder.open)
      if (below.changed) this.#set(folder, { mode: '40000', name, oid: this.#write(below) });
    folder.changed = false;
    return this.#add({ type: 'tree', content: encodeTree([...folder.entries.values()]) });
  }

  async #folder([first, second]: IndexPath): Promise<Folder> {
    this.#root ??= await this.#load(this.base, INDEX_FOLDER);
    const below = await this.#enter(this.#root, first, `${INDEX_FOLDER}/${first}`);
    return this.#enter(below, second, `${INDEX_FOLDER}/${first}/${second}`);
  }

  async #enter(folder: Folder, name: string, path: string): Promise<Folder> {
    const open = folder.open.get(name);
    if (open !== undefined) return open;
    const below = await this.#load(folder.entries.get(name)?.oid ?? null, path);
    folder.open.set(name, below);
    return below;
  }

  async #load(oid: Oid | null, path: string): Promise<Folder> {
    this.#opened += 1;
    return newFolder(oid === null ? [] : await readTree(this.backend, oid, { path }));
  }
}
