/**
 * What the records of governance say, found by proposal: a function of a set of records, whatever the order in which they came.
 * Every record here stands in a chain that was verified, signer and all; whether it is rightful is judged on top.
 */
import type { Cid } from '../codec/index.js';
import { compareText, type GatosError } from '../kernel/index.js';
import type { TrustState } from '../trust/index.js';
import { ulidOf } from './names.js';
import type { Approval, Consensus, Grant, Proposal, Revocation, Use } from './schema.js';
import type { TrustLine } from './trust-line.js';

/** A record with its place. */
export interface Held<T> {
  readonly chain: string;
  /** CID of the record. */
  readonly cid: Cid;
  readonly actor: string;
  /** Lamport clock of its envelope. */
  readonly clock: number;
  /** Microseconds since the epoch, as its writer says. */
  readonly time: number;
  readonly body: T;
}

export type GovernanceRecord =
  | { readonly kind: 'proposal'; readonly held: Held<Proposal> }
  | { readonly kind: 'approval'; readonly held: Held<Approval> }
  | { readonly kind: 'consensus'; readonly held: Held<Consensus> }
  | { readonly kind: 'grant'; readonly held: Held<Grant> }
  | { readonly kind: 'revocation'; readonly held: Held<Revocation> }
  | { readonly kind: 'use'; readonly held: Held<Use> };

/** A chain that is not valid (its records count for nothing), or that could not be looked at (so nobody knows what it says). */
export interface LedgerFault {
  readonly chain: string;
  readonly error: GatosError;
  /** Could it say anything? */
  readonly unread: boolean;
}

/** The trust by which governance is judged. */
export interface LedgerTrust {
  readonly state: TrustState;
  readonly line: TrustLine;
}

export interface Ledger {
  readonly trust: LedgerTrust;
  /** By ULID. */
  readonly proposals: ReadonlyMap<string, Held<Proposal>>;
  /** By text of their CIDs. */
  readonly proposalsByCid: ReadonlyMap<string, Held<Proposal>>;
  readonly approvalsByCid: ReadonlyMap<string, Held<Approval>>;
  readonly grantsByCid: ReadonlyMap<string, Held<Grant>>;
  /** By ULID of the proposal, sorted by actor. */
  readonly approvals: ReadonlyMap<string, readonly Held<Approval>[]>;
  /** By ULID of the proposal. */
  readonly consensus: ReadonlyMap<string, Held<Consensus>>;
  /** By ULID of the proposal. */
  readonly grants: ReadonlyMap<string, Held<Grant>>;
  /** By text of the CID of what they revoke, sorted by their own. */
  readonly revocations: ReadonlyMap<string, readonly Held<Revocation>[]>;
  /** By ULID of the proposal. */
  readonly uses: ReadonlyMap<string, readonly Held<Use>[]>;
  /** Proposals that want to replace a grant, by the text of its CID. */
  readonly successors: ReadonlyMap<string, readonly Held<Proposal>[]>;
  /** By chain. */
  readonly faults: ReadonlyMap<string, LedgerFault>;
  /** The largest clock in it. */
  readonly clock: number;
}

function push<T>(map: Map<string, T[]>, { key, item }: { key: string; item: T }): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}

function sortAll<T>(map: Map<string, Held<T>[]>): Map<string, readonly Held<T>[]> {
  // Chains are unique but for uses, whose clocks rise.
  for (const items of map.values()) items.sort((a, b) => compareText(a.chain, b.chain) || a.clock - b.clock);
  return map;
}

/** The records, found by what is asked for. */
class LedgerDraft {
  readonly proposals = new Map<string, Held<Proposal>>();
  readonly proposalsByCid = new Map<string, Held<Proposal>>();
  readonly approvals = new Map<string, Held<Approval>[]>();
  readonly approvalsByCid = new Map<string, Held<Approval>>();
  readonly consensus = new Map<string, Held<Consensus>>();
  readonly grants = new Map<string, Held<Grant>>();
  readonly grantsByCid = new Map<string, Held<Grant>>();
  readonly revocations = new Map<string, Held<Revocation>[]>();
  readonly uses = new Map<string, Held<Use>[]>();
  readonly successors = new Map<string, Held<Proposal>[]>();
  clock = 0;

  add({ kind, held }: GovernanceRecord): void {
    const id = ulidOf(held.chain);
    this.clock = Math.max(this.clock, held.clock);
    switch (kind) {
      case 'proposal':
        this.#addProposal(id, held);
        break;
      case 'approval':
        push(this.approvals, { key: id, item: held });
        this.approvalsByCid.set(String(held.cid), held);
        break;
      case 'consensus':
        this.consensus.set(id, held);
        break;
      case 'grant':
        this.grants.set(id, held);
        this.grantsByCid.set(String(held.cid), held);
        break;
      case 'revocation':
        push(this.revocations, { key: String(held.body.target), item: held });
        break;
      case 'use':
        push(this.uses, { key: id, item: held });
    }
  }

  #addProposal(id: string, held: Held<Proposal>): void {
    this.proposals.set(id, held);
    this.proposalsByCid.set(String(held.cid), held);
    const { supersedes } = held.body;
    if (supersedes !== null) push(this.successors, { key: String(supersedes), item: held });
  }
}

/** Finds records. Their order does not matter. */
export function ledgerOf(
  records: Iterable<GovernanceRecord>,
  { trust, faults = [] }: { trust: LedgerTrust; faults?: Iterable<LedgerFault> },
): Ledger {
  const draft = new LedgerDraft();
  for (const record of records) draft.add(record);
  for (const many of [draft.approvals, draft.revocations, draft.uses, draft.successors]) sortAll<unknown>(many);
  return Object.assign(draft, { trust, faults: new Map([...faults].map((fault) => [fault.chain, fault])) });
}
