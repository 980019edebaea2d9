/** Verification of what is to be taken over or passed on. */
import {
  type ChainVerdict,
  failed,
  type GatosError,
  headOfEntry,
  type LongCall,
  type Oid,
  RULES,
  readEntry,
  ruleFor,
  type TrustHistory,
  verifyChain,
} from 'gatos-core';
import { transportError } from '../errors.js';
import type { Workspace } from '../workspace.js';

export interface Stretch {
  readonly chain: string;
  readonly head: Oid;
  /** A head that counts as verified; null: verify from the start. */
  readonly from: Oid | null;
  /** Whose chain it is, in words: `from \`origin\``, `here`. */
  readonly where: string;
}

/** Throws `transport/not-verified` or `transport/not-checked`, each with the stage, unless every check passes. */
export async function requireValid(
  { backend, engine, trust }: Pick<Workspace, 'backend' | 'engine'> & { readonly trust: TrustHistory },
  { chain, head, from, where }: Stretch,
  options: LongCall,
): Promise<void> {
  const rule = ruleFor(RULES, chain);
  if (rule === null) throw transportError('unknown-ref', { chain, remote: where, others: 0 });
  const context = { backend, engine, repo: trust.repo, authorize: trust.authorize };
  const start = from === null ? undefined : headOfEntry(await readEntry(backend, from));
  const verdict = await verifyChain(context, { chain, rule, head, from: start }, options);
  if (verdict.fault !== null) throw refusal(verdict.fault, { verdict, chain, where });
}

/** The fault as it is reported for a chain: was it found wrong, or could it not be looked at? */
function refusal(
  fault: GatosError,
  { verdict, chain, where }: { verdict: ChainVerdict; chain: string; where: string },
): GatosError {
  const stage = verdict.checks.find(({ outcome }) => outcome !== 'pass')?.name ?? 'history';
  const unknown = failed(stage, chain, fault).outcome === 'unknown';
  const data = { chain, where, stage, why: fault.message };
  return transportError(unknown ? 'not-checked' : 'not-verified', data, { cause: fault });
}
