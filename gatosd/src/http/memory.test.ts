/** Memory of calls: a body counts with what is made of it, for as long as the call takes. */
import { setImmediate as turn } from 'node:timers/promises';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpWorld } from './fixtures/scratch-http.js';
import type { Services } from './services.js';
import { servicesOf } from './services-of.js';

let world: HttpWorld;
beforeAll(async () => {
  world = new HttpWorld();
  await world.open();
});
afterAll(() => world.end());

it('calls whose bodies are small alone and large together wait for one another, and each is made', async () => {
  const capability = await world.declare(ECHO_TOOL);
  const services = servicesOf({ workspace: world.workspace, env: world.scratch.env(), version: '1.2.3' });
  const waiting: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const call: Services['call'] = async (request, options) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => waiting.push(resolve));
    running -= 1;
    return services.call(request, options);
  };
  const served = await world.serve({ memoryBytes: 1024 * 1024 }, { services: { ...services, call } });
  // 100 KiB of JSON: ten of them are less than the memory, and what is made of two is not.
  const body = Array.from({ length: 34_000 }, () => []);
  let open = 4;
  const said = Array.from({ length: open }, () =>
    world.callTool(served, 'echo', { body, capability }).finally(() => {
      open -= 1;
    }),
  );
  while (open > 0) {
    waiting.shift()?.();
    await turn();
  }
  expect((await Promise.all(said)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(most).toBe(1);
});
