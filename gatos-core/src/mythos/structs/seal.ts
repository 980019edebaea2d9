/** Ids and signatures of MYTHOS objects: SHA-256 over the object without its id and its signature, Ed25519 over the raw id. */
import { sha256 } from '#hash';
import { formatHex } from '../../codec/index.js';
import type { SignatureEngine, Signer } from '../../identity/index.js';
import { bytesEqual, invariant } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import type { AgentId, Signature } from './core.js';
import { encodeStructWithout, type Struct } from './struct.js';

/** The only scheme of keys and signatures: Ed25519. */
export const ED25519 = 1;

const leftOut = new WeakMap<object, ReadonlySet<string>>();

function without(struct: Struct<object>): ReadonlySet<string> {
  const known = leftOut.get(struct);
  if (known !== undefined) return known;
  const { id, signature } = struct.identified;
  const names = new Set([id, signature].filter((name) => name !== undefined));
  leftOut.set(struct, names);
  return names;
}

/** The id of an object, 32 bytes: SHA-256 over its canonical bytes without id, signature and names (design 4.2). */
export function structId<T>(struct: Struct<T>, value: T): Uint8Array {
  const nameless = struct.identified.nameless as ((value: T) => T) | undefined;
  const content = nameless === undefined ? value : nameless(value);
  return sha256(encodeStructWithout(struct, content, without(struct as unknown as Struct<object>)));
}

/** The AgentID of an Ed25519 key. */
export function agentOf(key: Uint8Array): AgentId {
  return { scheme: ED25519, key };
}

/** Do two AgentIDs name the same key? The hint says nothing. */
export function sameAgent(a: AgentId, b: AgentId): boolean {
  return a.scheme === b.scheme && bytesEqual(a.key, b.key);
}

type Stated<T> = Omit<T, 'signature'>;

/**
 * Completes an object: its id where it has a field for it, and the signature over the raw id. `draft` is the object with
 * everything else; its signer field has to be the signer's own key.
 */
export async function sealStruct<T extends { readonly signature: Signature }>(
  struct: Struct<T>,
  draft: Partial<T>,
  signer: Signer,
): Promise<T> {
  const { id, signer: field, signature } = struct.identified;
  invariant(signature === 'signature', `${struct.name} is signed`);
  if (field !== undefined) {
    const agent = (draft as Record<string, unknown>)[field] as AgentId;
    invariant(sameAgent(agent, agentOf(signer.key)), `${struct.name}.${field} is the signer`);
  }
  const digest = structId(struct, draft as T);
  const sig_bytes = await signer.sign(digest);
  const named = id === undefined ? {} : { [id]: digest };
  return { ...draft, ...named, signature: { alg: ED25519, sig_bytes } } as unknown as T;
}

/** Throws `mythos/wrong-id` when the id that an object states is not that of its content; gives the id. */
export function checkStructId<T>(struct: Struct<T>, value: T): Uint8Array {
  const computed = structId(struct, value);
  const field = struct.identified.id;
  const stated = field === undefined ? computed : ((value as Record<string, unknown>)[field] as Uint8Array);
  if (!bytesEqual(stated, computed))
    throw mythosError('wrong-id', {
      struct: struct.name,
      field: field ?? 'id',
      stated: formatHex(stated),
      computed: formatHex(computed),
    });
  return computed;
}

/**
 * Checks id and signature of an object. The key is the one that the object names as its signer; an entry that names none
 * (EffectCommit, DivergenceMark) needs `by`. Throws `mythos/wrong-id`, `mythos/wrong-signature`, `mythos/scheme`; gives the id.
 */
export function checkStruct<T extends Stated<T> & { readonly signature: Signature }>(
  struct: Struct<T>,
  value: T,
  { engine, by }: { readonly engine: SignatureEngine; readonly by?: AgentId | undefined },
): Uint8Array {
  const id = checkStructId(struct, value);
  const field = struct.identified.signer;
  const signer = by ?? (field === undefined ? undefined : ((value as Record<string, unknown>)[field] as AgentId));
  invariant(signer !== undefined, `${struct.name} needs to be told whose signature it carries`);
  const { signature } = value;
  const unknown = signer.scheme !== ED25519 ? signer.scheme : signature.alg !== ED25519 ? signature.alg : undefined;
  if (unknown !== undefined)
    throw mythosError('scheme', { struct: struct.name, what: 'the signature scheme', value: unknown });
  if (!engine.verify({ key: signer.key, message: id, signature: signature.sig_bytes }))
    throw mythosError('wrong-signature', { struct: struct.name, key: formatHex(signer.key) });
  return id;
}
