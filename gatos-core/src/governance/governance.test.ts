import { describe, expect, it, vi } from 'vitest';
import { GOVERNANCE_START, GovernanceWorld, ROOT, testCid } from '../../testing/governance-world.js';
import { testSigner, withoutObjects } from '../../testing/hand-made.js';
import { withFaults } from '../../testing/index.js';
import { readHead, refOfChain, verifyChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { gitError, memoryBackend } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { EXIT } from '../kernel/index.js';
import {
  approve,
  GOVERNANCE_RULES,
  grant,
  LedgerMemo,
  listProposals,
  type ProposeRequest,
  propose,
  readLedger,
  recordUse,
  revoke,
  usableGrants,
  verifyGovernance,
} from './index.js';

const engine = nobleEngine();
const POLICY = testCid('policy');

async function proposed(world: GovernanceWorld, more: Partial<ProposeRequest> = {}) {
  return propose(world.ports, {
    ...(await world.as('user:alice')),
    action: 'api-change',
    target: 'refs/heads/main',
    quorum: '2 of @leads',
    reason: 'we need it',
    expires: null,
    ...more,
  });
}
const approved = async (world: GovernanceWorld, id: string, actor: string) =>
  approve(world.ports, { ...(await world.as(actor)), id });
const granted = async (world: GovernanceWorld, id: string, actor = 'user:alice') =>
  grant(world.ports, { ...(await world.as(actor)), id });
async function grantedAtOnce(world: GovernanceWorld, more: Partial<ProposeRequest> = {}) {
  const { id, cid } = await proposed(world, more);
  const voices = [await approved(world, id, 'user:alice'), await approved(world, id, 'user:bob')];
  return { id, proposal: cid, voices, ...(await granted(world, id)) };
}
const conditions = async (world: GovernanceWorld, policyRoot: Cid | null = null) => ({
  trust: (await world.as(ROOT)).trust,
  time: GOVERNANCE_START + 1_000_000,
  policyRoot,
});
const usable = async (world: GovernanceWorld, policyRoot: Cid | null = null) =>
  (await usableGrants(world.ports, await conditions(world, policyRoot))).map(({ id }) => id);
const use = async (world: GovernanceWorld, cid: Cid, more: object = {}) =>
  recordUse(world.ports, {
    ...(await world.as('service:gate')),
    grant: cid,
    ref: 'refs/heads/main',
    old: null,
    new: 'a'.repeat(40),
    decision: testCid('decision'),
    time: GOVERNANCE_START + 1_000_000,
    ...more,
  });

describe('from a proposal to a grant and its use', () => {
  it('goes step by step, and every step says how things stand', async () => {
    const world = await GovernanceWorld.open();
    const { id, quorum } = await proposed(world, { quorum: ' 2 of @leads   and 1 of @security' });
    expect(quorum).toBe('2 of @leads and 1 of @security');
    const first = await approved(world, id, 'user:alice');
    expect(first).toMatchObject({ status: 'recorded', standing: { state: 'partial', reason: 'waiting' } });
    expect(first.mayApprove).toEqual(['user:bob', 'user:carol', 'user:dave']);
    await expect(granted(world, id)).rejects.toMatchObject({
      code: 'governance/quorum-not-met',
      exit: EXIT.waiting,
      hint: 'these may still approve: user:bob, user:carol, user:dave',
    });
    const second = await approved(world, id, 'user:carol');
    expect(second).toMatchObject({ standing: { state: 'partial', reason: 'ready' }, mayApprove: [] });
    expect(await usable(world)).toEqual([]);
    const made = await granted(world, id, 'user:eve');
    expect(made).toMatchObject({ status: 'recorded', standing: { state: 'granted', usesLeft: 1 } });
    expect(await usableGrants(world.ports, await conditions(world))).toEqual([
      {
        id,
        cid: String(made.cid),
        action: 'api-change',
        target: 'refs/heads/main',
        approvers: ['user:alice', 'user:carol'],
        expires: null,
        uses_left: 1,
      },
    ]);
    expect(await use(world, made.cid)).toMatchObject({ status: 'recorded', usesLeft: 0 });
    expect(await usable(world)).toEqual([]);
    const [view] = await listProposals(world.ports, await conditions(world));
    expect(view).toMatchObject({
      id,
      proposer: 'user:alice',
      standing: { state: 'used-up' },
      usesLeft: 0,
      mayApprove: [],
    });
    expect(view?.approvals.map(({ actor }) => actor)).toEqual(['user:alice', 'user:carol']);
  });

  it('leaves chains that verify under the rules, and checks that pass', async () => {
    const world = await GovernanceWorld.open();
    const made = await grantedAtOnce(world);
    await use(world, made.cid);
    await revoke(world.ports, { ...(await world.as(ROOT)), kind: 'grant', target: made.cid, reason: 'enough' });
    const { trust } = await world.as(ROOT);
    const refs = (await world.backend.refs.list('refs/gatos/')).map(({ name }) => name.slice('refs/gatos/'.length));
    const chains = refs.filter((chain) => chain !== 'trust');
    expect(chains).toHaveLength(7);
    for (const chain of chains) {
      const rules = GOVERNANCE_RULES.filter(({ pattern }) => chain.startsWith(pattern.slice(0, -1)));
      expect(
        rules.map(({ plane }) => plane),
        chain,
      ).toEqual(['governance']);
      const head = (await world.backend.refs.read(refOfChain(chain))) as string;
      const context = { backend: world.backend, engine, repo: trust.repo, authorize: trust.authorize };
      expect((await verifyChain(context, { chain, rule: rules[0] as never, head })).fault, chain).toBeNull();
    }
    const checks = await verifyGovernance(world.ports, { trust });
    expect(checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'approval pass',
      'approval pass',
      'uses pass',
      'consensus pass',
      'grant pass',
      'revocation pass',
    ]);
    const some = await verifyGovernance(world.ports, { trust, only: ['grants/', `revocations/${made.id}`] });
    expect(some.map(({ name }) => name)).toEqual(['grant']);
  });

  it('stands after whatever its writer saw', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await grantedAtOnce(world);
    const chains = [`proposals/${id}`, `approvals/${id}.user-alice`, `approvals/${id}.user-bob`];
    chains.push(`audit/proofs/governance/${id}`, `grants/${id}`);
    const clocks: number[] = [];
    for (const chain of chains) clocks.push((await readHead(world.backend, chain))?.envelope.clock ?? 0);
    const { trust } = await world.as(ROOT);
    expect(clocks).toEqual([1, 2, 3, 4, 5].map((step) => trust.head.clock + step));
  });

  it('binds to the policy in force, unless it is asked not to', async () => {
    const world = await GovernanceWorld.open();
    const alice = await world.as('user:alice', { policyRoot: POLICY });
    const [bound, free] = [await proposed(world, alice), await proposed(world, { ...alice, bound: false })];
    for (const { id } of [bound, free]) {
      for (const actor of ['user:alice', 'user:bob'])
        await approve(world.ports, { ...(await world.as(actor, { policyRoot: POLICY })), id });
      await grant(world.ports, { ...alice, id });
    }
    expect(await usable(world, POLICY)).toEqual([bound.id, free.id].sort());
    expect(await usable(world, testCid('another'))).toEqual([free.id]);
    expect(await usable(world)).toEqual([free.id]);
  });
});

describe('repeating', () => {
  it('an approval, a grant, a revocation and a use changes nothing', async () => {
    const world = await GovernanceWorld.open();
    const { id, cid, voices, consensus } = await grantedAtOnce(world, { uses: 5 });
    await use(world, cid);
    const before = await world.backend.refs.list('refs/gatos/');
    expect(await approved(world, id, 'user:bob')).toMatchObject({ status: 'exists', cid: voices[1]?.cid });
    expect(await granted(world, id, 'user:carol')).toMatchObject({ status: 'exists', cid, consensus });
    expect(await use(world, cid)).toMatchObject({ status: 'exists', usesLeft: 4 });
    expect(await world.backend.refs.list('refs/gatos/')).toEqual(before);
    const request = { ...(await world.as(ROOT)), kind: 'grant', target: cid, reason: 'x' } as const;
    const first = await revoke(world.ports, request);
    expect(first).toMatchObject({ status: 'recorded', fell: [id] });
    expect(await revoke(world.ports, request)).toEqual({ ...first, status: 'exists', fell: [] });
    expect(await granted(world, id)).toMatchObject({ status: 'exists', standing: { state: 'revoked' } });
  });

  it('with another key of the same principal is still one voice', async () => {
    const world = await GovernanceWorld.open();
    await world.change({ op: 'add-key', actor: 'user:bob', key: testSigner(33).key });
    const { id } = await proposed(world);
    await approved(world, id, 'user:bob');
    const again = await approve(world.ports, { ...(await world.as('user:bob', { seed: 33 })), id });
    expect(again).toMatchObject({ status: 'exists', standing: { state: 'partial', approvers: ['user:bob'] } });
    await expect(granted(world, id)).rejects.toMatchObject({ code: 'governance/quorum-not-met' });
  });
});

describe('what is refused', () => {
  it('before anything is written', async () => {
    const world = await GovernanceWorld.open();
    const { id, cid } = await proposed(world);
    const other = await grantedAtOnce(world);
    const refs = await world.backend.refs.list('refs/gatos/');
    const eve = await world.as('user:eve');
    const base = { ...eve, reason: '' };
    const cases: [Promise<unknown>, string][] = [
      [proposed(world, { quorum: '2 leads' }), 'governance/quorum'],
      [proposed(world, { expires: GOVERNANCE_START - 1 }), 'governance/bad-record'],
      [proposed(world, { uses: 0 }), 'governance/bad-record'],
      [proposed(world, { action: 'two\nlines' }), 'governance/bad-record'],
      [proposed(world, { action: '' }), 'governance/bad-record'],
      [proposed(world, { reason: 'x'.repeat(5000) }), 'governance/bad-record'],
      [proposed(world, { reason: '\u001b[2J' }), 'governance/bad-record'],
      [proposed(world, { under: cid }), 'governance/no-such-grant'],
      [proposed(world, { supersedes: testCid('x') }), 'governance/no-such-grant'],
      [approved(world, 'nonsense', 'user:bob'), 'governance/name'],
      [approved(world, id.toLowerCase(), 'user:bob'), 'governance/name'],
      [approved(world, '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'user:bob'), 'governance/no-such-proposal'],
      [approved(world, id, 'user:eve'), 'governance/no-voice'],
      [approved(world, other.id, 'user:carol'), 'governance/closed'],
      [approve(world.ports, { ...(await world.as('user:bob', { seed: 99 })), id }), 'trust/unknown-key'],
      [approve(world.ports, { ...(await world.as('user:bob', { seed: 2 })), id }), 'trust/other-actor'],
      [granted(world, '01ARZ3NDEKTSV4RRFFQ69G5FAV'), 'governance/no-such-proposal'],
      [granted(world, id), 'governance/quorum-not-met'],
      [revoke(world.ports, { ...base, kind: 'proposal', target: cid }), 'governance/not-entitled'],
      [revoke(world.ports, { ...base, kind: 'grant', target: other.cid }), 'governance/not-entitled'],
      [revoke(world.ports, { ...base, kind: 'grant', target: cid }), 'governance/no-such-target'],
      [
        revoke(world.ports, {
          ...(await world.as(ROOT)),
          reason: '',
          kind: 'approval',
          target: other.voices[0]?.cid as Cid,
        }),
        'governance/not-entitled',
      ],
      [use(world, testCid('x')), 'governance/no-such-grant'],
      [use(world, other.cid, await world.as('user:alice')), 'governance/not-a-service'],
      [use(world, other.cid, { new: 'HEAD' }), 'governance/bad-record'],
    ];
    for (const [promise, code] of cases) await expect(promise).rejects.toMatchObject({ code });
    expect(await world.backend.refs.list('refs/gatos/')).toEqual(refs);
  });

  it('a grant by a key that may not sign, though the quorum is met', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await proposed(world);
    for (const actor of ['user:alice', 'user:bob']) await approved(world, id, actor);
    const stranger = await world.as('user:alice', { seed: 99 });
    await expect(grant(world.ports, { ...stranger, id })).rejects.toMatchObject({ code: 'trust/unknown-key' });
    expect(await world.backend.refs.read(`refs/gatos/grants/${id}`)).toBeNull();
  });

  it('an approval after its own revocation', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await proposed(world);
    const { cid } = await approved(world, id, 'user:bob');
    await revoke(world.ports, { ...(await world.as('user:bob')), kind: 'approval', target: cid, reason: '' });
    await expect(approved(world, id, 'user:bob')).rejects.toMatchObject({
      code: 'governance/approval-revoked',
      exit: EXIT.expired,
    });
    const [view] = await listProposals(world.ports, await conditions(world));
    expect(view).toMatchObject({ approvals: [{ revoked: true }], mayApprove: ['user:alice', 'user:carol'] });
  });

  it('a use of what does not hold any more', async () => {
    const world = await GovernanceWorld.open();
    const used = await grantedAtOnce(world);
    await use(world, used.cid);
    await expect(use(world, used.cid, { ref: 'refs/heads/x' })).rejects.toMatchObject({
      code: 'governance/cannot-use',
      data: { state: 'used-up' },
    });
    const revoked = await grantedAtOnce(world);
    await revoke(world.ports, { ...(await world.as('user:bob')), kind: 'grant', target: revoked.cid, reason: '' });
    await expect(use(world, revoked.cid)).rejects.toMatchObject({ data: { state: 'revoked' } });
    const brief = await grantedAtOnce(world, { expires: GOVERNANCE_START + 500_000 });
    await expect(use(world, brief.cid)).rejects.toMatchObject({ data: { state: 'expired' } });
    expect(await use(world, brief.cid, { time: GOVERNANCE_START + 500_000 })).toMatchObject({ status: 'recorded' });
  });
});

describe('what falls', () => {
  it('with one approval, one proposal, one grant: all that rests on it', async () => {
    const world = await GovernanceWorld.open();
    const base = await grantedAtOnce(world, { uses: null });
    const above = await grantedAtOnce(world, { under: base.cid });
    const top = await grantedAtOnce(world, { under: above.cid });
    const apart = await grantedAtOnce(world);
    expect(await usable(world)).toEqual([base.id, above.id, top.id, apart.id].sort());
    const bob = await world.as('user:bob');
    const target = base.voices[1]?.cid as Cid;
    const { fell } = await revoke(world.ports, { ...bob, kind: 'approval', target, reason: 'no' });
    expect(fell).toEqual([base.id, above.id, top.id].sort());
    expect(await usable(world)).toEqual([apart.id]);
  });

  it('when it is replaced', async () => {
    const world = await GovernanceWorld.open();
    const old = await grantedAtOnce(world);
    const next = await grantedAtOnce(world, { supersedes: old.cid });
    expect(await usable(world)).toEqual([next.id]);
    await revoke(world.ports, { ...(await world.as(ROOT)), kind: 'grant', target: next.cid, reason: '' });
    expect(await usable(world)).toEqual([]);
  });

  it('with a key that was stolen before it signed, and with a member who leaves', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await grantedAtOnce(world);
    const memo = new LedgerMemo();
    const ports = { ...world.ports, memo };
    const ids = async () => (await usableGrants(ports, await conditions(world))).map((each) => each.id);
    expect(await ids()).toEqual([id]);
    await world.change({ op: 'set-group', name: 'leads', members: ['user:alice', 'user:carol'] });
    expect(await ids()).toEqual([]);
    await world.change({ op: 'set-group', name: 'leads', members: ['user:alice', 'user:bob'] });
    expect(await ids()).toEqual([id]);
    const clock = (await readHead(world.backend, `approvals/${id}.user-bob`))?.envelope.clock as number;
    await world.change({ op: 'revoke-key', key: testSigner(3).key, reason: 'stolen', since: clock });
    expect(await ids()).toEqual([]);
  });

  it('not when a key is rotated in good order', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await grantedAtOnce(world);
    await world.change({ op: 'rotate-key', old: testSigner(3).key, key: testSigner(33).key, reason: 'yearly' });
    expect(await usable(world)).toEqual([id]);
  });
});

describe('races', () => {
  it('two grants at once make one, and both are told of it', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await proposed(world);
    for (const actor of ['user:alice', 'user:bob']) await approved(world, id, actor);
    const authors = await Promise.all(['user:alice', 'user:bob', 'user:eve'].map((actor) => world.as(actor)));
    let turn = 0;
    const backend = withFaults(world.backend, () => ({ kind: 'delay', turns: turn++ % 5 }));
    const made = await Promise.all(authors.map((author) => grant({ ...world.ports, backend }, { ...author, id })));
    expect(new Set(made.map(({ cid }) => String(cid))).size).toBe(1);
    expect(made.filter(({ status }) => status === 'recorded')).toHaveLength(1);
    expect(await usable(world)).toEqual([id]);
    expect(
      (await verifyGovernance(world.ports, { trust: (await world.as(ROOT)).trust })).every(
        ({ outcome }) => outcome === 'pass',
      ),
    ).toBe(true);
  });

  it('a grant and its proof become visible together or not at all', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await proposed(world);
    for (const actor of ['user:alice', 'user:bob']) await approved(world, id, actor);
    const author = await world.as('user:alice');
    const error = gitError('io', { path: 'p', operation: 'write', why: 'simulated' });
    for (const at of ['objects.write', 'refs.transaction']) {
      const backend = withFaults(world.backend, ({ operation, phase }) =>
        operation === at && phase === 'before' ? { kind: 'fail', error } : { kind: 'pass' },
      );
      await expect(grant({ ...world.ports, backend }, { ...author, id })).rejects.toBe(error);
      expect(await world.backend.refs.read(`refs/gatos/grants/${id}`)).toBeNull();
      expect(await world.backend.refs.read(`refs/gatos/audit/proofs/governance/${id}`)).toBeNull();
    }
    const transaction = vi.spyOn(world.backend.refs, 'transaction');
    await grant(world.ports, { ...author, id });
    expect(transaction.mock.calls.map(([edits]) => edits.map(({ name }) => name))).toEqual([
      [`refs/gatos/audit/proofs/governance/${id}`, `refs/gatos/grants/${id}`],
    ]);
  });

  it('ten uses at once of a grant for three: three', async () => {
    const world = await GovernanceWorld.open();
    const { cid } = await grantedAtOnce(world, { uses: 3 });
    const tries = Array.from({ length: 10 }, (_, i) => use(world, cid, { ref: `refs/heads/${i}` }));
    const settled = await Promise.allSettled(tries);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const one of settled)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'governance/cannot-use' });
    expect(await usable(world)).toEqual([]);
  });

  it('one principal on two machines approves once', async () => {
    const world = await GovernanceWorld.open();
    const { id } = await proposed(world);
    const bob = await world.as('user:bob');
    const made = await Promise.all([1, 2, 3].map((n) => approve(world.ports, { ...bob, id, comment: `${n}` })));
    expect(made.filter(({ status }) => status === 'recorded')).toHaveLength(1);
    expect(new Set(made.map(({ cid }) => String(cid))).size).toBe(1);
  });
});

describe('reading', () => {
  it('with a memo reads only what is new, and says the same', async () => {
    const world = await GovernanceWorld.open(memoryBackend());
    for (let i = 0; i < 3; i++) await grantedAtOnce(world, { uses: 3 });
    const [{ cid } = { cid: '' }] = await usableGrants(world.ports, await conditions(world));
    let reads = 0;
    const backend = withFaults(world.backend, ({ operation, phase }) => {
      if (phase === 'before' && operation.startsWith('objects.')) reads += 1;
      return { kind: 'pass' };
    });
    const memo = new LedgerMemo();
    const ports = { ...world.ports, backend, memo };
    const request = await conditions(world);
    const first = await usableGrants(ports, request);
    expect(reads).toBeGreaterThan(0);
    reads = 0;
    expect(await usableGrants(ports, request)).toEqual(first);
    expect(reads).toBe(0);
    const target = first.find((each) => each.cid === cid);
    const ledger = await readLedger(world.ports, request);
    await use(world, ledger.grantsByCid.get(cid)?.cid as Cid);
    const after = await usableGrants(ports, request);
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(10);
    expect(after).toEqual(await usableGrants(world.ports, request));
    expect(after.find((each) => each.cid === cid)?.uses_left).toBe((target?.uses_left ?? 0) - 1);
  });

  it('with a memo follows trust as it moves on', async () => {
    const world = await GovernanceWorld.open();
    const ports = { ...world.ports, memo: new LedgerMemo() };
    const old = await grantedAtOnce(world);
    const ids = async () => (await usableGrants(ports, await conditions(world))).map(({ id }) => id);
    expect(await ids()).toEqual([old.id]);
    await world.change({ op: 'set-group', name: 'others', members: ['user:eve'] });
    // Its proof names a head of the trust chain that the memo has not seen.
    const next = await grantedAtOnce(world);
    expect(await ids()).toEqual([old.id, next.id].sort());
  });

  it('what is granted does not read what is only proposed', async () => {
    const world = await GovernanceWorld.open();
    await grantedAtOnce(world);
    const { trust } = await world.as(ROOT);
    const cost = async () => {
      let reads = 0;
      const backend = withFaults(world.backend, ({ operation, phase }) => {
        if (phase === 'before' && operation.startsWith('objects.')) reads += 1;
        return { kind: 'pass' };
      });
      await usableGrants({ ...world.ports, backend }, { trust, time: GOVERNANCE_START, policyRoot: null });
      return reads;
    };
    const before = await cost();
    for (let i = 0; i < 5; i++) await approved(world, (await proposed(world)).id, 'user:bob');
    expect(await cost()).toBe(before);
  });

  it('of a chain whose objects are gone stops every grant', async () => {
    const world = await GovernanceWorld.open();
    const kept = await grantedAtOnce(world);
    const other = await proposed(world);
    const revoked = await revoke(world.ports, {
      ...(await world.as('user:alice')),
      kind: 'proposal',
      target: other.cid,
      reason: '',
    });
    expect(await usable(world)).toEqual([kept.id]);
    const lost = await world.backend.refs.read(`refs/gatos/revocations/${revoked.id}`);
    const gone = (oid: string) => gitError('missing-object', { oid });
    const backend = withoutObjects(world.backend, new Set([lost as string]), gone);
    const ports = { ...world.ports, backend, memo: new LedgerMemo() };
    const request = await conditions(world);
    expect(await usableGrants(ports, request)).toEqual([]);
    // What could not be read is asked for again.
    expect(await usableGrants({ ...ports, backend: world.backend }, request)).toHaveLength(1);
  });
});
