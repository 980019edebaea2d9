/** Verifying one Proof-of-Fold, and telling as exactly as can be known where one that does not hold departs. */
import type { Cid } from '../codec/index.js';
import { isGatosError, type LongCall } from '../kernel/index.js';
import { faultOfNewest } from './check-proofs.js';
import { foldError } from './errors.js';
import { locate } from './locate.js';
import { isPrefix } from './prefix.js';
import { openProof, type ProofPorts, type ProofTools, type VerifiedProof } from './proof.js';
import { SharedEngine } from './shared-engine.js';
import type { StoredCheckpoint } from './stored-checkpoint.js';

export interface ProofRequest {
  readonly checkpoint: StoredCheckpoint;
  /** A checkpoint before it that was verified. Null: recompute from the first record. */
  readonly previous: VerifiedProof | null;
  /** `state_root` of the checkpoint before it in the chain. */
  readonly prevState: Cid | null;
}

/**
 * Recomputes one checkpoint. Throws `fold/proof-mismatch` naming the first field that differs, with both values, and how far the
 * checkpoints before it hold; `fold/other-engine`, `fold/no-engine`, `fold/definition-missing`, `fold/window-missing` when it
 * could not be checked; and what reading the journals throws.
 */
export async function verifyProof(
  { backend, sandbox }: ProofPorts,
  request: ProofRequest,
  options: LongCall = {},
): Promise<VerifiedProof> {
  if (sandbox === undefined) throw foldError('no-engine', {});
  const engine = new SharedEngine(await sandbox());
  const tools = { backend, engine };
  try {
    return await recomputed(tools, request, options);
  } catch (error) {
    if (request.previous !== null || !isGatosError(error, 'fold/proof-mismatch')) throw error;
    throw (await faultOfNewest(tools, request.checkpoint.entry.oid, options)) ?? error;
  } finally {
    engine.dispose();
  }
}

async function recomputed(
  tools: ProofTools,
  { checkpoint, previous, prevState }: ProofRequest,
  options: LongCall,
): Promise<VerifiedProof> {
  const proof = await openProof(tools, { checkpoint, prevState, verified: previous?.body.events ?? 0 });
  const heads = await locate(tools.backend, checkpoint.body.windows, options);
  const continues =
    previous !== null && proof.continues(previous.body) && (await isPrefix(tools.backend, previous.ends, heads));
  return proof.recompute({ heads, from: continues ? previous : null }, options);
}
