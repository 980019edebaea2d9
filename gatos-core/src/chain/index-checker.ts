/**
 * Checks that the index in a commit's tree is exactly what its records make: the index of the commit before with the newest
 * record of each key in its place. Unchanged folders are compared by their ids, so the cost follows the records.
 */
import { decodeTree, type GitBackend, hashObject, type Oid, type TreeEntry } from '../git/index.js';
import type { GatosError } from '../kernel/index.js';
import { chainError } from './errors.js';
import {
  formatIndexPath,
  INDEX_FOLDER,
  type IndexChange,
  IndexTree,
  indexKeyFault,
  indexOf,
  pathOfKey,
} from './index-tree.js';
import type { AnyRecordKind } from './kind.js';
import { type ChainEntry, readEntry } from './read.js';
import { encodeRecord, recordBody, recordBytes } from './record.js';
import { readTree, type TreePlace } from './tree-files.js';

/** Folders kept in memory from one envelope to the next. */
const KEPT_FOLDERS = 4096;

type Check = { readonly entry: ChainEntry; readonly kind: AnyRecordKind; readonly at: TreePlace };

export class IndexChecker {
  #index: IndexTree | null = null;

  /** `from`: the commit before the first one that is checked. */
  constructor(
    private readonly backend: GitBackend,
    private readonly from: Oid | undefined,
  ) {}

  /** Entries are given in order. Throws `chain/bad-index`, `chain/bad-record`, and as the git port. */
  async check(entry: ChainEntry, { kind, chain }: { kind: AnyRecordKind; chain: string }): Promise<void> {
    const check = { entry, kind, at: { chain, commit: entry.oid } };
    this.#index ??= new IndexTree(this.backend, await this.#base());
    for (let i = 0; i < entry.envelope.count; i++) await this.#apply(this.#index, check, i);
    const change = this.#index.flush();
    const got = indexOf(entry.tree);
    if (got !== change.root) throw await this.#mismatch(change, got, check);
    await this.#checkPresence(change);
    if (this.#index.opened > KEPT_FOLDERS) this.#index = new IndexTree(this.backend, change.root);
  }

  async #base(): Promise<Oid | null> {
    return this.from === undefined ? null : indexOf((await readEntry(this.backend, this.from)).tree);
  }

  async #apply(index: IndexTree, { entry: { envelope }, kind, at }: Check, record: number): Promise<void> {
    if (kind.indexKey === undefined) return;
    const body = recordBody(envelope, record, kind);
    const seq = envelope.seq + record;
    const key = kind.indexKey(body);
    const why = indexKeyFault(key);
    if (why !== null) throw chainError('bad-record', { ...at, seq, why: `its key cannot stand in an index: ${why}` });
    const path = pathOfKey(key);
    const want = kind.indexReplaces?.(body);
    if (want !== undefined) {
      const found = (await index.find(path))?.cid ?? null;
      const same = want === null ? found === null : found?.equals(want) === true;
      const said = `record ${seq} replaces \`${want ?? 'nothing'}\`, but \`${found ?? 'nothing'}\` stood there`;
      if (!same) throw chainError('bad-index', { ...at, path: formatIndexPath(path), why: said });
    }
    await index.put(path, encodeRecord(envelope.kind, recordBytes(envelope, record)));
  }

  /** Ids tell what should be there; reading shows that it is, and unharmed. */
  async #checkPresence({ objects }: IndexChange): Promise<void> {
    const { format } = this.backend.objects;
    const oids = objects.map(({ type, content }) => hashObject(format, type, content));
    for await (const object of this.backend.objects.readMany(oids)) void object;
  }

  async #mismatch({ root, objects }: IndexChange, got: Oid | null, { at }: Check): Promise<GatosError> {
    const { format } = this.backend.objects;
    const made = new Map<Oid, readonly TreeEntry[]>();
    for (const { type, content } of objects)
      if (type === 'tree') made.set(hashObject(format, type, content), decodeTree(content, format));
    const entriesOf = async (oid: Oid, path: string) =>
      made.get(oid) ?? (await readTree(this.backend, oid, { path, at }));
    return chainError('bad-index', { ...at, ...(await firstDifference(entriesOf, { want: root, got })) });
  }
}

type EntriesOf = (oid: Oid, path: string) => Promise<readonly TreeEntry[]>;

interface Difference {
  readonly path: string;
  readonly why: string;
}

/** Where two indexes that are not the same begin to differ. */
async function firstDifference(
  entriesOf: EntriesOf,
  { want, got, path = INDEX_FOLDER }: { want: Oid | null; got: Oid | null; path?: string },
): Promise<Difference> {
  if (want === null) return { path, why: 'no record makes it' };
  if (got === null) return { path, why: 'it is missing' };
  const wanted = new Map((await entriesOf(want, path)).map((entry) => [entry.name, entry]));
  const found = new Map((await entriesOf(got, path)).map((entry) => [entry.name, entry]));
  for (const name of [...new Set([...wanted.keys(), ...found.keys()])].sort()) {
    const [mine, theirs] = [wanted.get(name), found.get(name)];
    if (mine?.oid === theirs?.oid && mine?.mode === theirs?.mode) continue;
    const below = `${path}/${name}`;
    if (mine?.mode === '40000' && theirs?.mode === '40000')
      return firstDifference(entriesOf, { want: mine.oid, got: theirs.oid, path: below });
    if (mine === undefined) return { path: below, why: 'no record makes it' };
    return { path: below, why: theirs === undefined ? 'it is missing' : 'it is not the newest record of its key' };
  }
  return { path, why: 'it is not what the records make' };
}
