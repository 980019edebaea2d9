/**
 * Reading governance: the refs are listed, and each chain that was not seen before is verified and decoded. Cost follows the
 * number of refs: a listing of them all, and about five reads of objects and a signature for each that is new to the memo.
 */
import {
  type ChainEntry,
  type ChainHead,
  chainOfRef,
  matchesPattern,
  REF_PREFIX,
  type Rule,
  recordBody,
  recordBytes,
  recordCid,
  verifyChain,
} from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { type GatosError, LIMITS, type LongCall } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { governanceError } from './errors.js';
import { type GovernanceRecord, type Held, type Ledger, type LedgerFault, ledgerOf } from './ledger.js';
import { GRANTS, REVOCATIONS, USES, ulidOf } from './names.js';
import { APPROVAL_RULE, CONSENSUS_RULE, GRANT_RULE, PROPOSAL_RULE, REVOCATION_RULE, USE_RULE } from './rules.js';
import { APPROVAL_KIND, CONSENSUS_KIND, GRANT_KIND, PROPOSAL_KIND, REVOCATION_KIND, USE_KIND } from './schema.js';
import { readTrustLine, type TrustLine } from './trust-line.js';

export interface GovernancePorts {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Kept by whoever reads often; absent: everything is read. */
  readonly memo?: LedgerMemo | undefined;
}

export interface LedgerRequest extends LongCall {
  readonly trust: TrustHistory;
  /** Leave out proposals that have no grant: whoever only asks what is granted does not pay for them. */
  readonly granted?: boolean | undefined;
}

interface ChainRead {
  readonly head: Oid;
  readonly records: readonly GovernanceRecord[];
  readonly fault: LedgerFault | null;
  readonly verified: ChainHead | null;
}

/** What was read before, by chain and by where its ref pointed. Trust that moves on voids it: signers are judged anew. */
export class LedgerMemo {
  #trust: Oid | null = null;
  #line: TrustLine | null = null;
  #chains = new Map<string, ChainRead>();

  async lineOf(ports: GovernancePorts, trust: TrustHistory): Promise<TrustLine> {
    if (this.#line === null || this.#trust !== trust.head.oid) {
      this.#chains = new Map();
      this.#line = null;
      this.#trust = trust.head.oid;
      const line = await readTrustLine(ports, trust);
      // Another call may have gone on to another trust meanwhile.
      if (this.#trust === trust.head.oid) this.#line = line;
      return line;
    }
    return this.#line;
  }

  known(chain: string, { head }: TrustHistory): ChainRead | undefined {
    return this.#trust === head.oid ? this.#chains.get(chain) : undefined;
  }

  keep(chain: string, read: ChainRead, { head }: TrustHistory): void {
    if (this.#trust === head.oid && read.fault?.unread !== true) this.#chains.set(chain, read);
  }

  /** Forgets what is no longer there. */
  forgetBut(chains: ReadonlySet<string>): void {
    for (const chain of this.#chains.keys()) if (!chains.has(chain)) this.#chains.delete(chain);
  }
}

function heldIn<T>(
  { envelope }: ChainEntry,
  kind: { readonly kind: string } & Parameters<typeof recordBody<T>>[2],
): Held<T>[] {
  const { chain, actor, clock, time, count } = envelope;
  return Array.from({ length: count }, (_, i) => ({
    chain,
    cid: recordCid(kind.kind, recordBytes(envelope, i)),
    actor,
    clock,
    time,
    body: recordBody(envelope, i, kind),
  }));
}

interface Source {
  /** Chains that start like this. */
  readonly prefix: string;
  readonly rule: Rule;
  records(entry: ChainEntry): GovernanceRecord[];
}

function source(rule: Rule, records: Source['records']): Source {
  return { prefix: rule.pattern.slice(0, -1), rule, records };
}

const SOURCES: readonly Source[] = [
  source(GRANT_RULE, (entry) => heldIn(entry, GRANT_KIND).map((held) => ({ kind: 'grant', held }))),
  source(PROPOSAL_RULE, (entry) => heldIn(entry, PROPOSAL_KIND).map((held) => ({ kind: 'proposal', held }))),
  source(APPROVAL_RULE, (entry) => heldIn(entry, APPROVAL_KIND).map((held) => ({ kind: 'approval', held }))),
  source(CONSENSUS_RULE, (entry) => heldIn(entry, CONSENSUS_KIND).map((held) => ({ kind: 'consensus', held }))),
  source(REVOCATION_RULE, (entry) => heldIn(entry, REVOCATION_KIND).map((held) => ({ kind: 'revocation', held }))),
  source(USE_RULE, (entry) => heldIn(entry, USE_KIND).map((held) => ({ kind: 'use', held }))),
];

interface Listed {
  readonly chain: string;
  readonly head: Oid;
  readonly source: Source;
}

/** The governance chains, and the refs that could not be read. Throws `governance/too-many`. */
async function listChains({ backend }: GovernancePorts): Promise<{ listed: Listed[]; faults: LedgerFault[] }> {
  const listed: Listed[] = [];
  const faults: LedgerFault[] = [];
  const onDamaged = (error: GatosError): void => {
    const ref = String(error.data.ref);
    faults.push({ chain: chainOfRef(ref) ?? ref, error, unread: true });
  };
  for (const from of SOURCES) {
    for (const { name, oid } of await backend.refs.list(REF_PREFIX + from.prefix, { onDamaged })) {
      const chain = chainOfRef(name) ?? name;
      if (matchesPattern(from.rule.pattern, chain)) listed.push({ chain, head: oid, source: from });
    }
  }
  if (listed.length > LIMITS.governanceRefs)
    throw governanceError('too-many', { count: listed.length, limit: LIMITS.governanceRefs });
  return { listed, faults };
}

/** Could a chain with this fault have said something, had it been there as a whole? */
function isUnread(error: GatosError): boolean {
  return (
    ['missing', 'unavailable', 'unsupported'].includes(error.kind) ||
    error.code === 'git/corrupt-object' ||
    error.code === 'git/corrupt-ref'
  );
}

/** Chains whose good beginning counts though something bad follows: an ending that is spoilt later stays one. */
function countsUpToFault(chain: string): boolean {
  return chain.startsWith(REVOCATIONS) || chain.startsWith(USES);
}

async function readOne(ports: GovernancePorts, listed: Listed, request: LedgerRequest): Promise<ChainRead> {
  const { memo } = ports;
  const { trust } = request;
  const known = memo?.known(listed.chain, trust);
  if (known?.head === listed.head) return known;
  const grows = listed.source.rule.movement === 'append-only' && known?.fault === null;
  const extended = grows ? await readFrom(ports, listed, { ...request, base: known }) : null;
  // What a memo says is what reading everything would: a chain that does not extend the known one is read as a whole.
  const read = extended?.fault === null ? extended : await readFrom(ports, listed, { ...request, base: undefined });
  memo?.keep(listed.chain, read, trust);
  return read;
}

async function readFrom(
  { backend, engine }: GovernancePorts,
  { chain, head, source: from }: Listed,
  { trust, signal, base }: LedgerRequest & { readonly base: ChainRead | undefined },
): Promise<ChainRead> {
  const records: GovernanceRecord[] = [...(base?.records ?? [])];
  const span = { chain, rule: from.rule, head, from: base?.verified ?? undefined };
  const context = { backend, engine, repo: trust.repo, authorize: trust.authorize };
  const onEntry = (entry: ChainEntry): void => {
    for (const record of from.records(entry)) records.push(record);
  };
  const { fault: error, head: verified } = await verifyChain(context, span, { signal, onEntry });
  const fault = error === null ? null : { chain, error, unread: isUnread(error) };
  return { head, records: fault === null || countsUpToFault(chain) ? records : [], fault, verified };
}

/** Chains that are read at a time. */
const AT_ONCE = 16;

/** Verifies and reads what governance holds. What is not valid is left out and told in `faults`. Throws `governance/too-many`. */
export async function readLedger(ports: GovernancePorts, request: LedgerRequest): Promise<Ledger> {
  const { trust, granted = false, signal, progress } = request;
  const memo = ports.memo ?? new LedgerMemo();
  const line = await memo.lineOf(ports, trust);
  const { listed, faults } = await listChains(ports);
  memo.forgetBut(new Set(listed.map(({ chain }) => chain)));
  const withGrant = new Set(listed.filter(({ chain }) => chain.startsWith(GRANTS)).map(({ chain }) => ulidOf(chain)));
  const wanted = granted
    ? listed.filter(({ chain }) => chain.startsWith(REVOCATIONS) || withGrant.has(ulidOf(chain)))
    : listed;
  const records: GovernanceRecord[] = [];
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const some = wanted.slice(start, start + AT_ONCE);
    const reads = await Promise.all(some.map((each) => readOne({ ...ports, memo }, each, request)));
    for (const read of reads) {
      for (const record of read.records) records.push(record);
      if (read.fault !== null) faults.push(read.fault);
    }
    signal?.throwIfAborted();
    progress?.({ task: 'read governance', done: start + some.length, total: wanted.length, unit: 'chains' });
  }
  return ledgerOf(records, { trust: { state: trust.state, line }, faults });
}
