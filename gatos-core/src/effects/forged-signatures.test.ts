/** Objects that name the right signer, under a signature that is none of theirs: the name alone counts for nothing. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import {
  commitBy,
  forge,
  forgeReceipt,
  markBy,
  receiptBy,
  receiptBytes,
  resealed,
} from '../../testing/effects-forge.js';
import { ALICE, answerOf, EffectsWorld, idOf, LEASE_MS, SAFE } from '../../testing/effects-world.js';
import {
  DIVERGENCE_MARK,
  decodeStruct,
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  encodeStruct,
  RECEIPT,
  type Receipt,
  type Signature,
  type Struct,
} from '../mythos/index.js';
import type { KeptResponse } from './entry-shape.js';
import type { Effect } from './index.js';

const TOOL = { def: SAFE };
const ID = idOf(TOOL);
const kept = (text: string): KeptResponse => {
  const inline = answerOf(text);
  return { hash: sha256(inline), size: inline.length, inline };
};
const [DONE, OTHER] = [kept('done'), kept('other')];

/** The same object: its id, which leaves the signature out, is right. */
function spoiled<T extends { readonly signature: Signature }>(struct: Struct<T>, bytes: Uint8Array): Uint8Array {
  const value = decodeStruct(struct, bytes);
  const sig_bytes = value.signature.sig_bytes.slice();
  sig_bytes[0] = (sig_bytes[0] as number) ^ 1;
  return encodeStruct(struct, { ...value, signature: { ...value.signature, sig_bytes } });
}

const receiptOf = (world: EffectsWorld, { body, register }: Effect, { hash }: KeptResponse): Promise<Receipt> =>
  receiptBy(ALICE, {
    tool_id: body.tool,
    request_hash: body.request,
    response_hash: hash,
    idempotency_key: register.idempotency_key,
    time_observed: BigInt(world.ports.clock.now()),
    status: 200,
  });

/** Each records, as alice, one object of hers; `sign` spoils its signature, or leaves it. */
type Records = (
  world: EffectsWorld,
  effect: Effect,
  sign: <T extends { readonly signature: Signature }>(struct: Struct<T>, bytes: Uint8Array) => Uint8Array,
) => Promise<void>;

const register: Records = async (world, effect, sign) => {
  world.pass(10 * LEASE_MS);
  const now = world.ports.clock.now();
  const times = { time_observed: BigInt(now), lease_expires_at: BigInt(now + 1000) };
  const body = {
    attempt: 2,
    lease: world.lease(),
    register: sign(EFFECT_REGISTER, await resealed(effect, ALICE, times)),
  };
  await forge(world, { by: ALICE, kind: 'register', id: ID, body });
};

async function outcomeOf(world: EffectsWorld, effect: Effect) {
  const receipt = await receiptOf(world, effect, DONE);
  return { receipt: receiptBytes(receipt), commit: await commitBy(ALICE, receipt, { idem_id: ID }), response: DONE };
}

const receipt: Records = async (world, effect, sign) => {
  const outcome = await outcomeOf(world, effect);
  const body = { outcome: { ...outcome, receipt: sign(RECEIPT, outcome.receipt) } };
  await forge(world, { by: ALICE, kind: 'commit', id: ID, body });
};

const commit: Records = async (world, effect, sign) => {
  const outcome = await outcomeOf(world, effect);
  const body = { outcome: { ...outcome, commit: sign(EFFECT_COMMIT, outcome.commit) } };
  await forge(world, { by: ALICE, kind: 'commit', id: ID, body });
};

const markOf = (world: EffectsWorld, reason: number, evidence: readonly Uint8Array[]): Promise<Uint8Array> =>
  markBy(ALICE, {
    idem_id: ID,
    tool_id: SAFE.tool_id,
    reason,
    evidence,
    time_observed: BigInt(world.ports.clock.now()),
  });

const mark: Records = async (world, effect, sign) => {
  const made = await markOf(world, 1, [effect.body.request, new Uint8Array(32)]);
  const marks = [{ mark: sign(DIVERGENCE_MARK, made), rival: null }];
  await forge(world, { by: ALICE, kind: 'divergence', id: ID, body: { marks } });
};

const shown: Records = async (world, effect, sign) => {
  await forge(world, { by: ALICE, kind: 'commit', id: ID, body: { outcome: await outcomeOf(world, effect) } });
  const other = receiptBytes(await receiptOf(world, effect, OTHER));
  const rival = { receipt: sign(RECEIPT, other), response: OTHER };
  const marks = [{ mark: await markOf(world, 2, [DONE.hash, OTHER.hash]), rival }];
  await forge(world, { by: ALICE, kind: 'divergence', id: ID, body: { marks } });
};

const loose: Records = async (world, effect, sign) => {
  const made = await receiptOf(world, effect, DONE);
  const { tool, request, capability } = effect.body;
  const about = { id: made.receipt_id, tool, request, capability, use: ID, began: world.ports.clock.now() };
  await forgeReceipt(world, ALICE, { ...about, receipt: sign(RECEIPT, receiptBytes(made)), response: DONE });
};

describe.each<[string, Records, RegExp]>([
  ['a register', register, /signature of this EffectRegister/],
  ['the receipt of an outcome', receipt, /signature of this Receipt/],
  ['a commit', commit, /signature of this EffectCommit/],
  ['a mark', mark, /signature of this DivergenceMark/],
  ['the receipt that a mark shows', shown, /signature of this Receipt/],
  ['a receipt by itself', loose, /signature of this Receipt/],
])('%s', (_, record, pattern) => {
  const held = async () => {
    const world = await EffectsWorld.open();
    const { effect } = await world.hold(ALICE, TOOL);
    await world.jobs.accept();
    return { world, effect };
  };

  it('is taken as it was signed', async () => {
    const { world, effect } = await held();
    await record(world, effect, (_struct, bytes) => bytes);
    expect(await world.failures()).toEqual([]);
  });

  it('is refused under a signature that does not hold', async () => {
    const { world, effect } = await held();
    await record(world, effect, spoiled);
    expect(await world.failures()).toEqual([expect.stringMatching(/^objects fail: /)]);
    expect(await world.failures()).toEqual([expect.stringMatching(pattern)]);
    const { refusals } = await world.jobs.judge();
    expect(refusals.map(({ rule }) => rule)).toEqual(['gate/effect']);
  });
});
