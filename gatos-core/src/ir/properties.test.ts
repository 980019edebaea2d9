/** Whatever a bundle asks for: it is refused before anything of it runs, or it ends within its budget, with one trace. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, ECHO, irBundle, irWorld, PLENTY, STORE } from '../../testing/ir-world.js';
import { formatHex } from '../codec/index.js';
import { isGatosError } from '../kernel/index.js';
import { type Budget, decodeStruct, encodeStruct, IR_BUNDLE, type IrBundle, OPCODE, type Op } from '../mythos/index.js';
import { type BundleBuilder, checkBundle, decodeTrace, encodeTrace, reg, runTask, type TaskRun } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 400);

const { caps } = irWorld();
const CAPS = [...Object.values(caps), digestOf('no such capability')];

const register = fc.integer({ min: 0, max: 5 });
const word = fc.string({ maxLength: 200 });

type Add = (builder: BundleBuilder) => unknown;

/** Operations that fit one another by chance: few registers, few kinds of values. */
const add: fc.Arbitrary<Add> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Add>((b) => b.op('NOP')) },
  {
    weight: 4,
    arbitrary: fc.tuple(register, word).map(
      ([r, text]): Add =>
        (b) =>
          b.op('CONST', reg(r), b.text(text.toWellFormed())),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(register, fc.bigInt({ min: 0n, max: 9n })).map(
      ([r, index]): Add =>
        (b) =>
          b.op('CONST', reg(r), b.unsigned(index)),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(...CAPS).map(
      (cap): Add =>
        (b) =>
          b.op('REQUIRE_CAP', b.digest(cap)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(ECHO, STORE), register, register, register).map(
      ([tool, a, o, r]): Add =>
        (b) =>
          b.op('EFFECT', b.tool(tool), reg(a), reg(o), reg(r)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(register, register, register).map(
      ([a, o, r]): Add =>
        (b) =>
          b.op('BLOB_PUT', reg(a), b.blobMeta({ media: 'text/plain', namespace: 'n' }), reg(o), reg(r)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(register, register, register, register).map(
      ([a, i, o, r]): Add =>
        (b) =>
          b.op('BLOB_CHUNK_GET', reg(a), reg(i), reg(o), reg(r)),
    ),
  },
  {
    weight: 1,
    arbitrary: register.map(
      (r): Add =>
        (b) =>
          b.op('RET', reg(r)),
    ),
  },
);

const scarce: fc.Arbitrary<Budget> = fc.record({
  cpu_us: fc.bigInt({ min: 0n, max: 2000n }),
  io_count: fc.integer({ min: 0, max: 5 }),
  state_writes: fc.integer({ min: 0, max: 5 }),
});
const budget: fc.Arbitrary<Budget> = fc.oneof(fc.constant(PLENTY), scarce, scarce);

/** The three capabilities first in two of three bundles, so that effects are reached. */
const bundles: fc.Arbitrary<IrBundle> = fc
  .tuple(fc.nat(2), fc.array(add, { maxLength: 8 }), budget)
  .map(([ready, adds, limits]) =>
    irBundle((builder) => {
      if (ready > 0) {
        for (const cap of [caps.tool, caps.write, caps.read]) builder.op('REQUIRE_CAP', builder.digest(cap));
        for (let r = 0; r < 3; r++) builder.op('CONST', reg(r), builder.text(`start ${r}`));
      }
      for (const one of adds) one(builder);
      builder.op('HALT');
    }, limits),
  );

/** One operation of a bundle with another code, or an operand put in, left out, or changed. */
const broken: fc.Arbitrary<IrBundle> = fc
  .tuple(bundles, fc.nat(), fc.nat(), fc.constantFrom(...Object.values(OPCODE), 0, 0xff), fc.nat(3))
  .map(([bundle, which, where, opcode, how]) => {
    const ops = [...bundle.ops.ops];
    const at = which % ops.length;
    const op = ops[at] as Op;
    const operands = [...op.operands];
    if (how === 1) operands.splice(where % (operands.length + 1), 1);
    else if (how === 2) operands.push({ kind: (where % 8) as 1, u64: BigInt(where) });
    else if (how === 3 && operands.length > 0) operands[where % operands.length] = { kind: 2, const_ref: where % 9 };
    ops[at] = how === 0 ? { opcode, operands } : { ...op, operands };
    return { ...bundle, ops: { ops } };
  });

async function ran(bundle: IrBundle): Promise<{ readonly run: TaskRun; readonly asked: number } | undefined> {
  const { program, faults } = checkBundle(bundle);
  expect(program === undefined).toBe(faults.length > 0);
  expect(faults.every((fault) => isGatosError(fault) && fault.code.startsWith('ir/'))).toBe(true);
  if (program === undefined) return undefined;
  const world = irWorld();
  return { run: await runTask({ program, ports: world.ports }), asked: world.asked() };
}

function checkRun(
  { run, asked }: NonNullable<Awaited<ReturnType<typeof ran>>>,
  limits: Budget,
  bundle: IrBundle,
): void {
  const { trace, spent, outcome } = run;
  expect(spent.cpu_us).toBeLessThanOrEqual(limits.cpu_us);
  expect(spent.io_count).toBeLessThanOrEqual(limits.io_count);
  expect(spent.state_writes).toBeLessThanOrEqual(limits.state_writes);
  // An effect is counted before it is asked for, and no effect is asked for that is not counted.
  expect(asked).toBe(spent.io_count);
  expect(trace.receipts.length).toBeLessThanOrEqual(asked);
  if (outcome.kind !== 'failed') expect(trace.receipts.length).toBe(asked);
  expect(trace.steps.map(({ op }) => op)).toEqual(trace.steps.map((_, i) => i));
  for (const { op, opcode } of trace.steps) expect(bundle.ops.ops[op]?.opcode).toBe(opcode);
  const bytes = encodeTrace(trace);
  expect(formatHex(encodeTrace(decodeTrace(bytes)))).toBe(formatHex(bytes));
}

describe(`bundles at random (seed ${SEED}, ${RUNS} runs)`, () => {
  it.each([
    ['made to fit', bundles, 0.04],
    ['with one operation broken', broken, 0.008],
  ])('%s: refused, or done within the budget, with one trace', async (_, arbitrary, fewest) => {
    const tally = { refused: 0, failed: 0, done: 0 };
    await fc.assert(
      fc.asyncProperty(arbitrary, async (bundle) => {
        const first = await ran(bundle);
        if (first === undefined) {
          tally.refused += 1;
          return;
        }
        const limits = bundle.tasks.tasks[0]?.budget as Budget;
        checkRun(first, limits, bundle);
        const again = await ran(decodeStruct(IR_BUNDLE, encodeStruct(IR_BUNDLE, bundle)));
        expect(again && formatHex(encodeTrace(again.run.trace))).toBe(formatHex(encodeTrace(first.run.trace)));
        tally[first.run.outcome.kind === 'failed' ? 'failed' : 'done'] += 1;
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // Each of the three happens often enough to mean something.
    for (const count of Object.values(tally)) expect(count).toBeGreaterThan(RUNS * fewest);
  });

  it('the bytes of a constant decide the trace: another word, another trace', async () => {
    const bundle = (text: string) =>
      irBundle((b) => {
        b.op('CONST', reg(0), b.text(text)).op('RET', reg(0));
      });
    const traces = await Promise.all(['a', 'b'].map(async (text) => (await ran(bundle(text)))?.run.trace));
    const [a, b] = traces.map((trace) => trace && formatHex(encodeTrace({ ...trace, bundle: digestOf('one') })));
    expect(a).not.toBe(b);
  });
});
