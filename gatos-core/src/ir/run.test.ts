/** Running tasks: what comes out, what the trace says, and every way in which a task ends early. */
import { describe, expect, it } from 'vitest';
import { steppingClock } from '../../testing/clock.js';
import { calling, failureOf, runBundle } from '../../testing/ir-runs.js';
import {
  digestOf,
  ECHO,
  firstBuild,
  irBundle,
  irWorld,
  PLENTY,
  programOf,
  STORE,
  TASK_ID,
} from '../../testing/ir-world.js';
import { formatHex } from '../codec/index.js';
import { bytesEqual, utf8 } from '../kernel/index.js';
import { type Budget, TRACE_OUTCOME } from '../mythos/index.js';
import { type BundleBuilder, decodeTrace, encodeTrace, reg, runTask, valueJson } from './index.js';

describe('a task', () => {
  it('runs pure operations, one effect, a blob and a chunk of it', async () => {
    const world = irWorld();
    const { outcome, trace, spent } = await runBundle(world, firstBuild(world.caps));
    expect(outcome.kind === 'returned' && valueJson(outcome.value)).toBe('hello');
    expect(trace.steps.map(({ op }) => op)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(trace.receipts.length).toBe(3);
    expect(trace.steps.flatMap(({ receipt_id }) => (receipt_id === undefined ? [] : [formatHex(receipt_id)]))).toEqual(
      trace.receipts.map(({ receipt_id }) => formatHex(receipt_id)),
    );
    expect(spent).toEqual({ cpu_us: 456n, io_count: 3, state_writes: 2 });
    expect(world.invocations()).toBe(1);
  });

  it('has the same trace again, and no second invocation: the key of its effect is the same', async () => {
    const world = irWorld();
    const bundle = firstBuild(world.caps);
    const [first, second] = [await runBundle(world, bundle), await runBundle(world, bundle)];
    expect(formatHex(encodeTrace(second.trace))).toBe(formatHex(encodeTrace(first.trace)));
    expect(world.invocations()).toBe(1);
    const elsewhere = await runBundle(irWorld(), bundle);
    expect(formatHex(encodeTrace(elsewhere.trace))).toBe(formatHex(encodeTrace(first.trace)));
  });

  it('with another id, another budget or in another bundle asks with other keys', async () => {
    const world = irWorld();
    const keys = new Set<string>();
    const task = (id: Uint8Array, budget: Budget = PLENTY) => ({ id, budget });
    for (const [{ id, budget }, note] of [
      [task(TASK_ID), 'NOP'],
      [task(digestOf('other')), 'NOP'],
      [task(TASK_ID, { ...PLENTY, io_count: 3 }), 'NOP'],
    ] as const) {
      const bundle = irBundle((builder) => {
        calling(builder, world.caps.tool).op(note).op('HALT');
      });
      const [first] = bundle.tasks.tasks;
      const changed = {
        ...bundle,
        tasks: { tasks: [{ ...(first as NonNullable<typeof first>), task_id: id, budget }] },
      };
      const { trace } = await runBundle(world, changed);
      for (const { idempotency_key } of trace.receipts) keys.add(formatHex(idempotency_key));
    }
    expect(keys.size).toBe(3);
  });

  it('halts without a result, and does nothing that stands behind the end', async () => {
    const world = irWorld();
    const bundle = irBundle((builder) => {
      calling(builder.op('HALT'), world.caps.tool).op('RET', reg(1));
    });
    const { outcome, trace } = await runBundle(world, bundle);
    expect(outcome).toEqual({ kind: 'halted' });
    expect(trace.outcome).toBe(TRACE_OUTCOME.halted);
    expect(trace.steps.length).toBe(1);
    expect(world.asked()).toBe(0);
  });

  it.each([
    ['text', (b: BundleBuilder) => b.text('å'), 'å'],
    ['a number', (b: BundleBuilder) => b.unsigned(2n ** 64n - 1n), '18446744073709551615'],
    ['a signed number', (b: BundleBuilder) => b.signed(-7n), -7],
    ['bytes', (b: BundleBuilder) => b.bytes(utf8('a')), { bytes: '61' }],
    ['a digest', (b: BundleBuilder) => b.digest(TASK_ID), formatHex(TASK_ID)],
  ])('returns a constant: %s', async (_, constant, json) => {
    const bundle = irBundle((builder) => {
      builder.op('CONST', reg(9), constant(builder)).op('RET', reg(9));
    });
    const { outcome, trace } = await runBundle(irWorld(), bundle);
    expect(outcome.kind === 'returned' && valueJson(outcome.value)).toEqual(json);
    expect(decodeTrace(encodeTrace(trace))).toEqual(trace);
  });

  it('takes its arguments in the first registers; a node is asked about by the names of its type', async () => {
    const world = irWorld();
    const bundle = irBundle((builder) => {
      builder
        .op('REQUIRE_CAP', builder.digest(world.caps.tool))
        .op('EFFECT', builder.tool(ECHO), reg(1), reg(2), reg(3))
        .op('RET', reg(2));
      builder.blobMeta({ media: 'text/plain', namespace: 'n', chunkSize: 5 });
    });
    const [task] = bundle.tasks.tasks;
    const args = [
      { kind: 4, u64: 9n },
      { kind: 3, node_ref: 0 },
    ];
    const withArgs = { ...bundle, tasks: { tasks: [{ ...(task as NonNullable<typeof task>), args }] } };
    const { outcome } = await runBundle(world, withArgs);
    expect(outcome.kind === 'returned' && valueJson(outcome.value)).toEqual({
      media: 'text/plain',
      namespace: 'n',
      chunk_size: 5,
    });
  });

  it('a blob without bytes has no chunks, and its bytes are checked against its cid', async () => {
    const world = irWorld();
    const bundle = (index: bigint) =>
      irBundle((b) => {
        b.op('CONST', reg(0), b.bytes(new Uint8Array()))
          .op('REQUIRE_CAP', b.digest(world.caps.write))
          .op('REQUIRE_CAP', b.digest(world.caps.read))
          .op('BLOB_PUT', reg(0), b.blobMeta({ media: 'a/b', namespace: 'n' }), reg(1), reg(2))
          .op('CONST', reg(3), b.unsigned(index))
          .op('BLOB_CHUNK_GET', reg(1), reg(3), reg(4), reg(5))
          .op('RET', reg(4));
      });
    expect((await runBundle(world, bundle(0n))).outcome.kind).toBe('returned');
    expect(failureOf((await runBundle(world, bundle(1n))).outcome)).toMatchObject({ code: 'ir/bad-receipt', at: 5 });
    expect(failureOf((await runBundle(world, bundle(2n ** 60n))).outcome)).toMatchObject({
      code: 'ir/bad-value',
      at: 5,
    });
  });
});

describe('a budget that is used up ends the task, and nothing beyond it is done', () => {
  const exhausted = async (budget: Budget, options = {}) => {
    const world = irWorld(options);
    const { outcome, trace } = await runBundle(world, firstBuild(world.caps, budget));
    expect(trace.outcome).toBe(TRACE_OUTCOME.failed);
    return { ...failureOf(outcome), trace, asked: world.asked() };
  };

  it.each([
    ['cpu_us', { ...PLENTY, cpu_us: 0n }, 0, 0],
    ['cpu_us', { ...PLENTY, cpu_us: 151n }, 3, 0],
    ['cpu_us', { ...PLENTY, cpu_us: 303n }, 6, 1],
    ['io_count', { ...PLENTY, io_count: 0 }, 3, 0],
    ['io_count', { ...PLENTY, io_count: 2 }, 9, 2],
    ['state_writes', { ...PLENTY, state_writes: 0 }, 3, 0],
    ['state_writes', { ...PLENTY, state_writes: 1 }, 6, 1],
  ])('%s', async (budget, limits, at, asked) => {
    const failed = await exhausted(limits);
    expect(failed).toMatchObject({ code: 'ir/budget', at, asked, data: { budget } });
    expect(failed.trace.failure).toEqual({ code: 'ir/budget', op: at, budget });
    expect(failed.trace.steps.length).toBe(at);
  });

  it('the weight of the bytes that are stored counts before they are stored', async () => {
    const world = irWorld();
    const bundle = (cpu_us: bigint) =>
      irBundle(
        (b) => {
          b.op('CONST', reg(0), b.bytes(new Uint8Array(100_000)))
            .op('REQUIRE_CAP', b.digest(world.caps.write))
            .op('BLOB_PUT', reg(0), b.blobMeta({ media: 'a/b', namespace: 'n' }), reg(1), reg(2))
            .op('HALT');
        },
        { ...PLENTY, cpu_us },
      );
    expect(failureOf((await runBundle(world, bundle(151n + 97n))).outcome)).toMatchObject({ code: 'ir/budget', at: 2 });
    expect(world.asked()).toBe(0);
    expect((await runBundle(world, bundle(151n + 98n + 1n))).outcome.kind).toBe('halted');
  });

  it('deadline_us: by the clock, before each operation', async () => {
    const clock = steppingClock({ start: 1000, step: 10 });
    const failed = await exhausted({ ...PLENTY, deadline_us: 40n }, { clock });
    expect(failed).toMatchObject({
      code: 'ir/budget',
      at: 4,
      data: { budget: 'deadline_us', limit: '40', spent: '50' },
    });
    const still = await exhausted({ ...PLENTY, io_count: 0, deadline_us: 0n });
    expect(still.data).toMatchObject({ budget: 'io_count' });
  });

  it('an effect is told until when its answer counts', async () => {
    const told: (number | undefined)[] = [];
    const respond = ({ deadline, body }: { deadline?: number | undefined; body: Uint8Array }) => {
      told.push(deadline);
      return { status: 200, body };
    };
    for (const deadline_us of [undefined, 500n]) {
      const world = irWorld({ clock: { now: () => 2_000 }, respond });
      await runBundle(world, firstBuild(world.caps, { ...PLENTY, deadline_us }));
    }
    expect(told).toEqual([undefined, 2_500]);
  });

  it('what a port throws after the deadline is that the deadline has passed', async () => {
    const clock = { time: 1000, now: () => clock.time };
    const respond = () => {
      clock.time += 500;
      throw new TypeError('it took too long');
    };
    const world = irWorld({ clock, respond });
    const { outcome } = await runBundle(world, firstBuild(world.caps, { ...PLENTY, deadline_us: 499n }));
    expect(failureOf(outcome)).toMatchObject({ code: 'ir/budget', at: 3, data: { budget: 'deadline_us' } });
    expect(outcome.kind === 'failed' && outcome.error.cause).toBeInstanceOf(TypeError);
    const patient = irWorld({ clock, respond });
    await expect(runBundle(patient, firstBuild(patient.caps, { ...PLENTY, deadline_us: 500n }))).rejects.toThrow(
      'too long',
    );
  });

  it('a clock that goes backwards gives no more time than there is', async () => {
    const clock = steppingClock({ start: 1_000_000, step: -10 });
    const world = irWorld({ clock });
    const { outcome } = await runBundle(world, firstBuild(world.caps, { ...PLENTY, deadline_us: 5n }));
    expect(outcome.kind).toBe('returned');
  });
});

describe('which task', () => {
  const two = () =>
    irBundle((builder) => {
      builder.op('HALT').task({ id: digestOf('other'), budget: PLENTY });
    });

  it('has to be said where there are several, and be there', async () => {
    const { ports } = irWorld();
    const program = programOf(two());
    await expect(runTask({ program, ports })).rejects.toMatchObject({ code: 'ir/which-task' });
    await expect(runTask({ program, ports, task: digestOf('none') })).rejects.toMatchObject({ code: 'ir/no-task' });
    const { trace } = await runTask({ program, ports, task: TASK_ID });
    expect(bytesEqual(trace.task_id, TASK_ID)).toBe(true);
  });

  it('a writing tool counts as a write, a reading one does not', async () => {
    const world = irWorld();
    const budget = { ...PLENTY, state_writes: 0 };
    const bundle = (tool: typeof ECHO) =>
      irBundle((builder) => {
        calling(builder, world.caps.tool, tool).op('HALT');
      }, budget);
    expect((await runBundle(world, bundle(ECHO))).outcome.kind).toBe('halted');
    expect(failureOf((await runBundle(world, bundle(STORE))).outcome)).toMatchObject({
      data: { budget: 'state_writes' },
    });
  });

  it('stops between operations when it is told to', async () => {
    const { ports, caps } = irWorld();
    const signal = {
      aborted: true,
      throwIfAborted: () => {
        throw new Error('stopped');
      },
    };
    await expect(runTask({ program: programOf(firstBuild(caps)), ports, signal })).rejects.toThrow('stopped');
  });
});
