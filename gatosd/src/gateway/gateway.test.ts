/** The gateway over real repositories and real processes. */
import { revokeCapability } from 'gatos-core';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway } from './gateway.js';
import { GatewayWorld } from './scratch-gateway.js';

const world = new GatewayWorld();
beforeAll(() => world.open());
afterAll(() => world.dispose());

describe('a call with a key', () => {
  it('invokes the tool once, and whoever repeats it gets the same receipt', async () => {
    await world.declare(ECHO_TOOL);
    const first = await world.call({ tool: 'echo', key: 'one' });
    expect(first).toMatchObject({ status: 'invoked', answer: { status: 200, body: { text: 'hi' } } });
    const second = await world.call({ tool: 'echo', key: 'one' });
    expect(second).toMatchObject({ status: 'replayed', receiptId: first.receiptId, effect: first.effect });
    expect(second.response).toEqual(first.response);
    expect(second.receipt).toEqual(first.receipt);
  });

  it('with another request is a conflict, nothing runs, and the id stays divergent', async () => {
    const tool = await world.script('counter', "ok('done')");
    await world.call({ tool: tool.name, key: 'k' });
    const conflict = { code: 'effects/idempotency-conflict', exit: 15 };
    await expect(world.call({ tool: tool.name, key: 'k', body: { text: 'other' } })).rejects.toMatchObject(conflict);
    const divergent = { code: 'effects/divergent', exit: 15 };
    await expect(world.call({ tool: tool.name, key: 'k' })).rejects.toMatchObject(divergent);
    await expect(world.call({ tool: tool.name, key: 'k', body: 3 })).rejects.toMatchObject(divergent);
    expect(tool.count()).toBe(1);
  });
});

describe('a call without a key', () => {
  it('of a tool whose answers may be kept is made once for each request', async () => {
    const tool = await world.script('cached', "ok('done')", { cacheable: true, retry_safe: true, effect: 'read' });
    const first = await world.call({ tool: tool.name, body: 'a' });
    const again = await world.call({ tool: tool.name, body: 'a' });
    expect([first.status, again.status, again.receiptId]).toEqual(['invoked', 'replayed', first.receiptId]);
    expect((await world.call({ tool: tool.name, body: 'b' })).status).toBe('invoked');
    expect(tool.count()).toBe(2);
  });

  it('of any other tool is made every time', async () => {
    const tool = await world.script('every', "ok('done')");
    const calls = [await world.call({ tool: tool.name }), await world.call({ tool: tool.name })];
    expect(calls.map(({ status, effect }) => [status, effect])).toEqual([
      ['invoked', null],
      ['invoked', null],
    ]);
    expect(new Set(calls.map(({ receiptId }) => receiptId)).size).toBe(2);
    expect(tool.count()).toBe(2);
  });

  it('is a receipt of its own, also when equal ones are made at the same time', async () => {
    const calls = await Promise.all(Array.from({ length: 6 }, () => world.call({ tool: 'echo' })));
    expect(new Set(calls.map(({ receiptId }) => receiptId)).size).toBe(6);
  });

  it('that may have acted says so, and keeps nothing', async () => {
    const tool = await world.script('dies', 'process.exit(2)');
    await expect(world.call({ tool: tool.name })).rejects.toMatchObject({ code: 'effects/no-answer', exit: 30 });
    expect(tool.count()).toBe(1);
  });
});

describe('authority', () => {
  it('is asked for before anything is recorded, and every check is told', async () => {
    const tool = await world.script('guarded', "ok('done')", {}, { issue: false });
    const before = world.scratch.heads(world.repo);
    await expect(world.call({ tool: tool.name, key: 'k' })).rejects.toMatchObject({ code: 'gateway/no-capability' });
    const other = await world.script('other', "ok('done')");
    const heads = world.scratch.heads(world.repo);
    const refused = await world
      .call({ tool: tool.name, key: 'k', capability: other.capability })
      .catch((e: unknown) => e);
    expect(refused).toMatchObject({ code: 'gateway/denied', exit: 12 });
    const { checks } = (refused as { data: { checks: readonly { name: string; outcome: string }[] } }).data;
    expect(checks).toHaveLength(14);
    expect(checks.filter(({ outcome }) => outcome !== 'pass').map(({ name }) => name)).toEqual(['scope']);
    expect(world.scratch.heads(world.repo)).toEqual(heads);
    expect([...before.keys()].filter((chain) => chain.startsWith('effects/')).length).toBeGreaterThan(0);
    expect([tool.count(), other.count()]).toEqual([0, 0]);
  });

  it('that is counted is used up once for each key', async () => {
    const tool = await world.script('few', "ok('done')", {}, { calls: 2 });
    for (const key of ['a', 'a', 'b', 'b']) await world.call({ tool: tool.name, key });
    await expect(world.call({ tool: tool.name, key: 'c' })).rejects.toMatchObject({ code: 'gateway/denied' });
    await expect(world.call({ tool: tool.name })).rejects.toMatchObject({ code: 'gateway/denied' });
    expect((await world.call({ tool: tool.name, key: 'a' })).status).toBe('replayed');
    expect(tool.count()).toBe(2);
  });
});

describe('a gateway that stays open', () => {
  it('knows what was issued, declared and revoked since', async () => {
    const tool = await world.script('later', "ok('done')", {}, { issue: false });
    await world.within(async (workspace) => {
      const gateway = openGateway(workspace, { settings: () => world.settings() });
      const call = (key: string) => gateway.call({ tool: tool.name, body: 1, key });
      try {
        await expect(call('a')).rejects.toMatchObject({ code: 'gateway/no-capability' });
        const id = await world.issue(tool.name);
        expect((await call('a')).status).toBe('invoked');
        const { repository } = workspace;
        await revokeCapability(repository.ports, await repository.writer(), { id, reason: 'over' });
        await expect(call('b')).rejects.toMatchObject({ code: 'gateway/no-capability' });
        await expect(gateway.call({ tool: tool.name, body: 1, key: 'b', capability: id })).rejects.toMatchObject({
          code: 'gateway/denied',
        });
      } finally {
        await gateway.close();
      }
    });
    expect(tool.count()).toBe(1);
  });
});

describe('a capability for one call', () => {
  it('is used up by a call without a key', async () => {
    const tool = await world.script('single', "ok('done')", {}, { calls: 1 });
    expect((await world.call({ tool: tool.name })).status).toBe('invoked');
    await expect(world.call({ tool: tool.name })).rejects.toMatchObject({ code: 'gateway/denied' });
    expect(tool.count()).toBe(1);
  });

  it('goes to one of those who race without a key', async () => {
    const tool = await world.script('raced', "ok('done')", {}, { calls: 1 });
    const raced = await Promise.allSettled(Array.from({ length: 4 }, () => world.call({ tool: tool.name })));
    expect(raced.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = raced.flatMap((each) => (each.status === 'rejected' ? [each.reason.code as string] : []));
    expect(codes.filter((code) => !['gateway/denied', 'capabilities/exhausted'].includes(code))).toEqual([]);
    expect(tool.count()).toBe(1);
  });
});

describe('a request', () => {
  it('that the tool does not take is refused before anything', async () => {
    const tool = await world.script('strict', "ok('done')", { request: { type: 'integer' } });
    await expect(world.call({ tool: tool.name, key: 'k', body: 'x' })).rejects.toMatchObject({
      code: 'tools/body-refused',
    });
    await expect(world.call({ tool: tool.name, key: '', body: 1 })).rejects.toMatchObject({
      code: 'gateway/key-without',
    });
    await expect(world.call({ tool: tool.name, key: 'x'.repeat(300), body: 1 })).rejects.toMatchObject({
      code: 'tools/bad-request',
    });
    await expect(world.call({ tool: 'nobody', body: 1 })).rejects.toMatchObject({ code: 'tools/no-such-tool' });
    expect(tool.count()).toBe(0);
  });
});

describe('a tool', () => {
  it('with a large answer gives it again, byte for byte', async () => {
    const tool = await world.script('large', "ok('x'.repeat(50000))", { limits: { response_bytes: 100_000 } });
    const first = await world.call({ tool: tool.name, key: 'k' });
    const again = await world.call({ tool: tool.name, key: 'k' });
    expect([first.response?.length, again.status]).toEqual([50_013, 'replayed']);
    expect(Buffer.compare(first.response ?? Buffer.of(), again.response ?? Buffer.of())).toBe(0);
  });

  it('that takes longer than a lease keeps it, and whoever waits gets what came of it', async () => {
    const nap = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);';
    const tool = await world.script('long', `${nap} ok('done')`);
    const call = () => world.call({ tool: tool.name, key: 'k', leaseMs: 1200 });
    const both = await Promise.all([call(), call()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['invoked', 'replayed']);
    expect(tool.count()).toBe(1);
  }, 30_000);

  it('that is ended by its caller leaves an outcome that is unknown', async () => {
    const nap = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);';
    const tool = await world.script('ended', nap);
    const stop = new AbortController();
    const called = world.call({ tool: tool.name, key: 'k', signal: stop.signal });
    while (tool.count() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error('enough'));
    await expect(called).rejects.toThrow('enough');
    await expect(world.call({ tool: tool.name, key: 'k' })).rejects.toMatchObject({ code: 'effects/outcome-unknown' });
    expect(tool.count()).toBe(1);
  }, 30_000);

  it('that waits is asked again whether it may: what was revoked meanwhile invokes nothing', async () => {
    const nap = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8000);';
    const tool = await world.script('waited', nap, { retry_safe: true });
    const stop = new AbortController();
    const first = world.call({ tool: tool.name, key: 'k', signal: stop.signal });
    while (tool.count() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = world.call({ tool: tool.name, key: 'k', waitMs: 20_000 }).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await world.within(async ({ repository }) => {
      const given = { id: tool.capability, reason: 'stolen' };
      await revokeCapability(repository.ports, await repository.writer(), given);
    });
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await second).toMatchObject({ code: expect.stringMatching(/^gateway\/(?:denied|no-capability)$/) });
    expect(tool.count()).toBe(1);
  }, 40_000);

  it('that is not begun because its caller stopped before is invoked by the next one', async () => {
    const tool = await world.script('stopped', "ok('done')");
    const stop = new AbortController();
    const called = world.call({
      tool: tool.name,
      key: 'k',
      signal: stop.signal,
      onStep: (step) => {
        if (step === 'registered') stop.abort(new Error('enough'));
      },
    });
    await expect(called).rejects.toThrow('enough');
    expect(tool.count()).toBe(0);
    expect((await world.call({ tool: tool.name, key: 'k' })).status).toBe('invoked');
    expect(tool.count()).toBe(1);
  });

  it('that dies may have acted: its key is not used again', async () => {
    const tool = await world.script('died', 'process.exit(2)');
    await expect(world.call({ tool: tool.name, key: 'k' })).rejects.toMatchObject({ code: 'effects/no-answer' });
    await expect(world.call({ tool: tool.name, key: 'k' })).rejects.toMatchObject({ code: 'effects/outcome-unknown' });
    expect(tool.count()).toBe(1);
  });

  it('that answers otherwise than it declares has acted, and everybody is told', async () => {
    const tool = await world.script('liar', "ok('text')", { response: { type: 'integer' } });
    const refused = { code: 'gateway/answer-refused', exit: 13 };
    for (let i = 0; i < 2; i++) await expect(world.call({ tool: tool.name, key: 'k' })).rejects.toMatchObject(refused);
    expect(tool.count()).toBe(1);
  });

  it('is found by its id as well', async () => {
    const tool = await world.script('named', "ok('done')");
    const { tool: told } = await world.call({ tool: tool.name, key: 'k' });
    expect((await world.call({ tool: told.id, key: 'k' })).status).toBe('replayed');
  });
});

describe('all of it', () => {
  it('verifies', async () => {
    const { report } = await world.within(({ repository }) => repository.verify());
    expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });
});
