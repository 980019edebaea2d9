/** What a denial promises beyond a valid chain: that what it says of the decision is what the decision says. */
import { chainOfRef, isAmong, REF_PREFIX, readEntry } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import { bytesEqual, type Check, type LongCall, runCheck } from '../kernel/index.js';
import { decodeDecision } from '../policy/index.js';
import { auditError } from './errors.js';
import { DENIALS } from './schema.js';
import { denialIn, type StoredDenial } from './write.js';

/** Throws `audit/bad-denial`. */
export function checkDenial({ body, decision, entry }: StoredDenial): string {
  const { chain } = entry.envelope;
  const bad = (why: string) => auditError('bad-denial', { chain, why });
  if ((body.decision === null) !== (body.input === null)) throw bad('it names a decision without its document');
  if (body.decision === null) return 'refused without asking a policy';
  if (decision === null) throw bad('the decision is not attached');
  const { input, verdict, policy_code_root } = decodeDecision(decision);
  if (verdict !== 'deny') throw bad('the decision in it allows the push');
  if (body.input === null || !input.equals(body.input)) throw bad('the decision is on another document');
  if (body.policy_code_root === null || !bytesEqual(policy_code_root, body.policy_code_root))
    throw bad('the decision is by another policy');
  return 'it says what the decision says';
}

/**
 * One check for each recorded denial whose name starts with one of `only`; those chains are verified as all others. Faults become
 * failed checks.
 */
export async function verifyDenials(
  backend: GitBackend,
  { only, signal }: LongCall & { readonly only?: readonly string[] | undefined } = {},
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const { name, oid } of await backend.refs.list(REF_PREFIX + DENIALS)) {
    const chain = chainOfRef(name) ?? name;
    if (!isAmong(chain, only)) continue;
    const body = async () => checkDenial(await denialIn(backend, await readEntry(backend, oid)));
    checks.push(await runCheck('denial', chain, body));
    signal?.throwIfAborted();
  }
  return checks;
}
