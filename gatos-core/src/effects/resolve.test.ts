/** Resolutions: what settles an effect, on whose word, and what may be done afterwards. */
import { describe, expect, it } from 'vitest';
import { forge, resealed } from '../../testing/effects-forge.js';
import { ALICE, answerOf, BOB, CAROL, EffectsWorld, idOf, LEASE_MS, SAFE } from '../../testing/effects-world.js';
import type { Cid } from '../codec/index.js';
import { revoke } from '../governance/index.js';
import { LIMITS } from '../kernel/index.js';
import { decodeStruct, encodeStruct, RECEIPT } from '../mythos/index.js';
import type { KeptOutcome } from './entry-shape.js';
import { type AcceptedReceipt, type ResolvedAs, receiptOf, resolveEffect } from './index.js';

const ID = idOf();

interface Resolving {
  readonly by?: string;
  readonly id?: Uint8Array;
  readonly grant?: Cid;
  readonly accept?: AcceptedReceipt;
}

async function resolve(world: EffectsWorld, as: ResolvedAs, { by = ALICE, id = ID, grant, accept }: Resolving = {}) {
  const given = grant ?? (await world.granted(id));
  return resolveEffect(world.ports, { ...(await world.as(by)), id, as, grant: given, why: 'asked the bank', accept });
}

/** Nobody knows whether it acted. */
async function unknown(): Promise<EffectsWorld> {
  const world = await EffectsWorld.open();
  await world.hold(ALICE);
  world.pass(2 * LEASE_MS);
  return world;
}

/** It acted, and its key was used for something else. */
async function divergent(): Promise<EffectsWorld> {
  const world = await EffectsWorld.open();
  await world.done(ALICE);
  await expect(world.open(BOB, { body: 'other' })).rejects.toMatchObject({ code: 'effects/idempotency-conflict' });
  return world;
}

/** It was invoked twice, and answered differently. */
async function contradictory() {
  const world = await EffectsWorld.open();
  const late = await world.hold(ALICE, { def: SAFE });
  world.pass(2 * LEASE_MS);
  const { effect } = await world.done(BOB, { def: SAFE });
  const answer = world.answer(ALICE, late, { response: answerOf('other') });
  await expect(answer).rejects.toMatchObject({ code: 'effects/non-deterministic' });
  return { world, first: effect.outcome?.receipt };
}

describe('an unknown outcome', () => {
  it('that did not act may be invoked again, with any request', async () => {
    const world = await unknown();
    await resolve(world, 'not-acted');
    expect(await world.state()).toBe('resolved');
    await world.done(BOB, { body: 'anything' });
    expect((await world.effect())?.body).toMatchObject({ attempt: 2, resolution: null });
    expect(await world.failures()).toEqual([]);
  });

  it('that acted is not invoked again, and has no receipt', async () => {
    const world = await unknown();
    await resolve(world, 'acted');
    for (const actor of [ALICE, BOB])
      await expect(world.open(actor)).rejects.toMatchObject({ code: 'effects/acted-without-receipt', exit: 15 });
    expect(await world.failures()).toEqual([]);
  });

  it('that acted may be given a receipt', async () => {
    const world = await unknown();
    const { signer } = await world.as(ALICE);
    const response = answerOf();
    const receipt = await receiptOf(world.ports, world.call(ALICE), { response, status: 200, signer });
    const bytes = encodeStruct(RECEIPT, receipt);
    await resolve(world, 'acted', { accept: { bytes, response } });
    const opened = await world.open(BOB);
    expect(opened.what === 'replay' ? opened.effect.outcome?.receipt : null).toEqual(receipt);
    expect(await world.failures()).toEqual([]);
  });

  it('is given no receipt of something else, nor one that does not hold', async () => {
    const world = await unknown();
    const { signer } = await world.as(ALICE);
    const make = async (change: object, response = answerOf()) => {
      const call = world.call(ALICE, change);
      return encodeStruct(RECEIPT, await receiptOf(world.ports, call, { response, status: 200, signer }));
    };
    const good = await make({});
    const large = answerOf('x'.repeat(LIMITS.effectInlineBytes));
    const wrong: readonly (readonly [AcceptedReceipt, RegExp])[] = [
      [{ bytes: await make({ def: SAFE }) }, /of another tool/],
      [{ bytes: await make({ body: 'other' }) }, /of another request/],
      [{ bytes: await make({ key: 'other' }) }, /of another request/],
      [{ bytes: good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte)) }, /signature/],
      [{ bytes: good.subarray(1) }, /no Receipt/],
      [{ bytes: good, response: answerOf('other') }, /of another response/],
      [{ bytes: await make({}, large), response: large }, /at most 8192 bytes/],
      [{ id: new Uint8Array(32) }, /there is no receipt/],
    ];
    for (const [accept, pattern] of wrong) {
      const refused = resolve(world, 'acted', { accept });
      await expect(refused).rejects.toMatchObject({
        code: 'effects/bad-resolution',
        message: expect.stringMatching(pattern),
      });
    }
    await expect(resolve(world, 'not-acted', { accept: { bytes: good } })).rejects.toThrow(/belongs to `acted`/);
    expect(await world.state()).toBe('unknown');
  });

  it('that is discarded is closed', async () => {
    const world = await unknown();
    await resolve(world, 'discard');
    await expect(world.open(ALICE)).rejects.toMatchObject({ code: 'effects/discarded' });
    await expect(world.open(ALICE, { body: 'other' })).rejects.toMatchObject({ code: 'effects/discarded' });
    expect(await world.failures()).toEqual([]);
  });
});

describe('a divergence', () => {
  it('is settled by letting the outcome stand', async () => {
    const world = await divergent();
    await resolve(world, 'acted');
    expect(await world.open(BOB)).toMatchObject({ what: 'replay' });
    await expect(world.open(BOB, { body: 'other' })).rejects.toMatchObject({ code: 'effects/idempotency-conflict' });
    expect(await world.state()).toBe('divergent');
    expect(await world.failures()).toEqual([]);
  });

  it('of an effect with a receipt is not settled by saying that it did not act', async () => {
    const world = await divergent();
    await expect(resolve(world, 'not-acted')).rejects.toMatchObject({ code: 'effects/bad-resolution' });
    const [grant, standing] = [await world.granted(ID), await world.effect()];
    const resolution = { as: 'not-acted', grant, why: '' } as const;
    const body = { resolution, marks: [], ended: null, outcome: null };
    await forge(world, { by: ALICE, kind: 'resolved', seen: 1000, id: ID, body });
    expect(await world.failures()).toEqual([expect.stringMatching(/says that it did not act, and there is a receipt/)]);
    expect(standing?.outcome).not.toBe(null);
  });

  it('of two outcomes is settled by choosing one', async () => {
    const { world, first } = await contradictory();
    const id = idOf({ def: SAFE });
    const rival = (await world.effect({ def: SAFE }))?.marks[0]?.rival;
    const second = decodeStruct(RECEIPT, rival?.receipt as Uint8Array);
    await resolve(world, 'acted', { id, accept: { id: second.receipt_id } });
    const opened = await world.open(CAROL, { def: SAFE });
    expect(opened.what === 'replay' ? opened.effect.outcome?.receipt : null).toEqual(second);
    expect(second.receipt_id).not.toEqual(first?.receipt_id);
    expect(await world.failures()).toEqual([]);
  });
});

describe('a resolution is refused', () => {
  it.each([
    ['of another action', { action: 'effect.forget' }, /it is for `effect.forget`/],
    ['of another outcome', { action: 'effect.resolve/discard' }, /it is for `effect.resolve\/discard`/],
    ['of another effect', { target: 'a'.repeat(64) }, /it is for `aaaa/],
  ] as const)('under a grant %s', async (_, terms, pattern) => {
    const world = await unknown();
    const grant = await world.granted(ID, terms);
    const refused = { code: 'effects/not-granted', exit: 12, message: expect.stringMatching(pattern) };
    await expect(resolve(world, 'not-acted', { grant })).rejects.toMatchObject(refused);
    expect(await world.state()).toBe('unknown');
    const body = { resolution: { as: 'not-acted', grant, why: '' }, ended: null } as const;
    await forge(world, { by: ALICE, kind: 'resolved', seen: 1000, id: ID, body });
    expect(await world.failures()).toEqual([expect.stringMatching(/^grants fail: /)]);
  });

  it('under a grant for this outcome alone it is not', async () => {
    const world = await unknown();
    const grant = await world.granted(ID, { action: 'effect.resolve/discard' });
    await resolve(world, 'discard', { grant });
    expect(await world.failures()).toEqual([]);
  });

  it('without a grant, and under one that was revoked', async () => {
    const world = await unknown();
    const { cid } = (await world.effect()) ?? {};
    await expect(resolve(world, 'discard', { grant: cid as Cid })).rejects.toMatchObject({
      code: 'effects/not-granted',
    });
    const grant = await world.granted(ID);
    await revoke(world.ports, { ...(await world.as(ALICE)), kind: 'grant', target: grant, reason: 'no' });
    await expect(resolve(world, 'discard', { grant })).rejects.toMatchObject({
      code: 'effects/not-granted',
      message: expect.stringMatching(/revoked/),
    });
  });

  it('holds when its grant is revoked afterwards', async () => {
    const world = await unknown();
    const grant = await world.granted(ID);
    await resolve(world, 'not-acted', { grant });
    world.pass(1000);
    await revoke(world.ports, { ...(await world.as(ALICE)), kind: 'grant', target: grant, reason: 'no' });
    expect(await world.failures()).toEqual([]);
  });

  it('under a grant that has ended, from then on', async () => {
    const world = await unknown();
    const expires = world.ports.clock.now() + 60_000_000;
    const grant = await world.granted(ID, { expires });
    await resolve(world, 'not-acted', { grant });
    world.pass(120_000);
    expect(await world.failures()).toEqual([]);
    const other = await unknown();
    const late = await other.granted(ID, { expires: other.ports.clock.now() + 60_000_000 });
    other.pass(120_000);
    await expect(resolve(other, 'not-acted', { grant: late })).rejects.toMatchObject({ code: 'effects/not-granted' });
    await forge(other, {
      by: ALICE,
      kind: 'resolved',
      seen: 1000,
      id: ID,
      body: { resolution: { as: 'not-acted', grant: late, why: '' } },
    });
    expect(await other.failures()).toEqual([expect.stringMatching(/^grants fail: /)]);
  });

  it('under a grant that was used up', async () => {
    const world = await unknown();
    const grant = await world.granted(ID);
    await resolve(world, 'not-acted', { grant });
    await world.hold(BOB);
    world.pass(2 * LEASE_MS);
    const refused = { code: 'effects/not-granted', message: expect.stringMatching(/used 1 times/) };
    await expect(resolve(world, 'not-acted', { grant })).rejects.toMatchObject(refused);
    await forge(world, {
      by: ALICE,
      kind: 'resolved',
      id: ID,
      body: { resolution: { as: 'discard', grant, why: '' } },
    });
    expect(await world.failures()).toEqual([expect.stringMatching(/^grants fail: .*used 1 times/)]);
  });

  it('that lets the outcome stand, and not all of it', async () => {
    for (const part of ['response', 'commit'] as const) {
      const world = await divergent();
      const grant = await world.granted(ID);
      const outcome = { ...((await world.effect())?.body.outcome as KeptOutcome), [part]: null };
      const body = { outcome, marks: [], resolution: { as: 'acted', grant, why: '' } } as const;
      await forge(world, { by: ALICE, kind: 'resolved', seen: 1000, id: ID, body });
      expect(await world.failures()).toEqual([expect.stringMatching(/^order fail: .*changes the outcome/)]);
    }
  });

  it('while somebody may still be invoking', async () => {
    const world = await EffectsWorld.open();
    await world.hold(ALICE);
    const grant = await world.granted(ID);
    const body = { resolution: { as: 'not-acted', grant, why: '' } } as const;
    await forge(world, { by: ALICE, kind: 'resolved', seen: 1000, id: ID, body });
    expect(await world.failures()).toEqual([
      expect.stringMatching(/^order fail: .*resolves what may still be invoked/),
    ]);
  });

  it('of what is not in doubt', async () => {
    const world = await EffectsWorld.open();
    await expect(resolve(world, 'discard')).rejects.toMatchObject({ code: 'effects/no-such-effect' });
    const held = await world.hold(ALICE);
    await expect(resolve(world, 'discard')).rejects.toMatchObject({ code: 'effects/nothing-to-resolve' });
    await expect(world.open(BOB, { body: 'other' })).rejects.toMatchObject({ code: 'effects/idempotency-conflict' });
    // Divergent, and still being invoked.
    await expect(resolve(world, 'discard')).rejects.toMatchObject({ code: 'effects/nothing-to-resolve' });
    await world.answer(ALICE, held);
    await resolve(world, 'discard');
    await expect(resolve(world, 'discard')).rejects.toMatchObject({ code: 'effects/nothing-to-resolve' });
    expect(await world.failures()).toEqual([]);
  });
});

describe('a register is refused', () => {
  it.each(['acted', 'discard'] as const)('after the resolution `%s`, whatever the tool says of retries', async (as) => {
    const world = await EffectsWorld.open();
    const id = idOf({ def: SAFE });
    const { effect } = await world.hold(ALICE, { def: SAFE });
    world.pass(2 * LEASE_MS);
    await resolve(world, as, { id });
    await world.jobs.accept();
    const now = world.ports.clock.now();
    const times = { time_observed: BigInt(now), lease_expires_at: BigInt(now + 1000) };
    const body = {
      attempt: 2,
      lease: world.lease(),
      register: await resealed(effect, BOB, times),
      capability: world.capability(BOB, SAFE),
      resolution: null,
    };
    await forge(world, { by: BOB, kind: 'register', id, body });
    const fault = new RegExp(`^order fail: .*follows the resolution \`${as}\``);
    expect(await world.failures()).toEqual([expect.stringMatching(fault)]);
    expect((await world.jobs.judge()).refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
  });
});
