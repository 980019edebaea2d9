/** Where governance records stand: one chain each, named after the proposal that they are about. */
import { checkChainName } from '../chain/index.js';
import { actorToRefComponent } from '../identity/index.js';
import { governanceError } from './errors.js';

export const PROPOSALS = 'proposals/';
export const APPROVALS = 'approvals/';
export const GRANTS = 'grants/';
export const CONSENSUS = 'audit/proofs/governance/';
export const REVOCATIONS = 'revocations/';
export const USES = 'audit/grants/';

export const ULID_LENGTH = 26;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** Throws `governance/name`. */
export function checkUlid(id: string): string {
  if (isUlid(id)) return id;
  throw governanceError('name', { id: id.length > 80 ? `${id.slice(0, 80)}…` : id });
}

/** `proposals/01H…`; throws `governance/name`. */
export function proposalChain(id: string): string {
  return PROPOSALS + checkUlid(id);
}

/** `approvals/01H….user-alice`: one for each principal, by construction. Throws `governance/name`, `identity/actor`. */
export function approvalChain(id: string, actor: string): string {
  return checkChainName(`${APPROVALS}${checkUlid(id)}.${actorToRefComponent(actor)}`);
}

/** `grants/01H…`; throws `governance/name`. */
export function grantChain(id: string): string {
  return GRANTS + checkUlid(id);
}

/** `audit/proofs/governance/01H…`; throws `governance/name`. */
export function consensusChain(id: string): string {
  return CONSENSUS + checkUlid(id);
}

/** `revocations/01H…`; throws `governance/name`. */
export function revocationChain(id: string): string {
  return REVOCATIONS + checkUlid(id);
}

/** `audit/grants/01H…`; throws `governance/name`. */
export function usesChain(id: string): string {
  return USES + checkUlid(id);
}

/** The last component of a chain name. */
export function componentOf(chain: string): string {
  return chain.slice(chain.lastIndexOf('/') + 1);
}

/** The ULID that a governance chain is named after; whatever stands there in a name that has none. */
export function ulidOf(chain: string): string {
  return componentOf(chain).slice(0, ULID_LENGTH);
}
