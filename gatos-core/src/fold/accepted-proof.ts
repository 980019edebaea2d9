/** Going on from a checkpoint that was accepted before, when the next one is verified. */
import type { GitBackend } from '../git/index.js';
import type { VerifiedProof } from './proof.js';
import { endsAt, placeOf } from './resume.js';
import type { StoredCheckpoint } from './stored-checkpoint.js';

/**
 * A checkpoint that was accepted before, as something to verify the next one on top of: it is believed, not recomputed. Throws as
 * `placeOf`.
 */
export async function acceptedProof(backend: GitBackend, checkpoint: StoredCheckpoint): Promise<VerifiedProof> {
  const { body } = checkpoint;
  return { body, base: await placeOf(backend, checkpoint), ends: await endsAt(backend, body.windows) };
}
