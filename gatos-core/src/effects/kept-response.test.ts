/** Responses that lie beside their record: what is handed out has the bytes of the receipt, whatever a record says of where they are. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { commitBy, forge, receiptBy, receiptBytes } from '../../testing/effects-forge.js';
import { ALICE, answerOf, EffectsWorld, idOf } from '../../testing/effects-world.js';
import { hashObject } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { type KeptResponse, RESPONSE_PATH } from './entry-shape.js';
import { readResponse } from './index.js';

const ID = idOf();
const LARGE = answerOf('x'.repeat(LIMITS.effectInlineBytes));
/** As many bytes, and one of them another. */
const OTHER = LARGE.slice().fill(0x79, 1000, 1001);

/** Alice commits an outcome whose response lies where she says, and attaches something. */
async function committed({ where, attached }: { readonly where: Uint8Array; readonly attached: Uint8Array }) {
  const world = await EffectsWorld.open();
  const { body, register } = (await world.hold(ALICE)).effect;
  await world.jobs.accept();
  const receipt = await receiptBy(ALICE, {
    tool_id: body.tool,
    request_hash: body.request,
    response_hash: sha256(LARGE),
    idempotency_key: register.idempotency_key,
    time_observed: BigInt(world.ports.clock.now()),
    status: 200,
  });
  const blob = hashObject(world.backend.objects.format, 'blob', where);
  const outcome = {
    receipt: receiptBytes(receipt),
    commit: await commitBy(ALICE, receipt, { idem_id: body.id }),
    response: { hash: sha256(LARGE), size: LARGE.length, blob },
  };
  const files = [{ path: RESPONSE_PATH, bytes: attached }];
  await forge(world, { by: ALICE, kind: 'commit', id: ID, body: { outcome }, files });
  return world;
}

async function refusals(world: EffectsWorld): Promise<readonly string[]> {
  return (await world.jobs.judge()).refusals.map(({ rule }) => rule);
}

async function kept(world: EffectsWorld): Promise<KeptResponse> {
  return (await world.effect())?.outcome?.response as KeptResponse;
}

describe('a response beside its record', () => {
  it('is the one that it names', async () => {
    const world = await committed({ where: LARGE, attached: LARGE });
    expect(await world.failures()).toEqual([]);
    expect(await refusals(world)).toEqual([]);
    expect(await readResponse(world.backend, ID, await kept(world))).toEqual(LARGE);
  });

  it('is refused when the record names another object than that which is attached', async () => {
    const world = await committed({ where: OTHER, attached: LARGE });
    const fault = /^objects fail: .*names another object than that of its response/;
    expect(await world.failures()).toEqual([expect.stringMatching(fault)]);
    expect(await refusals(world)).toEqual(['gate/effect']);
  });

  it('is refused when it has other bytes than the receipt says, and these are never handed out', async () => {
    const world = await committed({ where: OTHER, attached: OTHER });
    expect(await world.failures()).toEqual([expect.stringMatching(/^attachments fail: .*its bytes are not those/)]);
    expect(await refusals(world)).toEqual(['gate/attachments']);
    await expect(readResponse(world.backend, ID, await kept(world))).rejects.toMatchObject({
      code: 'effects/response-gone',
    });
  });
});
