/**
 * What the roots decide together: an envelope that several of them sign one after the other, possibly offline, before it is law. One
 * implementation for every chain that moves by the threshold.
 */
import {
  type AnyRecordKind,
  type Appended,
  type Authorize,
  buildEnvelope,
  type ChainHead,
  chainError,
  checkPlace,
  checkRecords,
  checkSequence,
  decodeEnvelope,
  decodeSigned,
  type Envelope,
  type EnvelopeSignature,
  encodeSigned,
  largestClock,
  type NewFile,
  publish,
  type Rule,
  readBackwards,
  recordBody,
  refOfChain,
  signAll,
  signedMessage,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, formatKey } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { SignatureEngine, Signer } from '../identity/index.js';
import { bytesEqual, type GatosError, LIMITS } from '../kernel/index.js';
import { trustError } from './errors.js';

/** Where a pending envelope is to stand, and who decides on it. */
export interface PendingPlace {
  /** Of one chain: its pattern is the name. */
  readonly rule: Rule;
  readonly kind: AnyRecordKind;
  readonly repo: Cid;
  /** Null: the chain does not exist yet. */
  readonly head: ChainHead | null;
  /** Judges the signatures; `trust/threshold` and `trust/actor-did-not-sign` mean that some are missing. */
  readonly authorize: Authorize;
  /** The fault of a file that is something else, or has no room for a signature. */
  readonly refuse: (why: string) => GatosError;
}

/** An envelope on its way to being law. */
export interface Pending {
  readonly envelope: Envelope;
  readonly signatures: readonly EnvelopeSignature[];
  /** The DAG-CBOR of `{ envelope, signatures }`. */
  readonly bytes: Uint8Array;
  /** What is still missing before it can be applied; null when nothing is. */
  readonly missing: GatosError | null;
}

export interface PendingDraft {
  readonly actor: string;
  /** `policy_root` in force for the writer. */
  readonly policy: Cid | null;
  readonly bodies: readonly Uint8Array[];
}

/** The envelope that would come next, after everything that is known here. Throws as `buildEnvelope`, `chain/clock-exhausted`. */
export async function draftPending(
  ports: WriterPorts,
  { rule: { pattern: chain }, kind, repo, head }: PendingPlace,
  { bodies, ...author }: PendingDraft,
): Promise<Envelope> {
  const clock = Math.max(await largestClock(ports.backend, ''), head?.clock ?? 0) + 1;
  if (clock > Number.MAX_SAFE_INTEGER) throw chainError('clock-exhausted', { chain, clock: clock - 1 });
  const time = Math.max(Math.floor(ports.clock.now()), head?.time ?? 0);
  const place = { chain, seq: head?.next ?? 0, prev: head?.cid ?? null, clock, time };
  return buildEnvelope({ v: 1, repo, ...place, ...author, kind: kind.kind }, bodies);
}

/** Signs, and refuses a signature that would make the envelope unusable. */
export async function signPending(
  place: PendingPlace,
  { envelope, signatures }: Pick<Pending, 'envelope' | 'signatures'>,
  signer: Signer,
): Promise<Pending> {
  const [added = []] = await signAll([signer], [envelope]);
  const bytes = encodeSigned({ envelope: envelope.bytes, signatures: [...signatures, ...added] });
  const pending = readPending(place, bytes);
  const { missing } = pending;
  if (missing === null || missing.code === 'trust/threshold' || missing.code === 'trust/actor-did-not-sign')
    return pending;
  throw missing;
}

/**
 * Reads a pending envelope against the chain as it is now; its signatures are counted, not verified. Throws `trust/stale` when the
 * chain has moved on, the place's own fault for a file of something else, `chain/*` for one that could not stand in the chain.
 */
export function readPending(place: PendingPlace, bytes: Uint8Array): Pending {
  const { rule, kind, repo, head } = place;
  const { pattern: chain } = rule;
  const signed = decodeSigned(bytes);
  const envelope = decodeEnvelope(signed.envelope);
  if (envelope.kind !== kind.kind || envelope.chain !== chain || envelope.repo?.equals(repo) !== true)
    throw place.refuse(`the file holds no \`${kind.kind}\` for \`${chain}\` of this repository`);
  const isNext = head === null ? envelope.prev === null : envelope.prev?.equals(head.cid) === true;
  if (!isNext)
    throw trustError('stale', {
      chain,
      want: String(envelope.prev ?? 'nothing'),
      head: String(head?.cid ?? 'nothing'),
    });
  const at = { chain, commit: 'not committed yet' };
  checkPlace(envelope, { at, repo, rule });
  checkSequence(envelope, { at, previous: head });
  checkRecords(envelope, { at, rule });
  const { signatures } = signed;
  return { envelope, signatures, bytes, missing: place.authorize(envelope, signatures, rule) };
}

/**
 * Adds a signature. Throws as `readPending`, `chain/bad-signature` when an earlier one does not fit, and `trust/not-a-root` and the
 * like when the new one could never count.
 */
export async function addSignature(
  engine: SignatureEngine,
  place: PendingPlace,
  { bytes, signer }: { readonly bytes: Uint8Array; readonly signer: Signer },
): Promise<Pending> {
  const pending = readPending(place, bytes);
  if (pending.signatures.some(({ key }) => bytesEqual(key, signer.key)))
    throw place.refuse(`key \`${formatKey(signer.key)}\` has signed it already`);
  if (pending.signatures.length >= LIMITS.signatures)
    throw place.refuse(`it carries ${LIMITS.signatures} signatures, and there is room for no more`);
  await checkSignatures(engine, pending);
  return signPending(place, pending, signer);
}

/**
 * Makes it law. Throws what is missing, `chain/bad-signature` when a signature does not fit, and `trust/stale` when another envelope
 * came first.
 */
export async function publishPending(
  { backend, engine }: { readonly backend: GitBackend; readonly engine: SignatureEngine },
  { rule: { pattern: chain }, kind, head }: PendingPlace,
  { pending, files }: { readonly pending: Pending; readonly files?: readonly NewFile[] },
): Promise<Appended> {
  const { envelope, signatures, bytes, missing } = pending;
  if (missing !== null) throw missing;
  await checkSignatures(engine, pending);
  const description = kind.describe(recordBody(envelope, 0, kind), envelope.count);
  const item = { envelope, signatures, draft: { kind: kind.kind, bodies: [], description, files } };
  const published = await publish(backend, [{ chain, parent: head?.oid ?? null, items: [item] }]);
  const appended = published?.[0]?.[0] ?? (await appliedAs(backend, { chain, bytes }));
  if (appended === null)
    throw trustError('stale', { chain, want: String(envelope.prev ?? 'nothing'), head: 'a later envelope' });
  return appended;
}

/** The commit that holds exactly this envelope, whatever came after it: whoever did not hear the answer asks again. */
export async function appliedAs(
  backend: GitBackend,
  { chain, bytes }: { readonly chain: string; readonly bytes: Uint8Array },
): Promise<Appended | null> {
  const { cid, seq } = decodeEnvelope(decodeSigned(bytes).envelope);
  const head = await backend.refs.read(refOfChain(chain));
  if (head === null) return null;
  for await (const { oid, envelope } of readBackwards(backend, head)) {
    if (envelope.cid.equals(cid)) return { oid, envelope };
    if (envelope.seq <= seq) break;
  }
  return null;
}

async function checkSignatures(engine: SignatureEngine, { envelope, signatures }: Pending): Promise<void> {
  const message = signedMessage(envelope.bytes);
  const verdicts = await engine.verifyMany(signatures.map(({ key, sig }) => ({ key, message, signature: sig })));
  const bad = signatures.find((_, i) => verdicts[i] !== true);
  if (bad === undefined) return;
  const at = { chain: envelope.chain, commit: 'not committed yet' };
  throw chainError('bad-signature', { ...at, key: formatKey(bad.key) });
}
