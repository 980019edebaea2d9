/** Bulk reading from any object store: in the adapter's own batches, or in batches of one. */
import type { LongCall } from '../kernel/index.js';
import type { GitObject, ObjectStore, Oid, ReadLimit } from './ports.js';

/** The objects of `ObjectStore.readMany`, several at a time where the store can do that. Errors as `readMany`. */
export function readBatches(
  store: ObjectStore,
  oids: AsyncIterable<Oid> | Iterable<Oid>,
  options?: ReadLimit,
): AsyncIterable<readonly GitObject[]> {
  return store.readBatches?.(oids, options) ?? oneByOne(store.readMany(oids, options));
}

/** The commits of `ObjectStore.history`, several at a time where the store can do that. Errors as `history`. */
export function historyBatches(
  store: ObjectStore,
  range: { readonly head: Oid; readonly after?: Oid | undefined },
  options?: LongCall,
): AsyncIterable<readonly GitObject[]> {
  return store.historyBatches?.(range, options) ?? oneByOne(store.history(range, options));
}

async function* oneByOne(objects: AsyncIterable<GitObject>): AsyncGenerator<readonly GitObject[], void, undefined> {
  for await (const object of objects) yield [object];
}
