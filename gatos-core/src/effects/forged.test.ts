/** What verification and the gate refuse of the ledger: records that are signed, in their place, and wrong. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import {
  commitBy,
  type Forgery,
  forge,
  forgeReceipt,
  markBy,
  receiptBy,
  receiptBytes,
  resealed,
} from '../../testing/effects-forge.js';
import { ALICE, answerOf, BOB, EffectsWorld, idOf, LEASE_MS, SAFE, UNSAFE } from '../../testing/effects-world.js';
import { LIMITS } from '../kernel/index.js';
import type { KeptResponse } from './entry-shape.js';
import type { HeldEffect } from './index.js';

const RESPONSE = answerOf();
const KEPT: KeptResponse = { hash: sha256(RESPONSE), size: RESPONSE.length, inline: RESPONSE };

interface Stage {
  readonly world: EffectsWorld;
  readonly held: HeldEffect;
}

async function stage(def = SAFE): Promise<Stage> {
  const world = await EffectsWorld.open();
  return { world, held: await world.hold(ALICE, { def }) };
}

/** The outcome of a held effect, by these hands. */
async function outcomeBy({ held, world }: Stage, { receipt = ALICE, commit = ALICE, status = 200 } = {}) {
  const { body, register } = held.effect;
  const signed = await receiptBy(receipt, {
    tool_id: body.tool,
    request_hash: body.request,
    response_hash: KEPT.hash,
    idempotency_key: register.idempotency_key,
    time_observed: BigInt(world.ports.clock.now()),
    status,
  });
  return {
    receipt: receiptBytes(signed),
    commit: await commitBy(commit, signed, { idem_id: body.id }),
    response: KEPT,
  };
}

const ID = idOf({ def: SAFE });
const expectRefused = async (world: EffectsWorld, pattern: RegExp) => {
  const failures = await world.failures();
  expect(failures).toEqual([expect.stringMatching(pattern)]);
  const { refusals } = await world.jobs.judge();
  expect(refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
};

describe('a register is refused', () => {
  const next = async ({ held, world }: Stage, by: string, change = {}) => ({
    attempt: 2,
    lease: world.lease(),
    register: await resealed(held.effect, by, {
      time_observed: BigInt(world.ports.clock.now()),
      lease_expires_at: BigInt(world.ports.clock.now() + 1000),
      ...change,
    }),
    capability: world.capability(by, SAFE),
  });

  it('that takes over while the lease lasts', async () => {
    const at = await stage();
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body: await next(at, BOB) });
    await expectRefused(at.world, /^order fail: .*takes over while the lease of another invocation lasts/);
  });

  it('that invokes again what may have acted and may not be invoked twice', async () => {
    const at = await stage(UNSAFE);
    at.world.pass(10 * LEASE_MS);
    const body = { ...(await next(at, BOB)), capability: at.world.capability(BOB) };
    await forge(at.world, { by: BOB, kind: 'register', id: idOf(), body });
    await expectRefused(at.world, /^order fail: .*invokes again a tool that may have acted/);
  });

  it('after an outcome', async () => {
    const at = await stage();
    await at.world.answer(ALICE, at.held);
    at.world.pass(10 * LEASE_MS);
    const { outcome: _, ...body } = { ...(await next(at, BOB)), outcome: null };
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body: { ...body, outcome: null } });
    await expectRefused(at.world, /^order fail: .*invokes again what is committed/);
  });

  it('that skips an attempt', async () => {
    const at = await stage();
    at.world.pass(10 * LEASE_MS);
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body: { ...(await next(at, BOB)), attempt: 3 } });
    await expectRefused(at.world, /^order fail: .*is attempt 3, after 1/);
  });

  it('that takes over with another request', async () => {
    const at = await stage();
    at.world.pass(10 * LEASE_MS);
    const request = new Uint8Array(32).fill(7);
    const body = { ...(await next(at, BOB, { request_hash: request })), request };
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body });
    await expectRefused(at.world, /^order fail: .*is of another request/);
  });

  it('that is dated after its envelope', async () => {
    const at = await stage();
    at.world.pass(10 * LEASE_MS);
    const now = at.world.ports.clock.now();
    const later = { time_observed: BigInt(now + 1_000_000), lease_expires_at: BigInt(now + 2_000_000) };
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body: await next(at, BOB, later) });
    await expectRefused(at.world, /^order fail: .*was registered later than it was signed/);
  });

  it('that asks for a lease without end', async () => {
    const at = await stage();
    at.world.pass(10 * LEASE_MS);
    const end = BigInt(at.world.ports.clock.now() + 1000 * (LIMITS.effectLeaseMs + LEASE_MS));
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body: await next(at, BOB, { lease_expires_at: end }) });
    await expectRefused(at.world, /^order fail: .*asks for a lease of more than/);
  });

  it('that shortens a lease', async () => {
    const at = await stage();
    const register = await resealed(at.held.effect, ALICE, {
      lease_expires_at: at.held.effect.register.lease_expires_at - 1n,
    });
    await forge(at.world, { by: ALICE, kind: 'register', id: ID, body: { register } });
    await expectRefused(at.world, /^order fail: .*shortens its lease/);
  });

  it('that hands a lease over to somebody else', async () => {
    const at = await stage();
    const register = await resealed(at.held.effect, BOB, {
      lease_expires_at: at.held.effect.register.lease_expires_at + 1n,
    });
    await forge(at.world, { by: BOB, kind: 'register', id: ID, body: { register } });
    await expectRefused(at.world, /^order fail: .*renews the lease of another owner/);
  });

  it('in the name of somebody else', async () => {
    const at = await stage();
    at.world.pass(10 * LEASE_MS);
    await forge(at.world, {
      by: BOB,
      kind: 'register',
      id: ID,
      body: { ...(await next(at, ALICE)), capability: at.world.capability(ALICE, SAFE) },
    });
    await expectRefused(at.world, /^objects fail: .*of somebody else than who signed it/);
  });

  it('without a capability that allows it', async () => {
    const at = await stage();
    at.world.pass(10 * LEASE_MS);
    await forge(at.world, {
      by: BOB,
      kind: 'register',
      id: ID,
      body: { ...(await next(at, BOB)), capability: new Uint8Array(32) },
    });
    expect(await at.world.failures()).toEqual([expect.stringMatching(/^authority .*did not allow it/)]);
    const other = await stage();
    other.world.pass(10 * LEASE_MS);
    await forge(other.world, {
      by: BOB,
      kind: 'register',
      id: ID,
      body: { ...(await next(other, BOB)), capability: other.world.capability(ALICE, SAFE) },
    });
    await expectRefused(other.world, /^authority fail: .*subject/);
    const tool = await stage();
    tool.world.pass(10 * LEASE_MS);
    await forge(tool.world, {
      by: BOB,
      kind: 'register',
      id: ID,
      body: { ...(await next(tool, BOB)), capability: tool.world.capability(BOB) },
    });
    await expectRefused(tool.world, /^authority fail: .*no ToolCall of this tool/);
  });
});

describe('an outcome is refused', () => {
  it('by anybody but the owner of the lease', async () => {
    const at = await stage();
    await forge(at.world, {
      by: BOB,
      kind: 'commit',
      id: ID,
      body: { outcome: await outcomeBy(at, { receipt: BOB, commit: BOB }) },
    });
    await expectRefused(at.world, /^objects fail: .*by somebody else than the owner of the lease/);
  });

  it('whose commit another key signed', async () => {
    const at = await stage();
    await forge(at.world, {
      by: ALICE,
      kind: 'commit',
      id: ID,
      body: { outcome: await outcomeBy(at, { commit: BOB }) },
    });
    await expectRefused(at.world, /^objects fail: .*the signature of this EffectCommit is not of the key/);
  });

  it('whose receipt another key signed', async () => {
    const at = await stage();
    await forge(at.world, {
      by: ALICE,
      kind: 'commit',
      id: ID,
      body: { outcome: await outcomeBy(at, { receipt: BOB }) },
    });
    await expectRefused(at.world, /^objects fail: .*a receipt of somebody else/);
  });

  it('that is the second one', async () => {
    const at = await stage();
    await at.world.answer(ALICE, at.held);
    at.world.pass(1);
    await forge(at.world, { by: ALICE, kind: 'commit', id: ID, body: { outcome: await outcomeBy(at) } });
    await expectRefused(at.world, /^order fail: .*is a second outcome/);
  });

  it('after its invocation was said to have none', async () => {
    const at = await stage();
    await forge(at.world, { by: ALICE, kind: 'ended', id: ID, body: { ended: { acted: 'no', why: '' } } });
    expect(await at.world.failures()).toEqual([]);
    await forge(at.world, { by: ALICE, kind: 'commit', id: ID, body: { ended: null, outcome: await outcomeBy(at) } });
    await expectRefused(at.world, /^order fail: .*commits what has ended/);
  });

  it('of another lease', async () => {
    const at = await stage();
    await forge(at.world, {
      by: ALICE,
      kind: 'commit',
      id: ID,
      body: { lease: at.world.lease(), outcome: await outcomeBy(at) },
    });
    await expectRefused(at.world, /^order fail: .*of another lease/);
  });

  it('before anything was registered', async () => {
    const at = await stage();
    const body = { ...at.held.effect.body, outcome: await outcomeBy(at) };
    const world = await EffectsWorld.open();
    await forge(world, { by: ALICE, kind: 'commit', id: ID, body });
    await expectRefused(world, /^order fail: .*follows nothing/);
  });

  it('whose response has other bytes, or whose parts say different things', async () => {
    const at = await stage();
    const outcome = await outcomeBy(at);
    const other = answerOf('other');
    const wrong: readonly (readonly [Forgery, RegExp])[] = [
      [
        { outcome: { ...outcome, response: { ...KEPT, inline: other, size: other.length } } },
        /has bytes with another hash/,
      ],
      [
        { outcome: { ...outcome, response: { hash: sha256(other), size: other.length, inline: other } } },
        /a receipt of another response/,
      ],
      [{ outcome: { ...outcome, response: { hash: KEPT.hash, size: KEPT.size } } }, /does not keep its response/],
      [{ outcome: { ...outcome, commit: null } }, /no commit/],
      [{ outcome, request: new Uint8Array(32) }, /register of another request/],
      [{ outcome, tool: new Uint8Array(32) }, /definition of another tool/],
      [{ outcome: { ...outcome, receipt: outcome.receipt.subarray(1) } }, /has no receipt/],
    ];
    for (const [body, pattern] of wrong)
      await expect(forge(at.world, { by: ALICE, kind: 'commit', id: ID, body })).rejects.toThrow(pattern);
    const status = await outcomeBy(at, { status: 500 });
    const mixed = { ...outcome, commit: status.commit };
    await expect(forge(at.world, { by: ALICE, kind: 'commit', id: ID, body: { outcome: mixed } })).rejects.toThrow(
      /other things than its receipt/,
    );
  });
});

describe('a mark is refused', () => {
  const marked = async ({ held, world }: Stage, by: string, evidence: readonly Uint8Array[], reason = 1) => ({
    marks: [
      {
        mark: await markBy(by, {
          idem_id: held.effect.body.id,
          tool_id: held.effect.body.tool,
          reason,
          evidence,
          time_observed: BigInt(world.ports.clock.now()),
        }),
        rival: null,
      },
    ],
  });

  it('that nobody signed who wrote it', async () => {
    const at = await stage();
    const { request } = at.held.effect.body;
    await forge(at.world, {
      by: BOB,
      kind: 'divergence',
      id: ID,
      body: await marked(at, ALICE, [request, new Uint8Array(32)]),
    });
    await expectRefused(at.world, /^objects fail: .*the signature of this DivergenceMark/);
  });

  it.each([
    [
      'without a contradiction',
      (request: Uint8Array) => [request, request],
      1,
      /two digests that contradict one another/,
    ],
    [
      'about another request',
      () => [new Uint8Array(32), new Uint8Array(32).fill(1)],
      1,
      /marks a request that is not recorded/,
    ],
    [
      'about outcomes that it does not show',
      (request: Uint8Array) => [request, new Uint8Array(32)],
      2,
      /does not show them/,
    ],
  ] as const)('%s', async (_, evidence, reason, pattern) => {
    const at = await stage();
    const body = await marked(at, BOB, evidence(at.held.effect.body.request), reason);
    await forge(at.world, { by: BOB, kind: 'divergence', id: ID, body });
    await expectRefused(at.world, pattern);
  });

  it('that takes another one away', async () => {
    const at = await stage();
    await at.world.open(BOB, { def: SAFE, body: 'other' }).catch(() => undefined);
    const { request } = at.held.effect.body;
    await forge(at.world, {
      by: BOB,
      kind: 'divergence',
      id: ID,
      body: await marked(at, BOB, [request, new Uint8Array(32)]),
    });
    await expectRefused(at.world, /adds no mark, or more than one/);
  });
});

describe('a receipt by itself is refused', () => {
  it('by anybody but who signed it, and without a capability', async () => {
    const at = await stage();
    const { tool, request } = at.held.effect.body;
    const now = at.world.ports.clock.now();
    const receipt = await receiptBy(BOB, {
      tool_id: tool,
      request_hash: request,
      response_hash: KEPT.hash,
      idempotency_key: new Uint8Array(0),
      time_observed: BigInt(now),
      status: 200,
    });
    const body = {
      ...{ id: receipt.receipt_id, tool, request, began: now, receipt: receiptBytes(receipt), response: KEPT },
      capability: at.world.capability(BOB, SAFE),
      use: new Uint8Array(32),
    };
    await forgeReceipt(at.world, ALICE, body);
    await expectRefused(at.world, /^objects fail: .*by somebody else than who signed it/);
    const other = await stage();
    await forgeReceipt(other.world, BOB, { ...body, capability: other.world.capability(ALICE, SAFE) });
    await expectRefused(other.world, /^authority fail: /);
  });
});
