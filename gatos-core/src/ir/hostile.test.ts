/** Bundles that are made to cost more than they count, or to count less than they do. Before each was bounded, these tests did not end. */
import { describe, expect, it } from 'vitest';
import { digestOf, ECHO, irBundle, irWorld, PLENTY, programOf, STORE } from '../../testing/ir-world.js';
import { LIMITS } from '../kernel/index.js';
import { type Node, structId, TYPE_DEF, type TypeDef } from '../mythos/index.js';
import { checkBundle, disassemble, OPERATIONS, reg, runTask } from './index.js';

const MANY = 30_000;

function typeOf(fields: TypeDef['fields']): TypeDef {
  const draft: TypeDef = { type_id: new Uint8Array(32), kind: 1, fields };
  return { ...draft, type_id: structId(TYPE_DEF, draft) };
}

describe('work that follows from a bundle', () => {
  it('is not that of its nodes times the fields of their type', () => {
    const type = typeOf(
      Array.from({ length: MANY }, (_, i) => ({
        field_id: i,
        name: `f${i}`,
        field_type_id: digestOf('any'),
        required: false,
      })),
    );
    const empty: Node = { type_id: type.type_id, kind: 1, fields: {} };
    const bundle = irBundle((b) => {
      b.op('HALT');
    });
    const bomb = { ...bundle, types: { types: [type] }, node_pool: { nodes: new Array<Node>(MANY).fill(empty) } };
    expect(checkBundle(bomb).faults).toEqual([]);
  });

  it('is not that of its operations times the bytes of a constant', async () => {
    const world = irWorld();
    const bundle = irBundle(
      (b) => {
        const large = b.text('x'.repeat(4 * 1024 * 1024));
        for (let i = 0; i < MANY; i++) b.op('CONST', reg(0), large);
        b.op('RET', reg(0));
      },
      { ...PLENTY, cpu_us: 10_000_000n },
    );
    const { outcome, spent } = await runTask({ program: programOf(bundle), ports: world.ports });
    expect(outcome.kind).toBe('returned');
    expect(spent.cpu_us).toBe(BigInt(MANY + 1));
  });
});

describe('memory', () => {
  it('is counted by register, also where one constant is in many: what goes beyond ends the task', async () => {
    const world = irWorld();
    const bytes = 4 * 1024 * 1024;
    const most = Math.floor(LIMITS.irMemoryBytes / (bytes + 64));
    const filling = (registers: number) =>
      irBundle((b) => {
        const large = b.text('x'.repeat(bytes));
        for (let i = 0; i < registers; i++) b.op('CONST', reg(i), large);
        b.op('HALT');
      });
    const outcomeOf = async (registers: number) =>
      (await runTask({ program: programOf(filling(registers)), ports: world.ports })).outcome;
    expect((await outcomeOf(most)).kind).toBe('halted');
    expect(await outcomeOf(most + 1)).toMatchObject({ kind: 'failed', at: most, error: { code: 'ir/memory' } });
  });
});

describe('a listing', () => {
  it('looks at a constant once, however many operations refer to it', () => {
    const bundle = irBundle((b) => {
      const large = b.text('y'.repeat(4 * 1024 * 1024));
      for (let i = 0; i < MANY; i++) b.op('CONST', reg(0), large);
    });
    const listed = disassemble(bundle);
    expect(listed).toHaveLength(MANY);
    expect(listed.at(-1)?.notes).toEqual([`c0 is text "${'y'.repeat(59)}…`]);
  });
});

describe('a tool that says of itself that it only reads', () => {
  const bundleOf = (effect: typeof ECHO.effect) => {
    const { caps } = irWorld();
    return irBundle((b) => {
      b.op('CONST', reg(0), b.text('x')).op('REQUIRE_CAP', b.digest(caps.tool));
      b.op('EFFECT', b.tool({ ...STORE, effect }), reg(0), reg(1), reg(2)).op('RET', reg(1));
    });
  };
  const writes = (effect: typeof ECHO.effect): boolean | undefined => {
    const { program, faults } = checkBundle(bundleOf(effect), { toolIds: 'as-stated' });
    expect(faults).toEqual([]);
    const { args } = program?.instructions.find(({ row }) => row.name === 'EFFECT') ?? {};
    return OPERATIONS.get(0x31)?.effect?.writes(args ?? {});
  };

  it('is believed where its id follows from that', () => {
    expect(writes(STORE.effect)).toBe(true);
    expect(checkBundle(bundleOf(ECHO.effect)).faults.map(({ code }) => code)).toEqual(['ir/bad-table']);
  });

  it('counts as one that writes where the id is merely stated', () => {
    expect(writes(ECHO.effect)).toBe(true);
  });
});
