/** A repository that fails for a moment: what a tool has done is not lost to that, and nothing is invoked twice for it. */
import { withFaults } from 'gatos-core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkspace, type Workspace } from '../workspace.js';
import { openGateway } from './gateway.js';
import type { CalledTool, CallToolRequest } from './request.js';
import { GatewayWorld } from './scratch-gateway.js';

const world = new GatewayWorld();
beforeAll(() => world.open());
afterAll(() => world.dispose());

/** Moves of refs that are to fail from now on: `before` they take effect, or `after`, so that nobody knows that they did. */
interface Faults {
  before: number;
  after: number;
}

function openFaulty(faults: Faults): Promise<Workspace> {
  return openWorkspace({
    cwd: world.repo,
    env: world.scratch.env(),
    passphrase: async () => null,
    attach: (local) => {
      const { refs } = withFaults(local, ({ operation, phase }) => {
        if (operation !== 'refs.transaction' || faults[phase] <= 0) return { kind: 'pass' };
        faults[phase] -= 1;
        return { kind: 'fail' };
      });
      return { backend: Object.assign(Object.create(local) as typeof local, { refs }), refresh: async () => undefined };
    },
  });
}

/** One call with the key `k`, by a gateway and a workspace of its own. */
async function call(faults: Faults, request: Omit<CallToolRequest, 'body' | 'key'>): Promise<CalledTool> {
  const workspace = await openFaulty(faults);
  const gateway = openGateway(workspace, { settings: () => world.settings() });
  try {
    return await gateway.call({ body: { text: 'hi' }, key: 'k', ...request });
  } finally {
    await gateway.close();
    await workspace.close();
  }
}

const failures = async (): Promise<readonly unknown[]> => {
  const { report } = await world.within(({ repository }) => repository.verify());
  return report.checks.filter(({ outcome }) => outcome !== 'pass');
};

describe('an outcome', () => {
  it.each(['before', 'after'] as const)(
    'is recorded when the disk is there again (%s the ref is moved)',
    async (phase) => {
      const tool = await world.script(`outcome-${phase}`, "ok('done')");
      const faults: Faults = { before: 0, after: 0 };
      const onStep = (step: string): void => {
        if (step === 'receipt') faults[phase] = 2;
      };
      const first = await call(faults, { tool: tool.name, onStep });
      expect([first.status, faults[phase]]).toEqual(['invoked', phase === 'before' ? 0 : 1]);
      expect(await call(faults, { tool: tool.name })).toMatchObject({ status: 'replayed', receiptId: first.receiptId });
      expect(tool.count()).toBe(1);
      expect(await failures()).toEqual([]);
    },
    30_000,
  );
});

describe('a lease', () => {
  it.each(['before', 'after'] as const)(
    'that a fault hid is taken up, and its tool invoked once (%s)',
    async (phase) => {
      const tool = await world.script(`lease-${phase}`, "ok('done')", {}, { calls: 1 });
      const faults: Faults = { before: 0, after: 0, [phase]: 1 };
      const first = await call(faults, { tool: tool.name });
      expect([first.status, faults[phase], tool.count()]).toEqual(['invoked', 0, 1]);
      expect(await failures()).toEqual([]);
    },
    30_000,
  );

  it('that cannot be had invokes nothing', async () => {
    const tool = await world.script('lease-never', "ok('done')");
    const faults: Faults = { before: 100, after: 0 };
    await expect(call(faults, { tool: tool.name })).rejects.toMatchObject({ code: 'git/io' });
    expect([tool.count(), faults.before > 90]).toEqual([0, true]);
  }, 30_000);
});
