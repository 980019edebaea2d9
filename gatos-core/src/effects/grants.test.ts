/** Who may grant a resolution: as many as may change trust, whatever quorum the proposal asks for; then and in verification. */
import { describe, expect, it } from 'vitest';
import { forge } from '../../testing/effects-forge.js';
import { ALICE, BOB, CAROL, EffectsWorld, idOf, LEASE_MS } from '../../testing/effects-world.js';
import { ROOT } from '../../testing/governance-world.js';
import type { Cid } from '../codec/index.js';
import { readLedger, revoke } from '../governance/index.js';
import type { TrustChange } from '../trust/index.js';
import { RESOLVE_GROUP, resolveEffect } from './index.js';

const ID = idOf();
const [DAVE, EVE] = ['user:dave', 'user:eve'];
const group = (...members: readonly string[]): TrustChange => ({ op: 'set-group', name: RESOLVE_GROUP, members });
/** From now on two of alice, bob and the root change trust. */
const TWO: TrustChange = { op: 'set-roots', roots: [ALICE, BOB, ROOT], threshold: 2 };

/** Nobody knows whether it acted; trust has changed meanwhile. */
async function unknown(...changes: readonly TrustChange[]): Promise<EffectsWorld> {
  const world = await EffectsWorld.open();
  await world.hold(ALICE);
  world.pass(2 * LEASE_MS);
  if (changes.length > 0) await world.jobs.governance.change(...changes);
  await world.jobs.accept();
  return world;
}

async function resolve(world: EffectsWorld, grant: Cid, by = ALICE) {
  return resolveEffect(world.ports, { ...(await world.as(by)), id: ID, as: 'not-acted', grant, why: 'looked' });
}

/** It is refused; and where somebody records it all the same verification and the gate refuse that. */
async function expectRefused(
  world: EffectsWorld,
  { grant, by = ALICE, why }: { grant: Cid; by?: string; why: RegExp },
) {
  const refused = await resolve(world, grant, by).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'effects/not-granted', exit: 12, message: expect.stringMatching(why) });
  expect(await world.state()).toBe('unknown');
  const body = { resolution: { as: 'not-acted', grant, why: '' }, ended: null } as const;
  await world.jobs.accept();
  const { clock: seen } = await readLedger(world.ports, { trust: (await world.as(by)).trust });
  await forge(world, { by, kind: 'resolved', seen, id: ID, body });
  const failures = await world.failures();
  expect(failures).toEqual([expect.stringMatching(/^grants fail: /)]);
  expect(failures[0]).toMatch(why);
  const { refusals } = await world.jobs.judge();
  expect(refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
  return refused as { readonly hint: string };
}

async function expectGranted(world: EffectsWorld, grant: Cid, by = ALICE): Promise<void> {
  await resolve(world, grant, by);
  expect(await world.failures()).toEqual([]);
}

describe('one person', () => {
  it('cannot propose, approve and use a grant of his own where trust takes two', async () => {
    const world = await unknown(TWO);
    const grant = await world.granted(ID, { quorum: ALICE, approve: [ALICE] });
    const why = /2 members of `@effect-resolve` have to approve, and `2 of @effect-resolve` has 1 \(user:alice\)/;
    const { hint } = await expectRefused(world, { grant, why });
    expect(hint).toContain('--action effect.resolve --target ');
    expect(hint).toContain("--quorum '2 of @effect-resolve'");
  });

  it('can where trust takes one', async () => {
    const world = await unknown();
    await expectGranted(world, await world.granted(ID, { quorum: BOB, approve: [BOB] }));
  });

  it('can as the only root where there is no such group', async () => {
    const world = await unknown(group());
    await expectGranted(world, await world.granted(ID, { quorum: ROOT, approve: [ROOT] }), ROOT);
  });
});

describe('a grant counts with approvals', () => {
  it('of two members where trust takes two', async () => {
    const world = await unknown(TWO);
    await expectGranted(world, await world.granted(ID));
  });

  it('of two roots where there is no such group', async () => {
    const world = await unknown(group(), TWO);
    await expectGranted(world, await world.granted(ID, { quorum: '2 of @leads', approve: [ALICE, BOB] }));
    const other = await unknown(group(), TWO);
    const grant = await other.granted(ID, { quorum: '2 of @leads', approve: [ALICE, CAROL] });
    await expectRefused(other, { grant, why: /2 roots have to approve, and `2 of \(.*\)` has 1 \(user:alice\)/ });
  });

  it('not of others, however many', async () => {
    const world = await unknown();
    const [quorum, approve] = [`2 of (${DAVE}, ${EVE})`, [DAVE, EVE] as const];
    const grant = await world.granted(ID, { quorum, approve: approve as readonly string[] });
    await expectRefused(world, { grant, why: /1 members of `@effect-resolve` have to approve, .*has none/ });
  });

  it('not of a group that is too small', async () => {
    const world = await unknown(group(ALICE), TWO);
    const grant = await world.granted(ID);
    await expectRefused(world, { grant, why: /cannot be met: it takes 2, and only 1 can/ });
  });
});

describe('what was then counts', () => {
  it('who left before has no voice', async () => {
    const world = await unknown();
    const grant = await world.granted(ID);
    await world.jobs.governance.change(group(CAROL));
    await expectRefused(world, { grant, why: /`1 of @effect-resolve` has none/ });
  });

  it('who left afterwards had one', async () => {
    const world = await unknown();
    await resolve(world, await world.granted(ID));
    world.pass(1000);
    await world.jobs.governance.change(group(CAROL), TWO, { op: 'set-group', name: 'leads', members: [CAROL] });
    expect(await world.failures()).toEqual([]);
  });

  const takeBack = async (world: EffectsWorld, grant: Cid) => {
    const ledger = await readLedger(world.ports, { trust: (await world.as(BOB)).trust });
    const approvals = [...ledger.approvalsByCid.values()];
    const mine = approvals.find(({ actor }) => actor === BOB);
    expect([mine?.actor, ledger.grantsByCid.has(String(grant))]).toEqual([BOB, true]);
    const target = mine?.cid as Cid;
    await revoke(world.ports, { ...(await world.as(BOB)), kind: 'approval', target, reason: 'no' });
  };

  it('an approval that was taken back before does not', async () => {
    const world = await unknown(TWO);
    const grant = await world.granted(ID, { quorum: '1 of @leads' });
    await takeBack(world, grant);
    await expectRefused(world, { grant, why: /`2 of @effect-resolve` has 1 \(user:alice\)/ });
  });

  it('one that was taken back afterwards does', async () => {
    const world = await unknown(TWO);
    const grant = await world.granted(ID, { quorum: '1 of @leads' });
    await resolve(world, grant);
    world.pass(1000);
    await takeBack(world, grant);
    expect(await world.failures()).toEqual([]);
  });
});

describe('a grant is used', () => {
  it('by whoever proposed it and those who approved it alone: they answer for the outcome', async () => {
    const world = await unknown();
    await expectGranted(world, await world.granted(ID), BOB);
    const other = await unknown();
    const why = /it is for whoever proposed it and those who approved it/;
    await expectRefused(other, { grant: await other.granted(ID), by: CAROL, why });
  });
});
