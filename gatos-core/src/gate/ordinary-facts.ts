/** What policies see of refs that hold ordinary history: branches, tags and others. */
import { decodeCommit, type GitObject, type ObjectStore, type Oid } from '../git/index.js';
import { isGatosError, LIMITS, type LongCall } from '../kernel/index.js';
import type { InputTag, InputUpdate } from '../policy/index.js';
import type { CommitFacts } from './commit-facts.js';
import { gateError } from './errors.js';
import type { GatePorts, RefUpdate } from './push.js';
import { isGatosRef } from './read-push.js';

export type Ordinary = Pick<InputUpdate, 'commits' | 'tag' | 'fast_forward'>;

/** Chains are linear and were verified to extend what was accepted. */
export const NO_COMMITS: Ordinary = { commits: [], tag: null, fast_forward: true };

interface Peeled {
  /** What annotated tags lead to. */
  readonly object: Pick<GitObject, 'oid' | 'type'>;
  /** The outermost of them. */
  readonly tag: GitObject | null;
}

/** An object; null for one that is larger than any commit or tag that is looked at. */
async function typed(objects: ObjectStore, oid: Oid): Promise<GitObject | null> {
  try {
    return await objects.read(oid);
  } catch (error) {
    if (isGatosError(error, 'git/too-large')) return null;
    throw error;
  }
}

/** Follows annotated tags. Objects of any size may stand at the end: only their types are of interest. */
async function peel({ backend: { objects } }: GatePorts, oid: Oid): Promise<Peeled> {
  let tag: GitObject | null = null;
  let at = oid;
  for (let depth = 0; depth < LIMITS.depth; depth++) {
    const object = await typed(objects, at);
    if (object === null) return { object: { oid: at, type: 'blob' }, tag };
    if (object.type !== 'tag') return { object, tag };
    tag ??= object;
    at = targetOf(object);
  }
  throw gateError('limit', { what: 'tags of tags', count: LIMITS.depth + 1, limit: LIMITS.depth });
}

const ascii = new TextDecoder();

function targetOf({ oid, content }: GitObject): Oid {
  const target = /^object ([0-9a-f]+)\n/.exec(ascii.decode(content.subarray(0, LIMITS.oidBytes * 2)))?.[1];
  if (target === undefined) throw gateError('could-not-check', { why: `tag \`${oid}\` names no object` });
  return target;
}

export class OrdinaryFacts {
  /** By object that a ref is to point at. */
  readonly #peeled = new Map<Oid, Peeled>();
  /** What refs that are new bring together. */
  #fresh: ReadonlySet<Oid> = new Set();

  constructor(
    private readonly ports: GatePorts,
    private readonly facts: CommitFacts,
  ) {}

  /** Asks the history once for all refs that are new: thousands of them may come at a time. */
  async prepare(updates: readonly RefUpdate[], options: LongCall): Promise<void> {
    const tips = new Set<Oid>();
    for (const { name, old, next } of updates) {
      if (old !== null || next === null || isGatosRef(name)) continue;
      const { object } = await this.#peel(next);
      if (object.type === 'commit') tips.add(object.oid);
    }
    if (tips.size === 0) return;
    const oids = await this.ports.ranges.newCommits([...tips], { limit: this.facts.room + 1 });
    await this.facts.learn(oids, options);
    this.#fresh = new Set(oids);
  }

  /** Throws `gate/limit` and what reading the push throws. */
  async of({ old, next }: RefUpdate, options: LongCall): Promise<Ordinary> {
    if (next === null) return { commits: [], tag: null, fast_forward: false };
    const to = await this.#peel(next);
    const tag: InputTag | null = to.tag === null ? null : this.facts.tag(to.tag);
    if (to.object.type !== 'commit') return { commits: [], tag, fast_forward: old === null };
    if (old === null) {
      const commits = this.facts.list(this.facts.reached(to.object.oid, this.#fresh));
      return { commits, tag, fast_forward: true };
    }
    return { ...(await this.#moved({ from: await this.#peel(old), to: to.object.oid }, options)), tag };
  }

  /** What an accepted ref holds elsewhere is news here all the same: each ref is judged for what it gains. */
  async #moved(
    { from, to }: { readonly from: Peeled; readonly to: Oid },
    options: LongCall,
  ): Promise<Omit<Ordinary, 'tag'>> {
    const { ranges } = this.ports;
    const { oid: old, type } = from.object;
    const isCommit = type === 'commit';
    const line = isCommit ? await this.#shortLine(old, to) : null;
    const limit = this.facts.room + 1;
    const oids = line ?? (await ranges.newCommits(to, { exclude: isCommit ? [old] : undefined, limit }));
    await this.facts.learn(oids, options);
    const forward = line !== null || (isCommit && (await ranges.isAncestor(old, to)));
    return { commits: this.facts.list(oids), fast_forward: forward };
  }

  async #peel(oid: Oid): Promise<Peeled> {
    const known = this.#peeled.get(oid) ?? (await peel(this.ports, oid));
    this.#peeled.set(oid, known);
    return known;
  }

  /** The commits of a short line without merges from one commit to another, oldest first; null when there is none. */
  async #shortLine(from: Oid, to: Oid): Promise<readonly Oid[] | null> {
    const { objects } = this.ports.backend;
    const line: Oid[] = [];
    let at: Oid | undefined = to;
    while (at !== from) {
      if (at === undefined || line.length >= SHORT_LINE) return null;
      const { content } = await objects.read(at, { maxBytes: LIMITS.gateCommitBytes });
      const { parents }: { readonly parents: readonly Oid[] } = decodeCommit(content, objects.format);
      if (parents.length > 1) return null;
      line.push(at);
      at = parents[0];
    }
    return line.reverse();
  }
}

/** Commits that are looked at one by one before the history is asked: what people push at a time. */
const SHORT_LINE = 64;
