/** `policy_root`, cheaply: what every envelope cites. */
import { readHead } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { POLICY_CHAIN } from './schema.js';

/** CID of the newest adoption, or null when no policy was adopted. What it reads is not verified. Throws as `readHead`. */
export async function policyRootOf(backend: GitBackend): Promise<Cid | null> {
  return (await readHead(backend, POLICY_CHAIN))?.envelope.cid ?? null;
}
