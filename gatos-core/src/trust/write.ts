/** Writing the trust chain: genesis, and changes that several people sign one after the other, possibly offline. */
import {
  type Appended,
  append,
  type Description,
  type Draft,
  type Envelope,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import type { Signer } from '../identity/index.js';
import type { GatosError } from '../kernel/index.js';
import { authorizeByThreshold } from './authority.js';
import { trustError } from './errors.js';
import { changesIn, openTrust, type TrustHistory, type TrustPorts } from './history.js';
import {
  addSignature,
  appliedAs,
  draftPending,
  type Pending,
  type PendingPlace,
  publishPending,
  readPending,
  signPending,
} from './pending.js';
import { TRUST_RULE } from './rules.js';
import { CHANGE_KIND, GENESIS_KIND, type Genesis, TRUST_CHAIN, type TrustChange } from './schema.js';
import { applyChanges, type Place, stateOfGenesis } from './state.js';

export type TrustWriterPorts = WriterPorts & TrustPorts;

export interface FoundingRequest {
  readonly profile: string;
  /** Who founds the repository, and is its first root. */
  readonly actor: string;
  readonly signer: Signer;
}

/** Starts the trust chain with one root. Throws `trust/exists-already`, `trust/bad-change` for a key that cannot be registered. */
export async function found(
  ports: TrustWriterPorts,
  { profile, actor, signer }: FoundingRequest,
): Promise<TrustHistory> {
  const genesis: Genesis = {
    nonce: ports.random.bytes(16),
    profile,
    threshold: 1,
    roots: [actor],
    principals: [{ actor, keys: [{ key: signer.key }] }],
    groups: [],
  };
  stateOfGenesis(genesis, placeAt(ports, 0));
  await append(ports, {
    chain: TRUST_CHAIN,
    rule: TRUST_RULE,
    repo: null,
    actor,
    policy: null,
    signers: [signer],
    floor: async () => 0,
    prepare: async (head) => {
      if (head !== null) throw trustError('exists-already', { repo: String(head.cid) });
      return [draftOf(GENESIS_KIND.kind, [encode(genesis as unknown as Value)], GENESIS_KIND.describe(genesis, 1))];
    },
  });
  return openTrust(ports);
}

function placeAt({ engine }: TrustPorts, clock: number): Place {
  return { clock, isRegistrable: (key) => engine.isRegistrable(key) };
}

function draftOf(kind: string, bodies: readonly Uint8Array[], description: Description): Draft {
  return { kind, bodies, description };
}

export interface ChangeRequest {
  readonly actor: string;
  readonly signer: Signer;
  readonly changes: readonly [TrustChange, ...TrustChange[]];
  /** `policy_root` in force; absent or null: none is. */
  readonly policy?: Cid | null | undefined;
}

/** A change that may still lack signatures, as it travels from one root to the next. */
export interface PendingChange {
  /** The DAG-CBOR of `{ envelope, signatures }`. */
  readonly bytes: Uint8Array;
  readonly cid: Cid;
  readonly changes: readonly TrustChange[];
  /** What is still missing before it can be applied; null when nothing is. */
  readonly missing: GatosError | null;
}

/** Changes are judged by the state before them. */
function placeOfChange({ repo, head, state }: TrustHistory): PendingPlace {
  return {
    rule: TRUST_RULE,
    kind: CHANGE_KIND,
    repo,
    head,
    authorize: (envelope, signatures) => authorizeByThreshold(state, envelope, signatures),
    refuse: (why) => trustError('bad-change', { why }),
  };
}

function changeOf({ envelope, bytes, missing }: Pending): PendingChange {
  return { bytes, cid: envelope.cid, changes: changesIn(envelope), missing };
}

/** Throws `trust/bad-change` when the changes would make no sense on the present state. */
function checkChanges(ports: TrustPorts, { state }: TrustHistory, envelope: Envelope): void {
  applyChanges(state, changesIn(envelope), placeAt(ports, envelope.clock));
}

/**
 * Makes a change on the present state and signs it. Throws `trust/bad-change` when it would make no sense, `trust/not-a-root` and
 * the like when the signature could never count.
 */
export async function proposeChange(
  ports: TrustWriterPorts,
  { actor, signer, changes, policy = null }: ChangeRequest,
): Promise<PendingChange> {
  const history = await openTrust(ports);
  const place = placeOfChange(history);
  const bodies = changes.map((change) => encode(CHANGE_KIND.schema.read(change, 'change') as unknown as Value));
  const envelope = await draftPending(ports, place, { actor, policy, bodies });
  checkChanges(ports, history, envelope);
  return changeOf(await signPending(place, { envelope, signatures: [] }, signer));
}

/**
 * Reads a pending change against the present trust chain; its signatures are counted, not verified. Throws `trust/stale` when
 * the chain has moved on, `trust/bad-change` for a file of something else, `chain/*` for one that could not stand in the chain.
 */
export function pendingChange(history: TrustHistory, bytes: Uint8Array): PendingChange {
  return changeOf(readPending(placeOfChange(history), bytes));
}

/**
 * Adds a signature. Throws as `pendingChange`, `chain/bad-signature` when an earlier one does not fit, and `trust/not-a-root` and
 * the like when the new one could never count.
 */
export async function signChange(ports: TrustWriterPorts, bytes: Uint8Array, signer: Signer): Promise<PendingChange> {
  const history = await openTrust(ports);
  return changeOf(await addSignature(ports.engine, placeOfChange(history), { bytes, signer }));
}

/**
 * Makes a change law; one that is law already is left alone. Throws `trust/threshold` while signatures are missing, `trust/stale`
 * when another change came first, `chain/bad-signature` when a signature does not fit, and as `pendingChange`.
 */
export async function applyPending(ports: TrustWriterPorts, bytes: Uint8Array): Promise<Appended> {
  const history = await openTrust(ports);
  const applied = await appliedAs(ports.backend, { chain: TRUST_CHAIN, bytes });
  if (applied !== null) return applied;
  const place = placeOfChange(history);
  const pending = readPending(place, bytes);
  if (pending.missing !== null) throw pending.missing;
  checkChanges(ports, history, pending.envelope);
  return publishPending(ports, place, { pending });
}
