/** Refs as they would be: what is written moves nothing, and is found here until somebody makes it so in one step. */
import { type GitBackend, gitError, type Oid, prefixTest, type RefEdit, type RefStore } from '../git/index.js';
import { compareText } from '../kernel/index.js';

/** Refs below some prefixes are a picture of their own; all others are those of the repository, and cannot be written. */
export class OverlayRefs implements RefStore {
  readonly #heads: Map<string, Oid>;

  constructor(
    private readonly base: RefStore,
    private readonly prefixes: readonly string[],
    heads: ReadonlyMap<string, Oid>,
  ) {
    this.#heads = new Map(heads);
  }

  /** The picture, by name of the ref. */
  get heads(): ReadonlyMap<string, Oid> {
    return this.#heads;
  }

  async read(name: string): Promise<Oid | null> {
    return this.#isWithin(name) ? (this.#heads.get(name) ?? null) : this.base.read(name);
  }

  async list(...[prefix, options]: Parameters<RefStore['list']>): ReturnType<RefStore['list']> {
    const isBelow = prefixTest(prefix);
    const outside = (await this.base.list(prefix, options)).filter(({ name }) => !this.#isWithin(name));
    const inside = [...this.#heads].filter(([name]) => isBelow(name)).map(([name, oid]) => ({ name, oid }));
    return [...outside, ...inside].sort((a, b) => compareText(a.name, b.name));
  }

  async transaction(edits: readonly RefEdit[]): Promise<void> {
    for (const { name: ref, expected } of edits) {
      const found = await this.read(ref);
      if (!this.#isWithin(ref) || found !== expected) throw gitError('ref-moved', { ref, expected, found });
    }
    for (const { name, next } of edits) {
      if (next === null) this.#heads.delete(name);
      else this.#heads.set(name, next);
    }
  }

  #isWithin(name: string): boolean {
    return this.prefixes.some((prefix) => prefixTest(prefix)(name));
  }
}

export function overlaid(backend: GitBackend, refs: OverlayRefs): GitBackend {
  return { objects: backend.objects, refs };
}
