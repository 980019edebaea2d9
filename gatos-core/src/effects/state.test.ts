/** Every row of the state machine, without anything being written: how it stands, what is asked, what follows. */
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, EffectsWorld, idOf, LEASE_MS, SAFE, UNSAFE } from '../../testing/effects-world.js';
import { LIMITS } from '../kernel/index.js';
import { type Effect, endCall, resolveEffect } from './index.js';
import { decideCall, decideOutcome, resolvable, stateAt } from './state.js';

const HOUR = 3_600_000_000;
const SKEW = LIMITS.leaseSkew;

/** One effect in each state, of a tool that may be invoked twice or not. */
async function effects(def: typeof SAFE) {
  const world = await EffectsWorld.open();
  const change = (key: string) => ({ def, key });
  const read = async (key: string): Promise<Effect> => {
    const effect = await world.effect(change(key));
    if (effect === null) throw new Error(key);
    return effect;
  };
  const end = async (key: string, acted: 'no' | 'unknown') => {
    const held = await world.hold(ALICE, change(key));
    await endCall(world.ports, { ...(await world.as(ALICE)), held, acted, why: 'why' });
  };
  await world.hold(ALICE, change('pending'));
  await end('released', 'no');
  await end('unknown', 'unknown');
  await world.done(ALICE, change('committed'));
  await world.done(ALICE, change('divergent'));
  await world.open(BOB, { ...change('divergent'), body: 'other' }).catch(() => undefined);
  const resolutions = { 'not-acted': 'not-acted', acted: 'acted', discard: 'discard', accepted: 'acted' } as const;
  for (const [key, as] of Object.entries(resolutions)) {
    if (key === 'accepted') {
      await world.done(ALICE, change(key));
      await world.open(BOB, { ...change(key), body: 'other' }).catch(() => undefined);
    } else await end(key, 'unknown');
    const id = idOf({ def, key });
    const grant = await world.granted(id);
    await resolveEffect(world.ports, { ...(await world.as(BOB)), id, as, grant, why: 'why' });
  }
  const { request } = world.call(ALICE, { def, key: 'pending' });
  return { read, request, world };
}

type Row = readonly [key: string, same: string, other: string];

/** By state: what follows for the same request, and for another one. `late`: an hour after its lease. */
const BOTH: readonly Row[] = [
  ['released', 'register 2', 'mark'],
  ['committed', 'replay', 'mark'],
  ['divergent', 'refuse divergent', 'refuse divergent'],
  ['not-acted', 'register 2', 'register 2'],
  ['acted', 'refuse acted', 'mark'],
  ['accepted', 'replay', 'mark'],
  ['discard', 'refuse discarded', 'refuse discarded'],
];
const PENDING: Row = ['pending', 'wait', 'mark'];
const ONCE: readonly Row[] = [
  ['unknown', 'refuse unknown', 'mark'],
  ['pending late', 'refuse unknown', 'mark'],
];
const AGAIN: readonly Row[] = [
  ['unknown', 'register 2', 'mark'],
  ['pending late', 'register 2', 'mark'],
];

const told = (decision: object): string =>
  Object.values(decision)
    .filter((each) => typeof each === 'string' || (typeof each === 'number' && each < 1000))
    .join(' ');

describe.each([
  ['that may be invoked again', SAFE, [PENDING, ...BOTH, ...AGAIN]],
  ['that may not', UNSAFE, [PENDING, ...BOTH, ...ONCE]],
] as const)('a call of a tool %s', (_, def, rows) => {
  it('follows from what stands', async () => {
    const { read, world } = await effects(def);
    const now = world.ports.clock.now();
    const other = new Uint8Array(32);
    for (const [name, same, another] of rows) {
      const [key = '', late] = name.split(' ');
      const effect = await read(key);
      const time = late === undefined ? now : now + HOUR;
      expect([name, told(decideCall(effect, { request: effect.body.request, now: time }))]).toEqual([name, same]);
      expect([name, told(decideCall(effect, { request: other, now: time }))]).toEqual([name, another]);
    }
    expect(decideCall(null, { request: other, now })).toEqual({ do: 'register', attempt: 1 });
  });

  it('waits until the lease has ended everywhere', async () => {
    const { read } = await effects(def);
    const effect = await read('pending');
    const { request } = effect.body;
    const end = Number(effect.register.lease_expires_at);
    expect(decideCall(effect, { request, now: end + SKEW - 1 })).toEqual({ do: 'wait', until: end + SKEW });
    expect(decideCall(effect, { request, now: end + SKEW }).do).not.toBe('wait');
    expect([stateAt(effect, end + SKEW - 1), stateAt(effect, end + SKEW)]).toEqual(['pending', 'unknown']);
  });
});

describe('an outcome', () => {
  it('follows from what stands', async () => {
    const { read } = await effects(UNSAFE);
    const response = new Uint8Array(32);
    const decide = async (key: string, change: object = {}) => {
      const { body, outcome } = await read(key);
      const answered = { attempt: body.attempt, lease: body.lease, request: body.request, response };
      const stands = outcome?.receipt.response_hash;
      return [decideOutcome(await read(key), { ...answered, ...change }).do, stands];
    };
    const [other, request] = [{ lease: new Uint8Array(16) }, { request: response }];
    expect((await decide('pending'))[0]).toBe('commit');
    expect((await decide('pending', other))[0]).toBe('keep');
    expect((await decide('pending', { attempt: 2 }))[0]).toBe('keep');
    expect((await decide('released'))[0]).toBe('keep');
    expect((await decide('unknown'))[0]).toBe('keep');
    for (const change of [{}, other]) {
      const [mark, stands] = await decide('committed', change);
      expect(mark).toBe('mark');
      expect((await decide('committed', { ...change, response: stands }))[0]).toBe('exists');
    }
    expect((await decide('committed', request))[0]).toBe('keep');
    expect((await decide('divergent', other))[0]).toBe('mark');
    for (const key of ['not-acted', 'acted', 'accepted', 'discard']) expect((await decide(key))[0]).toBe('keep');
  });
});

describe('a resolution', () => {
  it('is possible where something is in doubt, and nobody may still be invoking', async () => {
    const { read, world } = await effects(UNSAFE);
    const now = world.ports.clock.now();
    const open = ['acted', 'not-acted', 'discard'];
    expect(resolvable(await read('pending'), now)).toBe(null);
    expect(resolvable(await read('pending'), now + LEASE_MS * 1000 + SKEW + 1000)).toEqual(open);
    expect(resolvable(await read('unknown'), now)).toEqual(open);
    expect(resolvable(await read('divergent'), now)).toEqual(['acted', 'discard']);
    for (const key of ['released', 'committed', 'not-acted', 'acted', 'accepted', 'discard'])
      expect(resolvable(await read(key), now)).toBe(null);
  });
});
