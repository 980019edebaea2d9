/** The ledger of effects: who may invoke, who waits, who gets what came of it, and what is left when somebody is gone. */
import { describe, expect, it } from 'vitest';
import {
  ALICE,
  answerOf,
  BOB,
  CAROL,
  EffectsWorld,
  idOf,
  LEASE_MS,
  SAFE,
  UNSAFE,
} from '../../testing/effects-world.js';
import { failingOnce } from '../../testing/jobs-held.js';
import { UNCOUNTED_U32 } from '../capabilities/index.js';
import { formatHex } from '../codec/index.js';
import { memoryBackend } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { endCall, findReceipt, historyOf, listEffects, readResponse, renewLease } from './index.js';

const SKEW_MS = LIMITS.leaseSkew / 1000;
const conflict = { code: 'effects/idempotency-conflict', exit: 15 };
const divergent = { code: 'effects/divergent', exit: 15 };

describe('a key', () => {
  it('is registered before anything is invoked, and gives the receipt of its one invocation for ever', async () => {
    const world = await EffectsWorld.open();
    expect(await world.state()).toBe('absent');
    const held = await world.hold(ALICE);
    expect(await world.state()).toBe('pending');
    const { status, effect } = await world.answer(ALICE, held);
    expect(status).toBe('recorded');
    expect(await world.state()).toBe('committed');
    for (const actor of [ALICE, BOB]) {
      const again = await world.open(actor);
      expect(again).toMatchObject({ what: 'replay' });
      if (again.what !== 'replay') throw new Error(again.what);
      expect(again.effect.outcome?.receipt).toEqual(effect.outcome?.receipt);
    }
    expect(await readResponse(world.backend, idOf(), effect.outcome?.response as never)).toEqual(answerOf());
    expect(await world.failures()).toEqual([]);
  });

  it('is of one tool: the same key of another one is another effect', async () => {
    const world = await EffectsWorld.open();
    await world.done(ALICE, { def: SAFE });
    expect(await world.state({ def: UNSAFE })).toBe('absent');
    await world.done(ALICE, { def: UNSAFE });
    expect(await world.failures()).toEqual([]);
  });

  it('with another request is a conflict, whatever stands of it, and nothing may be invoked any more', async () => {
    const world = await EffectsWorld.open();
    await world.done(ALICE, { key: 'committed' });
    await world.hold(ALICE, { key: 'pending' });
    for (const key of ['committed', 'pending']) {
      await expect(world.open(BOB, { key, body: 'other' })).rejects.toMatchObject(conflict);
      expect(await world.state({ key })).toBe('divergent');
      await expect(world.open(ALICE, { key })).rejects.toMatchObject(divergent);
      await expect(world.open(BOB, { key, body: 'a third' })).rejects.toMatchObject(divergent);
      expect((await world.effect({ key }))?.marks.map(({ opened }) => opened.reason)).toEqual([1]);
    }
    expect(await world.failures()).toEqual([]);
  });

  it('that becomes divergent while its tool runs keeps what came of it', async () => {
    const world = await EffectsWorld.open();
    const held = await world.hold(ALICE);
    await expect(world.open(BOB, { body: 'other' })).rejects.toMatchObject(conflict);
    expect(await renewLease(world.ports, { ...(await world.as(ALICE)), held, leaseMs: LEASE_MS })).toBe(false);
    expect((await world.answer(ALICE, held)).status).toBe('recorded');
    expect(await world.state()).toBe('divergent');
    expect((await world.effect())?.outcome?.receipt.status).toBe(200);
    await expect(world.open(ALICE)).rejects.toMatchObject(divergent);
    expect(await world.failures()).toEqual([]);
  });
});

describe('a lease', () => {
  it('keeps everybody else away until it has ended for as long as clocks may differ', async () => {
    const world = await EffectsWorld.open();
    await world.hold(ALICE, { def: SAFE });
    for (const actor of [ALICE, BOB]) expect(await world.open(actor, { def: SAFE })).toMatchObject({ what: 'held' });
    world.pass(LEASE_MS + SKEW_MS - 1);
    expect(await world.open(BOB, { def: SAFE })).toMatchObject({ what: 'held' });
    expect(await world.state({ def: SAFE })).toBe('pending');
    world.pass(2);
    expect(await world.state({ def: SAFE })).toBe('unknown');
    expect(await world.open(BOB, { def: SAFE })).toMatchObject({ what: 'registered' });
    expect((await world.effect({ def: SAFE }))?.body.attempt).toBe(2);
    expect(await world.failures()).toEqual([]);
  });

  it('that ended leaves an outcome that is unknown: the tool is never invoked again', async () => {
    const world = await EffectsWorld.open();
    await world.hold(ALICE);
    world.pass(LEASE_MS + SKEW_MS + 1);
    for (const actor of [ALICE, BOB])
      await expect(world.open(actor)).rejects.toMatchObject({ code: 'effects/outcome-unknown', exit: 30 });
    await expect(world.open(BOB, { body: 'other' })).rejects.toMatchObject(conflict);
    expect(await world.failures()).toEqual([]);
  });

  it('is as good after its end, while nobody took over', async () => {
    const world = await EffectsWorld.open();
    const held = await world.hold(ALICE, { def: SAFE });
    world.pass(10 * LEASE_MS);
    expect((await world.answer(ALICE, held)).status).toBe('recorded');
    expect(await world.failures()).toEqual([]);
  });

  it('is renewed, and never shortened', async () => {
    const world = await EffectsWorld.open();
    const held = await world.hold(ALICE);
    const until = held.effect.register.lease_expires_at;
    const renew = async (leaseMs: number) => renewLease(world.ports, { ...(await world.as(ALICE)), held, leaseMs });
    expect(await renew(1)).toBe(true);
    expect((await world.effect())?.register.lease_expires_at).toBe(until);
    world.pass(LEASE_MS / 2);
    expect(await renew(LEASE_MS)).toBe(true);
    const later = (await world.effect())?.register.lease_expires_at ?? 0n;
    expect(later > until).toBe(true);
    expect((await world.answer(ALICE, held)).status).toBe('recorded');
    expect(await renew(LEASE_MS)).toBe(false);
    expect(await world.failures()).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN, LIMITS.effectLeaseMs + 1])('does not last %d ms', async (leaseMs) => {
    const world = await EffectsWorld.open();
    await expect(world.open(ALICE, { leaseMs })).rejects.toMatchObject({ code: 'effects/bad-lease' });
    expect(await world.state()).toBe('absent');
  });

  it('goes to one of many who call at once', async () => {
    const world = await EffectsWorld.open();
    const actors = Array.from({ length: 12 }, (_, i) => [ALICE, BOB, CAROL][i % 3] as string);
    const opened = await Promise.all(actors.map((actor) => world.open(actor)));
    expect(opened.filter(({ what }) => what === 'registered')).toHaveLength(1);
    expect(opened.filter(({ what }) => what === 'held')).toHaveLength(11);
    expect(await historyOf(world.backend, idOf())).toHaveLength(1);
    expect(await world.failures()).toEqual([]);
  });

  it('that a fault hid is had by repeating the call', async () => {
    const world = await EffectsWorld.open();
    const ports = failingOnce(world.jobs, 'refs.transaction', 'after');
    const lease = world.lease();
    await expect(world.open(ALICE, { lease, ports })).rejects.toMatchObject({ code: 'git/io' });
    expect(await world.open(BOB)).toMatchObject({ what: 'held' });
    expect(await world.open(ALICE, { lease, ports })).toMatchObject({ what: 'registered' });
    expect(await historyOf(world.backend, idOf())).toHaveLength(1);
  });
});

describe('an invocation without an outcome', () => {
  const end = async (world: EffectsWorld, acted: 'no' | 'unknown', change = {}) => {
    const held = await world.hold(ALICE, change);
    await endCall(world.ports, { ...(await world.as(ALICE)), held, acted, why: 'it hung\nfor long' });
    return held;
  };

  it('that certainly did not act is repeated at once', async () => {
    const world = await EffectsWorld.open();
    const held = await end(world, 'no');
    expect(await world.state()).toBe('released');
    await end(world, 'no');
    expect((await world.effect())?.body).toMatchObject({ attempt: 2, ended: { acted: 'no', why: 'it hung for long' } });
    await world.done(BOB);
    expect((await world.effect())?.body.attempt).toBe(3);
    await expect(world.answer(ALICE, held, { response: answerOf('late') })).rejects.toMatchObject({
      code: 'effects/non-deterministic',
    });
    expect(await world.failures()).toEqual([]);
  });

  it('that may have acted is repeated when the tool says that it may be, and only then', async () => {
    const world = await EffectsWorld.open();
    await end(world, 'unknown', { def: SAFE });
    await end(world, 'unknown');
    expect([await world.state({ def: SAFE }), await world.state()]).toEqual(['unknown', 'unknown']);
    expect(await world.open(BOB, { def: SAFE })).toMatchObject({ what: 'registered' });
    await expect(world.open(BOB)).rejects.toMatchObject({
      code: 'effects/outcome-unknown',
      message: expect.stringContaining('it hung for long'),
    });
    expect(await world.failures()).toEqual([]);
  });

  it('is said once, and by who has the lease', async () => {
    const world = await EffectsWorld.open();
    const held = await end(world, 'unknown', { def: SAFE });
    await world.hold(BOB, { def: SAFE });
    await endCall(world.ports, { ...(await world.as(ALICE)), held, acted: 'no', why: '' });
    expect(await world.state({ def: SAFE })).toBe('pending');
    expect(await world.failures()).toEqual([]);
  });
});

describe('an outcome', () => {
  const takenOver = async () => {
    const world = await EffectsWorld.open();
    const late = await world.hold(ALICE, { def: SAFE });
    world.pass(LEASE_MS + SKEW_MS + 1);
    return { world, late, held: await world.hold(BOB, { def: SAFE }) };
  };

  it('of a lease that was lost is kept as a receipt by itself', async () => {
    const { world, late, held } = await takenOver();
    const lost = await world.answer(ALICE, late).catch((error: unknown) => error as { code: string; data: never });
    expect(lost).toMatchObject({ code: 'effects/lost-lease' });
    const { receipt } = (lost as unknown as { data: { receipt: string } }).data;
    const listed = await listEffects(world.backend);
    expect(listed.map(({ record }) => formatHex(record.body.id)).sort()).toContain(receipt);
    await world.answer(BOB, held);
    expect(await world.state({ def: SAFE })).toBe('committed');
    expect(await world.failures()).toEqual([]);
  });

  it('that says the same as the one that stands is the one that stands', async () => {
    const { world, late, held } = await takenOver();
    const { effect } = await world.answer(BOB, held);
    const again = await world.answer(ALICE, late);
    expect(again.status).toBe('exists');
    expect(again.effect.outcome?.receipt).toEqual(effect.outcome?.receipt);
    expect(await world.state({ def: SAFE })).toBe('committed');
    expect(await world.failures()).toEqual([]);
  });

  it('that says something else makes the id divergent, with both in the ledger', async () => {
    const { world, late, held } = await takenOver();
    await world.answer(BOB, held);
    const error = { code: 'effects/non-deterministic', exit: 15 };
    await expect(world.answer(ALICE, late, { response: answerOf('other') })).rejects.toMatchObject(error);
    const effect = await world.effect({ def: SAFE });
    expect(effect?.marks.map(({ opened }) => opened.reason)).toEqual([2]);
    expect(effect?.marks[0]?.rival?.response.inline).toEqual(answerOf('other'));
    await expect(world.open(CAROL, { def: SAFE })).rejects.toMatchObject(divergent);
    expect(await world.failures()).toEqual([]);
  });

  it('may be recorded again after a fault that hid that it was', async () => {
    const world = await EffectsWorld.open();
    const held = await world.hold(ALICE);
    const ports = failingOnce(world.jobs, 'refs.transaction', 'after');
    await expect(world.answer(ALICE, held, { ports })).rejects.toMatchObject({ code: 'git/io' });
    expect((await world.answer(ALICE, held, { ports })).status).toBe('exists');
    expect(await world.failures()).toEqual([]);
  });

  it.each([0, 1, LIMITS.effectInlineBytes, LIMITS.effectInlineBytes + 1, 300_000])(
    'keeps a response of about %d bytes, exactly',
    async (size) => {
      const world = await EffectsWorld.open();
      const response = answerOf('x'.repeat(Math.max(0, size - 15)));
      const { effect } = await world.answer(ALICE, await world.hold(ALICE), { response });
      const kept = effect.outcome?.response;
      expect(kept?.inline === undefined).toBe(response.length > LIMITS.effectInlineBytes);
      expect(await readResponse(world.backend, idOf(), kept as never)).toEqual(response);
      // Also after a later record of the id has taken the place of the one that carries it.
      await expect(world.open(BOB, { body: 'other' })).rejects.toMatchObject(conflict);
      const later = (await world.effect())?.outcome?.response;
      expect(await readResponse(world.backend, idOf(), later as never)).toEqual(response);
      expect(await world.failures()).toEqual([]);
    },
  );

  it('is found by the id of its receipt', async () => {
    const world = await EffectsWorld.open();
    const { effect } = await world.done(ALICE);
    const found = await findReceipt(world.backend, effect.outcome?.receipt.receipt_id as Uint8Array);
    expect(found?.cid.equals(effect.cid)).toBe(true);
    expect(await findReceipt(world.backend, new Uint8Array(32))).toBe(null);
  });
});

describe('a capability that is counted', () => {
  it('is used once for one key, however often it is called and whoever races', async () => {
    const world = await EffectsWorld.open(memoryBackend(), { calls: 2 });
    const held = await world.open(ALICE, { counted: true, key: 'a' });
    expect(held.what).toBe('registered');
    const more = await Promise.all(['a', 'a', 'b'].map((key) => world.open(ALICE, { counted: true, key })));
    expect(more.map(({ what }) => what)).toEqual(['held', 'held', 'registered']);
    await expect(world.open(ALICE, { counted: true, key: 'c' })).rejects.toMatchObject({
      code: 'capabilities/exhausted',
    });
    expect(await world.state({ key: 'c' })).toBe('absent');
    expect(await world.failures()).toEqual([]);
  });

  it('and was not counted is told by verification', async () => {
    const world = await EffectsWorld.open(memoryBackend(), { calls: 2 });
    await world.hold(ALICE);
    expect(await world.failures()).toEqual([expect.stringMatching(/^authority fail: .*is not counted/)]);
    expect(UNCOUNTED_U32).toBe(4_294_967_295);
  });
});
