/** Was a call allowed when it was recorded? Revocations, windows and trust as they were then, not as they are now. */
import { describe, expect, it } from 'vitest';
import { forge, resealed } from '../../testing/effects-forge.js';
import { ALICE, BOB, CAROL, EffectsWorld, idOf, LEASE_MS, SAFE } from '../../testing/effects-world.js';
import { revokeCapability } from '../capabilities/index.js';
import { formatHex } from '../codec/index.js';

const TOOL = { def: SAFE };
const ID = idOf(TOOL);
const YEAR_MS = 365 * 86_400_000;

/** Takes back what bob may do with the tool. */
async function revoke(world: EffectsWorld): Promise<void> {
  const id = formatHex(world.capability(BOB, SAFE));
  await revokeCapability(world.ports, await world.as(ALICE), { id, reason: 'it was stolen' });
  world.pass(1000);
}

/** Whoever may issue capabilities for tools is somebody else from now on. */
async function replaceIssuer(world: EffectsWorld): Promise<void> {
  await world.jobs.governance.change({ op: 'set-group', name: 'cap-tool', members: [CAROL] });
  world.pass(1000);
}

/** Bob registers, whatever his capability says: a gateway of his own would. */
async function registered(world: EffectsWorld): Promise<void> {
  const { effect } = await world.hold(ALICE, TOOL);
  world.pass(10 * LEASE_MS);
  await world.jobs.accept();
  const now = world.ports.clock.now();
  const times = { time_observed: BigInt(now), lease_expires_at: BigInt(now + 1000) };
  const body = {
    attempt: 2,
    lease: world.lease(),
    register: await resealed(effect, BOB, times),
    capability: world.capability(BOB, SAFE),
  };
  await forge(world, { by: BOB, kind: 'register', id: ID, body });
}

async function expectNotAllowed(world: EffectsWorld, why: RegExp): Promise<void> {
  const failures = await world.failures();
  expect(failures.filter((each) => each.startsWith('authority '))).toEqual([expect.stringMatching(why)]);
  const { refusals } = await world.jobs.judge();
  expect(refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
}

describe('a capability that was revoked', () => {
  it('allows nothing afterwards', async () => {
    const world = await EffectsWorld.open();
    await revoke(world);
    await registered(world);
    await expectNotAllowed(world, /did not allow it, revocation: .*it was stolen/);
  });

  it('has allowed what was done before', async () => {
    const world = await EffectsWorld.open();
    await world.done(BOB, TOOL);
    world.pass(1000);
    await revoke(world);
    expect(await world.failures()).toEqual([]);
  });
});

describe('an issuer who is replaced', () => {
  it('has allowed what was done before', async () => {
    const world = await EffectsWorld.open();
    await world.done(BOB, TOOL);
    await replaceIssuer(world);
    expect(await world.failures()).toEqual([]);
  });

  it('allows nothing afterwards', async () => {
    const world = await EffectsWorld.open();
    await replaceIssuer(world);
    await registered(world);
    const failures = await world.failures();
    expect(failures).toContainEqual(expect.stringMatching(/^authority fail: .*did not allow it, issuer: /));
  });
});

describe('a capability that has ended', () => {
  it('allows nothing afterwards', async () => {
    const world = await EffectsWorld.open();
    world.pass(2 * YEAR_MS);
    await registered(world);
    const failures = await world.failures();
    expect(failures).toContainEqual(expect.stringMatching(/^authority fail: .*did not allow it, window: /));
  });

  it('has allowed what was done before', async () => {
    const world = await EffectsWorld.open();
    await world.done(BOB, TOOL);
    world.pass(2 * YEAR_MS);
    expect(await world.failures()).toEqual([]);
  });
});
