/** Tools that stay ready: more are asked for than there is room, while one runs. */
import { declareTool, encodeToolRequest } from 'gatos-core';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import wabt from 'wabt';
import { assemblerOf, BuiltThread } from '../scratch-wasm.js';
import { GatewayWorld } from './scratch-gateway.js';
import { ReadyTools } from './tools.js';

const assemble = assemblerOf(await wabt());
const world = new GatewayWorld();
const thread = new BuiltThread();
beforeAll(() => world.open());
afterAll(() => {
  world.dispose();
  thread.dispose();
});

const LOOPS = assemble(`(module (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "call") (param i32 i32) (result i64) (loop $l (br $l)) (i64.const 0)))`);

it('one that is invoked runs on when its place is taken, and is closed when it has ended', async () => {
  await world.within(async ({ backend, repository }) => {
    const run = { kind: 'wasm', module: 'tool.wasm' } as const;
    const limits = { time_ms: 700 };
    const loops = { ...ECHO_TOOL, name: 'loops', does: 'loops for ever', run, limits };
    const files = [{ path: 'tool.wasm', bytes: LOOPS }];
    await declareTool(repository.ports, await repository.writer(), { manifest: loops, files });
    for (const name of ['a', 'b']) {
      const manifest = { ...ECHO_TOOL, name, does: name };
      await declareTool(repository.ports, await repository.writer(), { manifest, files: [] });
    }
    const tools = new ReadyTools(backend, async () => ({ ...(await world.settings()), thread: thread.url }), 1);
    const ready = await tools.find('loops');
    const request = encodeToolRequest({ tool_id: ready.tool.id, body: 1 });
    const runner = await ready.take();
    const running = runner.invoke(request);
    for (const name of ['a', 'b']) await tools.find(name);
    await tools.close();
    expect(await running).toMatchObject({ failure: { code: 'time' } });
    await runner.release();
    await expect(runner.invoke(request)).rejects.toMatchObject({ code: 'sandboxed/closed' });
    const again = await ready.take();
    expect(await again.invoke(request)).toMatchObject({ failure: { code: 'time' } });
    await again.release();
    await expect(again.invoke(request)).rejects.toMatchObject({ code: 'sandboxed/closed' });
  });
});
