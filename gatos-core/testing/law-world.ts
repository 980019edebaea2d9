/** A repository with three roots, for tests of what they decide together. */
import type { Appended, NewFile } from '../src/chain/index.js';
import { type GitBackend, memoryBackend } from '../src/git/index.js';
import { nobleEngine, type Signer } from '../src/identity/index.js';
import { invariant, utf8 } from '../src/kernel/index.js';
import { applyAdoption, proposeAdoption, signAdoption } from '../src/policy/index.js';
import {
  applyPending,
  found,
  openTrust,
  proposeChange,
  signChange,
  type TrustChange,
  type TrustHistory,
  type TrustWriterPorts,
} from '../src/trust/index.js';
import { type SteppingClock, steppingClock } from './clock.js';
import { testSigner } from './hand-made.js';
import { seededRandom } from './random.js';

/** 2023-11-14T22:13:20Z in microseconds. */
export const LAW_START = 1_700_000_000_000_000;

export const LAW_ROOTS: readonly string[] = ['user:alice', 'user:bob', 'user:carol'];

/** Their keys, and that of somebody who is no root. */
export const LAW_SIGNERS: Readonly<Record<string, Signer>> = {
  'user:alice': testSigner(1),
  'user:bob': testSigner(2),
  'user:carol': testSigner(3),
  'user:eve': testSigner(9),
};

export function lawSigner(actor: string): Signer {
  const signer = LAW_SIGNERS[actor];
  invariant(signer !== undefined, 'the world knows its actors');
  return signer;
}

/** Sources from their texts by path. */
export function lawFiles(texts: Readonly<Record<string, string>>): readonly NewFile[] {
  return Object.entries(texts).map(([path, text]) => ({ path, bytes: utf8(text) }));
}

const engine = nobleEngine();

export class LawWorld {
  readonly clock: SteppingClock = steppingClock({ start: LAW_START, step: 1 });
  readonly ports: TrustWriterPorts;

  private constructor(
    readonly backend: GitBackend,
    seed: number,
  ) {
    this.ports = { backend, engine, clock: this.clock, random: seededRandom(seed) };
  }

  /** So many of the three roots have to sign. */
  static async open(threshold = 2, { backend = memoryBackend() as GitBackend, seed = 11 } = {}): Promise<LawWorld> {
    const world = new LawWorld(backend, seed);
    await found(world.ports, { profile: 'default', actor: 'user:alice', signer: lawSigner('user:alice') });
    const others = Object.keys(LAW_SIGNERS).filter((actor) => actor !== 'user:alice');
    const adds = others.map((actor): TrustChange => ({ op: 'add-key', actor, key: lawSigner(actor).key }));
    await world.change(['user:alice'], ...adds, { op: 'set-roots', roots: LAW_ROOTS, threshold });
    return world;
  }

  trust(): Promise<TrustHistory> {
    return openTrust(this.ports);
  }

  /** Changes trust, signed by these. */
  async change(by: readonly string[], ...changes: readonly TrustChange[]): Promise<void> {
    const [actor = '', ...others] = by;
    const [first, ...rest] = changes;
    invariant(first !== undefined, 'something changes');
    let pending = await proposeChange(this.ports, { actor, signer: lawSigner(actor), changes: [first, ...rest] });
    for (const other of others) pending = await signChange(this.ports, pending.bytes, lawSigner(other));
    await applyPending(this.ports, pending.bytes);
  }

  /** A proposed adoption, signed by these, not applied. */
  async propose(
    texts: Readonly<Record<string, string>>,
    { by = ['user:alice', 'user:bob'], note = '' }: { readonly by?: readonly string[]; readonly note?: string } = {},
  ) {
    const [actor = '', ...others] = by;
    const files = lawFiles(texts);
    let pending = await proposeAdoption(this.ports, { actor, signer: lawSigner(actor), files, note });
    for (const other of others) pending = await signAdoption(this.ports, pending.bytes, lawSigner(other));
    return pending;
  }

  /** Makes these sources the law. */
  async adopt(texts: Readonly<Record<string, string>>, by?: readonly string[]): Promise<Appended> {
    const pending = await this.propose(texts, by === undefined ? {} : { by });
    return applyAdoption(this.ports, pending.bytes);
  }
}
