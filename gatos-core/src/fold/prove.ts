/**
 * Small proofs that are checked without the repository: that a state has a value under a key, and that an event is among those
 * a state was folded from. Each carries the signed checkpoint, so a verifier needs only the proof and a key to trust.
 */
import {
  type ChainEntry,
  decodeEnvelope,
  decodeSigned,
  encodeSigned,
  recordBody,
  recordBytes,
  recordHasher,
} from '../chain/index.js';
import { Cid, decode, encode, formatKey, type Infer, type JsonValue, s } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { ENVELOPE_TYPE, pae, type SignatureEngine } from '../identity/index.js';
import { EVENT_KIND, readOrdered } from '../journal/index.js';
import { type Check, LIMITS, passed, type Report, report, runCheck } from '../kernel/index.js';
import { inclusionProof, leafHash, verifyInclusion } from '../merkle/index.js';
import { readKey, type StoredCheckpoint } from './checkpoint.js';
import { foldError } from './errors.js';
import { locate } from './locate.js';
import { CHECKPOINT_KIND, type Checkpoint } from './schema.js';
import { decodeBlock, decodeRoot } from './state-blocks.js';

const BLOCK = s.bytes({ max: LIMITS.blockBytes });
const KEY_PROOF = s.struct({
  v: s.literal(1),
  type: s.literal('state-key'),
  signed: BLOCK,
  root: BLOCK,
  key: s.text({ maxBytes: LIMITS.stateKeyBytes }),
  block: BLOCK,
});
const EVENT_PROOF = s.struct({
  v: s.literal(1),
  type: s.literal('state-event'),
  signed: BLOCK,
  /** Canonical DAG-CBOR of the event. */
  event: s.bytes({ max: LIMITS.recordBytes }),
  index: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  path: s.list(s.bytes({ length: 32 }), { max: LIMITS.merklePath }),
});
export type KeyProof = Infer<typeof KEY_PROOF>;
export type EventProof = Infer<typeof EVENT_PROOF>;

function signedBytes({ envelope, signatures }: ChainEntry): Uint8Array {
  return encodeSigned({ envelope: envelope.bytes, signatures });
}

/** Proves the value of one top-level key. Throws `fold/no-such-key`. */
export async function proveKey(backend: GitBackend, checkpoint: StoredCheckpoint, key: string): Promise<Uint8Array> {
  const { root, block } = await readKey(backend, checkpoint, key);
  const proof: KeyProof = { v: 1, type: 'state-key', signed: signedBytes(checkpoint.entry), root, key, block };
  return encode(proof);
}

/** Proves that an event is among those folded. Reads the journals once: the cost follows their length. Throws `fold/no-such-event`. */
export async function proveEvent(backend: GitBackend, checkpoint: StoredCheckpoint, event: Cid): Promise<Uint8Array> {
  const { body } = checkpoint;
  const heads = [];
  for (const { chain, head } of body.windows) {
    heads.push({ chain, oid: (await locate(backend, chain, [head])).get(String(head)) ?? '' });
  }
  const hash = recordHasher(EVENT_KIND.kind);
  const leaves: Uint8Array[] = [];
  let found: { index: number; bytes: Uint8Array } | null = null;
  for await (const batch of readOrdered(backend, { heads })) {
    for (const { envelope } of batch) {
      for (let i = 0; i < envelope.count; i++) {
        const bytes = recordBytes(envelope, i);
        const cid = hash(bytes);
        if (cid.equals(event)) found = { index: leaves.length, bytes };
        leaves.push(leafHash(cid.bytes));
      }
    }
  }
  if (found === null) throw foldError('no-such-event', { name: body.name, cid: String(event) });
  const path = inclusionProof(leaves, found.index);
  const proof: EventProof = {
    v: 1,
    type: 'state-event',
    signed: signedBytes(checkpoint.entry),
    event: found.bytes,
    index: found.index,
    path,
  };
  return encode(proof);
}

export interface ProvedFact {
  readonly report: Report;
  /** What the proof shows when the report passes. */
  readonly fact: {
    readonly state: string;
    readonly state_root: string;
    readonly events: number;
    readonly signers: readonly string[];
    readonly actor: string;
    readonly key?: string;
    readonly value?: JsonValue;
    readonly event?: string;
    readonly index?: number;
  };
}

/** Checks a proof on its own. Whether the signers are to be trusted is the caller's to know: they are named in the answer. */
export async function verifyProofFile(engine: SignatureEngine, bytes: Uint8Array): Promise<ProvedFact> {
  const value = decode(bytes, { maxBytes: LIMITS.blockBytes * 2 });
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  const proof = type === 'state-event' ? EVENT_PROOF.read(value, 'proof') : KEY_PROOF.read(value, 'proof');
  const { envelope: envelopeBytes, signatures } = decodeSigned(proof.signed);
  const envelope = decodeEnvelope(envelopeBytes);
  const body = recordBody(envelope, 0, CHECKPOINT_KIND);
  const subject = `state ${body.name}`;
  const checks: Check[] = [passed('checkpoint', subject, 'the proof carries a well-formed signed checkpoint')];
  checks.push(
    await runCheck('signature', subject, async () => {
      const message = pae(ENVELOPE_TYPE, envelope.bytes);
      const verdicts = await engine.verifyMany(signatures.map(({ key, sig }) => ({ key, message, signature: sig })));
      if (signatures.length > 0 && verdicts.every(Boolean)) return 'the checkpoint is signed';
      throw foldError('proof-broken', { what: 'a signature does not fit the checkpoint' });
    }),
  );
  const common = {
    state: body.name,
    state_root: String(body.state_root),
    events: body.events,
    actor: envelope.actor,
    signers: signatures.map(({ key }) => formatKey(key)),
  };
  if (proof.type === 'state-key') {
    checks.push(await runCheck('state-root', subject, () => checkKey(proof, body)));
    return { report: report(subject, checks), fact: { ...common, key: proof.key, value: decodeBlock(proof.block) } };
  }
  const cid = recordHasher(EVENT_KIND.kind)(proof.event);
  checks.push(await runCheck('history-root', subject, () => checkEvent(proof, body, cid)));
  return { report: report(subject, checks), fact: { ...common, event: String(cid), index: proof.index } };
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
