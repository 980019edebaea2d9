/**
 * The objects of a repository with those of a push in front. The repository's own store stays open from push to push; that of the push
 * is opened for it alone and has nothing behind it.
 */
import {
  decodeCommit,
  type GitObject,
  gitError,
  type LongCall,
  type NewObject,
  type ObjectFormat,
  type ObjectStore,
  type Oid,
  type ReadLimit,
} from 'gatos-core';

type Oids = AsyncIterable<Oid> | Iterable<Oid>;
type Range = { readonly head: Oid; readonly after?: Oid | undefined };

/** Ids that are looked up at a time. */
const GROUP = 256;

export class LayeredObjects implements ObjectStore {
  readonly format: ObjectFormat;
  readonly #incoming: ObjectStore;
  readonly #own: ObjectStore;

  constructor({ incoming, own }: { incoming: ObjectStore; own: ObjectStore }) {
    this.format = own.format;
    this.#incoming = incoming;
    this.#own = own;
  }

  async read(oid: Oid, options?: ReadLimit): Promise<GitObject> {
    return (await this.#storeOf(oid)).read(oid, options);
  }

  async *readMany(oids: Oids, options?: ReadLimit): AsyncGenerator<GitObject, void, void> {
    for await (const batch of this.readBatches(oids, options)) yield* batch;
  }

  /** Each run of neighbours in one store is one call of that store. */
  async *readBatches(oids: Oids, options?: ReadLimit): AsyncGenerator<readonly GitObject[], void, void> {
    for await (const group of groupsOf(oids)) {
      const incoming = await this.#incoming.has(group);
      for (let start = 0; start < group.length; ) {
        let end = start + 1;
        while (end < group.length && incoming[end] === incoming[start]) end += 1;
        const store = incoming[start] === true ? this.#incoming : this.#own;
        yield* readRun(store, group.slice(start, end), options);
        start = end;
      }
    }
  }

  async has(oids: readonly Oid[]): Promise<readonly boolean[]> {
    const found = [...(await this.#incoming.has(oids))];
    const rest = oids.filter((_, i) => found[i] !== true);
    if (rest.length === 0) return found;
    const own = await this.#own.has(rest);
    let next = 0;
    return found.map((each) => each || own[next++] === true);
  }

  async write(_objects: readonly NewObject[]): Promise<readonly Oid[]> {
    throw gitError('no-access', { path: 'objects', operation: 'write through the gate to' });
  }

  /** The part that is new, then the part that was here: a history changes from one store to the other once. */
  async *history(range: Range, options: LongCall = {}): AsyncGenerator<GitObject, void, void> {
    const line = await this.#newPart(range, options);
    const [oldest] = line.slice(-1);
    const below = oldest === undefined ? range.head : oldest.parent;
    if (below !== undefined && below !== range.after) yield* this.#own.history({ ...range, head: below }, options);
    const oids = line.reverse().map(({ oid }) => oid);
    for await (const commit of this.#incoming.readMany(oids)) {
      options.signal?.throwIfAborted();
      yield commit;
    }
  }

  async close(): Promise<void> {
    await this.#incoming.close();
  }

  /** Commits of the push, newest first, down to the first one that is not in it. Throws as `ObjectStore.history`. */
  async #newPart({ head, after }: Range, { signal }: LongCall): Promise<{ oid: Oid; parent: Oid | undefined }[]> {
    const line: { oid: Oid; parent: Oid | undefined }[] = [];
    let at: Oid | undefined = head;
    while (at !== undefined && at !== after && (await this.#incoming.has([at]))[0] === true) {
      signal?.throwIfAborted();
      const oid: Oid = at;
      const commit = await this.#incoming.read(oid);
      if (commit.type !== 'commit') throw gitError('wrong-type', { oid, want: 'commit', got: commit.type });
      const { parents } = decodeCommit(commit.content, this.format);
      if (parents.length > 1)
        throw gitError('not-linear', { head, at: oid, why: `the commit has ${parents.length} parents` });
      at = parents[0];
      if (at === undefined && after !== undefined)
        throw gitError('not-linear', { head, at: oid, why: `${after} is not an ancestor` });
      line.push({ oid, parent: at });
    }
    return line;
  }

  async #storeOf(oid: Oid): Promise<ObjectStore> {
    return (await this.#incoming.has([oid]))[0] === true ? this.#incoming : this.#own;
  }
}

async function* groupsOf(oids: Oids): AsyncGenerator<Oid[], void, void> {
  let group: Oid[] = [];
  for await (const oid of oids) {
    group.push(oid);
    if (group.length < GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function* readRun(
  store: ObjectStore,
  oids: readonly Oid[],
  options?: ReadLimit,
): AsyncGenerator<readonly GitObject[], void, void> {
  if (store.readBatches !== undefined) yield* store.readBatches(oids, options);
  else for await (const object of store.readMany(oids, options)) yield [object];
}
