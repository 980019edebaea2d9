/** What ends a task: capabilities that do not hold, and answers that are not what their receipts say. */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { calling, failureOf, runBundle } from '../../testing/ir-runs.js';
import { digestOf, firstBuild, type IrWorld, irBundle, irReceipt, irSigner, irWorld } from '../../testing/ir-world.js';
import { encodeCan } from '../codec/index.js';
import { GatosError, utf8 } from '../kernel/index.js';
import { encodeStruct, RECEIPT, sealStruct, TOOL_REQUEST, TOOL_RESPONSE } from '../mythos/index.js';
import { type BlobChunkAnswer, reg, valueJson } from './index.js';

describe('without authority nothing happens', () => {
  it('a capability that does not hold ends the task before its effect', async () => {
    const world = irWorld();
    const bundle = irBundle((builder) => {
      calling(builder, digestOf('no such capability')).op('HALT');
    });
    const { outcome } = await runBundle(world, bundle);
    expect(failureOf(outcome)).toMatchObject({ code: 'test/refused', at: 1 });
    expect(world.asked()).toBe(0);
  });

  it('a capability of another kind does not carry an effect', async () => {
    const world = irWorld();
    for (const cap of ['write', 'read', 'deploy'] as const) {
      const bundle = irBundle((builder) => {
        calling(builder, world.caps[cap]).op('HALT');
      });
      const { outcome, trace } = await runBundle(world, bundle);
      expect(failureOf(outcome)).toMatchObject({ code: 'ir/denied', at: 2, data: { needs: 'ToolCall' } });
      expect(trace.steps.length).toBe(2);
    }
    expect(world.asked()).toBe(0);
  });

  it('what the port refuses ends the task', async () => {
    const respond = () => {
      throw new GatosError({ kind: 'denied', code: 'capabilities/refused', data: {}, exit: 12, message: 'no' });
    };
    const world = irWorld({ respond });
    const { outcome, trace } = await runBundle(world, firstBuild(world.caps));
    expect(failureOf(outcome)).toMatchObject({ code: 'capabilities/refused', at: 3 });
    expect(trace.failure).toEqual({ code: 'capabilities/refused', op: 3, budget: undefined });
    expect(trace.receipts).toEqual([]);
  });

  it('what is no fault of ours is no outcome', async () => {
    const respond = () => {
      throw new TypeError('a bug');
    };
    const world = irWorld({ respond });
    await expect(runBundle(world, firstBuild(world.caps))).rejects.toThrow('a bug');
  });
});

describe('answers are held against their receipts', () => {
  const echo = (body: Uint8Array) => encodeStruct(TOOL_RESPONSE, { status: 200, body });

  it.each([
    ['another response than was signed', { response: echo(encodeCan('goodbye')) }, 'another response'],
    ['a response that is none', { response: utf8('?') }, 'none'],
  ])('%s', async (_, change, why) => {
    const world = irWorld({ spoil: { effect: (answer) => ({ ...answer, ...change }) } });
    const { outcome } = await runBundle(world, firstBuild(world.caps));
    expect(outcome.kind === 'failed' && outcome.error.message).toContain(why);
  });

  it.each([
    ['tool', { toolId: digestOf('x') }, 'another tool'],
    ['request', { request: utf8('x') }, 'another request'],
    ['response', { response: utf8('x') }, 'another response'],
    ['key', { key: utf8('x') }, 'another idempotency key'],
    ['status', { status: 201 }, 'status 201'],
  ])('a receipt of another %s', async (_, change, why) => {
    const world = irWorld({
      spoil: {
        effect: async ({ response, receipt: { status } }, { toolId, idempotencyKey: key, body }) => {
          const request = encodeStruct(TOOL_REQUEST, { tool_id: toolId, idempotency_key: key, body });
          const honest = { toolId, request, response, key, status };
          return { response, receipt: await irReceipt({ ...honest, ...change }), deduplicated: false };
        },
      },
    });
    const { outcome } = await runBundle(world, firstBuild(world.caps));
    expect(failureOf(outcome)).toMatchObject({ code: 'ir/bad-receipt', at: 3 });
    expect(outcome.kind === 'failed' && outcome.error.message).toContain(why);
  });

  it('a receipt that was altered after it was signed', async () => {
    const world = irWorld({
      spoil: { effect: (answer) => ({ ...answer, receipt: { ...answer.receipt, time_observed: 1n } }) },
    });
    expect(failureOf((await runBundle(world, firstBuild(world.caps))).outcome)).toMatchObject({
      code: 'ir/bad-receipt',
    });
  });

  it('a chunk that is not what stands under the cid, in bytes, in place or in length', async () => {
    const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
    for (const alter of [flip, (bytes: Uint8Array) => bytes.slice(1)]) {
      const world = irWorld({ spoil: { chunk: (answer) => ({ ...answer, bytes: alter(answer.bytes) }) } });
      expect(failureOf((await runBundle(world, firstBuild(world.caps))).outcome)).toMatchObject({
        code: 'mythos/chunk-proof',
        at: 9,
      });
    }
    const without = irWorld({ spoil: { chunk: (answer) => ({ ...answer, proof: undefined }) } });
    expect(failureOf((await runBundle(without, firstBuild(without.caps))).outcome)).toMatchObject({
      code: 'ir/bad-receipt',
    });
  });

  it('the bytes of a blob without chunks that are not those of its cid, though a receipt is signed for them', async () => {
    const bundleOf = ({ write, read }: IrWorld['caps']) =>
      irBundle((b) => {
        b.op('CONST', reg(0), b.bytes(new Uint8Array()))
          .op('REQUIRE_CAP', b.digest(write))
          .op('REQUIRE_CAP', b.digest(read))
          .op('BLOB_PUT', reg(0), b.blobMeta({ media: 'a/b', namespace: 'n' }), reg(1), reg(2))
          .op('CONST', reg(3), b.unsigned(0n))
          .op('BLOB_CHUNK_GET', reg(1), reg(3), reg(4), reg(5))
          .op('RET', reg(4));
      });
    const bytes = utf8('something else');
    const lie = async ({ receipt }: BlobChunkAnswer): Promise<BlobChunkAnswer> => {
      const { receipt_id: _, signature: __, ...draft } = receipt;
      return { bytes, receipt: await sealStruct(RECEIPT, { ...draft, response_hash: sha256(bytes) }, irSigner) };
    };
    const honest = irWorld();
    expect((await runBundle(honest, bundleOf(honest.caps))).outcome.kind).toBe('returned');
    const lying = irWorld({ spoil: { chunk: lie } });
    const { outcome } = await runBundle(lying, bundleOf(lying.caps));
    expect(failureOf(outcome)).toMatchObject({ code: 'ir/bad-receipt', at: 5 });
    expect(outcome.kind === 'failed' && outcome.error.message).toContain('the bytes are not chunk 0 of');
  });

  it('a blob that the receipt of its storing does not name', async () => {
    const world = irWorld({ spoil: { put: (answer) => ({ ...answer, ref: { ...answer.ref, size: 1n } }) } });
    expect(failureOf((await runBundle(world, firstBuild(world.caps))).outcome)).toMatchObject({
      code: 'ir/bad-receipt',
      at: 6,
    });
  });

  it('a tool that answers that it failed ends the task; its receipt stays in the trace', async () => {
    const world = irWorld({ respond: () => ({ status: 503, error: 'later' }) });
    const { outcome, trace } = await runBundle(world, firstBuild(world.caps));
    expect(failureOf(outcome)).toMatchObject({ code: 'ir/tool-failed', at: 3, data: { status: 503, error: 'later' } });
    expect(trace.receipts.map(({ status }) => status)).toEqual([503]);
    expect(trace.steps.at(-1)).toMatchObject({ op: 3, receipt_id: trace.receipts[0]?.receipt_id });
  });

  it('a response without a body is null', async () => {
    const world = irWorld({ respond: () => ({ status: 200 }) });
    const { outcome } = await runBundle(world, firstBuild(world.caps));
    expect(outcome.kind === 'returned' && valueJson(outcome.value)).toBe(null);
  });
});
