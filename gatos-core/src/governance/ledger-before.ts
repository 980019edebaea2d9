/** What governance said at an earlier place: for who asks whether something was allowed when it was recorded. */
import { type GovernanceRecord, type Held, type Ledger, type LedgerTrust, ledgerOf } from './ledger.js';
import type { Grant, Proposal } from './schema.js';

/** A place in history: the Lamport clock of an envelope and its time, µs since the epoch. */
export interface Moment {
  readonly clock: number;
  readonly time: number;
}

/**
 * The ledger as an envelope of this place saw it, with trust as it was. What allows counts by its clock alone; what ends something has to
 * be earlier by its time as well, because clocks of chains that had nothing to do with one another may be the other way round.
 */
export function ledgerBefore(ledger: Ledger, moment: Moment): Ledger {
  const by = ({ clock }: Held<unknown>) => clock < moment.clock;
  const ends = (held: Held<unknown>) => by(held) && held.time <= moment.time;
  const replaces = (grant: Held<Grant>) => proposalOf(ledger, grant)?.body.supersedes != null;
  const of = <K extends GovernanceRecord['kind'], T>(kind: K, all: Iterable<Held<T>>, isThere = by) =>
    [...all].filter(isThere).map((held) => ({ kind, held }));
  const records = [
    ...of('proposal', ledger.proposals.values()),
    ...of('approval', [...ledger.approvals.values()].flat()),
    ...of('consensus', ledger.consensus.values()),
    ...of('grant', ledger.grants.values(), (held) => (replaces(held as Held<Grant>) ? ends(held) : by(held))),
    ...of('revocation', [...ledger.revocations.values()].flat(), ends),
    ...of('use', [...ledger.uses.values()].flat(), ends),
  ] as readonly GovernanceRecord[];
  return ledgerOf(records, { trust: trustBefore(ledger, moment), faults: ledger.faults.values() });
}

function proposalOf(ledger: Ledger, { body }: Held<Grant>): Held<Proposal> | undefined {
  return ledger.proposalsByCid.get(String(body.proposal));
}

/** Where there was no trust nobody has a voice. */
function trustBefore({ trust: { state, line } }: Ledger, { clock }: Moment): LedgerTrust {
  const { groups, roots, threshold } = line.before(clock) ?? { groups: new Map(), roots: [], threshold: 1 };
  return { line, state: { ...state, groups, roots, threshold } };
}
