/** Whoever cannot sign for a call is told before it is made: also where nothing would be recorded before the tool runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openGateway } from './gateway.js';
import { GatewayWorld } from './scratch-gateway.js';

const world = new GatewayWorld();
beforeAll(() => world.open());
afterAll(() => world.dispose());

const { scratch, repo } = world;

/** A call by bob, in the repository that he and alice take turns in. */
async function callByBob(tool: string, key?: string) {
  const body = { text: 'hi' };
  const settings = () => world.settings();
  return scratch.within(
    repo,
    async (workspace) => {
      const gateway = openGateway(workspace, { settings });
      try {
        return await gateway.call({ tool, body, ...(key === undefined ? {} : { key }) });
      } finally {
        await gateway.close();
      }
    },
    'bob',
  );
}

it('a key that was revoked calls nothing, with a key for the call and without', async () => {
  const tool = await world.script('counted', "ok('done')", {}, { issue: false });
  await scratch.addPerson(repo, 'bob');
  await scratch.become(repo, 'bob');
  const subject = await scratch.within(repo, async ({ author }) => (await author()).signer.key, 'bob');
  await scratch.become(repo, 'alice');
  // Not counted: of a call without a key nothing is recorded before it is made.
  await world.issue(tool.name, { subject });
  await scratch.become(repo, 'bob');
  expect((await callByBob(tool.name)).status).toBe('invoked');
  await scratch.become(repo, 'alice');
  await world.change({ op: 'revoke-key', key: subject, reason: 'lost' });
  await scratch.become(repo, 'bob');
  for (const key of [undefined, 'k'])
    await expect(callByBob(tool.name, key)).rejects.toMatchObject({ code: expect.stringMatching(/^trust\//) });
  expect(tool.count()).toBe(1);
});
