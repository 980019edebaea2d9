/**
 * What differs between two trees, file by file. Trees of other people are read as they are: whatever git itself stores is compared,
 * and only what could be read in two ways is refused.
 */
import { compareText, LIMITS } from '../kernel/index.js';
import { gitError } from './errors.js';
import { formatOid, OID_BYTES } from './oid.js';
import type { ObjectFormat, ObjectStore, Oid } from './ports.js';

/** A file, a symbolic link or a commit of another repository. */
export interface TreeFile {
  /** Octal, such as `100644`. */
  readonly mode: string;
  readonly oid: Oid;
}

export interface TreeChange {
  /** Components separated by `/`; bytes that are no UTF-8 show as U+FFFD. */
  readonly path: string;
  /** `type`: it was and is there, as a thing of another kind. */
  readonly op: 'add' | 'modify' | 'delete' | 'type';
  /** Null when it is not there any more. */
  readonly next: TreeFile | null;
  /** Null when it was not there. */
  readonly old: TreeFile | null;
}

export interface DiffLimits {
  /** Default: LIMITS.gateChanges. */
  readonly changes?: number | undefined;
}

interface Entry extends TreeFile {
  readonly name: string;
  readonly isTree: boolean;
}

const lossy = new TextDecoder('utf-8', { ignoreBOM: true });
const MODE = /^[0-7]{5,6}$/;
const SLASH = 0x2f;

/** The entries of a tree by name. Throws `git/malformed-object` for one that names a thing twice, or paths instead of names. */
function readEntries(content: Uint8Array, { oid, format }: { oid: Oid; format: ObjectFormat }): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const bad = (why: string) => gitError('malformed-object', { oid, type: 'tree', why });
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const nul = content.indexOf(0, space + 1);
    const end = nul + 1 + OID_BYTES[format];
    if (space < 0 || nul < 0 || end > content.length) throw bad('an entry is cut off');
    const mode = lossy.decode(content.subarray(at, space));
    const bytes = content.subarray(space + 1, nul);
    if (!MODE.test(mode)) throw bad('unknown mode');
    if (bytes.length === 0 || bytes.includes(SLASH)) throw bad('a name is empty or holds a slash');
    // Latin-1 of the bytes: one key for each name, whatever its encoding.
    const key = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    if (entries.has(key)) throw bad('two entries have one name');
    const padded = mode.padStart(6, '0');
    const isTree = padded === '040000';
    entries.set(key, { name: lossy.decode(bytes), mode: padded, oid: formatOid(content, nul + 1, format), isTree });
    at = end;
  }
  return entries;
}

/** The kind of a mode: file, link, other repository. */
function kindOf({ mode }: TreeFile): string {
  return mode.slice(0, 3);
}

class Diff {
  readonly changes: TreeChange[] = [];
  #seen = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly most: number,
  ) {}

  async #entries(oid: Oid | null): Promise<Map<string, Entry>> {
    if (oid === null) return new Map();
    const { type, content } = await this.store.read(oid, { maxBytes: LIMITS.treeBytes });
    if (type !== 'tree') throw gitError('wrong-type', { oid, want: 'tree', got: type });
    const entries = readEntries(content, { oid, format: this.store.format });
    this.#seen += entries.size;
    // One tree may stand in many places: what is counted is visits.
    if (this.#seen > LIMITS.gateTreeEntries)
      throw gitError('too-many', { what: 'entries of trees that differ', limit: LIMITS.gateTreeEntries });
    return entries;
  }

  async trees({ old, next, folder, depth }: Trees): Promise<void> {
    if (old === next) return;
    if (depth > LIMITS.gateTreeDepth)
      throw gitError('too-many', { what: 'folders inside one another', limit: LIMITS.gateTreeDepth });
    const [before, after] = [await this.#entries(old), await this.#entries(next)];
    for (const [key, entry] of before) await this.#pair(entry, after.get(key) ?? null, { folder, depth });
    for (const [key, entry] of after) if (!before.has(key)) await this.#pair(null, entry, { folder, depth });
  }

  async #pair(
    old: Entry | null,
    next: Entry | null,
    { folder, depth }: Pick<Trees, 'folder' | 'depth'>,
  ): Promise<void> {
    const path = folder + (next ?? old)?.name;
    const [oldTree, nextTree] = [old, next].map((entry) => (entry?.isTree === true ? entry.oid : null));
    if (oldTree !== null || nextTree !== null)
      await this.trees({ old: oldTree ?? null, next: nextTree ?? null, folder: `${path}/`, depth: depth + 1 });
    this.#file(path, { old: fileOf(old), next: fileOf(next) });
  }

  #file(path: string, { old, next }: Pick<TreeChange, 'old' | 'next'>): void {
    if (old === null && next === null) return;
    if (old !== null && next !== null && old.oid === next.oid && old.mode === next.mode) return;
    if (this.changes.length >= this.most) throw gitError('too-many', { what: 'changed paths', limit: this.most });
    const op = old === null ? 'add' : next === null ? 'delete' : kindOf(old) === kindOf(next) ? 'modify' : 'type';
    this.changes.push({ path, op, old, next });
  }
}

interface Trees {
  readonly old: Oid | null;
  readonly next: Oid | null;
  readonly folder: string;
  readonly depth: number;
}

function fileOf(entry: Entry | null): TreeFile | null {
  return entry === null || entry.isTree ? null : { mode: entry.mode, oid: entry.oid };
}

/**
 * The files that differ between two trees, sorted by the bytes of their paths; null stands for the tree without files. What is the
 * same is not read. Throws `git/too-many`, `git/malformed-object`, and as `ObjectStore.read`.
 */
export async function diffTrees(
  store: ObjectStore,
  { old, next }: { readonly old: Oid | null; readonly next: Oid | null },
  { changes = LIMITS.gateChanges }: DiffLimits = {},
): Promise<readonly TreeChange[]> {
  const diff = new Diff(store, changes);
  await diff.trees({ old, next, folder: '', depth: 1 });
  return diff.changes.sort((a, b) => compareText(a.path, b.path));
}
