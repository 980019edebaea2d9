/** Governance records that no verb would write, in chains made by hand. */
import { type AnyRecordKind, recordCid, refOfChain, verifyChain } from '../src/chain/index.js';
import { type Cid, encode, type Value } from '../src/codec/index.js';
import {
  APPROVAL_KIND,
  CONSENSUS_KIND,
  GOVERNANCE_RULES,
  GRANT_KIND,
  PROPOSAL_KIND,
  usableGrants,
  verifyGovernance,
} from '../src/governance/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { GOVERNANCE_START, GovernanceWorld, ROOT, SEEDS, testUlid } from './governance-world.js';
import { HandMade, testSigner } from './hand-made.js';

const engine = nobleEngine();
/** Of the one proposal. */
export const FORGED_ULID = testUlid(1);
/** Where the proposal stands; approvals, the proof and the grant ten places apart after it. */
export const FORGED_CLOCK = 100;
export type Body = Readonly<Record<string, Value>>;

export const FORGED_PROPOSAL: Body = {
  ulid: FORGED_ULID,
  action: 'api-change',
  target: 'refs/heads/main',
  quorum: '2 of @leads',
  reason: '',
  expires: null,
  uses: 1,
  policy_root: null,
  under: null,
  supersedes: null,
};

export interface Written {
  readonly chain: string;
  readonly kind: AnyRecordKind;
  readonly body: Body | readonly Body[];
  readonly actor?: string;
  readonly seed?: number;
  readonly clock: number;
}

/** A repository to which records are written that no verb would write. */
export class Forge {
  private constructor(
    readonly world: GovernanceWorld,
    readonly repo: Cid,
  ) {}

  static async open(): Promise<Forge> {
    const world = await GovernanceWorld.open();
    return new Forge(world, (await world.as(ROOT)).trust.repo);
  }

  async write({ chain, kind, body, actor = 'user:alice', seed = SEEDS[actor] ?? 99, clock }: Written): Promise<Cid> {
    const { backend } = this.world;
    const bodies = (Array.isArray(body) ? body : [body]) as Body[];
    const made = new HandMade({
      backend: backend,
      chain,
      kind,
      repo: this.repo,
      actor,
      signer: testSigner(seed),
      clock,
    });
    await made.add({ bodies });
    return recordCid(kind.kind, encode(bodies[0] as Value));
  }

  async fault(chain: string) {
    const { trust } = await this.world.as(ROOT);
    const rule = GOVERNANCE_RULES.find(({ pattern }) => chain.startsWith(pattern.slice(0, -1)));
    const head = (await this.world.backend.refs.read(refOfChain(chain))) as string;
    const context = { backend: this.world.backend, engine, repo: trust.repo, authorize: trust.authorize };
    const { fault, checks } = await verifyChain(context, { chain, rule: rule as never, head });
    return fault === null ? null : `${checks[0]?.name}: ${fault.code}`;
  }

  proposal = (more: Body = {}, place: Partial<Written> = {}) =>
    this.write({
      chain: `proposals/${FORGED_ULID}`,
      kind: PROPOSAL_KIND,
      body: { ...FORGED_PROPOSAL, ...more },
      clock: FORGED_CLOCK,
      ...place,
    });

  approval = (proposal: Cid, actor: string, more: Body = {}, place: Partial<Written> = {}) =>
    this.write({
      chain: `approvals/${FORGED_ULID}.${actor.replace(':', '-')}`,
      kind: APPROVAL_KIND,
      body: { proposal, actor, comment: '', ...more },
      actor,
      clock: FORGED_CLOCK + 10,
      ...place,
    });

  async consensus(proposal: Cid, approvals: readonly Cid[], more: Body = {}, place: Partial<Written> = {}) {
    const trust = (await this.world.as(ROOT)).trust.head.cid;
    const body = { proposal, approvals, rule: 'quorum', quorum: '2 of @leads', verdict: 'granted', trust, ...more };
    const chain = `audit/proofs/governance/${FORGED_ULID}`;
    return this.write({ chain, kind: CONSENSUS_KIND, body, clock: FORGED_CLOCK + 20, ...place });
  }

  grant = (proposal: Cid, consensus: Cid, more: Body = {}, place: Partial<Written> = {}) => {
    const { action, target, expires, uses, policy_root } = FORGED_PROPOSAL as Record<string, Value>;
    const terms = { action, target, expires, uses, policy_root } as Body;
    const body = { proposal, consensus, ...terms, ...more };
    return this.write({ chain: `grants/${FORGED_ULID}`, kind: GRANT_KIND, body, clock: FORGED_CLOCK + 30, ...place });
  };

  async usable(): Promise<number> {
    const { trust } = await this.world.as(ROOT);
    return (await usableGrants(this.world.ports, { trust, time: GOVERNANCE_START, policyRoot: null })).length;
  }

  async failures(): Promise<string[]> {
    const checks = await verifyGovernance(this.world.ports, { trust: (await this.world.as(ROOT)).trust });
    return checks.flatMap(({ name, outcome, code }) => (outcome === 'pass' ? [] : [`${name}: ${outcome}, ${code}`]));
  }
}

export async function forgeGrant(forge: Forge) {
  const proposal = await forge.proposal();
  const approvals = [await forge.approval(proposal, 'user:alice'), await forge.approval(proposal, 'user:bob')];
  const consensus = await forge.consensus(proposal, approvals);
  return { proposal, approvals, consensus, grant: await forge.grant(proposal, consensus) };
}
