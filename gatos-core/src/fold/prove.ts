/**
 * Small proofs that are checked without the repository: that a state has a value under a key, and that an event is among those
 * a state was folded from. Each carries the signed checkpoint, so a verifier needs only the proof and a key to trust.
 */
import { type ChainEntry, encodeSigned, recordBytes, recordHasher } from '../chain/index.js';
import { type Cid, encode } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { EVENT_KIND, readOrdered } from '../journal/index.js';
import type { LongCall } from '../kernel/index.js';
import { verifyInclusion } from '../merkle/index.js';
import { foldError } from './errors.js';
import { InclusionPath } from './inclusion-path.js';
import { locate } from './locate.js';
import type { EventProof, KeyProof } from './proof-file.js';
import { readKey, type StoredCheckpoint } from './stored-checkpoint.js';

function signedBytes({ envelope, signatures }: ChainEntry): Uint8Array {
  return encodeSigned({ envelope: envelope.bytes, signatures });
}

/** Proves the value of one top-level key. Throws `fold/no-such-key`, `fold/block-missing`, `fold/block-altered`. */
export async function proveKey(backend: GitBackend, checkpoint: StoredCheckpoint, key: string): Promise<Uint8Array> {
  const { root, block } = await readKey(backend, checkpoint, key);
  const proof: KeyProof = { v: 1, type: 'state-key', signed: signedBytes(checkpoint.entry), root, key, block };
  return encode(proof);
}

/**
 * Proves that an event is among those folded. Reads the journals once: the time follows their length, memory does not. Throws
 * `fold/no-such-event`, `fold/window-missing`, and `fold/proof-broken` when the journals are not what the checkpoint folded.
 */
export async function proveEvent(
  backend: GitBackend,
  { entry, body }: StoredCheckpoint,
  event: Cid,
  options: LongCall = {},
): Promise<Uint8Array> {
  const heads = await locate(backend, body.windows, options);
  const hash = recordHasher(EVENT_KIND.kind);
  const tree = new InclusionPath();
  let bytes: Uint8Array | null = null;
  for await (const batch of readOrdered(backend, { heads }, { signal: options.signal })) {
    for (const { envelope } of batch) {
      for (let i = 0; i < envelope.count; i++) {
        const record = recordBytes(envelope, i);
        const cid = hash(record);
        const ours = bytes === null && cid.equals(event);
        if (ours) bytes = record;
        tree.append(cid.bytes, ours);
      }
    }
    const { name } = body;
    options.progress?.({ task: `prove event in ${name}`, done: tree.size, total: body.events, unit: 'events' });
  }
  const { index } = tree;
  if (bytes === null || index === null) throw foldError('no-such-event', { name: body.name, cid: String(event) });
  const path = tree.finish();
  if (!verifyInclusion({ root: body.history_root, size: body.events, index, leaf: event.bytes, path }))
    throw foldError('proof-broken', { what: 'the journals are not those that the checkpoint says it folded' });
  const proof: EventProof = { v: 1, type: 'state-event', signed: signedBytes(entry), event: bytes, index, path };
  return encode(proof);
}
