/** Commit ranges over any git port, by walking commits: for repositories without the git binary. */
import { decodeCommit, type GitBackend, gitError, type Oid } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import type { CommitRanges } from './push.js';

class Walk {
  readonly #parents = new Map<Oid, readonly Oid[]>();

  constructor(private readonly backend: GitBackend) {}

  /** The parents of a commit; null for what is none. */
  async parents(oid: Oid): Promise<readonly Oid[] | null> {
    const known = this.#parents.get(oid);
    if (known !== undefined) return known;
    const { type, content } = await this.backend.objects.read(oid);
    if (type !== 'commit') return null;
    const { parents } = decodeCommit(content, this.backend.objects.format);
    if (this.#parents.size >= LIMITS.gateTreeEntries)
      throw gitError('too-many', { what: 'commits to walk', limit: LIMITS.gateTreeEntries });
    this.#parents.set(oid, parents);
    return parents;
  }

  /** Everything that these reach. */
  async reach(tips: readonly Oid[]): Promise<Set<Oid>> {
    const seen = new Set<Oid>();
    const open = [...tips];
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      if (seen.has(oid)) continue;
      const parents = await this.parents(oid);
      if (parents === null) continue;
      seen.add(oid);
      open.push(...parents);
    }
    return seen;
  }

  /** Parents before children, the first parent's line first. */
  async order(tips: readonly Oid[], { without, limit }: { without: ReadonlySet<Oid>; limit: number }): Promise<Oid[]> {
    const done = new Set<Oid>(without);
    const out: Oid[] = [];
    const open: Oid[] = [...tips];
    for (let oid = open.at(-1); oid !== undefined && out.length < limit; oid = open.at(-1)) {
      const left = done.has(oid) ? [] : ((await this.parents(oid)) ?? []).filter((parent) => !done.has(parent));
      const [next] = left;
      if (next !== undefined) {
        open.push(next);
        continue;
      }
      open.pop();
      if (!done.has(oid)) out.push(oid);
      done.add(oid);
    }
    return out;
  }
}

/** Annotated tags are followed to what they point at. */
async function peeled(backend: GitBackend, oid: Oid): Promise<Oid> {
  let at = oid;
  for (let depth = 0; depth < LIMITS.depth; depth++) {
    const { type, content } = await backend.objects.read(at);
    if (type !== 'tag') return at;
    const target = /^object ([0-9a-f]+)\n/.exec(new TextDecoder().decode(content))?.[1];
    if (target === undefined) throw gitError('malformed-object', { oid: at, type: 'tag', why: 'it names no object' });
    at = target;
  }
  throw gitError('too-many', { what: 'tags of tags', limit: LIMITS.depth });
}

/** Cost follows all of history: use the adapter's own where there is one. */
export function walkedRanges(backend: GitBackend): CommitRanges {
  return {
    isAncestor: async (old, next) => (await new Walk(backend).reach([next])).has(old),
    newCommits: async (next, { exclude, limit }) => {
      const walk = new Walk(backend);
      const wanted: Oid[] = [];
      for (const oid of [next].flat()) if ((await walk.parents(oid)) !== null) wanted.push(oid);
      const tips = exclude ?? (await backend.refs.list('refs/')).map(({ oid }) => oid);
      const starts = await Promise.all(tips.map((oid) => peeled(backend, oid)));
      return walk.order(wanted, { without: await walk.reach(starts), limit });
    },
  };
}
