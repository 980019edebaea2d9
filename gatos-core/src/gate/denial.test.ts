/** The record of what was refused: it says enough to be decided again. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { gateWorlds, told } from '../../testing/gate-world.js';
import { denialChain, verifyDenials } from '../audit/index.js';
import { decodeDecision, encodeDecision } from '../policy/index.js';
import { verifyRepository } from '../verify/index.js';
import { explainDenial, recordDenial } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const MAIN = 'refs/heads/main';
const API = `
deny "api-needs-quorum" message "{change.path} is public API" when {
  update in input.updates
  commit in update.commits
  change in commit.changes
  glob.match("src/api/**", change.path)
}
`;

describe('a denial', () => {
  async function denied() {
    const world = await worlds.founded();
    await world.adopt({ 'api.rgs': API });
    expect(told(await world.send())).toEqual([]);
    await world.point(MAIN, await world.commit({ files: { 'src/api/x.ts': '1' } }));
    const updates = await world.updates();
    const push = { updates, pusher: 'alice', options: ['x'], received: world.folds.clock.now() };
    const judgement = await world.judge(updates, { push });
    const ports = { ...world.folds.ports, backend: world.server };
    const { actor, signer, trust } = await world.author('service:gate');
    const recorded = await recordDenial(ports, { actor, signer, trust }, { push, judgement, suppressed: 3 });
    return { world, recorded, judgement, push, ports, author: { actor, signer, trust } };
  }

  it('is recorded, verifies, and is decided again byte for byte', async () => {
    const { world, recorded } = await denied();
    expect(recorded.chain).toBe(denialChain(recorded.id));
    const explained = await explainDenial({ backend: world.server }, recorded.id);
    expect(explained.outcome).toBe('same');
    expect(explained.differences).toEqual([]);
    expect(explained.denial).toMatchObject({ pusher: 'alice', suppressed: 3, more_updates: 0 });
    expect(explained.explanations[0]?.firing.id).toBe('api-needs-quorum');
    expect((await verifyDenials(world.server)).map(({ outcome }) => outcome)).toEqual(['pass']);
    const { report } = await verifyRepository({ backend: world.server, engine: world.ports.engine });
    expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  it('that cannot be decided again, or is decided otherwise, says so', async () => {
    const { world, recorded, judgement, push, ports, author } = await denied();
    const { objects, refs } = world.server;
    const read = async (name: string) => (name.includes('policies') ? null : refs.read(name));
    const unread = await explainDenial({ backend: { objects, refs: { ...refs, read } as never } }, recorded.id);
    expect(unread).toMatchObject({ outcome: 'unknown', fault: { code: 'policy/no-such-policy' } });
    const before = decodeDecision(judgement.decision ?? new Uint8Array());
    const decision = encodeDecision({ ...before, gas: before.gas + 1 });
    const { id } = await recordDenial(ports, author, { push, judgement: { ...judgement, decision } });
    const explained = await explainDenial({ backend: world.server }, id);
    expect(explained.outcome).toBe('different');
    expect(explained.differences).toEqual([{ field: 'gas', recorded: `${before.gas + 1}`, again: `${before.gas}` }]);
  });

  it('of a push that no policy was asked about says so', async () => {
    const { world, ports, author } = await denied();
    const updates = [{ name: 'refs/gatos/trust', old: await world.head('refs/gatos/trust'), next: null }];
    const push = { updates, pusher: null, options: [], received: 1 };
    const judgement = await world.judge(updates, { push });
    const { id } = await recordDenial(ports, author, { push, judgement });
    const explained = await explainDenial({ backend: world.server }, id);
    expect(explained).toMatchObject({ outcome: 'no-policy', decision: null });
    expect(explained.denial.refusals[0]?.rule).toBe('gate/no-deletion');
  });

  it('is recorded by a service only, and stays within its bounds', async () => {
    const { world, judgement, ports } = await denied();
    const person = await world.author('user:alice');
    const many = Array.from({ length: 1000 }, (_, i) => ({
      name: `refs/heads/${i}\u001b[1m`,
      old: null,
      next: 'a'.repeat(40),
    }));
    const push = { updates: many, pusher: 'x'.repeat(10_000), options: [], received: 1 };
    const request = { push, judgement: { ...judgement, refusals: Array(1000).fill(judgement.refusals[0]) } };
    await expect(recordDenial(ports, person, request)).rejects.toMatchObject({ code: 'audit/not-a-service' });
    const { id } = await recordDenial(ports, await world.author('service:gate'), request);
    const { denial } = await explainDenial({ backend: world.server }, id);
    expect([denial.updates.length, denial.more_updates]).toEqual([256, 744]);
    expect([denial.refusals.length, denial.more_refusals]).toEqual([32, 968]);
    expect(denial.updates[0]?.ref).toBe('refs/heads/0\\u{1b}[1m');
  });
});
