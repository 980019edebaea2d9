/** What the static check refuses of the tables of a bundle: constants, nodes, types, tools, tasks. */
import { describe, expect, it } from 'vitest';
import { digestOf, firstBuild, irBundle, irWorld, PLENTY, TASK_ID } from '../../testing/ir-world.js';
import { LIMITS } from '../kernel/index.js';
import {
  type Const,
  decodeStruct,
  encodeStruct,
  IR_BUNDLE,
  IR_BUNDLE_OF_PACK,
  type IrBundle,
  type Node,
  type Operand,
  structId,
  TYPE_DEF,
  type TypeDef,
} from '../mythos/index.js';
import { BLOB_META_TYPE, type CheckOptions, checkBundle, reg } from './index.js';

const { caps } = irWorld();
const PUT_META = { media: 'text/plain', namespace: 'n' };

const codesOf = (bundle: IrBundle, options?: CheckOptions): readonly string[] => {
  const { program, faults } = checkBundle(bundle, options);
  expect(program === undefined).toBe(faults.length > 0);
  return faults.map(({ code, message }) => `${code}: ${message}`);
};

describe('constants', () => {
  const withConst = (constant: Const) => codesOf({ ...firstBuild(caps), const_pool: { consts: [constant] } });

  it.each([
    ['a kind that is none', { kind: 7 }, 'has the kind 7'],
    ['kind zero', { kind: 0 }, 'has the kind 0'],
    ['without its value', { kind: 4 }, 'is text and has no `text`'],
    ['with the value of another', { kind: 4, bytes: TASK_ID }, 'is text and has `bytes`'],
    ['with two values', { kind: 1, i64: 1n, u64: 1n }, 'is i64 and has `u64`'],
  ])('%s', (_, constant, why) => {
    expect(withConst(constant)[0]).toBe(
      `ir/bad-constant: constant 0 ${why}${why.includes('kind') ? ', which no constant has' : ''}`,
    );
  });

  it('text under the numbers of the pack is bytes by those of the specification, and the other way round', () => {
    const bundle = irBundle((b) => {
      b.op('CONST', reg(0), b.text('hello')).op('RET', reg(0));
    });
    expect(() => decodeStruct(IR_BUNDLE, encodeStruct(IR_BUNDLE_OF_PACK, bundle))).toThrow(
      expect.objectContaining({ code: 'mythos/malformed' }),
    );
  });
});

describe('nodes', () => {
  const [metaNode] = irBundle((b) => void b.blobMeta(PUT_META)).node_pool.nodes;
  const base = irBundle((b) => {
    b.blobMeta(PUT_META);
    b.op('HALT');
  });
  const withNodes = (nodes: readonly Node[], types: readonly TypeDef[] = [BLOB_META_TYPE]) =>
    codesOf({ ...base, node_pool: { nodes }, types: { types } });
  const list = (...items: readonly Operand[]): Node => ({ type_id: TASK_ID, kind: 2, items });
  const ref = (node_ref: number): Operand => ({ kind: 3, node_ref });
  const node = metaNode as Node;

  it('hold when they are what their type says', () => {
    expect(withNodes([node])).toEqual([]);
    expect(withNodes([list(ref(1), { kind: 5, i64: -1n }), node])).toEqual([]);
  });

  it.each([
    ['of a type that is not listed', { ...node, type_id: TASK_ID }, 'which is not listed'],
    ['without a field that is required', { ...node, fields: { 1: { kind: 2, const_ref: 0 } } }, 'has no field 2'],
    ['with a field that its type does not have', { ...node, fields: { ...node.fields, 9: ref(0) } }, 'has a field 9'],
    ['a record without fields', { type_id: node.type_id, kind: 1 }, 'neither a record'],
    ['a record with items', { ...node, items: [] }, 'neither a record'],
    ['a list with fields', { ...node, kind: 2, items: [] }, 'neither a record'],
    ['of a kind that is none', { ...node, kind: 3 }, 'neither a record'],
    ['that refers to a register', list(reg(0)), 'refers to a register'],
    ['that refers to a constant beyond the last', list({ kind: 2, const_ref: 9 }), 'refers to constant 9'],
    ['that refers to a node beyond the last', list(ref(7)), 'refers to node 7; there are 1'],
    ['that contains itself', list(ref(0)), 'contains itself'],
  ] as readonly (readonly [string, Node, string])[])('%s', (_, wrong, why) => {
    const [fault = ''] = withNodes([wrong]);
    expect(fault).toMatch(/^ir\/bad-node: node 0 /);
    expect(fault).toContain(why);
  });

  it('of a type that is an enum, or without names where names are asked for', () => {
    const draft: TypeDef = { type_id: TASK_ID, kind: 2, enum_tags: ['a'] };
    const type = { ...draft, type_id: structId(TYPE_DEF, draft) };
    expect(withNodes([{ type_id: type.type_id, kind: 1, fields: {} }], [type])[0]).toContain('its type is none');
    const nameless: TypeDef = {
      ...BLOB_META_TYPE,
      fields: (BLOB_META_TYPE.fields ?? []).map(({ name: _, ...field }) => field),
    };
    const [task] = base.tasks.tasks;
    const args = { tasks: [{ ...(task as NonNullable<typeof task>), args: [ref(0)] }] };
    expect(codesOf({ ...base, types: { types: [nameless] }, tasks: args })[0]).toContain('whose field 1 has no name');
    const doubled: TypeDef = {
      ...BLOB_META_TYPE,
      fields: (BLOB_META_TYPE.fields ?? []).map((field) => ({ ...field, name: 'same' })),
    };
    expect(codesOf({ ...base, types: { types: [doubled] }, tasks: args })[0]).toContain('have one name');
  });

  it('in a circle of several, and nested too deep, without end or stack', () => {
    expect(
      withNodes([list(ref(1)), list(ref(2)), list(ref(0))]).every((fault) => fault.startsWith('ir/bad-node')),
    ).toBe(true);
    const chain = Array.from({ length: 20_000 }, (_, i) => (i === 19_999 ? list() : list(ref(i + 1))));
    expect(withNodes(chain)[0]).toContain(`is nested deeper than ${LIMITS.depth}`);
    expect(withNodes([...chain].reverse().map((_, i) => (i === 0 ? list() : list(ref(i - 1)))))[0]).toContain(
      'nested deeper',
    );
  });

  it('that stand for a thousand million values by sharing', () => {
    const bomb = Array.from({ length: 40 }, (_, i) => (i === 0 ? list() : list(ref(i - 1), ref(i - 1))));
    expect(withNodes(bomb)[0]).toBe(`ir/bad-node: node 16 stands for more than ${LIMITS.irNodeValues} values`);
  });

  it('that BLOB_PUT cannot take', () => {
    const put = (change: (bundle: IrBundle) => IrBundle, fields: Readonly<Record<string, Operand>> = {}) => {
      const bundle = irBundle((b) => {
        b.op('CONST', reg(0), b.text('x')).op('REQUIRE_CAP', b.digest(caps.write));
        const meta = { 1: b.text('a/b'), 2: b.text('n'), ...fields };
        b.op('BLOB_PUT', reg(0), b.node(BLOB_META_TYPE, meta), reg(1), reg(2)).op('HALT');
      });
      return codesOf(change(bundle))[0];
    };
    const same = (bundle: IrBundle) => bundle;
    expect(put(same)).toBe(undefined);
    expect(put(same, { 1: { kind: 4, u64: 1n } })).toContain('media and namespace have to be text');
    for (const u64 of [0n, 2n ** 60n]) expect(put(same, { 3: { kind: 4, u64 } })).toContain('chunk_size is no size');
    expect(put((bundle) => ({ ...bundle, node_pool: { nodes: [list()] } }))).toContain('(BlobMeta)');
    expect(put((bundle) => ({ ...bundle, node_pool: { nodes: [] } }))).toContain('refers to node 0; there are 0');
  });
});

describe('tables', () => {
  const bundle = firstBuild(caps);
  const [tool] = bundle.tools.tools;
  const named = tool as NonNullable<typeof tool>;

  it('an id that is not that of its entry; names do not matter', () => {
    const stated = { ...named, tool_id: digestOf('tool:echo') };
    expect(codesOf({ ...bundle, tools: { tools: [named, stated] } })[0]).toMatch(
      /^ir\/bad-table: entry 1 of the tools states/,
    );
    expect(codesOf({ ...bundle, tools: { tools: [named, stated] } }, { toolIds: 'as-stated' })).toEqual([]);
    expect(codesOf({ ...bundle, tools: { tools: [{ ...named, name: 'other' }] } })).toEqual([]);
    const type = { ...BLOB_META_TYPE, kind: 2 };
    expect(codesOf({ ...bundle, types: { types: [BLOB_META_TYPE, type] } })[0]).toContain('entry 1 of the types');
    const contract = { contract_id: TASK_ID, requires_expr: { op: 1 }, ensures_expr: { op: 1 } };
    expect(codesOf({ ...bundle, contracts: { contracts: [contract] } })[0]).toContain('entry 0 of the contracts');
  });

  it('an id twice', () => {
    expect(codesOf({ ...bundle, tools: { tools: [named, named] } })[0]).toContain(
      'entry 1 of the tools has the id of entry 0',
    );
    const [task] = bundle.tasks.tasks;
    const tasks = [task, task] as IrBundle['tasks']['tasks'];
    expect(codesOf({ ...bundle, tasks: { tasks } })[0]).toContain('entry 1 of the tasks has the id of entry 0');
  });

  it('a type with two fields of one number', () => {
    const [field] = BLOB_META_TYPE.fields ?? [];
    const draft = { type_id: TASK_ID, kind: 1, fields: [field, field] } as TypeDef;
    const type = { ...draft, type_id: structId(TYPE_DEF, draft) };
    expect(codesOf({ ...bundle, types: { types: [BLOB_META_TYPE, type] } })[0]).toContain('two fields of one number');
  });

  const CONTRACT = { contract_id: TASK_ID, requires_expr: { op: 1 }, ensures_expr: { op: 1 } };
  it.each([
    ['constants', 'const_pool', { consts: bundle.const_pool.consts }],
    ['nodes', 'node_pool', { nodes: bundle.node_pool.nodes }],
    ['types', 'types', { types: bundle.types.types }],
    ['symbols', 'symbols', { symbols: bundle.symbols.symbols }],
    ['contracts', 'contracts', { contracts: [CONTRACT] }],
    ['tools', 'tools', { tools: bundle.tools.tools }],
    ['operations', 'ops', { ops: bundle.ops.ops }],
    ['tasks', 'tasks', { tasks: bundle.tasks.tasks }],
  ])('too many %s', (what, part, table) => {
    const [[name, entries] = ['', []]] = Object.entries(table as Record<string, readonly unknown[]>);
    const many = Array.from({ length: LIMITS.irItems + 1 }, () => entries[0]);
    const faults = codesOf({ ...bundle, [part]: { [name]: many } });
    expect(faults).toEqual([`ir/too-many: the bundle has 65537 ${what}, the limit is 65536`]);
  });
});

describe('tasks', () => {
  const bundle = irBundle((b) => void b.op('HALT'));
  const [given] = bundle.tasks.tasks;
  const task = given as NonNullable<typeof given>;
  const withTask = (change: Partial<typeof task>, options?: CheckOptions) =>
    codesOf({ ...bundle, tasks: { tasks: [{ ...task, ...change }] } }, options);

  it('that start at a symbol which is not listed, unless it is said that they start with the first operation', () => {
    const entry = { entry_symbol: digestOf('main') };
    expect(withTask(entry)[0]).toMatch(/^ir\/no-entry/);
    expect(withTask(entry, { entry: 'start' })).toEqual([]);
    expect(codesOf({ ...bundle, symbols: { symbols: [] } })[0]).toMatch(/^ir\/no-entry/);
  });

  it('in a bundle of two symbols, since nothing says where the second one starts', () => {
    const [symbol] = bundle.symbols.symbols;
    const other = { ...(symbol as NonNullable<typeof symbol>), module_id: TASK_ID };
    const symbols = [...bundle.symbols.symbols, other];
    expect(codesOf({ ...bundle, symbols: { symbols } })[0]).toMatch(/^ir\/unsupported: a bundle with 2 symbols/);
    expect(codesOf({ ...bundle, symbols: { symbols } }, { entry: 'start' })).toEqual([]);
  });

  it('that want an attestation', () => {
    expect(withTask({ emit_attestation: true })[0]).toMatch(/^ir\/unsupported: an attestation/);
  });

  it('that have a budget of tokens, where a tool is called', () => {
    const budget = { ...PLENTY, tokens: 5n };
    expect(withTask({ budget })).toEqual([]);
    expect(codesOf(firstBuild(caps, budget))[0]).toMatch(/^ir\/unsupported: a budget of tokens/);
  });

  it.each([
    ['a register', reg(0), 'refers to a register'],
    ['a constant beyond the last', { kind: 2, const_ref: 0 }, 'refers to constant 0; there are 0'],
    ['a node beyond the last', { kind: 3, node_ref: 1 }, 'refers to node 1'],
    ['nothing', { kind: 6 }, 'has no `hash`'],
  ] as readonly (readonly [string, Operand, string])[])('with %s as an argument', (_, operand, why) => {
    expect(withTask({ args: [operand] })[0]).toContain(why);
  });

  it('with more arguments than there are registers', () => {
    const args = Array.from({ length: LIMITS.irRegisters + 1 }, (): Operand => ({ kind: 4, u64: 0n }));
    expect(withTask({ args })[0]).toContain('there are 257, and 256 registers');
    expect(withTask({ args: args.slice(1) })).toEqual([]);
  });

  it('operations read those arguments alone that every task has with one type', () => {
    const reads = irBundle((b) => void b.op('RET', reg(0)));
    const [first] = reads.tasks.tasks;
    const tasks = (...args: readonly (readonly Operand[])[]) => ({
      tasks: args.map((list, i) => ({ ...(first as typeof task), task_id: digestOf(String(i)), args: list })),
    });
    const [number, signed]: readonly Operand[] = [
      { kind: 4, u64: 1n },
      { kind: 5, i64: 1n },
    ];
    const given = (...args: readonly (readonly (Operand | undefined)[])[]) =>
      codesOf({ ...reads, tasks: tasks(...(args as readonly (readonly Operand[])[])) });
    expect(given([number], [number])).toEqual([]);
    expect(given([number], [signed])[0]).toMatch(/^ir\/not-defined/);
    expect(given([number], [])[0]).toMatch(/^ir\/not-defined/);
  });
});
