/**
 * Actors: who a record is by (design 2.3). Text form `kind:name`; as a component of a ref name `kind-name`, since a ref cannot
 * hold a colon. Kinds hold no `-`, so the first one splits and both forms map to each other one to one.
 */
import { LIMITS } from '../kernel/index.js';
import { identityError } from './errors.js';

export const ACTOR_KINDS = ['user', 'agent', 'service'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export interface Actor {
  readonly kind: ActorKind;
  /** `[a-z0-9][a-z0-9._-]*`, without `..`, a final `.` or a final `.lock`, so that it can stand in a ref name. */
  readonly name: string;
}

const KINDS: ReadonlySet<string> = new Set(ACTOR_KINDS);

/** Why this cannot be the name of an actor (or of a key file, which follows the same rule), or null when it can. */
export function nameFault(name: string): string | null {
  if (name === '') return 'the name is empty';
  if (!/^[a-z0-9]/.test(name)) return 'a name starts with a lower-case letter or a digit';
  if (!/^[a-z0-9._-]*$/.test(name)) return 'a name holds only lower-case letters, digits, `.`, `_` and `-`';
  if (name.includes('..')) return 'a name holds no `..`';
  if (name.endsWith('.')) return 'a name does not end in `.`';
  if (name.endsWith('.lock')) return 'a name does not end in `.lock`';
  return null;
}

function splitActor(text: string, separator: ':' | '-'): Actor {
  // Every allowed character is ASCII, so units are bytes for whatever passes the checks below.
  if (text.length > LIMITS.actorBytes)
    throw identityError('actor', { text, why: `it is longer than ${LIMITS.actorBytes} bytes` });
  const at = text.indexOf(separator);
  if (at < 0) throw identityError('actor', { text, why: `it has no \`${separator}\` between kind and name` });
  const kind = text.slice(0, at);
  if (!KINDS.has(kind)) throw identityError('actor', { text, why: `its kind is none of ${ACTOR_KINDS.join(', ')}` });
  const name = text.slice(at + 1);
  const why = nameFault(name);
  if (why !== null) throw identityError('actor', { text, why });
  return { kind: kind as ActorKind, name };
}

/** `user:alice` → `{ kind: 'user', name: 'alice' }`. Throws `identity/actor`. */
export function parseActor(text: string): Actor {
  return splitActor(text, ':');
}

/** `{ kind: 'user', name: 'alice' }` → `user:alice`. Throws `identity/actor` for a name that `parseActor` would refuse. */
export function formatActor({ kind, name }: Actor): string {
  const text = `${kind}:${name}`;
  splitActor(text, ':');
  return text;
}

/** `user:alice` → `user-alice`, the component that stands for the actor in a ref name. Throws `identity/actor`. */
export function actorToRefComponent(actor: string): string {
  const { kind, name } = splitActor(actor, ':');
  return `${kind}-${name}`;
}

/** `user-alice` → `user:alice`. Throws `identity/actor` for whatever `actorToRefComponent` cannot give. */
export function actorFromRefComponent(component: string): string {
  const { kind, name } = splitActor(component, '-');
  return `${kind}:${name}`;
}
