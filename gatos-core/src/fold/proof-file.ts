/** Proof files: what they hold, and how they are checked without any repository. */
import {
  decodeEnvelope,
  decodeSigned,
  type Envelope,
  recordBody,
  recordHasher,
  type SignedEnvelope,
} from '../chain/index.js';
import { Cid, decode, formatKey, type Infer, type JsonValue, s, type Value } from '../codec/index.js';
import { ENVELOPE_TYPE, pae, type SignatureEngine } from '../identity/index.js';
import { EVENT_KIND } from '../journal/index.js';
import { LIMITS, type Report, report, runCheck } from '../kernel/index.js';
import { verifyInclusion } from '../merkle/index.js';
import { foldError } from './errors.js';
import { CHECKPOINT_KIND, type Checkpoint, stateChain } from './schema.js';
import { decodeBlock, decodeRoot } from './state-blocks.js';

const BLOCK = s.bytes({ max: LIMITS.blockBytes });
const KEY_PROOF = s.struct({
  v: s.literal(1),
  type: s.literal('state-key'),
  /** The signed envelope of the checkpoint. */
  signed: BLOCK,
  /** The root block of the state. */
  root: BLOCK,
  key: s.text({ maxBytes: LIMITS.stateKeyBytes }),
  /** The block of the value. */
  block: BLOCK,
});
const EVENT_PROOF = s.struct({
  v: s.literal(1),
  type: s.literal('state-event'),
  signed: BLOCK,
  /** Canonical DAG-CBOR of the event. */
  event: s.bytes({ max: LIMITS.recordBytes }),
  /** Its place in the fold order. */
  index: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  /** Audit path from the event up to `history_root`. */
  path: s.list(s.bytes({ length: 32 }), { max: LIMITS.merklePath }),
});
export type KeyProof = Infer<typeof KEY_PROOF>;
export type EventProof = Infer<typeof EVENT_PROOF>;

export interface ProvedFact {
  readonly report: Report;
  /** What the proof shows when the report passes; else nothing of it is proved. */
  readonly fact: {
    readonly state: string;
    readonly state_root: string;
    readonly events: number;
    readonly signers: readonly string[];
    readonly actor: string;
    /** CID of the genesis: which repository it is. */
    readonly repo: string;
    /** Of a key. */
    readonly key?: string;
    /** What stands under the key; or the event. */
    readonly value?: JsonValue;
    /** CID of an event. */
    readonly event?: string;
    /** Its place in the fold order, from 0. */
    readonly index?: number;
  };
}

/**
 * Checks a proof on its own. Whether the signers are to be trusted is the caller's to know: they are named in the answer, with
 * the repository. Throws `codec/*`, `chain/malformed-envelope`, `fold/proof-broken` for bytes that are no proof.
 */
export async function verifyProofFile(engine: SignatureEngine, bytes: Uint8Array): Promise<ProvedFact> {
  const proof = readProof(decode(bytes, { maxBytes: PROOF_BYTES }));
  const signed = decodeSigned(proof.signed);
  const { envelope, body } = readCheckpointEnvelope(signed);
  const subject = `state ${body.name}`;
  const checks = [await runCheck('signature', subject, () => checkSignatures(engine, signed, body.name))];
  const common = {
    state: body.name,
    state_root: String(body.state_root),
    events: body.events,
    actor: envelope.actor,
    repo: String(envelope.repo),
    signers: signed.signatures.map(({ key }) => formatKey(key)),
  };
  if (proof.type === 'state-key') {
    const fact = { ...common, key: proof.key, value: decodeBlock(proof.block) };
    checks.push(await runCheck('state-root', subject, () => checkKey(proof, body)));
    return { report: report(subject, checks), fact };
  }
  const cid = recordHasher(EVENT_KIND.kind)(proof.event);
  checks.push(await runCheck('history-root', subject, () => checkEvent(proof, body, cid)));
  const value = s.json.read(decode(proof.event), 'event');
  return { report: report(subject, checks), fact: { ...common, event: String(cid), index: proof.index, value } };
}

function readProof(value: Value): KeyProof | EventProof {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return type === 'state-event' ? EVENT_PROOF.read(value, 'proof') : KEY_PROOF.read(value, 'proof');
}

/** A signed envelope, and two blocks of a state or an event with its path. */
const PROOF_BYTES = 2 * LIMITS.blockBytes + LIMITS.envelopeBytes + LIMITS.recordBytes;

/** A signature on something else is no signature on a checkpoint. */
function readCheckpointEnvelope({ envelope: bytes }: SignedEnvelope): { envelope: Envelope; body: Checkpoint } {
  const envelope = decodeEnvelope(bytes);
  const { kind, chain, count, repo } = envelope;
  if (kind !== CHECKPOINT_KIND.kind || count !== 1 || repo === null)
    throw foldError('proof-broken', { what: 'what is signed is not a checkpoint' });
  const body = recordBody(envelope, 0, CHECKPOINT_KIND);
  if (chain === stateChain(body.name)) return { envelope, body };
  throw foldError('proof-broken', { what: `a checkpoint of \`${body.name}\` has no place on \`${chain}\`` });
}

async function checkSignatures(
  engine: SignatureEngine,
  { envelope, signatures }: SignedEnvelope,
  state: string,
): Promise<string> {
  const message = pae(ENVELOPE_TYPE, envelope);
  const verdicts = await engine.verifyMany(signatures.map(({ key, sig }) => ({ key, message, signature: sig })));
  if (signatures.length === 0) throw foldError('proof-unsigned', { state });
  for (const [i, { key }] of signatures.entries())
    if (verdicts[i] !== true) throw foldError('proof-signature', { state, key: formatKey(key) });
  return 'the checkpoint is signed';
}

function checkKey({ root, key, block }: KeyProof, body: Checkpoint): string {
  if (!Cid.hash('dag-cbor', root).equals(body.state_root))
    throw foldError('proof-broken', { what: 'the root block is not the signed state root' });
  const links = decodeRoot(root);
  const cid = Object.hasOwn(links, key) ? links[key] : undefined;
  if (cid === undefined || !Cid.hash('dag-cbor', block).equals(cid)) {
    throw foldError('proof-broken', { what: `the block is not the value of key \`${key}\`` });
  }
  return 'the value is the one under this key in the signed state';
}

function checkEvent({ index, path }: EventProof, body: Checkpoint, cid: Cid): string {
  const claim = { root: body.history_root, size: body.events, index, leaf: cid.bytes, path };
  if (!verifyInclusion(claim))
    throw foldError('proof-broken', { what: 'the path does not lead from the event to the signed history root' });
  return 'the event is among those the signed state was folded from';
}
