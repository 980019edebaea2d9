/** `policy_root`, cheaply: what every envelope cites. */
import { readEntry, readHead, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { BUNDLE_KIND, POLICY_CHAIN } from './schema.js';

/** CID of the newest adoption, or null when no policy was adopted. What it reads is not verified. Throws as `readHead`. */
export async function policyRootOf(backend: GitBackend): Promise<Cid | null> {
  return (await readHead(backend, POLICY_CHAIN))?.envelope.cid ?? null;
}

/** What a record says of the policy under which it was made. */
export interface PolicyRoots {
  readonly root: Cid;
  readonly codeRoot: Uint8Array;
}

/** As `policyRootOf`, with `policy_code_root`, of the adoption in a commit. Throws `codec/schema`, and as the git port. */
export async function policyRootsAt(backend: GitBackend, adoption: Oid): Promise<PolicyRoots> {
  const { envelope } = await readEntry(backend, adoption);
  return { root: envelope.cid, codeRoot: recordBody(envelope, 0, BUNDLE_KIND).policy_code_root };
}
