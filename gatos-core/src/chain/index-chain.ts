/**
 * The index: a chain whose commit tree is also a map from key to record (design 1.3). A record is found by its key in a few
 * reads, and is written only when its key stands for what the writer expects: nothing (create-once), or a record that the
 * writer knows (compare-and-swap). One ref holds one shard of keys.
 */
import { Cid, decode, encode, type Value } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { invariant } from '../kernel/index.js';
import { type AppendRequest, append, type WriterPorts } from './append.js';
import { chainError } from './errors.js';
import {
  formatIndexPath,
  INDEX_FOLDER,
  type IndexPath,
  IndexTree,
  indexOf,
  pathOfKey,
  readLeaf,
} from './index-tree.js';
import type { RecordKind } from './kind.js';
import { refOfChain } from './names.js';
import type { Appended, Draft } from './publish.js';
import { type ChainHead, treeOf } from './read.js';
import { bodyOfRecord, encodeRecord } from './record.js';
import { readTree, readTreeEntry } from './tree-files.js';

/** A kind whose records have keys. */
export type IndexedKind<T> = RecordKind<T> & Required<Pick<RecordKind<T>, 'indexKey'>>;

export interface IndexedRecord<T> {
  readonly body: T;
  /** CID of the record for which the key stands now; null: for none. */
  readonly expected: Cid | null;
  /** Files that the record lists; the envelope of the record carries them. */
  readonly files?: Draft['files'];
}

export interface AppendIndexedRequest<T> extends Omit<AppendRequest, 'prepare'> {
  readonly kind: IndexedKind<T>;
  /** Applied in order: a later record sees what an earlier one of the same key wrote. They share one envelope. */
  readonly records: readonly IndexedRecord<T>[];
}

export interface IndexedOutcome {
  /** `exists`: the key stood for exactly this record already, nothing was written for it. */
  readonly status: 'recorded' | 'exists';
  readonly cid: Cid;
}

export interface AppendIndexedResult {
  /** In the order of the records. */
  readonly records: readonly IndexedOutcome[];
  /** The envelope; null when every record existed. */
  readonly appended: Appended | null;
}

/**
 * Records all, or none. Repeating a request that went through is a no-op. Throws `chain/index-conflict` when a key does not
 * stand for what was expected, `chain/index-key`, `codec/schema` for a body out of form, and as `append` and `buildEnvelope`.
 */
export async function appendIndexed<T>(
  ports: WriterPorts,
  { kind, records, ...place }: AppendIndexedRequest<T>,
): Promise<AppendIndexedResult> {
  const items = records.map((record) => prepare(record, kind));
  let outcomes: readonly IndexedOutcome[] = [];
  const [appended = null] = await append(ports, {
    ...place,
    prepare: async (head) => {
      const batch = new IndexBatch<T>(await openIndex(ports.backend, head), place.chain);
      outcomes = await batch.apply(items);
      return batch.draft(kind);
    },
  });
  return { records: outcomes, appended };
}

/** An index as it stands on the head on which something is prepared. */
export interface IndexView {
  /** As `lookupIndexed`. */
  find(key: string): Promise<Indexed | null>;
}

export interface IndexedPreparation<T> {
  readonly chain: string;
  readonly kind: IndexedKind<T>;
  /**
   * What to record on the head that is looked at: asked anew at every attempt, so what it decides on holds where it is recorded. Nothing
   * to record leaves the chain alone. `before` as in `AppendRequest`.
   */
  records(at: IndexView, before: Parameters<AppendRequest['prepare']>[1]): Promise<readonly IndexedRecord<T>[]>;
}

/** The `prepare` of an append to an index chain, for appends to several chains in one step. Throws as `appendIndexed`. */
export function prepareIndexed<T>(
  backend: GitBackend,
  { chain, kind, records }: IndexedPreparation<T>,
): AppendRequest['prepare'] {
  return async (head, before) => {
    const index = indexAtHead(backend, { chain, head });
    const wanted = await records(index, before);
    return wanted.length === 0 ? [] : (await index.draft([{ kind, records: wanted }])).drafts;
  };
}

/** Records of one kind: an envelope of their own. */
export interface IndexedGroup<T> {
  readonly kind: IndexedKind<T>;
  readonly records: readonly IndexedRecord<T>[];
}

export interface DraftedIndex {
  /** One for each group of which something is new, each on the one before it. */
  readonly drafts: readonly Draft[];
  /** In the order of the records of all groups. */
  readonly records: readonly IndexedOutcome[];
}

/** An index at the head on which something is prepared. What is read of it is read once. */
export interface HeadIndex extends IndexView {
  /** What groups of records make of it. To be asked once, and last. Errors as `appendIndexed`. */
  draft(groups: readonly IndexedGroup<unknown>[]): Promise<DraftedIndex>;
}

interface HeadPlace {
  readonly chain: string;
  readonly head: Pick<ChainHead, 'oid'> | null;
}

/** For a `prepare` that decides by what is there, and records what follows from it. */
export function indexAtHead(backend: GitBackend, { chain, head }: HeadPlace): HeadIndex {
  let opened: Promise<IndexTree> | null = null;
  const open = (): Promise<IndexTree> => {
    opened ??= openIndex(backend, head);
    return opened;
  };
  return {
    find: async (key) => {
      if (head === null) return null;
      const path = pathOfKey(key);
      const leaf = await (await open()).find(path);
      return leaf === null ? null : { key, ...leaf, at: { chain, commit: head.oid, path: formatIndexPath(path) } };
    },
    draft: async (groups) => {
      const index = await open();
      const drafts: Draft[] = [];
      const records: IndexedOutcome[] = [];
      for (const { kind, records: given } of groups) {
        const batch = new IndexBatch(index, chain);
        records.push(...(await batch.apply(given.map((record) => prepare(record, kind)))));
        drafts.push(...batch.draft(kind));
      }
      return { drafts, records };
    },
  };
}

/** As `draft` of `indexAtHead`, for a `prepare` that does not ask what is there. */
export function draftIndexed(
  backend: GitBackend,
  place: HeadPlace,
  groups: readonly IndexedGroup<unknown>[],
): Promise<DraftedIndex> {
  return indexAtHead(backend, place).draft(groups);
}

interface Item<T> extends IndexedRecord<T> {
  readonly key: string;
  readonly path: IndexPath;
  /** Canonical DAG-CBOR of the body, and of `{ kind, body }`. */
  readonly bytes: Uint8Array;
  readonly record: Uint8Array;
  readonly cid: Cid;
}

function prepare<T>({ body, expected, files }: IndexedRecord<T>, kind: IndexedKind<T>): Item<T> {
  const bytes = encode(kind.schema.read(body, 'body') as Value);
  const key = kind.indexKey(body);
  const replaces = kind.indexReplaces?.(body);
  invariant(
    replaces === undefined || String(replaces) === String(expected),
    'a body names the record that it replaces',
  );
  const record = encodeRecord(kind.kind, bytes);
  return { body, expected, files, key, path: pathOfKey(key), bytes, record, cid: Cid.hash('dag-cbor', record) };
}

async function openIndex(backend: GitBackend, head: HeadPlace['head']): Promise<IndexTree> {
  if (head === null) return new IndexTree(backend, null);
  const root = treeOf(await backend.objects.read(head.oid), backend.objects.format);
  return new IndexTree(backend, indexOf(await readTree(backend, root, { path: '' })));
}

/** The records of one envelope. */
class IndexBatch<T> {
  readonly #fresh: Item<T>[] = [];

  constructor(
    private readonly index: IndexTree,
    private readonly chain: string,
  ) {}

  async apply(items: readonly Item<T>[]): Promise<readonly IndexedOutcome[]> {
    const outcomes: IndexedOutcome[] = [];
    for (const item of items) outcomes.push({ status: await this.#one(item), cid: item.cid });
    return outcomes;
  }

  async #one(item: Item<T>): Promise<IndexedOutcome['status']> {
    const { key, path, cid, expected } = item;
    const found = (await this.index.find(path))?.cid ?? null;
    if (found?.equals(cid) === true) return 'exists';
    const as = expected === null ? found === null : found?.equals(expected) === true;
    if (!as) {
      const [want, got] = [expected, found].map((one) => (one === null ? null : String(one)));
      throw chainError('index-conflict', { chain: this.chain, key, want: want ?? null, found: got ?? null });
    }
    await this.index.put(path, item.record);
    this.#fresh.push(item);
    return 'recorded';
  }

  draft(kind: IndexedKind<T>): readonly Draft[] {
    const [first] = this.#fresh;
    if (first === undefined) return [];
    const { root, objects } = this.index.flush({ written: false });
    invariant(root !== null, 'an index that holds a record has a tree');
    return [
      {
        kind: kind.kind,
        bodies: this.#fresh.map(({ bytes }) => bytes),
        description: kind.describe(first.body, this.#fresh.length),
        files: this.#fresh.flatMap(({ files }) => files ?? []),
        subtree: { entries: [{ mode: '40000', name: INDEX_FOLDER, oid: root }], objects },
      },
    ];
  }
}

/** What an index holds under a key. */
export interface Indexed {
  readonly key: string;
  /** CID of the record. */
  readonly cid: Cid;
  /** DAG-CBOR of `{ kind, body }`. */
  readonly record: Uint8Array;
  /** Where it was found. */
  readonly at: { readonly chain: string; readonly commit: Oid; readonly path: string };
}

/**
 * The newest record for a key, or null. Reads the way to it alone, whatever the size of the index; what it finds is as good as
 * the chain, which `verifyChain` checks. Throws `chain/index-key`, `chain/bad-attachment`, and as the git port.
 */
export async function lookupIndexed(backend: GitBackend, chain: string, key: string): Promise<Indexed | null> {
  const path = pathOfKey(key);
  const commit = await backend.refs.read(refOfChain(chain));
  return commit === null ? null : findIn(backend, { chain, commit, key, path });
}

/** An index as it stood after a commit of its chain; null: before the first one. */
export function viewIndex(backend: GitBackend, chain: string, commit: Oid | null): IndexView {
  return {
    find: async (key) => (commit === null ? null : findIn(backend, { chain, commit, key, path: pathOfKey(key) })),
  };
}

interface IndexPlace {
  readonly chain: string;
  readonly commit: Oid;
  readonly key: string;
  readonly path: IndexPath;
}

async function findIn(backend: GitBackend, { chain, commit, key, path }: IndexPlace): Promise<Indexed | null> {
  const at = { chain, commit, path: formatIndexPath(path) };
  let oid: Oid | undefined = treeOf(await backend.objects.read(commit), backend.objects.format);
  for (const name of [INDEX_FOLDER, ...path]) {
    oid = (await readTreeEntry(backend, oid, { name, path: at.path, at }))?.oid;
    if (oid === undefined) return null;
  }
  const record = await readLeaf(backend, oid);
  return { key, cid: Cid.hash('dag-cbor', record), record, at };
}

/** The body of what was found. Throws `chain/bad-index` when it is of another kind or key, and `codec/*`. */
export function indexedBody<T>({ key, record, at }: Indexed, kind: IndexedKind<T>): T {
  const bytes = bodyOfRecord(kind.kind, record);
  if (bytes === null) throw chainError('bad-index', { ...at, why: `it is no \`${kind.kind}\`` });
  const body = kind.schema.read(decode(bytes), 'body');
  if (kind.indexKey(body) !== key) throw chainError('bad-index', { ...at, why: 'it is the record of another key' });
  return body;
}
