/** Chains made by hand that are not what an honest writer makes: what the rules refuse, and what only governance can tell. */
import { describe, expect, it } from 'vitest';
import {
  type Body,
  FORGED_CLOCK,
  FORGED_PROPOSAL,
  FORGED_ULID,
  Forge,
  forgeGrant,
  type Written,
} from '../../testing/governance-forge.js';
import { GOVERNANCE_START, ROOT, SEEDS, testCid, testUlid } from '../../testing/governance-world.js';
import { HandMade, testSigner } from '../../testing/hand-made.js';
import { recordCid } from '../chain/index.js';
import { type Cid, encode } from '../codec/index.js';
import {
  APPROVAL_KIND,
  approve,
  grant,
  listProposals,
  PROPOSAL_KIND,
  REVOCATION_KIND,
  revoke,
  USE_KIND,
} from './index.js';

const ULID = FORGED_ULID;
const START_CLOCK = FORGED_CLOCK;
const PROPOSAL = FORGED_PROPOSAL;
const granted = forgeGrant;

describe('records made by hand as a verb makes them', () => {
  it('pass', async () => {
    const forge = await Forge.open();
    await granted(forge);
    expect(await forge.failures()).toEqual([]);
    expect(await forge.usable()).toBe(1);
  });
});

describe('the rules refuse', () => {
  const CASES: readonly [string, Partial<Written>, string | null][] = [
    ['a proposal', {}, null],
    [
      'one whose body says another ulid',
      { body: { ...PROPOSAL, ulid: testUlid(2) } },
      'envelope: governance/misplaced',
    ],
    ['one in a chain that is no ulid', { chain: 'proposals/first' }, 'envelope: governance/misplaced'],
    [
      'one in a chain with a ulid in lower case',
      { chain: `proposals/${ULID.toLowerCase()}` },
      'envelope: governance/misplaced',
    ],
    ['two in one envelope', { body: [PROPOSAL, PROPOSAL] }, 'envelope: governance/misplaced'],
    [
      'one of another kind',
      { kind: APPROVAL_KIND, body: { proposal: testCid('x'), actor: 'user:alice', comment: '' } },
      'records: chain/unknown-kind',
    ],
    ['a quorum that is not canonical', { body: { ...PROPOSAL, quorum: '2  of @leads' } }, 'records: chain/bad-record'],
    ['a quorum that is none', { body: { ...PROPOSAL, quorum: 'everybody' } }, 'records: chain/bad-record'],
    ['no uses', { body: { ...PROPOSAL, uses: 0 } }, 'records: chain/bad-record'],
    ['a field more', { body: { ...PROPOSAL, extra: 1 } }, 'records: chain/bad-record'],
    ['a line feed in a target', { body: { ...PROPOSAL, target: 'a\nb' } }, 'records: chain/bad-record'],
    ['a terminal sequence in a reason', { body: { ...PROPOSAL, reason: 'a\u001b[2J' } }, 'records: chain/bad-record'],
    ['a key of somebody else', { seed: 3 }, 'signer: trust/other-actor'],
    ['a key of nobody', { seed: 99 }, 'signer: trust/unknown-key'],
    ['a place before the key was trusted', { clock: 1 }, 'signer: trust/not-yet'],
  ];
  it.each(CASES)('a proposal: %s', async (_, departure, want) => {
    const forge = await Forge.open();
    const { chain = `proposals/${ULID}` } = departure;
    await forge.proposal({}, departure);
    expect(await forge.fault(chain)).toBe(want);
  });

  it('a second record after the one', async () => {
    const forge = await Forge.open();
    const chain = `proposals/${ULID}`;
    const made = new HandMade({
      backend: forge.world.backend,
      chain,
      kind: PROPOSAL_KIND,
      repo: forge.repo,
      signer: testSigner(2),
      clock: START_CLOCK,
    });
    await made.add({ bodies: [PROPOSAL] });
    expect(await forge.fault(chain)).toBeNull();
    await made.add({ bodies: [PROPOSAL] });
    expect(await forge.fault(chain)).toBe('movement: chain/written-again');
    const { trust } = await forge.world.as(ROOT);
    expect(await listProposals(forge.world.ports, { trust, time: 0, policyRoot: null })).toEqual([]);
  });

  it('an approval in the chain or in the name of another', async () => {
    for (const [more, place] of [
      [{}, { chain: `approvals/${ULID}.user-alice` }],
      [{}, { chain: `approvals/${ULID}` }],
      [{}, { chain: 'approvals/x.user-bob' }],
      [{ actor: 'user:alice' }, {}],
      [{}, { body: ['a', 'b'].map((comment) => ({ proposal: testCid('p'), actor: 'user:bob', comment })) }],
    ] as const) {
      const forge = await Forge.open();
      await forge.approval(testCid('p'), 'user:bob', more, place);
      const chain = 'chain' in place ? place.chain : `approvals/${ULID}.user-bob`;
      expect(await forge.fault(chain)).toBe('envelope: governance/misplaced');
    }
  });

  it('a proof with another rule, verdict or no approvals', async () => {
    for (const more of [
      { rule: 'majority' },
      { verdict: 'denied' },
      { approvals: [] },
      { quorum: 'x' },
      { trust: null },
    ]) {
      const forge = await Forge.open();
      await forge.consensus(testCid('p'), [testCid('a')], more);
      expect(await forge.fault(`audit/proofs/governance/${ULID}`), JSON.stringify(more)).toBe(
        'records: chain/bad-record',
      );
    }
  });

  it('a use that no service records', async () => {
    const forge = await Forge.open();
    const use = { grant: testCid('g'), ref: 'refs/heads/main', old: null, new: null, decision: testCid('d'), time: 1 };
    const chain = `audit/grants/${ULID}`;
    await forge.write({ chain, kind: USE_KIND, body: use, actor: 'user:alice', clock: START_CLOCK });
    expect(await forge.fault(chain)).toBe('envelope: governance/not-a-service');
  });
});

describe('a forged proof', () => {
  const CASES: readonly [string, Body, Partial<Written>][] = [
    ['of another proposal', { proposal: testCid('x') }, {}],
    ['with a smaller quorum', { quorum: '1 of @leads' }, {}],
    ['with approvals that are not there', { approvals: [testCid('x'), testCid('y')] }, {}],
    ['by the groups of nowhere', { trust: testCid('x') }, {}],
    ['that claims to be older than its approvals', {}, { clock: START_CLOCK + 5 }],
  ];
  it.each(CASES)('%s: does not verify, and its grant does not pass', async (_, more, place) => {
    const forge = await Forge.open();
    const proposal = await forge.proposal();
    const approvals = [await forge.approval(proposal, 'user:alice'), await forge.approval(proposal, 'user:bob')];
    await forge.grant(proposal, await forge.consensus(proposal, approvals, more, place));
    expect(await forge.fault(`audit/proofs/governance/${ULID}`)).toBeNull();
    expect(await forge.failures()).toEqual([
      'consensus: fail, governance/bad-consensus',
      'grant: fail, governance/bad-consensus',
    ]);
    expect(await forge.usable()).toBe(0);
  });

  it.each<[string, Body]>([
    ['action', { action: 'x' }],
    ['target', { target: 'x' }],
    ['expires', { expires: 5 }],
    ['uses', { uses: null }],
    ['policy_root', { policy_root: testCid('x') }],
    ['consensus', { consensus: testCid('x') }],
    ['proposal', { proposal: testCid('x') }],
  ])('nor does a grant with another %s', async (_, more) => {
    const forge = await Forge.open();
    const proposal = await forge.proposal();
    const approvals = [await forge.approval(proposal, 'user:alice'), await forge.approval(proposal, 'user:bob')];
    await forge.grant(proposal, await forge.consensus(proposal, approvals), more);
    expect(await forge.failures()).toEqual(['grant: fail, governance/bad-grant']);
    expect(await forge.usable()).toBe(0);
  });

  it('whose approval is by a key that is not of its principal counts one voice less', async () => {
    const forge = await Forge.open();
    const proposal = await forge.proposal();
    const approvals = [
      await forge.approval(proposal, 'user:alice'),
      await forge.approval(proposal, 'user:bob', {}, { seed: SEEDS['user:alice'] as number }),
    ];
    await forge.grant(proposal, await forge.consensus(proposal, approvals));
    expect(await forge.fault(`approvals/${ULID}.user-bob`)).toBe('signer: trust/other-actor');
    expect(await forge.failures()).toHaveLength(2);
    expect(await forge.usable()).toBe(0);
  });
});

describe('a proof that stands there without its grant', () => {
  const alone = async () => {
    const forge = await Forge.open();
    const proposal = await forge.proposal();
    const approvals = [await forge.approval(proposal, 'user:alice'), await forge.approval(proposal, 'user:bob')];
    return { forge, approvals, proof: await forge.consensus(proposal, approvals) };
  };
  const granting = async ({ world }: Forge) => grant(world.ports, { ...(await world.as('user:carol')), id: ULID });

  it('is the one that is granted upon', async () => {
    const { forge, proof } = await alone();
    expect(await forge.usable()).toBe(0);
    expect(await granting(forge)).toMatchObject({ status: 'recorded', consensus: proof });
    expect(await forge.usable()).toBe(1);
  });

  it('is in the way when it does not carry a grant any more', async () => {
    const { forge, approvals } = await alone();
    const { ports } = forge.world;
    const bob = await forge.world.as('user:bob');
    await revoke(ports, { ...bob, kind: 'approval', target: approvals[1] as Cid, reason: '' });
    await approve(ports, { ...(await forge.world.as('user:carol')), id: ULID });
    await expect(granting(forge)).rejects.toMatchObject({ code: 'governance/occupied' });
    expect(await forge.usable()).toBe(0);
  });

  it('is in the way when it does not hold', async () => {
    const forge = await Forge.open();
    const proposal = await forge.proposal();
    const approvals = [await forge.approval(proposal, 'user:alice'), await forge.approval(proposal, 'user:bob')];
    await forge.consensus(proposal, approvals, { trust: testCid('x') });
    await expect(granting(forge)).rejects.toMatchObject({ code: 'governance/occupied' });
  });
});

describe('governance tells', () => {
  it('a revocation by somebody who may not, of nothing, and before what it revokes', async () => {
    const forge = await Forge.open();
    const { grant, approvals } = await granted(forge);
    const [first] = approvals;
    const cases: [number, Body, string, number][] = [
      [10, { target: grant, kind: 'grant' }, 'user:eve', START_CLOCK + 40],
      [11, { target: first as Cid, kind: 'approval' }, ROOT, START_CLOCK + 40],
      [12, { target: testCid('x'), kind: 'grant' }, ROOT, START_CLOCK + 40],
      [13, { target: grant, kind: 'grant' }, 'user:bob', START_CLOCK + 30],
    ];
    for (const [n, body, actor, clock] of cases) {
      const ulid = testUlid(n);
      const chain = `revocations/${ulid}`;
      await forge.write({ chain, kind: REVOCATION_KIND, body: { ulid, reason: '', ...body }, actor, clock });
      expect(await forge.fault(chain)).toBeNull();
    }
    expect(await forge.failures()).toEqual([
      'revocation: fail, governance/not-entitled',
      'revocation: fail, governance/not-entitled',
      'revocation: unknown, governance/no-such-target',
      'revocation: fail, governance/bad-revocation',
    ]);
    expect(await forge.usable()).toBe(1);
  });

  it('a rightful revocation holds though something bad follows it', async () => {
    const forge = await Forge.open();
    const { grant } = await granted(forge);
    const ulid = testUlid(10);
    const chain = `revocations/${ulid}`;
    const { backend } = forge.world;
    const made = new HandMade({
      backend: backend,
      chain,
      kind: REVOCATION_KIND,
      repo: forge.repo,
      actor: ROOT,
      signer: testSigner(1),
      clock: 200,
    });
    const body = { ulid, target: grant, kind: 'grant', reason: '' };
    await made.add({ bodies: [body] });
    expect(await forge.usable()).toBe(0);
    await made.add({ bodies: [body] });
    expect(await forge.fault(chain)).toBe('movement: chain/written-again');
    expect(await forge.usable()).toBe(0);
  });

  it('an approval of nothing, and of another proposal', async () => {
    const forge = await Forge.open();
    await forge.approval(testCid('x'), 'user:bob');
    expect(await forge.failures()).toEqual(['approval: unknown, governance/no-such-proposal']);
    await forge.proposal();
    expect(await forge.failures()).toEqual(['approval: fail, governance/bad-approval']);
  });

  it.each<[string, Body, number, string]>([
    ['of another grant', { grant: testCid('x') }, START_CLOCK + 40, 'governance/bad-use'],
    ['before the grant', {}, START_CLOCK + 30, 'governance/bad-use'],
    ['too many', {}, START_CLOCK + 40, 'governance/bad-use'],
  ])('uses %s', async (_, more, clock, code) => {
    const forge = await Forge.open();
    const { grant } = await granted(forge);
    const use = {
      grant,
      ref: 'refs/heads/a',
      old: null,
      new: null,
      decision: testCid('d'),
      time: GOVERNANCE_START,
      ...more,
    };
    const body = [use, { ...use, ref: 'refs/heads/b' }];
    await forge.write({ chain: `audit/grants/${ULID}`, kind: USE_KIND, body, actor: 'service:gate', clock });
    expect(await forge.fault(`audit/grants/${ULID}`)).toBeNull();
    expect(await forge.failures()).toEqual([`uses: fail, ${code}`]);
  });

  it('uses after the end, and of nothing', async () => {
    const forge = await Forge.open();
    const proposal = await forge.proposal({ expires: 1000 });
    const approvals = [await forge.approval(proposal, 'user:alice'), await forge.approval(proposal, 'user:bob')];
    const chain = `audit/grants/${ULID}`;
    const write = async (grant: Cid, time: number) =>
      forge.write({
        chain,
        kind: USE_KIND,
        body: { grant, ref: 'refs/heads/a', old: null, new: null, decision: testCid('d'), time },
        actor: 'service:gate',
        clock: START_CLOCK + 40,
      });
    const consensus = await forge.consensus(proposal, approvals);
    const grant = recordCid(
      'governance.grant',
      encode({
        proposal,
        consensus,
        action: 'api-change',
        target: 'refs/heads/main',
        expires: 1000,
        uses: 1,
        policy_root: null,
      }),
    );
    await write(grant, 1001);
    expect(await forge.failures()).toEqual(['uses: unknown, governance/no-such-grant']);
    await forge.grant(proposal, consensus, { expires: 1000 });
    expect(await forge.failures()).toEqual(['uses: fail, governance/bad-use']);
  });

  it('nothing where there is nothing', async () => {
    const forge = await Forge.open();
    expect(await forge.failures()).toEqual([]);
  });
});
