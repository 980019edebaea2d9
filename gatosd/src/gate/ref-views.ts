/** Refs as one of the doors sees them: those of a namespace, those that a remote has, those before a range of history. */
import { compareText, gitError, type Oid, prefixTest, REF_PREFIX, type RefEdit, type RefStore } from 'gatos-core';
import { remotePrefix } from '../git-config.js';

type Listed = readonly { readonly name: string; readonly oid: Oid }[];
type Reading = Pick<RefStore, 'read' | 'list'>;

/** The refs below `prefix`, named without it; the same store where there is no prefix. Source: gitnamespaces(7). */
export function namespacedRefs(refs: RefStore, prefix: string): RefStore {
  if (prefix === '') return refs;
  const inside = ({ name, ...edit }: RefEdit): RefEdit => ({ ...edit, name: prefix + name });
  return {
    read: (name) => refs.read(prefix + name),
    list: async (below, options) =>
      (await refs.list(prefix + below, options)).map(({ name, oid }) => ({ name: name.slice(prefix.length), oid })),
    transaction: (edits) => refs.transaction(edits.map(inside)),
  };
}

/** Where refs are kept whose names start with `theirs`. */
interface Place {
  readonly theirs: string;
  readonly ours: string;
}

/** Some refs under other names. */
function translated(refs: Reading, places: readonly Place[]): Reading {
  return {
    read: async (name) => {
      const place = places.find(({ theirs }) => name.startsWith(theirs));
      return place === undefined ? null : refs.read(place.ours + name.slice(place.theirs.length));
    },
    list: async (prefix) => {
      const found: { name: string; oid: Oid }[] = [];
      for (const { theirs, ours } of places) {
        const isAbove = prefix.endsWith('/') && theirs.startsWith(prefix);
        if (!isAbove && !prefix.startsWith(theirs)) continue;
        const rest = isAbove ? '' : prefix.slice(theirs.length);
        const listed = await refs.list(ours + rest);
        found.push(...listed.map(({ name, oid }) => ({ name: theirs + name.slice(ours.length), oid })));
      }
      return found;
    },
  };
}

export interface Elsewhere {
  /** Null: none that this clone knows. */
  readonly remote: string | null;
  /** Where refs are said to stand, whatever is known of them here; null: nowhere. */
  readonly known: ReadonlyMap<string, Oid | null>;
}

function placesAt(remote: string | null): Place[] {
  if (remote === null) return [];
  return [
    { theirs: REF_PREFIX, ours: remotePrefix(remote) },
    { theirs: 'refs/heads/', ours: `refs/remotes/${remote}/` },
    { theirs: 'refs/tags/', ours: 'refs/tags/' },
  ];
}

/**
 * What a remote has, as far as this clone knows: its chains and branches as they were last seen there, tags as they are here. A
 * ref that the push moves stands where the remote itself says. Nothing can be written.
 */
export function remoteRefs(refs: Reading, { remote, known }: Elsewhere): RefStore {
  // `refs/remotes/origin/HEAD` is no branch of the remote.
  return overridden(translated(refs, placesAt(remote)), new Map([['refs/heads/HEAD', null], ...known]));
}

/**
 * The refs that were accepted before some range of history, which a clone may hold already: chains as they are here or, where there
 * are none, as the remote had them; branches and tags as the remote had them. Nothing can be written.
 */
export function rangeRefs(refs: Reading, { remote, known }: Elsewhere): RefStore {
  const there = remoteRefs(refs, { remote, known: new Map() });
  const here = translated(refs, [{ theirs: REF_PREFIX, ours: REF_PREFIX }]);
  const both: Reading = {
    read: async (name) => (await here.read(name)) ?? there.read(name),
    list: async (prefix) => [...merge(await there.list(prefix), await here.list(prefix))],
  };
  return overridden(both, known);
}

function merge(below: Listed, above: Listed): Listed {
  const all = new Map([...below, ...above].map(({ name, oid }) => [name, oid]));
  return [...all].map(([name, oid]) => ({ name, oid }));
}

function overridden(refs: Reading, known: Elsewhere['known']): RefStore {
  return {
    read: async (name) => {
      const oid = known.get(name);
      return oid === undefined ? refs.read(name) : oid;
    },
    list: async (prefix) => {
      const isBelow = prefixTest(prefix);
      const others = (await refs.list(prefix)).filter(({ name }) => !known.has(name));
      const stated = [...known].flatMap(([name, oid]) => (oid !== null && isBelow(name) ? [{ name, oid }] : []));
      return [...others, ...stated].sort((a, b) => compareText(a.name, b.name));
    },
    transaction: async ([edit]) => {
      throw gitError('no-access', { path: edit?.name ?? 'refs', operation: 'write through the gate to' });
    },
  };
}
