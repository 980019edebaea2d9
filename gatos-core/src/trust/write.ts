/** Writing the trust chain: genesis, and changes that several people sign one after the other, possibly offline. */
import {
  type Appended,
  append,
  buildEnvelope,
  chainError,
  checkPlace,
  checkRecords,
  checkSequence,
  type Description,
  type Draft,
  decodeEnvelope,
  decodeSigned,
  type Envelope,
  type EnvelopeSignature,
  encodeSigned,
  largestClock,
  publish,
  readBackwards,
  refOfChain,
  signAll,
  signedMessage,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, formatKey, type Value } from '../codec/index.js';
import type { Signer } from '../identity/index.js';
import { bytesEqual, type GatosError, invariant, LIMITS } from '../kernel/index.js';
import { authorizeChange } from './authority.js';
import { trustError } from './errors.js';
import { changesIn, openTrust, type TrustHistory, type TrustPorts } from './history.js';
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

/**
 * Makes a change on the present state and signs it. Throws `trust/bad-change` when it would make no sense, `trust/not-a-root` and
 * the like when the signature could never count.
 */
export async function proposeChange(
  ports: TrustWriterPorts,
  { actor, signer, changes }: ChangeRequest,
): Promise<PendingChange> {
  const history = await openTrust(ports);
  const { head, repo } = history;
  const clock = Math.max(await largestClock(ports.backend, ''), head.clock) + 1;
  if (clock > Number.MAX_SAFE_INTEGER) throw chainError('clock-exhausted', { chain: TRUST_CHAIN, clock: clock - 1 });
  const place = {
    chain: TRUST_CHAIN,
    seq: head.next,
    prev: head.cid,
    clock,
    time: Math.max(Math.floor(ports.clock.now()), head.time),
  };
  const bodies = changes.map((change) => encode(CHANGE_KIND.schema.read(change, 'change') as unknown as Value));
  const envelope = buildEnvelope({ v: 1, repo, ...place, actor, policy: null, kind: CHANGE_KIND.kind }, bodies);
  applyChanges(history.state, changes, placeAt(ports, clock));
  return withSignature(history, { envelope, signatures: [] }, signer);
}

/** An envelope on its way to being law. */
interface Pending {
  readonly envelope: Envelope;
  readonly signatures: readonly EnvelopeSignature[];
}

/** Signs, and refuses a signature that would make the change unusable. */
async function withSignature(
  history: TrustHistory,
  { envelope, signatures }: Pending,
  signer: Signer,
): Promise<PendingChange> {
  const [added = []] = await signAll([signer], [envelope]);
  const pending = pendingChange(
    history,
    encodeSigned({ envelope: envelope.bytes, signatures: [...signatures, ...added] }),
  );
  const { missing } = pending;
  if (missing === null || missing.code === 'trust/threshold' || missing.code === 'trust/actor-did-not-sign')
    return pending;
  throw missing;
}

/**
 * Reads a pending change against the present trust chain; its signatures are counted, not verified. Throws `trust/stale` when
 * the chain has moved on, `trust/bad-change` for a file of something else, `chain/*` for one that could not stand in the chain.
 */
export function pendingChange(history: TrustHistory, bytes: Uint8Array): PendingChange {
  const { envelope, signatures } = openPending(history, bytes);
  const missing = authorizeChange(history.state, envelope, signatures);
  return { bytes, cid: envelope.cid, changes: changesIn(envelope), missing };
}

function openPending({ repo, head }: TrustHistory, bytes: Uint8Array): Pending {
  const signed = decodeSigned(bytes);
  const envelope = decodeEnvelope(signed.envelope);
  if (envelope.kind !== CHANGE_KIND.kind || envelope.chain !== TRUST_CHAIN || envelope.repo?.equals(repo) !== true)
    throw trustError('bad-change', { why: 'the file is not a trust change of this repository' });
  if (envelope.prev?.equals(head.cid) !== true)
    throw trustError('stale', { want: String(envelope.prev), head: String(head.cid) });
  const at = { chain: TRUST_CHAIN, commit: 'not committed yet' };
  checkPlace(envelope, { at, repo, rule: TRUST_RULE });
  checkSequence(envelope, { at, previous: head });
  checkRecords(envelope, { at, rule: TRUST_RULE });
  return { envelope, signatures: signed.signatures };
}

/**
 * Adds a signature. Throws as `pendingChange`, `chain/bad-signature` when an earlier one does not fit, and `trust/not-a-root` and
 * the like when the new one could never count.
 */
export async function signChange(ports: TrustWriterPorts, bytes: Uint8Array, signer: Signer): Promise<PendingChange> {
  const history = await openTrust(ports);
  const pending = openPending(history, bytes);
  if (pending.signatures.some(({ key }) => bytesEqual(key, signer.key)))
    throw trustError('bad-change', { why: `key \`${formatKey(signer.key)}\` has signed it already` });
  if (pending.signatures.length >= LIMITS.signatures)
    throw trustError('bad-change', {
      why: `it carries ${LIMITS.signatures} signatures, and there is room for no more`,
    });
  await checkSignatures(ports, pending);
  return withSignature(history, pending, signer);
}

/**
 * Makes a change law; one that is law already is left alone. Throws `trust/threshold` while signatures are missing, `trust/stale`
 * when another change came first, `chain/bad-signature` when a signature does not fit, and as `pendingChange`.
 */
export async function applyPending(ports: TrustWriterPorts, bytes: Uint8Array): Promise<Appended> {
  const history = await openTrust(ports);
  const applied = await appliedAs(ports, bytes);
  if (applied !== null) return applied;
  const pending = openPending(history, bytes);
  const { envelope, signatures } = pending;
  const { missing, changes } = pendingChange(history, bytes);
  if (missing !== null) throw missing;
  applyChanges(history.state, changes, placeAt(ports, envelope.clock));
  await checkSignatures(ports, pending);
  const [first] = changes;
  invariant(first !== undefined, 'an envelope holds a record');
  const draft = draftOf(CHANGE_KIND.kind, [], CHANGE_KIND.describe(first, envelope.count));
  const published = await publish(ports.backend, {
    chain: TRUST_CHAIN,
    parent: history.head.oid,
    items: [{ envelope, signatures, draft }],
  });
  const appended = published?.[0] ?? (await appliedAs(ports, bytes));
  if (appended === null) throw trustError('stale', { want: String(envelope.prev), head: 'a later change' });
  return appended;
}

/** The commit that holds exactly this change, whatever came after it: whoever did not hear the answer asks again. */
async function appliedAs({ backend }: TrustWriterPorts, bytes: Uint8Array): Promise<Appended | null> {
  const { cid, seq } = decodeEnvelope(decodeSigned(bytes).envelope);
  const head = await backend.refs.read(refOfChain(TRUST_CHAIN));
  if (head === null) return null;
  for await (const { oid, envelope } of readBackwards(backend, head)) {
    if (envelope.cid.equals(cid)) return { oid, envelope };
    if (envelope.seq <= seq) break;
  }
  return null;
}

async function checkSignatures({ engine }: TrustPorts, { envelope, signatures }: Pending): Promise<void> {
  const message = signedMessage(envelope.bytes);
  const verdicts = await engine.verifyMany(signatures.map(({ key, sig }) => ({ key, message, signature: sig })));
  const bad = signatures.find((_, i) => verdicts[i] !== true);
  if (bad === undefined) return;
  throw chainError('bad-signature', { chain: TRUST_CHAIN, commit: 'not committed yet', key: formatKey(bad.key) });
}
