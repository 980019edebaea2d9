/** Which revocations are rightful. A revocation by anyone else counts for nothing. */
import { compareText, type GatosError } from '../kernel/index.js';
import { governanceError } from './errors.js';
import type { Held, Ledger } from './ledger.js';
import { ulidOf } from './names.js';
import type { Grant, Revocable, Revocation } from './schema.js';

/** Who acts, and where in history. */
export interface Deed {
  readonly actor: string;
  readonly clock: number;
}

type Target = Held<unknown>;

function targetOf(ledger: Ledger, { kind, target }: Pick<Revocation, 'kind' | 'target'>): Target | null {
  const name = String(target);
  switch (kind) {
    case 'proposal':
      return ledger.proposalsByCid.get(name) ?? null;
    case 'approval':
      return ledger.approvalsByCid.get(name) ?? null;
    case 'grant':
      return ledger.grantsByCid.get(name) ?? null;
  }
}

/** Who approved what a grant rests on, by the proof that it names, sorted. Revoked approvals too. */
export function approversOf(ledger: Ledger, grant: Held<Grant>): readonly string[] {
  const proof = ledger.consensus.get(ulidOf(grant.chain));
  if (proof?.cid.equals(grant.body.consensus) !== true) return [];
  const actors = proof.body.approvals.flatMap((cid) => {
    const approval = ledger.approvalsByCid.get(String(cid));
    return approval?.body.proposal.equals(grant.body.proposal) === true ? [approval.actor] : [];
  });
  return [...new Set(actors)].sort(compareText);
}

/** May this actor end that grant, by revocation or by putting another one in its place? */
export function mayEndGrant(ledger: Ledger, grant: Held<Grant>, { actor, clock }: Deed): boolean {
  const proposal = ledger.proposalsByCid.get(String(grant.body.proposal));
  if (proposal?.actor === actor || approversOf(ledger, grant).includes(actor)) return true;
  return ledger.trust.line.wasRoot(actor, clock);
}

const WHO: Readonly<Record<Revocable, string>> = {
  proposal: 'whoever proposed it and the roots may',
  approval: 'whoever approved may',
  grant: 'whoever proposed it, those who approved it and the roots may',
};

function isEntitled(ledger: Ledger, { kind, target, by }: { kind: Revocable; target: Target; by: Deed }): boolean {
  switch (kind) {
    case 'approval':
      return by.actor === target.actor;
    case 'proposal':
      return by.actor === target.actor || ledger.trust.line.wasRoot(by.actor, by.clock);
    case 'grant':
      return mayEndGrant(ledger, target as Held<Grant>, by);
  }
}

/** Why this actor may not revoke that; null when it may. */
export function entitlementFault(
  ledger: Ledger,
  { kind, target: cid }: Pick<Revocation, 'kind' | 'target'>,
  by: Deed,
): GatosError | null {
  const target = targetOf(ledger, { kind, target: cid });
  if (target === null) return governanceError('no-such-target', { kind, target: String(cid) });
  if (isEntitled(ledger, { kind, target, by })) return null;
  return governanceError('not-entitled', { actor: by.actor, kind, target: String(cid), who: WHO[kind] });
}

/** Why a revocation counts for nothing; null when it is rightful. */
export function revocationFault(ledger: Ledger, { chain, actor, clock, body }: Held<Revocation>): GatosError | null {
  const target = targetOf(ledger, body);
  // Its writer saw what it revokes. (A thief with a revoked key would claim an early place.)
  if (target !== null && clock <= target.clock)
    return governanceError('bad-revocation', { chain, why: `it claims place ${clock}, before what it revokes` });
  return entitlementFault(ledger, body, { actor, clock });
}

/** The rightful revocation of a record, the first by name; null when there is none. */
export function revocationOf(ledger: Ledger, kind: Revocable, { cid }: Held<unknown>): Held<Revocation> | null {
  const named = ledger.revocations.get(String(cid)) ?? [];
  return named.find((held) => held.body.kind === kind && revocationFault(ledger, held) === null) ?? null;
}
