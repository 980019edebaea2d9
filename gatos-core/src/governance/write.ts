/** Writing governance: records that are written once, each in a chain of its own, after everything that their writer has seen. */
import {
  type AppendRequest,
  append,
  type Draft,
  type DraftedRecord,
  draftRecord,
  type RecordKind,
  type Rule,
  type WriterPorts,
} from '../chain/index.js';
import { formatUlid } from '../codec/index.js';
import { isGatosError, type LongCall } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { governanceError } from './errors.js';
import type { Held, Ledger } from './ledger.js';
import { type GovernancePorts, LedgerMemo, readLedger } from './read.js';
import type { Proposal } from './schema.js';
import { type Conditions, Standings } from './state.js';

export type GovernanceWriterPorts = GovernancePorts & WriterPorts;

export type GovernanceAuthor = Writer;

/** Throws `governance/bad-record` for a body out of form. */
export function prepareRecord<T>(kind: RecordKind<T>, body: T): DraftedRecord {
  try {
    return draftRecord(kind, body);
  } catch (error) {
    if (!isGatosError(error, 'codec/schema')) throw error;
    const what = kind.kind.slice(kind.kind.indexOf('.') + 1);
    throw governanceError('bad-record', { what, why: error.message }, { cause: error });
  }
}

/** After everything that is known: the clock of what is written exceeds this. */
export function floorOf({ trust }: GovernanceAuthor, ledger: Ledger): number {
  return Math.max(trust.head.clock, ledger.clock);
}

export interface Once {
  readonly chain: string;
  readonly rule: Rule;
  readonly draft: Draft;
  readonly floor: number;
}

/** Writes the one record of a chain under a rule that lets it be written once. False when something stands there already. Errors as `append`. */
export async function writeOnce(
  ports: GovernanceWriterPorts,
  author: GovernanceAuthor,
  { chain, rule, draft, floor }: Once,
): Promise<boolean> {
  const prepare: AppendRequest['prepare'] = async (head) => (head === null ? [draft] : []);
  const appended = await append(ports, requestBy(author, { chain, rule, seen: () => floor, prepare }));
  return appended.length > 0;
}

/** A ulid of its own, of this moment. */
export function newUlid({ clock, random }: WriterPorts): string {
  return formatUlid({ timeMs: Math.max(0, Math.floor(clock.now() / 1000)), random: random.bytes(10) });
}

/** Ports that read nothing twice within one verb. */
export function remembering<P extends GovernancePorts>(ports: P): P & { readonly memo: LedgerMemo } {
  return { ...ports, memo: ports.memo ?? new LedgerMemo() };
}

/** What holds at this moment. */
export function conditionsNow({ clock }: WriterPorts, { policyRoot }: GovernanceAuthor): Conditions {
  return { time: Math.floor(clock.now()), policyRoot };
}

export interface Situation {
  readonly ledger: Ledger;
  readonly proposal: Held<Proposal>;
  readonly standings: Standings;
}

/** What there is about a proposal now. Throws `governance/no-such-proposal`. */
export async function situationOf(
  ports: GovernanceWriterPorts,
  { id, author, signal, progress }: LongCall & { readonly id: string; readonly author: GovernanceAuthor },
): Promise<Situation> {
  const ledger = await readLedger(ports, { trust: author.trust, signal, progress });
  const proposal = ledger.proposals.get(id);
  if (proposal === undefined) throw governanceError('no-such-proposal', { id }, { cause: faultAt(ledger, id) });
  return { ledger, proposal, standings: new Standings(ledger, conditionsNow(ports, author)) };
}

function faultAt(ledger: Ledger, id: string): Error | undefined {
  return ledger.faults.get(`proposals/${id}`)?.error;
}
