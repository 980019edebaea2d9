/** Governance for tests: a ledger made by hand, without chains, and a repository in which principals and groups are trusted. */
import { type RecordKind, recordCid } from '../src/chain/index.js';
import { Cid, encode, formatKey, formatUlid, type Value } from '../src/codec/index.js';
import { type GitBackend, memoryBackend } from '../src/git/index.js';
import {
  APPROVAL_KIND,
  type Approval,
  approvalChain,
  CONSENSUS_KIND,
  type Consensus,
  consensusChain,
  type GovernanceAuthor,
  type GovernanceRecord,
  type GovernanceWriterPorts,
  GRANT_KIND,
  type Grant,
  grantChain,
  type Held,
  type Ledger,
  type LedgerFault,
  ledgerOf,
  PROPOSAL_KIND,
  type Proposal,
  proposalChain,
  REVOCATION_KIND,
  type Revocable,
  type Revocation,
  revocationChain,
  TrustLine,
  type TrustPoint,
  USE_KIND,
  type Use,
  usesChain,
} from '../src/governance/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { invariant } from '../src/kernel/index.js';
import {
  applyPending,
  found,
  openTrust,
  proposeChange,
  type TrustChange,
  type TrustState,
} from '../src/trust/index.js';
import { steppingClock } from './clock.js';
import { testSigner } from './hand-made.js';
import { seededRandom } from './random.js';

/** 2023-11-14T22:13:20Z in microseconds. */
export const GOVERNANCE_START = 1_700_000_000_000_000;

export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  leads: ['user:alice', 'user:bob', 'user:carol'],
  security: ['user:carol', 'user:dave'],
};
export const ROOT = 'user:root';

/** A ulid that follows from a number. */
export function testUlid(number: number): string {
  return formatUlid({ timeMs: 1_700_000_000_000 + number, random: new Uint8Array(10).fill(number & 0xff) });
}

/** A CID that stands for something else. */
export function testCid(text: string): Cid {
  return Cid.hash('dag-cbor', encode(text));
}

const GENESIS_POINT: TrustPoint = {
  cid: testCid('trust head'),
  clock: 1,
  groups: new Map(Object.entries(GROUPS)),
  roots: [ROOT],
  threshold: 1,
};

/** Where a record stands, when that is not where an honest writer would put it. */
export interface Displaced {
  readonly clock?: number;
  readonly cid?: Cid;
}

interface Made<T> extends Displaced {
  readonly chain: string;
  readonly actor: string;
  readonly body: T;
}

/** Records of governance in the order in which they are made; each after all before it. */
export class GovernanceBook {
  readonly records: GovernanceRecord[] = [];
  readonly faults: LedgerFault[] = [];
  points: TrustPoint[] = [GENESIS_POINT];
  groups: Readonly<Record<string, readonly string[]>> = GROUPS;
  #clock = 10;
  #ulids = 0;

  get trustHead(): Cid {
    const head = this.points.at(-1);
    invariant(head !== undefined, 'trust has a genesis');
    return head.cid;
  }

  ledger(records: readonly GovernanceRecord[] = this.records): Ledger {
    const groups = new Map(Object.entries(this.groups));
    const state: TrustState = { profile: 'default', threshold: 1, roots: [ROOT], keys: new Map(), groups };
    return ledgerOf(records, { trust: { state, line: new TrustLine(this.points) }, faults: this.faults });
  }

  #held<T>(kind: RecordKind<T>, { chain, actor, body, clock, cid }: Made<T>): Held<T> {
    this.#clock += 1;
    const place = { clock: clock ?? this.#clock, time: GOVERNANCE_START + this.#clock };
    return { chain, actor, body, ...place, cid: cid ?? recordCid(kind.kind, encode(body as unknown as Value)) };
  }

  proposal(more: Partial<Proposal> = {}, { actor = 'user:alice', ...place }: Displaced & { actor?: string } = {}) {
    const ulid = testUlid(this.#ulids++);
    const body: Proposal = {
      ulid,
      action: 'api-change',
      target: 'refs/heads/main',
      quorum: '2 of @leads',
      reason: 'because',
      expires: null,
      uses: 1,
      policy_root: null,
      under: null,
      supersedes: null,
      ...more,
    };
    const held = this.#held(PROPOSAL_KIND, { chain: proposalChain(body.ulid), actor, body, ...place });
    this.records.push({ kind: 'proposal', held });
    return held;
  }

  approval(proposal: Held<Proposal>, actor: string, more: Partial<Approval> & Displaced = {}): Held<Approval> {
    const { clock, cid, ...body } = { proposal: proposal.cid, actor, comment: '', ...more };
    const chain = approvalChain(proposal.body.ulid, actor);
    const held = this.#held(APPROVAL_KIND, { chain, actor, body, ...placeOf({ clock, cid }) });
    this.records.push({ kind: 'approval', held });
    return held;
  }

  consensus(
    proposal: Held<Proposal>,
    approvals: readonly Held<Approval>[],
    more: Partial<Consensus> & Displaced = {},
  ): Held<Consensus> {
    const { clock, cid, ...body } = {
      proposal: proposal.cid,
      approvals: approvals.map((approval) => approval.cid),
      rule: 'quorum' as const,
      quorum: proposal.body.quorum,
      verdict: 'granted' as const,
      trust: this.trustHead,
      ...more,
    };
    const chain = consensusChain(proposal.body.ulid);
    const held = this.#held(CONSENSUS_KIND, { chain, actor: 'user:alice', body, ...placeOf({ clock, cid }) });
    this.records.push({ kind: 'consensus', held });
    return held;
  }

  grant(proposal: Held<Proposal>, consensus: Held<Consensus>, more: Partial<Grant> & Displaced = {}): Held<Grant> {
    const { action, target, expires, uses, policy_root } = proposal.body;
    const terms = { action, target, expires, uses, policy_root };
    const { clock, cid, ...body } = { proposal: proposal.cid, consensus: consensus.cid, ...terms, ...more };
    const chain = grantChain(proposal.body.ulid);
    const held = this.#held(GRANT_KIND, { chain, actor: 'user:alice', body, ...placeOf({ clock, cid }) });
    this.records.push({ kind: 'grant', held });
    return held;
  }

  /** A proposal with approvals by these, and the grant. */
  granted(more: Partial<Proposal> = {}, { by = ['user:alice', 'user:bob'], actor = 'user:alice' } = {}) {
    const proposal = this.proposal(more, { actor });
    const approvals = by.map((each) => this.approval(proposal, each));
    const consensus = this.consensus(proposal, approvals);
    return { proposal, approvals, consensus, grant: this.grant(proposal, consensus) };
  }

  revocation(kind: Revocable, { cid: target }: Held<unknown>, actor: string, place: Displaced = {}): Held<Revocation> {
    const ulid = testUlid(this.#ulids++);
    const body: Revocation = { ulid, target, kind, reason: 'changed my mind' };
    const held = this.#held(REVOCATION_KIND, { chain: revocationChain(ulid), actor, body, ...place });
    this.records.push({ kind: 'revocation', held });
    return held;
  }

  use({ chain, cid: grant }: Held<Grant>, more: Partial<Use> & Displaced = {}): Held<Use> {
    const { clock, cid, ...body } = {
      grant,
      ref: 'refs/heads/main',
      old: null,
      new: 'a'.repeat(40),
      decision: testCid('decision'),
      time: GOVERNANCE_START,
      ...more,
    };
    const made = { chain: usesChain(chain.slice(-26)), actor: 'service:gate', body, ...placeOf({ clock, cid }) };
    const held = this.#held(USE_KIND, made);
    this.records.push({ kind: 'use', held });
    return held;
  }
}

function placeOf({ clock, cid }: { clock?: number | undefined; cid?: Cid | undefined }): Displaced {
  return { ...(clock === undefined ? {} : { clock }), ...(cid === undefined ? {} : { cid }) };
}

/** Who has which key. */
export const SEEDS: Readonly<Record<string, number>> = {
  [ROOT]: 1,
  'user:alice': 2,
  'user:bob': 3,
  'user:carol': 4,
  'user:dave': 5,
  'user:eve': 6,
  'service:gate': 50,
};

const engine = nobleEngine();

/** A repository with the principals and groups from above. */
export class GovernanceWorld {
  readonly clock = steppingClock({ start: GOVERNANCE_START, step: 1 });
  readonly ports: GovernanceWriterPorts;

  private constructor(readonly backend: GitBackend) {
    this.ports = { backend, engine, clock: this.clock, random: seededRandom(7) };
  }

  static async open(backend: GitBackend = memoryBackend()): Promise<GovernanceWorld> {
    const world = new GovernanceWorld(backend);
    await found(world.ports, { profile: 'default', actor: ROOT, signer: testSigner(1) });
    const keys = Object.entries(SEEDS).filter(([actor]) => actor !== ROOT);
    const adds = keys.map(([actor, seed]): TrustChange => ({ op: 'add-key', actor, key: testSigner(seed).key }));
    const groups = Object.entries(GROUPS).map(([name, members]): TrustChange => ({ op: 'set-group', name, members }));
    await world.change(...adds, ...groups);
    return world;
  }

  /** Changes trust, as the root. */
  async change(...changes: readonly TrustChange[]): Promise<void> {
    const [first, ...rest] = changes;
    invariant(first !== undefined, 'something changes');
    const request = { actor: ROOT, signer: testSigner(1), changes: [first, ...rest] as const };
    const pending = await proposeChange(this.ports, request);
    await applyPending(this.ports, pending.bytes);
  }

  /** This principal, with another key than his own when a seed is given. */
  async as(
    actor: string,
    { seed = SEEDS[actor] ?? 99, policyRoot = null as Cid | null } = {},
  ): Promise<GovernanceAuthor> {
    const trust = await openTrust({ backend: this.backend, engine });
    return { actor, signer: testSigner(seed), trust, policyRoot };
  }

  keyOf(actor: string): string {
    return formatKey(testSigner(SEEDS[actor] ?? 99).key);
  }
}
