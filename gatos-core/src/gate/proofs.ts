/** Proof-of-Fold at the gate: each checkpoint that a push adds is recomputed on top of the accepted one, from what the push brings. */
import { REF_PREFIX, readChain, recordBody } from '../chain/index.js';
import {
  acceptedProof,
  CHECKPOINT_KIND,
  readCheckpoint,
  type StoredCheckpoint,
  stillHolds,
  type VerifiedProof,
  verifyProof,
} from '../fold/index.js';
import type { GitBackend } from '../git/index.js';
import { GatosError, isGatosError, type LongCall } from '../kernel/index.js';
import type { ChainJudges } from './chains.js';
import { gateError } from './errors.js';
import type { ChainUpdate } from './read-push.js';

export interface ProofJudges extends Pick<ChainJudges, 'ports' | 'state' | 'terms'> {
  /** The repository as the push would make it. */
  readonly after: GitBackend;
}

/** The accepted checkpoint to go on from. One that cannot be gone on from leaves recomputing from the first record. */
async function startOf({ ports, state }: ProofJudges, checkpoint: StoredCheckpoint): Promise<VerifiedProof | null> {
  try {
    return await state.proofs.get(checkpoint.entry.oid, () => acceptedProof(ports.backend, checkpoint));
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

/** Why the proofs that an update adds to a state do not hold; null when they do. */
export async function refuseProofs(
  judges: ProofJudges,
  update: ChainUpdate,
  options: LongCall,
): Promise<GatosError | null> {
  try {
    await verifyAdded(judges, update, options);
    return null;
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
}

async function verifyAdded(judges: ProofJudges, update: ChainUpdate, options: LongCall): Promise<void> {
  const { ports, after, terms, state } = judges;
  let before = update.old === null ? null : await readCheckpoint(ports.backend, update.old);
  let previous = before === null ? null : await startOf(judges, before);
  const proofPorts = { backend: after, sandbox: ports.sandbox };
  const range = { head: update.next, after: update.old ?? undefined };
  for await (const batch of readChain(ports.backend, range, options)) {
    for (const entry of batch) {
      const checkpoint = { entry, body: recordBody(entry.envelope, 0, CHECKPOINT_KIND) };
      const prevState = before?.body.state_root ?? null;
      const proof = verifyProof(proofPorts, { checkpoint, previous, prevState }, options);
      previous = await (terms.proofOfFold ? proof : proof.catch(ifOfAnotherEngine));
      if (previous !== null) state.proofs.set(entry.oid, previous);
      if (terms.sealWindows) await refuseUnsealing(after, { checkpoint, before });
      before = checkpoint;
      options.signal?.throwIfAborted();
    }
  }
}

/** Where proofs are optional, one that another engine made is believed until somebody who has that engine looks. */
function ifOfAnotherEngine(error: unknown): null {
  if (isGatosError(error, 'fold/other-engine')) return null;
  throw error;
}

/** A checkpoint never takes back what the one before it sealed, and seals nothing that it did not fold. */
async function refuseUnsealing(
  after: GitBackend,
  { checkpoint, before }: { checkpoint: StoredCheckpoint; before: StoredCheckpoint | null },
): Promise<void> {
  const { body, entry } = checkpoint;
  const { chain } = entry.envelope;
  const ends = new Map(body.windows.map((window) => [window.chain, window.last_seq]));
  for (const window of before?.body.windows ?? []) {
    if ((ends.get(window.chain) ?? -1) >= window.last_seq) continue;
    throw gateError('unsealed', { state: chain, on: window.chain, why: 'the checkpoint before it folded more of it' });
  }
  const journals = await after.refs.list(`${REF_PREFIX}journal/${body.ns}/`);
  const heads = journals.map(({ name, oid }) => ({ chain: name.slice(REF_PREFIX.length), oid }));
  if (await stillHolds(after, { body }, heads)) return;
  throw gateError('unsealed', { state: chain, on: `journal/${body.ns}`, why: 'it left out what sorts before its end' });
}
