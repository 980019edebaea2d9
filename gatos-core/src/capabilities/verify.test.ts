import { describe, expect, it } from 'vitest';
import { forgeIssued, forgeRevoked, forgeUsed } from '../../testing/capability-forge.js';
import {
  agent,
  CAP_HOUR,
  CAP_START,
  CapabilityWorld,
  digest32,
  seal,
  sealChain,
  toolScope,
} from '../../testing/capability-world.js';
import { testSigner } from '../../testing/hand-made.js';
import { LIMITS } from '../kernel/index.js';
import { CAPABILITY, type Capability, encodeStruct } from '../mythos/index.js';
import {
  attenuateCapability,
  decodeCapability,
  type HeldCapability,
  ISSUED_KIND,
  issuedBody,
  listCapabilities,
  revokeCapability,
  type Used,
  usedChain,
} from './index.js';

/** What verification says, and the rules by which the gate refuses what is new. */
async function judged(world: CapabilityWorld) {
  const failures = await world.failures();
  const { refusals } = await world.jobs.judge();
  return { failures: failures.join('\n'), rules: [...new Set(refusals.map(({ rule }) => rule))] };
}

const REFUSED = ['gate/capability'];

async function refusedIssued(...capabilities: readonly Uint8Array[]) {
  const world = await CapabilityWorld.open();
  await forgeIssued(world, capabilities);
  return judged(world);
}

describe('what honest writers record', () => {
  it('verifies, and passes the gate at once and in steps', async () => {
    const world = await CapabilityWorld.open();
    const root = await world.issue();
    const parts = { ...world.terms({ to: 'user:carol', scope: toolScope(2) }), parent: root.hex };
    const { held } = await attenuateCapability(world.ports, await world.as('user:bob'), parts);
    await world.use(held.hex, 1, 'user:carol');
    expect(await judged(world)).toEqual({ failures: '', rules: [] });
    await world.jobs.accept();
    await world.use(held.hex, 2, 'user:carol');
    await world.use(root.hex, 3);
    await revokeCapability(world.ports, await world.as('user:alice'), { id: held.hex, reason: 'over' });
    expect(await judged(world)).toEqual({ failures: '', rules: [] });
    const { report } = await world.jobs.verify(['capabilities/issued']);
    expect(report.checks.filter(({ name }) => ['issued', 'revoked', 'used'].includes(name))).toHaveLength(1);
  });

  it('keeps holding when keys and groups change later on', async () => {
    const world = await CapabilityWorld.open();
    await world.issue();
    await world.jobs.accept();
    const [old, key] = [testSigner(2).key, testSigner(60).key];
    await world.jobs.governance.change(
      { op: 'rotate-key', old, key, reason: 'yearly' },
      { op: 'set-group', name: 'cap-tool', members: [] },
    );
    expect(await judged(world)).toEqual({ failures: '', rules: [] });
  });
});

describe('a capability in the log is refused', () => {
  it('whose issuer was not trusted for its kind where it stands', async () => {
    expect(await refusedIssued(await seal({ issuer: 3, subject: 4 }))).toMatchObject({
      failures: expect.stringContaining('`user:bob` was not in @cap-tool'),
      rules: REFUSED,
    });
    expect((await refusedIssued(await seal({ issuer: 77, subject: 4 }))).failures).toContain('nobody’s key');
  });

  it('by a key that was revoked before, though it says that it was issued long ago', async () => {
    const world = await CapabilityWorld.open();
    await world.jobs.governance.change({
      op: 'rotate-key',
      old: testSigner(2).key,
      key: testSigner(60).key,
      reason: 'stolen',
    });
    await world.jobs.accept();
    await forgeIssued(world, [await seal({ issuer: 2, subject: 4, notBefore: 0 })]);
    const { failures, rules } = await judged(world);
    expect(failures).toContain('was not valid there');
    expect(rules).toEqual(REFUSED);
  });

  it('that was passed on with a stolen key after it was revoked, whatever its dates are', async () => {
    const world = await CapabilityWorld.open();
    const root = await world.issue();
    await world.jobs.accept();
    const part = { issuer: 3, subject: 5, scope: toolScope(2), parent: root.id };
    await forgeIssued(world, [await seal(part)]);
    expect(await judged(world)).toEqual({ failures: '', rules: [] });
    await world.jobs.accept();
    await world.jobs.governance.change({ op: 'revoke-key', key: testSigner(3).key, reason: 'stolen' });
    await world.jobs.accept();
    // What came before still stands in the log.
    expect(await judged(world)).toEqual({ failures: '', rules: [] });
    await forgeIssued(world, [await seal({ ...part, scope: toolScope(1) })]);
    const { failures, rules } = await judged(world);
    expect(failures).toContain('that passed it on was revoked before it came');
    expect(rules).toEqual(REFUSED);
  });

  it.each([
    ['has run out', { not_after: CAP_START - 1 }],
    ['is not valid yet', { not_before: CAP_START + 1000 * CAP_HOUR }],
  ])('that was passed on with a key that %s', async (_, window) => {
    const world = await CapabilityWorld.open();
    const { key } = testSigner(61);
    await world.jobs.governance.change({ op: 'add-key', actor: 'user:bob', key, ...window });
    const root = await world.issue({ subject: agent(61) });
    await world.jobs.accept();
    await forgeIssued(world, [await seal({ issuer: 61, subject: 5, scope: toolScope(2), parent: root.id })]);
    const { failures, rules } = await judged(world);
    expect(failures).toContain('that passed it on was not valid when it came');
    expect(rules).toEqual(REFUSED);
  });

  it('that its issuer did not sign', async () => {
    const held = decodeCapability(await seal({ issuer: 2, subject: 3 }));
    const signature = { alg: 1, sig_bytes: await testSigner(3).sign(held.id) };
    const forged = encodeStruct(CAPABILITY, { ...held.capability, signature });
    const { failures, rules } = await refusedIssued(forged);
    expect(failures).toContain('is not of its issuer');
    expect(rules).toEqual(REFUSED);
  });

  it('without its parent, or before it', async () => {
    const [root, leaf] = (await sealChain(2)) as [Uint8Array, Uint8Array];
    const alone = await refusedIssued(leaf);
    expect(alone.failures).toContain('which is not in the log here');
    expect(alone.rules).toEqual(REFUSED);
    expect((await refusedIssued(leaf, root)).failures).toContain('which is not in the log here');
    expect(await refusedIssued(root, leaf)).toEqual({ failures: '', rules: [] });
  });

  it('whose parent was accepted in a push before', async () => {
    const [root, leaf] = (await sealChain(2)) as [Uint8Array, Uint8Array];
    const world = await CapabilityWorld.open();
    await forgeIssued(world, [root]);
    await world.jobs.accept();
    await forgeIssued(world, [leaf]);
    expect(await judged(world)).toEqual({ failures: '', rules: [] });
  });

  it.each([
    ['broader', (level: number) => ({ scope: toolScope(5 + level) }), '`max_calls` is 6, above 5'],
    ['longer', (level: number) => ({ expiresAt: CAP_START + CAP_HOUR + level }), 'is not inside that of its parent'],
    ['not for passing on', () => ({ delegable: false }), 'may not be passed on'],
    ['by somebody else', (level: number) => (level === 1 ? { issuer: 9 } : {}), 'but its parent'],
    ['empty in time', (level: number) => (level === 1 ? { expiresAt: CAP_START } : {}), 'its window is empty'],
  ])('that is %s', async (_, step, why) => {
    const { failures, rules } = await refusedIssued(...(await sealChain(2, step)));
    expect(failures).toContain(why);
    expect(rules).toEqual(REFUSED);
  });

  it('that rests on too many', async () => {
    const chain = await sealChain(LIMITS.capabilityDepth + 1);
    expect(await refusedIssued(...chain.slice(0, -1))).toEqual({ failures: '', rules: [] });
    expect((await refusedIssued(...chain)).failures).toContain(`more than ${LIMITS.capabilityDepth} capabilities`);
  });

  it('in a line that never ends, and is listed with a bounded part of it', async () => {
    const world = await CapabilityWorld.open();
    const chain = await sealChain(3 * LIMITS.capabilityDepth);
    await forgeIssued(world, chain);
    const listed = await listCapabilities(world.backend);
    expect(listed).toHaveLength(chain.length);
    expect(Math.max(...listed.map(({ parents }) => parents.length))).toBe(LIMITS.capabilityDepth);
    expect((await judged(world)).rules).toEqual(REFUSED);
  });

  it('whose record says something else than its bytes', async () => {
    const body = issuedBody(await seal({ issuer: 2, subject: 3 }));
    const altered = [
      { ...body, id: digest32(1) },
      { ...body, kind: 1 },
      { ...body, issuer: agent(9).key },
      { ...body, subject: agent(9).key },
      { ...body, parent: digest32(1) },
      { ...body, cap: body.cap.subarray(1) },
      { ...body, cap: new Uint8Array() },
    ];
    const wrong = expect.objectContaining({ code: 'codec/schema' });
    for (const each of altered) expect(() => ISSUED_KIND.schema.read(each as never, 'record')).toThrow(wrong);
    expect(ISSUED_KIND.schema.read(body as never, 'record')).toEqual(body);
  });
});

describe('a revocation', () => {
  it('is judged by the group as it was: whoever was in it could, whoever joins later could not', async () => {
    const change = (world: CapabilityWorld, ...members: readonly string[]) =>
      world.jobs.governance.change({ op: 'set-group', name: 'cap-tool', members });
    const left = await CapabilityWorld.open();
    const held = await left.issue();
    await change(left, 'user:alice', 'user:bob');
    await revokeCapability(left.ports, await left.as('user:bob'), { id: held.hex, reason: 'no' });
    await change(left, 'user:alice');
    expect(await judged(left)).toEqual({ failures: '', rules: [] });
    const joined = await CapabilityWorld.open();
    const { id: cap } = await joined.issue();
    await forgeRevoked(joined, { cap, reason: 'no', by: 'user:eve', time: CAP_START }, 'user:eve');
    await change(joined, 'user:alice', 'user:eve');
    expect((await judged(joined)).failures).toContain('`user:eve` may not revoke');
  });
});

describe('a revocation is refused', () => {
  const revocation = (cap: Uint8Array, by: string) => ({ cap, reason: 'no', by, time: CAP_START });

  it('by who may not, by another than it says, and of what is not there', async () => {
    const open = async () => {
      const world = await CapabilityWorld.open();
      return { world, held: await world.issue() };
    };
    const [one, two, three] = [await open(), await open(), await open()];
    await forgeRevoked(one.world, revocation(one.held.id, 'user:eve'), 'user:eve');
    expect(await judged(one.world)).toMatchObject({
      failures: expect.stringContaining('`user:eve` may not revoke'),
      rules: REFUSED,
    });
    await forgeRevoked(two.world, revocation(two.held.id, 'user:alice'), 'user:eve');
    expect((await judged(two.world)).failures).toContain('it is by `user:eve` and names `user:alice`');
    await forgeRevoked(three.world, revocation(digest32(1), 'user:alice'), 'user:alice');
    expect((await judged(three.world)).failures).toContain('there is no capability');
  });
});

describe('a use is refused', () => {
  const use = ({ id }: HeldCapability, more: Partial<Used> = {}) => ({
    cap: id,
    idem: digest32(1),
    amounts: { calls: 1 },
    time: CAP_START + 1,
    ...more,
  });
  const sum = ({ id }: HeldCapability, calls: number) => ({
    cap: id,
    idem: null,
    amounts: { calls },
    time: CAP_START + 1,
  });

  type Bodies = (held: HeldCapability) => readonly Omit<Used, 'replaces'>[];
  async function refusedUse(bodies: Bodies, { actor = 'user:bob', chain = '' } = {}) {
    const world = await CapabilityWorld.open();
    const held = await world.issue({ scope: toolScope(2) });
    await forgeUsed(world, chain === '' ? usedChain(held.hex) : chain, { actor, bodies: bodies(held) });
    return judged(world);
  }

  it.each<[string, Bodies, string]>([
    ['that makes no sum', (held) => [use(held)], 'does not make the sum'],
    ['that makes too small a sum', (held) => [use(held), sum(held, 0)], 'does not make the sum'],
    [
      'that takes less than one call',
      (held) => [use(held, { amounts: { calls: 0 } }), sum(held, 0)],
      'takes 1 of `calls`',
    ],
    ['that takes another thing', (held) => [use(held, { amounts: { runs: 1 } }), sum(held, 1)], 'is missing'],
    [
      'that takes more than is limited',
      (held) => [use(held, { amounts: { calls: 1, io: 1 } }), sum(held, 1)],
      'nothing that it takes',
    ],
    [
      'at a time when it did not count',
      (held) => [use(held, { time: CAP_START + CAP_HOUR }), sum(held, 1)],
      'did not count',
    ],
    ['of nothing: a sum alone', (held) => [sum(held, 1)], 'a sum without a use'],
    ['whose sum is of another', (held) => [use(held), { ...sum(held, 1), cap: digest32(9) }], 'does not make the sum'],
    ['of what is not there', (held) => [use(held, { cap: digest32(9) }), sum(held, 1)], 'there is no capability'],
    [
      'with a sum that follows from nothing',
      (held) => [use(held), sum(held, 1), { ...sum(held, 2), cap: digest32(9) }],
      'a sum without a use',
    ],
  ])('%s', async (_, bodies, why) => {
    const { failures, rules } = await refusedUse(bodies);
    expect(failures).toContain(why);
    expect(rules).toEqual(REFUSED);
  });

  it('by a key with the bytes of another scheme, which nobody can sign with', async () => {
    const world = await CapabilityWorld.open();
    const draft = (capability: Capability) => ({ ...capability, subject: { ...capability.subject, scheme: 2 } });
    const bytes = await seal({ issuer: 2, subject: 3, draft });
    await forgeIssued(world, [bytes]);
    const held = decodeCapability(bytes);
    await forgeUsed(world, usedChain(held.hex), { actor: 'user:bob', bodies: [use(held), sum(held, 1)] });
    expect((await judged(world)).failures).toContain('is not by whom the capability is for');
  });

  it('by another than the capability is for: nobody uses up what is not his', async () => {
    const { failures, rules } = await refusedUse((held) => [use(held), sum(held, 1)], { actor: 'user:eve' });
    expect(failures).toContain('is not by whom the capability is for');
    expect(rules).toEqual(REFUSED);
  });

  it('beyond the limit, also of what it rests on, in one push and over several', async () => {
    const world = await CapabilityWorld.open();
    const root = await world.issue({ scope: toolScope(1) });
    const parts = { ...world.terms({ to: 'user:carol', scope: toolScope(1) }), parent: root.hex };
    const { held } = await attenuateCapability(world.ports, await world.as('user:bob'), parts);
    await world.use(root.hex, 1);
    await world.jobs.accept();
    const bodies = [use(held, { idem: digest32(2) }), sum(held, 1), sum(root, 2)];
    await forgeUsed(world, usedChain(root.hex), { actor: 'user:carol', bodies });
    const { failures, rules } = await judged(world);
    expect(failures).toContain('1 of 1 calls are used, and this takes 1');
    expect(rules).toEqual(REFUSED);
  });

  it('that forgets what was used before', async () => {
    const world = await CapabilityWorld.open();
    const held = await world.issue({ scope: toolScope(2) });
    await world.use(held.hex, 1);
    await world.jobs.accept();
    await forgeUsed(world, usedChain(held.hex), {
      actor: 'user:bob',
      bodies: [use(held, { idem: digest32(2) }), sum(held, 1)],
    });
    const { failures, rules } = await judged(world);
    expect(failures).toContain('does not make the sum');
    expect(rules).toEqual(REFUSED);
  });

  it('that stands in the chain of another root, or in none of the sixteen', async () => {
    const world = await CapabilityWorld.open();
    const held = await world.issue();
    const own = usedChain(held.hex);
    const other = own.endsWith('0') ? 'capabilities/used/1' : 'capabilities/used/0';
    await forgeUsed(world, other, { actor: 'user:bob', bodies: [use(held), sum(held, 1)] });
    expect((await judged(world)).failures).toContain(`its root is counted in \`${own}\``);
    const misplaced = await refusedUse((each) => [use(each), sum(each, 1)], { chain: 'capabilities/used/g' });
    expect(misplaced.failures).toContain('named after no hexadecimal digit');
  });
});
