/** What the trust chain says at one point: a fold of its records. Changing it needs no I/O; verifying who may is in `history.ts`. */
import { formatKey } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { trustError } from './errors.js';
import type { Genesis, KeyGrant, TrustChange } from './schema.js';

export interface KeyState {
  readonly key: Uint8Array;
  readonly actor: string;
  /** Clock of the change that added it: it signs at later places. */
  readonly added: number;
  readonly not_before: number;
  readonly not_after: number;
  /** From which place its signatures no longer count. */
  readonly revoked: { readonly from: number; readonly by: number; readonly reason: string } | null;
}

export interface TrustState {
  readonly profile: string;
  readonly threshold: number;
  readonly roots: readonly string[];
  /** By text form of the key. A key belongs to one principal for ever. */
  readonly keys: ReadonlyMap<string, KeyState>;
  /** Actors by group name. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** Where changes stand, and which keys they may add. */
export interface Place {
  readonly clock: number;
  /** As `SignatureEngine.isRegistrable`. */
  isRegistrable(key: Uint8Array): boolean;
}

/** The state after genesis. Throws `trust/bad-change`. */
export function stateOfGenesis(genesis: Genesis, place: Place): TrustState {
  return draftOfGenesis(genesis, place).state();
}

/** As `stateOfGenesis`, to apply changes to. */
export function draftOfGenesis({ profile, threshold, roots, principals, groups }: Genesis, place: Place): StateDraft {
  checkNames('principal', principals, ({ actor }) => actor);
  checkNames('group', groups, ({ name }) => name);
  const draft = new StateDraft({ profile, threshold, roots: [], keys: new Map(), groups: new Map() });
  for (const { actor, keys } of principals) for (const grant of keys) draft.addKey({ actor, grant, place });
  for (const { name, members } of groups) draft.setGroup(name, members);
  draft.setRoots(roots, threshold);
  return draft;
}

/** The state after the changes of one envelope. Throws `trust/bad-change` at the first that makes no sense on the state before it. */
export function applyChanges(state: TrustState, changes: Iterable<TrustChange>, place: Place): TrustState {
  const draft = new StateDraft(state);
  for (const change of changes) draft.apply(change, place);
  return draft.state();
}

interface Addition {
  readonly actor: string;
  readonly grant: KeyGrant;
  readonly place: Place;
}

interface Revocation {
  readonly key: Uint8Array;
  readonly reason: string;
  readonly from: number;
  readonly clock: number;
}

/**
 * A state that changes are applied to; copied once, however many they are. One that refused a change has applied a part of it, and is
 * of no further use.
 */
export class StateDraft {
  readonly #profile: string;
  #threshold: number;
  #roots: readonly string[];
  readonly #keys: Map<string, KeyState>;
  readonly #groups: Map<string, readonly string[]>;
  /** How many keys of each actor are not revoked. */
  readonly #active = new Map<string, number>();

  constructor({ profile, threshold, roots, keys, groups }: TrustState) {
    this.#profile = profile;
    this.#threshold = threshold;
    this.#roots = roots;
    this.#keys = new Map(keys);
    this.#groups = new Map(groups);
    for (const { actor, revoked } of keys.values()) if (revoked === null) this.#count(actor, 1);
  }

  /** The state as it is now. It follows what is applied later on: the keys of years are not copied for each change. */
  state(): TrustState {
    return {
      profile: this.#profile,
      threshold: this.#threshold,
      roots: this.#roots,
      keys: this.#keys,
      groups: this.#groups,
    };
  }

  apply(change: TrustChange, place: Place): void {
    const { clock } = place;
    switch (change.op) {
      case 'add-key':
        this.addKey({ actor: change.actor, grant: change, place });
        break;
      case 'revoke-key':
        this.revokeKey({ key: change.key, reason: change.reason, from: change.since ?? clock + 1, clock });
        break;
      case 'rotate-key': {
        const actor = this.#revoke({ key: change.old, reason: change.reason, from: clock + 1, clock });
        this.addKey({ actor, grant: { key: change.key }, place });
        break;
      }
      case 'set-group':
        this.setGroup(change.name, change.members);
        break;
      case 'set-roots':
        this.setRoots(change.roots, change.threshold);
    }
  }

  addKey({ actor, grant: { key, not_before = 0, not_after = Number.MAX_SAFE_INTEGER }, place }: Addition): void {
    const name = formatKey(key);
    const owner = this.#keys.get(name);
    if (owner !== undefined) throw bad(`key \`${name}\` already belongs to \`${owner.actor}\``);
    if (!place.isRegistrable(key)) throw bad(`\`${name}\` is no key that somebody can hold alone`);
    if (not_before > not_after) throw bad(`key \`${name}\` would never be valid`);
    this.#keys.set(name, { key, actor, added: place.clock, not_before, not_after, revoked: null });
    if (this.#count(actor, 1) > LIMITS.keysPerPrincipal)
      throw bad(`\`${actor}\` would have more than ${LIMITS.keysPerPrincipal} keys`);
    if (this.#active.size > LIMITS.principals) throw bad(`there would be more than ${LIMITS.principals} principals`);
  }

  revokeKey(revocation: Revocation): void {
    const actor = this.#revoke(revocation);
    // Who still has a key is as able as before.
    if (!this.#active.has(actor)) this.#checkThreshold();
  }

  /** Returns whose key it was. */
  #revoke({ key, reason, from, clock }: Revocation): string {
    const name = formatKey(key);
    const known = this.#keys.get(name);
    if (known === undefined) throw bad(`key \`${name}\` is not in the trust chain`);
    const { actor, revoked } = known;
    // A later revocation may only reach further back: what once stopped counting never counts again.
    if (revoked !== null && revoked.from <= from)
      throw bad(`key \`${name}\` is already revoked from place ${revoked.from}`);
    if (from > clock + 1) throw bad(`place ${from} is in the future; the change itself is at ${clock}`);
    this.#keys.set(name, { ...known, revoked: { from, by: clock, reason } });
    if (revoked === null) this.#count(actor, -1);
    return actor;
  }

  setGroup(name: string, members: readonly string[]): void {
    checkNames('member', members, (actor) => actor);
    if (members.length === 0) this.#groups.delete(name);
    else this.#groups.set(name, members);
    if (this.#groups.size > LIMITS.groups) throw bad(`there would be more than ${LIMITS.groups} groups`);
  }

  setRoots(roots: readonly string[], threshold: number): void {
    checkNames('root', roots, (actor) => actor);
    this.#roots = roots;
    this.#threshold = threshold;
    this.#checkThreshold();
  }

  /** Refuses a state in which nobody could change anything any more. */
  #checkThreshold(): void {
    const able = this.#roots.filter((root) => this.#active.has(root));
    if (able.length >= this.#threshold) return;
    const who = able.join(', ') || 'none';
    throw bad(`the threshold is ${this.#threshold}, but only ${able.length} roots would have a key (${who})`);
  }

  #count(actor: string, change: 1 | -1): number {
    const count = (this.#active.get(actor) ?? 0) + change;
    if (count === 0) this.#active.delete(actor);
    else this.#active.set(actor, count);
    return count;
  }
}

function bad(why: string) {
  return trustError('bad-change', { why });
}

/** Quorums count names, so a name counts once. */
function checkNames<T>(what: string, items: readonly T[], nameOf: (item: T) => string): void {
  const seen = new Set<string>();
  for (const item of items) {
    const name = nameOf(item);
    if (seen.has(name)) throw bad(`the ${what} \`${name}\` is named twice`);
    seen.add(name);
  }
}

/** All keys of a principal, revoked ones too. */
export function keysOf(state: TrustState, actor: string): readonly KeyState[] {
  return [...state.keys.values()].filter((key) => key.actor === actor);
}

/** Every actor that has or had a key, in the order in which they came. */
export function principalsOf(state: TrustState): readonly string[] {
  return [...new Set([...state.keys.values()].map((key) => key.actor))];
}
