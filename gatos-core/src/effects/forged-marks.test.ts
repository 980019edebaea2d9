/** Marks that no honest gateway makes, and leases from a clock that lies: refused by verification or by the gate. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { type Forgery, forge, markBy, receiptBy, receiptBytes } from '../../testing/effects-forge.js';
import { ALICE, answerOf, BOB, CAROL, EffectsWorld, idOf, LEASE_MS } from '../../testing/effects-world.js';
import type { Effect, KeptResponse } from './index.js';
import { resolveEffect } from './index.js';

const ID = idOf();
const OTHER = answerOf('other');
const RIVAL: KeptResponse = { hash: sha256(OTHER), size: OTHER.length, inline: OTHER };

async function markOf(world: EffectsWorld, { body }: Effect, reason: number, evidence: readonly Uint8Array[]) {
  const time_observed = BigInt(world.ports.clock.now());
  return markBy(BOB, { idem_id: body.id, tool_id: body.tool, reason, evidence, time_observed });
}

async function expectRefused(world: EffectsWorld, body: Forgery, pattern: RegExp): Promise<void> {
  await world.jobs.accept();
  await forge(world, { by: BOB, kind: 'divergence', id: ID, body });
  expect(await world.failures()).toEqual([expect.stringMatching(pattern)]);
  const { refusals } = await world.jobs.judge();
  expect(refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
}

const standing = async (world: EffectsWorld): Promise<Effect> => (await world.effect()) as Effect;

describe('a mark is refused', () => {
  it('that shows an outcome which its writer did not sign', async () => {
    const world = await EffectsWorld.open();
    const { effect } = await world.done(ALICE);
    const { body, register, outcome } = effect;
    const receipt = await receiptBy(CAROL, {
      tool_id: body.tool,
      request_hash: body.request,
      response_hash: RIVAL.hash,
      idempotency_key: register.idempotency_key,
      time_observed: BigInt(world.ports.clock.now()),
      status: 200,
    });
    const evidence = [outcome?.receipt.response_hash as Uint8Array, RIVAL.hash];
    const mark = await markOf(world, effect, 2, evidence);
    const marks = [{ mark, rival: { receipt: receiptBytes(receipt), response: RIVAL } }];
    await expectRefused(world, { marks }, /^objects fail: .*a receipt of somebody else than who marked it/);
  });

  it('that says otherwise how the invocation ended', async () => {
    const world = await EffectsWorld.open();
    await world.hold(ALICE);
    const effect = await standing(world);
    const mark = await markOf(world, effect, 1, [effect.body.request, new Uint8Array(32)]);
    const ended = { acted: 'no', why: '' } as const;
    await expectRefused(world, { marks: [{ mark, rival: null }], ended }, /^order fail: .*otherwise how/);
  });

  it('that reopens what was discarded', async () => {
    const world = await EffectsWorld.open();
    await world.hold(ALICE);
    world.pass(2 * LEASE_MS);
    const grant = await world.granted(ID);
    await resolveEffect(world.ports, { ...(await world.as(ALICE)), id: ID, as: 'discard', grant, why: 'over' });
    const effect = await standing(world);
    const mark = await markOf(world, effect, 1, [effect.body.request, new Uint8Array(32)]);
    const body = { marks: [{ mark, rival: null }], resolution: null };
    await expectRefused(world, body, /^order fail: .*marks what is resolved as `discard`/);
  });
});

describe('a lease from a clock that is years ahead', () => {
  it('is refused by the gate, and in a clone without one keeps the key closed until then', async () => {
    const world = await EffectsWorld.open();
    const clock = { ...world.ports.clock, now: () => world.ports.clock.now() + 10 * 365 * 86_400_000_000 };
    await world.hold(BOB, { ports: { ...world.ports, clock } });
    const { refusals } = await world.jobs.judge();
    expect(refusals.map(({ rule }) => rule)).toEqual(['gate/time']);
    expect(await world.open(ALICE)).toMatchObject({ what: 'held' });
    expect(await world.state()).toBe('pending');
  });
});
