/** Predicates by layer, and the circles among them: Tarjan's strongly connected components, without recursion. */
import type { Predicate } from './ir.js';
import { clauseUses } from './walk.js';

/** For each predicate the ones that it uses, each once, in order. */
export function dependencies(predicates: readonly Predicate[]): readonly (readonly number[])[] {
  return predicates.map(({ clauses }) => {
    const uses = new Set(clauses.flatMap((clause) => clauseUses(clause).map(({ predicate }) => predicate)));
    return [...uses].sort((a, b) => a - b);
  });
}

interface Visit {
  readonly node: number;
  /** Of the edges of `node`: the next one. */
  next: number;
}

class Components {
  readonly found: number[][] = [];
  readonly #index: number[] = [];
  readonly #low: number[] = [];
  readonly #open: number[] = [];
  readonly #isOpen = new Set<number>();
  #entered = 0;

  constructor(readonly edges: readonly (readonly number[])[]) {
    for (let node = 0; node < edges.length; node++) if (this.#index[node] === undefined) this.#visit(node);
  }

  #enter(node: number): Visit {
    this.#index[node] = this.#entered;
    this.#low[node] = this.#entered;
    this.#entered += 1;
    this.#open.push(node);
    this.#isOpen.add(node);
    return { node, next: 0 };
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? to, to);
  }

  #visit(root: number): void {
    const stack = [this.#enter(root)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { node } = top;
      const target = this.edges[node]?.[top.next];
      top.next += 1;
      if (target !== undefined) {
        const index = this.#index[target];
        if (index === undefined) stack.push(this.#enter(target));
        else if (this.#isOpen.has(target)) this.#lower(node, index);
        continue;
      }
      stack.pop();
      const low = this.#low[node] ?? 0;
      const above = stack.at(-1);
      if (above !== undefined) this.#lower(above.node, low);
      if (low === this.#index[node]) this.#close(node);
    }
  }

  #close(node: number): void {
    const members = this.#open.splice(this.#open.lastIndexOf(node));
    for (const member of members) this.#isOpen.delete(member);
    this.found.push(members.sort((a, b) => a - b));
  }
}

/** Strongly connected components of the predicates, those that others use first. */
export function components(predicates: readonly Predicate[]): readonly (readonly number[])[] {
  return new Components(dependencies(predicates)).found;
}

/** The layers of a program: one for each component; test predicates are in none. */
export function layers(predicates: readonly Predicate[]): readonly (readonly number[])[] {
  const kept = components(predicates).map((members) => members.filter((each) => predicates[each]?.needs.length === 0));
  return kept.filter((members) => members.length > 0);
}

/** The shortest way along uses from one predicate to another inside a set of them; both ends included. */
export function wayBetween(
  edges: readonly (readonly number[])[],
  { from, to, within }: { from: number; to: number; within: ReadonlySet<number> },
): readonly number[] {
  const before = new Map<number, number>();
  const queue = [from];
  for (const node of queue) {
    for (const target of edges[node] ?? []) {
      if (!within.has(target) || before.has(target)) continue;
      before.set(target, node);
      if (target === to) return traced(before, { from, to });
      queue.push(target);
    }
  }
  return [from];
}

function traced(before: ReadonlyMap<number, number>, { from, to }: { from: number; to: number }): readonly number[] {
  const way = [to];
  for (let at = before.get(to); at !== undefined; at = before.get(at)) {
    way.unshift(at);
    if (at === from) break;
  }
  return way;
}
