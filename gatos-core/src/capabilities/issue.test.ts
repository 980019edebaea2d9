import { describe, expect, it } from 'vitest';
import {
  agent,
  CAP_HOUR,
  CAP_START,
  CapabilityWorld,
  digest32,
  refusals,
  toolScope,
} from '../../testing/capability-world.js';
import { testSigner } from '../../testing/hand-made.js';
import { EXIT } from '../kernel/index.js';
import { CAPABILITY, checkStruct, type Scope } from '../mythos/index.js';
import { attenuateCapability, issueCapability, listCapabilities, revokeCapability } from './index.js';

describe('issuing', () => {
  it('seals and records a capability that passes', async () => {
    const world = await CapabilityWorld.open();
    const held = await world.issue();
    const engine = world.ports.engine;
    expect(checkStruct(CAPABILITY, held.capability, { engine })).toEqual(held.id);
    expect(held.capability).toMatchObject({ delegable: true, revocation_required: true, subject: agent(3) });
    expect((await world.check(held.hex)).report.outcome).toBe('pass');
    expect(await world.failures()).toEqual([]);
  });

  it('twice the same is once', async () => {
    const world = await CapabilityWorld.open();
    const alice = await world.as('user:alice');
    const terms = world.terms();
    expect((await issueCapability(world.ports, alice, terms)).status).toBe('recorded');
    expect((await issueCapability(world.ports, alice, terms)).status).toBe('exists');
    expect(await listCapabilities(world.backend)).toHaveLength(1);
  });

  it('is for members of the group of the kind alone', async () => {
    const world = await CapabilityWorld.open();
    const training: Scope = { kind: 7, scope: { suite_id: digest32(1), max_runs: 1 } };
    const refused = { code: 'capabilities/may-not-issue', exit: EXIT.untrusted };
    await expect(world.issue({}, 'user:bob')).rejects.toMatchObject(refused);
    await expect(world.issue({ scope: training }, 'user:alice')).rejects.toMatchObject(refused);
    const deploy: Scope = { kind: 8, scope: { ring_id: 1, policy_id: digest32(1) } };
    await expect(world.issue({ scope: deploy }, 'user:alice')).rejects.toMatchObject(refused);
    expect((await world.issue({ scope: training }, 'user:bob')).capability.issuer).toEqual(agent(3));
  });

  it('refuses an empty window, and a scope that is out of form', async () => {
    const world = await CapabilityWorld.open();
    await expect(world.issue({ expiresAt: CAP_START })).rejects.toMatchObject({ code: 'capabilities/bad-window' });
    const scope = { kind: 5, scope: { tool_id: new Uint8Array(3), max_calls: 1 } } as Scope;
    await expect(world.issue({ scope })).rejects.toMatchObject({ code: 'mythos/unencodable' });
    const beyond: Scope = { kind: 1, scope: { cid: digest32(1), range_start: 2n ** 64n - 1n, range_len: 2n } };
    await expect(world.issue({ scope: beyond })).rejects.toMatchObject({ code: 'capabilities/bad-scope' });
  });
});

describe('attenuating', () => {
  const open = async (delegable = true) => {
    const world = await CapabilityWorld.open();
    const root = await world.issue({ delegable });
    const part = async (change: Parameters<CapabilityWorld['terms']>[0] = {}, by = 'user:bob') =>
      attenuateCapability(world.ports, await world.as(by), {
        ...world.terms({ to: 'user:carol', ...change }),
        parent: root.hex,
      });
    return { world, root, part };
  };

  it('passes on a part', async () => {
    const { world, part } = await open();
    const { held, status } = await part({ scope: toolScope(2), expiresAt: CAP_START + 60_000_000 });
    expect(status).toBe('recorded');
    expect(refusals(await world.check(held.hex, 'user:carol'))).toEqual([]);
    expect(refusals(await world.check(held.hex, 'user:bob'))).toEqual(['subject capabilities/not-subject']);
    expect(await world.failures()).toEqual([]);
  });

  it.each([
    ['a broader scope', { scope: toolScope(6) }, 'capabilities/broader'],
    [
      'another tool',
      { scope: { kind: 5, scope: { tool_id: digest32(1), max_calls: 1 } } as Scope },
      'capabilities/broader',
    ],
    ['another kind', { scope: { kind: 4, scope: { cid: digest32(7) } } as Scope }, 'capabilities/broader'],
    ['a later end', { expiresAt: CAP_START + CAP_HOUR + 1 }, 'capabilities/window-outside'],
  ])('refuses %s', async (_, change, code) => {
    const { world, part } = await open();
    await expect(part(change)).rejects.toMatchObject({ code, exit: EXIT.denied });
    expect(await listCapabilities(world.backend)).toHaveLength(1);
  });

  it('refuses whoever it is not for, and what may not be passed on', async () => {
    const { part } = await open();
    await expect(part({}, 'user:alice')).rejects.toMatchObject({ code: 'capabilities/other-issuer' });
    const kept = await open(false);
    await expect(kept.part()).rejects.toMatchObject({ code: 'capabilities/not-delegable' });
  });

  it('refuses to pass on what is revoked, and what is not there', async () => {
    const { world, root, part } = await open();
    await revokeCapability(world.ports, await world.as('user:alice'), { id: root.hex, reason: 'over' });
    await expect(part()).rejects.toMatchObject({ code: 'capabilities/unfit-parent' });
    const bob = await world.as('user:bob');
    const none = attenuateCapability(world.ports, bob, { ...world.terms(), parent: 'ab'.repeat(32) });
    await expect(none).rejects.toMatchObject({ code: 'capabilities/no-such-capability' });
  });
});

describe('revoking', () => {
  const open = async () => {
    const world = await CapabilityWorld.open();
    const root = await world.issue();
    const parts = { ...world.terms({ to: 'user:carol', scope: toolScope(2) }), parent: root.hex };
    const { held } = await attenuateCapability(world.ports, await world.as('user:bob'), parts);
    const revoke = async (id: string, by: string, reason = 'over') =>
      revokeCapability(world.ports, await world.as(by), { id, reason });
    return { world, root, part: held, revoke };
  };

  it('ends a capability and all that rests on it, and says why', async () => {
    const { world, root, part, revoke } = await open();
    expect((await revoke(root.hex, 'user:alice', 'stolen')).status).toBe('recorded');
    for (const [id, actor] of [[root.hex, 'user:bob'] as const, [part.hex, 'user:carol'] as const]) {
      const { report } = await world.check(id, actor);
      expect(report.checks.at(-1)).toMatchObject({ code: 'capabilities/revoked', exit: EXIT.expired });
      expect(report.checks.at(-1)?.detail).toContain('stolen');
    }
    const listed = await listCapabilities(world.backend);
    expect(listed.map(({ revocation }) => revocation?.reason)).toEqual(['stolen', 'stolen']);
    expect(await world.failures()).toEqual([]);
  });

  it('of a part leaves the whole', async () => {
    const { world, root, part, revoke } = await open();
    await revoke(part.hex, 'user:bob');
    expect(refusals(await world.check(part.hex, 'user:carol'))).toEqual(['revocation capabilities/revoked']);
    expect(refusals(await world.check(root.hex))).toEqual([]);
  });

  it('is for issuers, up to the root, and for the group', async () => {
    const { world, root, part, revoke } = await open();
    const refused = { code: 'capabilities/may-not-revoke', exit: EXIT.untrusted };
    await expect(revoke(root.hex, 'user:bob')).rejects.toMatchObject(refused);
    await expect(revoke(part.hex, 'user:carol')).rejects.toMatchObject(refused);
    await expect(revoke(part.hex, 'user:dave')).rejects.toMatchObject(refused);
    await world.jobs.governance.change({ op: 'set-group', name: 'cap-tool', members: ['user:dave'] });
    await expect(revoke(part.hex, 'user:alice')).resolves.toMatchObject({ status: 'recorded' });
    await expect(revoke(root.hex, 'user:dave')).resolves.toMatchObject({ status: 'recorded' });
    expect(await world.failures()).toEqual([]);
  });

  it('twice is once: the first reason stays', async () => {
    const { root, revoke, world } = await open();
    await revoke(root.hex, 'user:alice', 'first');
    const again = await revoke(root.hex, 'user:alice', 'second');
    expect(again).toMatchObject({ status: 'exists', revocation: { reason: 'first' } });
    await expect(revoke('ab'.repeat(32), 'user:alice')).rejects.toMatchObject({ exit: EXIT.missing });
    expect(await world.failures()).toEqual([]);
  });

  it('stays possible for whoever changed keys, and what was issued with the old one no longer counts', async () => {
    const { world, root, part } = await open();
    const [old, fresh] = [testSigner(2).key, testSigner(60)];
    await world.jobs.governance.change({ op: 'rotate-key', old, key: fresh.key, reason: 'yearly' });
    expect(refusals(await world.check(root.hex))).toEqual(['issuer capabilities/issuer-revoked']);
    const alice = await world.jobs.governance.as('user:alice', { seed: 60 });
    const revoked = await revokeCapability(world.ports, alice, { id: part.hex, reason: 'cleaning up' });
    expect(revoked.status).toBe('recorded');
    expect(await world.failures()).toEqual([]);
  });
});
