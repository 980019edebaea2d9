/** The repository as it would be if the push were accepted: the accepted refs, moved. Nothing can be written through it. */
import { type GitBackend, gitError, type ListRefs, type Oid, prefixTest } from '../git/index.js';
import { compareText } from '../kernel/index.js';
import type { RefUpdate } from './push.js';

/** `updates` have names that are valid and differ. */
export function overlay({ objects, refs }: GitBackend, updates: readonly RefUpdate[]): GitBackend {
  const moved = new Map(updates.map(({ name, next }) => [name, next]));
  return {
    objects,
    refs: {
      read: async (name) => {
        const next = moved.get(name);
        return next === undefined ? refs.read(name) : next;
      },
      list: async (prefix: string, options?: ListRefs) => {
        const accepted = await refs.list(prefix, options);
        const isBelow = prefixTest(prefix);
        const kept = accepted.filter(({ name }) => !moved.has(name));
        const added: { name: string; oid: Oid }[] = [];
        for (const [name, oid] of moved) if (oid !== null && isBelow(name)) added.push({ name, oid });
        return [...kept, ...added].sort((a, b) => compareText(a.name, b.name));
      },
      transaction: async ([edit]) => {
        throw gitError('no-access', { path: edit?.name ?? 'refs', operation: 'write through the gate to' });
      },
    },
  };
}
