import { describe, expect, it } from 'vitest';
import {
  agent,
  CAP_HOUR,
  CAP_START,
  CapabilityWorld,
  digest32,
  TOOL_CALL,
  toolScope,
} from '../../testing/capability-world.js';
import { NOTE_KIND, NOTE_RULE, testSigner } from '../../testing/hand-made.js';
import { appendTogether, draftRecord, indexedBody, lookupIndexed } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import { EXIT } from '../kernel/index.js';
import type { Scope } from '../mythos/index.js';
import { requestBy } from '../trust/index.js';
import { attenuateCapability, capabilityLog, countUse, UNCOUNTED_U32, USED_KIND, usedChain } from './index.js';

async function attenuate(
  world: CapabilityWorld,
  parent: string,
  { by = 'user:bob', to = 'user:carol', scope = toolScope(2) } = {},
) {
  const terms = world.terms({ to, scope });
  return (await attenuateCapability(world.ports, await world.as(by), { ...terms, parent })).held;
}

const used = (world: CapabilityWorld, root: string, id: string) => capabilityLog(world.backend).used(root, id);

describe('counting', () => {
  it('allows as many uses as were granted, and no more', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue({ scope: toolScope(2) });
    expect(await world.use(hex, 1)).toBe(true);
    expect(await world.use(hex, 2)).toBe(true);
    await expect(world.use(hex, 3)).rejects.toThrow('counters capabilities/exhausted');
    expect(await used(world, hex, hex)).toEqual({ calls: 2n });
    expect(await world.failures()).toEqual([]);
  });

  it('counts a retried use once, also when nothing is left', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue({ scope: toolScope(1) });
    expect(await world.use(hex, 1)).toBe(true);
    expect(await world.use(hex, 1)).toBe(false);
    expect(await used(world, hex, hex)).toEqual({ calls: 1n });
  });

  it('counts on everything that a capability rests on', async () => {
    const world = await CapabilityWorld.open();
    const root = await world.issue({ scope: toolScope(3) });
    const [one, two] = [await attenuate(world, root.hex), await attenuate(world, root.hex, { to: 'user:dave' })];
    await world.use(one.hex, 1, 'user:carol');
    await world.use(one.hex, 2, 'user:carol');
    await world.use(two.hex, 3, 'user:dave');
    await expect(world.use(one.hex, 4, 'user:carol')).rejects.toThrow('exhausted');
    await expect(world.use(two.hex, 5, 'user:dave')).rejects.toThrow('exhausted');
    await expect(world.use(root.hex, 6)).rejects.toThrow('exhausted');
    expect(await used(world, root.hex, root.hex)).toEqual({ calls: 3n });
    expect(await used(world, root.hex, two.hex)).toEqual({ calls: 1n });
    expect(await world.failures()).toEqual([]);
  });

  it('counts one use again under another part of the same whole: never less than what was done', async () => {
    const world = await CapabilityWorld.open();
    const root = await world.issue({ scope: toolScope(2) });
    const [one, two] = [await attenuate(world, root.hex), await attenuate(world, root.hex, { to: 'user:dave' })];
    expect(await world.use(one.hex, 1, 'user:carol')).toBe(true);
    expect(await world.use(two.hex, 1, 'user:dave')).toBe(true);
    expect(await world.use(two.hex, 1, 'user:dave')).toBe(false);
    await expect(world.use(root.hex, 1)).rejects.toThrow('exhausted');
    expect(await used(world, root.hex, root.hex)).toEqual({ calls: 2n });
    expect(await world.failures()).toEqual([]);
  });

  it('leaves no record where nothing is counted', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue({ scope: toolScope(UNCOUNTED_U32) });
    expect(await world.use(hex, 1)).toBe(false);
    expect(await world.backend.refs.read(`refs/gatos/${usedChain(hex)}`)).toBeNull();
    const part = await attenuate(world, hex, { scope: toolScope(1) });
    expect(await world.use(part.hex, 2, 'user:carol')).toBe(true);
    expect(await used(world, hex, hex)).toEqual({});
    expect(await world.failures()).toEqual([]);
  });

  it('decides on the head that wins: of those that race exactly as many go through as are allowed', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue({ scope: toolScope(3) });
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => world.use(hex, i)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const result of results)
      if (result.status === 'rejected')
        expect([result.reason.code, result.reason.message].join(' ')).toMatch(/capabilities\/exhausted/);
    expect(await used(world, hex, hex)).toEqual({ calls: 3n });
    expect(await world.failures()).toEqual([]);
  });

  it('refuses with exit 12 when another one was faster, and records nothing', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue({ scope: toolScope(1) });
    const writer = await world.as('user:bob');
    const { chain } = await world.check(hex);
    const use = (idem: number) => ({ chain, request: TOOL_CALL, idem: digest32(idem), now: world.now() });
    const [first, second] = [countUse(world.ports, writer, use(1)), countUse(world.ports, writer, use(2))];
    if (first === null || second === null) throw new Error('it is counted');
    await appendTogether(world.ports, [first]);
    const note = requestBy(writer, {
      chain: 'notes/a',
      rule: NOTE_RULE,
      prepare: async () => [draftRecord(NOTE_KIND, { text: 'done' }).draft],
    });
    const refusal = { code: 'capabilities/exhausted', exit: EXIT.denied };
    await expect(appendTogether(world.ports, [note, second])).rejects.toMatchObject(refusal);
    expect(await world.backend.refs.read('refs/gatos/notes/a')).toBeNull();
    expect(await lookupIndexed(world.backend, usedChain(hex), `${hex}/${formatHex(digest32(2))}`)).toBeNull();
  });

  it('counts nothing for what is not done', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue();
    const writer = await world.as('user:bob');
    const { chain } = await world.check(hex);
    const given = { chain, request: TOOL_CALL, idem: digest32(1), now: world.now(), withPrevious: true };
    const register = (done: boolean) =>
      requestBy(writer, {
        chain: 'notes/a',
        rule: NOTE_RULE,
        prepare: async () => (done ? [] : [draftRecord(NOTE_KIND, { text: 'to do' }).draft]),
      });
    const step = async (done: boolean) => {
      const count = countUse(world.ports, writer, given);
      if (count === null) throw new Error('it is counted');
      return appendTogether(world.ports, [register(done), count]);
    };
    expect((await step(true)).map(({ length }) => length)).toEqual([0, 0]);
    expect((await step(false)).map(({ length }) => length)).toEqual([1, 1]);
    expect(await used(world, hex, hex)).toEqual({ calls: 1n });
  });

  it('is refused when the capability has ended since it was checked: such a use would never verify', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue();
    const { chain } = await world.check(hex);
    const writer = await world.as('user:bob');
    const use = (now: number) => countUse(world.ports, writer, { chain, request: TOOL_CALL, idem: digest32(1), now });
    expect(() => use(CAP_START + CAP_HOUR)).toThrow(expect.objectContaining({ code: 'capabilities/expired' }));
    expect(() => use(CAP_START - 1)).toThrow(expect.objectContaining({ code: 'capabilities/not-yet' }));
    expect(use(CAP_START + CAP_HOUR - 1)).not.toBeNull();
  });

  it('is for the key that the capability is for', async () => {
    const world = await CapabilityWorld.open();
    const { hex } = await world.issue();
    const { chain } = await world.check(hex);
    const use = { chain, request: TOOL_CALL, idem: digest32(1), now: world.now() };
    const carol = await world.as('user:carol');
    expect(() => countUse(world.ports, carol, use)).toThrow(
      expect.objectContaining({ code: 'capabilities/not-subject' }),
    );
  });

  it('sums what a kind limits, and refuses what goes beyond any of it', async () => {
    const world = await CapabilityWorld.open();
    const recipe_id = digest32(9);
    const scope: Scope = { kind: 6, scope: { recipe_id, max_jobs: 9, max_tokens: 100n, max_gpu_ms: undefined } };
    const { hex } = await world.issue({ scope, to: 'user:carol' }, 'user:bob');
    const writer = await world.as('user:carol');
    const run = async (idem: number, tokens: bigint) => {
      const request = { kind: 'TrainRun', recipe_id, tokens, gpu_ms: 7n } as const;
      const { chain } = await world.check(hex, 'user:carol', { request });
      const use = { chain, request, idem: digest32(idem), now: world.now() };
      await appendTogether(
        world.ports,
        [countUse(world.ports, writer, use)].filter((each) => each !== null),
      );
    };
    await run(1, 60n);
    await expect(run(2, 41n)).rejects.toMatchObject({ data: { meter: 'tokens', used: '60', cost: '41', max: '100' } });
    await run(3, 40n);
    // The same use with other amounts is none: it would go through uncounted.
    await run(3, 40n);
    await expect(run(3, 41n)).rejects.toMatchObject({ code: 'capabilities/other-use' });
    await expect(run(3, 0n)).rejects.toMatchObject({ code: 'capabilities/other-use' });
    const found = await lookupIndexed(world.backend, usedChain(hex), hex);
    expect(found === null ? null : indexedBody(found, USED_KIND).amounts).toEqual({ jobs: 2, tokens: 100 });
    expect(await world.failures()).toEqual([]);
    expect(agent(4).key).toEqual(testSigner(4).key);
  });
});
