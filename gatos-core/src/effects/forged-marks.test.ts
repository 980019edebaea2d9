/** Marks that no honest gateway makes, calls under another capability, leases from a clock that lies: refused by verification or the gate. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import {
  commitBy,
  type Forgery,
  forge,
  markBy,
  receiptBy,
  receiptBytes,
  resealed,
} from '../../testing/effects-forge.js';
import { ALICE, answerOf, BOB, CAROL, EffectsWorld, idOf, LEASE_MS } from '../../testing/effects-world.js';
import type { Receipt } from '../mythos/index.js';
import type { KeptOutcome } from './entry-shape.js';
import type { Effect, KeptResponse } from './index.js';
import { resolveEffect } from './index.js';

const ID = idOf();
const OTHER = answerOf('other');
const DONE = { hash: sha256(answerOf()) };
const RIVAL: KeptResponse = { hash: sha256(OTHER), size: OTHER.length, inline: OTHER };

async function markOf(
  world: EffectsWorld,
  { body }: Effect,
  reason: number,
  evidence: readonly Uint8Array[],
  by = BOB,
) {
  const time_observed = BigInt(world.ports.clock.now());
  return markBy(by, { idem_id: body.id, tool_id: body.tool, reason, evidence, time_observed });
}

async function expectRefused(world: EffectsWorld, body: Forgery, pattern: RegExp, by = BOB): Promise<void> {
  await world.jobs.accept();
  await forge(world, { by, kind: 'divergence', id: ID, body });
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

  it.each<[string, (outcome: KeptOutcome) => KeptOutcome]>([
    ['without its response', (outcome) => ({ ...outcome, response: null })],
    ['as a response that was not kept', (outcome) => ({ ...outcome, response: { hash: DONE.hash, size: 9000 } })],
    ['without its commit', (outcome) => ({ ...outcome, commit: null })],
  ])('that repeats the outcome %s', async (_, change) => {
    const world = await EffectsWorld.open();
    const effect = (await world.done(ALICE)).effect;
    const mark = await markOf(world, effect, 1, [effect.body.request, new Uint8Array(32)]);
    const outcome = change(effect.body.outcome as KeptOutcome);
    const body = { marks: [{ mark, rival: null }], outcome };
    await expectRefused(world, body, /^order fail: .*changes the outcome/);
  });

  it('that repeats the outcome with a commit of somebody else', async () => {
    const world = await EffectsWorld.open();
    const { effect } = await world.done(ALICE);
    const receipt = effect.outcome?.receipt as Receipt;
    const commit = await commitBy(BOB, receipt, { idem_id: ID });
    const mark = await markOf(world, effect, 1, [effect.body.request, new Uint8Array(32)]);
    const outcome = { ...(effect.body.outcome as KeptOutcome), commit };
    await expectRefused(world, { marks: [{ mark, rival: null }], outcome }, /^order fail: .*changes the outcome/);
  });

  it('that takes away what an earlier one shows', async () => {
    const world = await EffectsWorld.open();
    const { effect } = await world.done(ALICE);
    const { body, register, outcome } = effect;
    const receipt = await receiptBy(BOB, {
      tool_id: body.tool,
      request_hash: body.request,
      response_hash: RIVAL.hash,
      idempotency_key: register.idempotency_key,
      time_observed: BigInt(world.ports.clock.now()),
      status: 200,
    });
    const shown = await markOf(world, effect, 2, [outcome?.receipt.response_hash as Uint8Array, RIVAL.hash]);
    const rival = { receipt: receiptBytes(receipt), response: RIVAL };
    await forge(world, { by: BOB, kind: 'divergence', id: ID, body: { marks: [{ mark: shown, rival }] } });
    expect(await world.failures()).toEqual([]);
    const mark = await markOf(world, effect, 1, [body.request, new Uint8Array(32)]);
    const marks = [
      { mark: shown, rival: null },
      { mark, rival: null },
    ];
    await expectRefused(world, { marks }, /^order fail: .*changes the marks/);
  });

  it('that makes its writer the owner of the lease, or its lease a longer one', async () => {
    for (const by of [ALICE, BOB]) {
      const world = await EffectsWorld.open();
      const { effect } = await world.hold(ALICE);
      const lease_expires_at = effect.register.lease_expires_at + 1n;
      const register = await resealed(effect, by, { lease_expires_at });
      const mark = await markOf(world, effect, 1, [effect.body.request, new Uint8Array(32)], by);
      const body = { marks: [{ mark, rival: null }], register };
      await expectRefused(world, body, /^order fail: .*has another register/, by);
    }
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

describe('the capability of a call', () => {
  const otherwise = async () => {
    const world = await EffectsWorld.open();
    const { effect } = await world.hold(ALICE);
    await world.jobs.accept();
    return { world, effect, capability: world.capability(BOB) };
  };
  const expectOther = async (world: EffectsWorld): Promise<void> => {
    const fault = /^order fail: .*says other things of the call than the register/;
    expect(await world.failures()).toEqual([expect.stringMatching(fault)]);
    expect((await world.jobs.judge()).refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
  };

  it('stays that of its lease when the lease is renewed', async () => {
    const { world, effect, capability } = await otherwise();
    const lease_expires_at = effect.register.lease_expires_at + 1n;
    const register = await resealed(effect, ALICE, { lease_expires_at });
    await forge(world, { by: ALICE, kind: 'register', id: ID, body: { register, capability } });
    await expectOther(world);
  });

  it('stays that of its lease when it ends', async () => {
    const { world, capability } = await otherwise();
    const ended = { acted: 'unknown', why: 'it hung' } as const;
    await forge(world, { by: ALICE, kind: 'ended', id: ID, body: { ended, capability } });
    await expectOther(world);
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
