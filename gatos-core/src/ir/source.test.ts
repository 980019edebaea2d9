/** Descriptions in JSON: what they make, and where they are refused. */
import { describe, expect, it } from 'vitest';
import { digestOf, ECHO, irSigner, irWorld } from '../../testing/ir-world.js';
import { formatHex } from '../codec/index.js';
import { type GatosError, isGatosError, utf8 } from '../kernel/index.js';
import { agentOf, encodeStruct, IR_BUNDLE } from '../mythos/index.js';
import { bundleOfSource, checkBundle, disassemble, irError, runTask, valueJson } from './index.js';

const AUTHOR = { author: agentOf(irSigner.key) };
const PORTS = {
  tool: async (name: string) => {
    if (name !== 'echo') throw irError('no-task', { task: name, known: [] });
    return ECHO;
  },
  file: async (path: string) => utf8(`content of ${path}`),
};
const make = (source: unknown) => bundleOfSource(utf8(JSON.stringify(source)), AUTHOR, PORTS);

const { caps, ports } = irWorld();
const BUDGET = { cpu_us: 5000, io_count: 3, state_writes: 1 };
const HELLO = {
  module: 'hello',
  notes: 'says hello',
  ops: [
    ['CONST', 'r0', { text: 'hello' }],
    ['REQUIRE_CAP', formatHex(caps.tool)],
    ['EFFECT', 'echo', 'r0', 'r1', 'r2'],
    ['CONST', 'r3', { file: 'story.txt' }],
    ['REQUIRE_CAP', { hash: formatHex(caps.write) }],
    ['BLOB_PUT', 'r3', { blob: { media: 'text/plain', namespace: 'demo', chunk_size: 64 } }, 'r4', 'r5'],
    ['CONST', 'r6', { unsigned: 0 }],
    ['REQUIRE_CAP', formatHex(caps.read)],
    ['BLOB_CHUNK_GET', 'r4', 'r6', 'r7', 'r8'],
    ['RET', 'r7'],
  ],
  tasks: [{ id: 'hello-1', budget: { ...BUDGET, deadline_us: 60_000_000 } }],
};

describe('a description', () => {
  it('is a bundle that runs', async () => {
    const bundle = await make(HELLO);
    expect(disassemble(bundle).map(({ text }) => text.replaceAll(/[0-9a-f]{64}/g, '…'))).toEqual([
      'CONST r0, c0',
      'REQUIRE_CAP c1',
      'EFFECT …, r0 -> r1, r2',
      'CONST r3, c2',
      'REQUIRE_CAP c3',
      'BLOB_PUT r3, n0 -> r4, r5',
      'CONST r6, c7',
      'REQUIRE_CAP c8',
      'BLOB_CHUNK_GET r4, r6 -> r7, r8',
      'RET r7',
    ]);
    const { program, faults } = checkBundle(bundle);
    expect(faults).toEqual([]);
    if (program === undefined) throw new Error('it has no fault, and is no program');
    const { outcome, trace } = await runTask({ program, ports, task: digestOf('hello-1') });
    expect(outcome.kind === 'returned' && valueJson(outcome.value)).toEqual({
      bytes: formatHex(utf8('content of story.txt')),
    });
    expect(trace.receipts.length).toBe(3);
  });

  it('is the same bundle every time, and constants that are the same are one', async () => {
    const bytes = await Promise.all([make(HELLO), make(HELLO)]);
    const [a, b] = bytes.map((bundle) => formatHex(encodeStruct(IR_BUNDLE, bundle)));
    expect(a).toBe(b);
    const twice = await make({ ...HELLO, ops: [...HELLO.ops.slice(0, 1), ...HELLO.ops] });
    expect(twice.const_pool.consts.length).toBe((await make(HELLO)).const_pool.consts.length);
  });

  it('takes every sort of constant', async () => {
    const sorts = [{ text: '' }, { bytes: '00ff' }, { bytes: '' }, { unsigned: 2 ** 53 - 1 }, { signed: -5 }];
    const bundle = await make({ ...HELLO, ops: [...sorts.map((sort, i) => ['CONST', `r${i}`, sort]), ['HALT']] });
    expect(bundle.const_pool.consts).toEqual([
      { kind: 4, text: '' },
      { kind: 3, bytes: Uint8Array.of(0, 255) },
      { kind: 3, bytes: new Uint8Array() },
      { kind: 2, u64: 2n ** 53n - 1n },
      { kind: 1, i64: -5n },
    ]);
    expect(checkBundle(bundle).faults).toEqual([]);
  });

  const op = (...parts: unknown[]) => ({ ...HELLO, ops: [parts] });
  const task = (change: object) => ({ ...HELLO, tasks: [{ id: 'x', budget: BUDGET, ...change }] });
  it.each([
    ['no object', [], 'the description'],
    ['another field', { ...HELLO, more: 1 }, 'the description'],
    ['no module', { ...HELLO, module: undefined }, 'module'],
    ['an empty note', { ...HELLO, notes: '' }, 'notes'],
    ['operations that are no list', { ...HELLO, ops: {} }, 'ops'],
    ['an operation that is no list', { ...HELLO, ops: ['HALT'] }, 'ops[0]'],
    ['an operation that nobody knows', op('HELLO'), 'ops[0]'],
    ['a name of every object', op('constructor'), 'ops[0]'],
    ['a register that is none', op('RET', 'r-1'), 'ops[0][1]'],
    ['a register in other letters', op('RET', 'R1'), 'ops[0][1]'],
    ['a digest in capitals', op('REQUIRE_CAP', 'A'.repeat(64)), 'ops[0][1]'],
    ['a number for an operand', op('RET', 1), 'ops[0][1]'],
    ['a constant of two sorts', op('CONST', 'r0', { text: 'a', bytes: '00' }), 'ops[0][2]'],
    ['a constant of no sort', op('CONST', 'r0', {}), 'ops[0][2]'],
    ['a constant of another sort', op('CONST', 'r0', { float: 1 }), 'ops[0][2]'],
    ['text that is none', op('CONST', 'r0', { text: 5 }), 'ops[0][2].text'],
    ['half a byte', op('CONST', 'r0', { bytes: '0' }), 'ops[0][2].bytes'],
    ['bytes that are none', op('CONST', 'r0', { bytes: 'zz' }), 'ops[0][2].bytes'],
    ['a short digest', op('CONST', 'r0', { hash: '00' }), 'ops[0][2].hash'],
    ['a count below zero', op('CONST', 'r0', { unsigned: -1 }), 'ops[0][2].unsigned'],
    ['a fraction', op('CONST', 'r0', { signed: 0.5 }), 'ops[0][2].signed'],
    ['a blob without a namespace', op('BLOB_PUT', 'r0', { blob: { media: 'a' } }), 'ops[0][2].blob.namespace'],
    ['a blob with more', op('BLOB_PUT', 'r0', { blob: { media: 'a', namespace: 'b', x: 1 } }), 'ops[0][2].blob'],
    ['a task without an id', task({ id: '' }), 'tasks[0].id'],
    ['a task without a budget', task({ budget: null }), 'tasks[0].budget'],
    ['a budget with more', task({ budget: { ...BUDGET, tokens: 1 } }), 'tasks[0].budget'],
    ['a budget without processor time', task({ budget: { ...BUDGET, cpu_us: undefined } }), 'tasks[0].budget.cpu_us'],
    ['more effects than a field holds', task({ budget: { ...BUDGET, io_count: 2 ** 32 } }), 'tasks[0].budget.io_count'],
    ['a trace that is neither wanted nor not', task({ emit_trace: 1 }), 'tasks[0].emit_trace'],
  ])('is refused with its place: %s', async (_, source, place) => {
    const refusal = (await make(source).catch((error: unknown) => error)) as GatosError;
    expect(isGatosError(refusal, 'ir/bad-source')).toBe(true);
    expect(refusal.data.place).toBe(place);
  });

  it('passes on what its tools and files are refused with, and what is no JSON', async () => {
    await expect(make(op('EFFECT', 'other', 'r0', 'r1', 'r2'))).rejects.toMatchObject({ code: 'ir/no-task' });
    await expect(bundleOfSource(utf8('{'), AUTHOR, PORTS)).rejects.toMatchObject({ code: 'codec/json' });
  });
});

describe('a disassembly', () => {
  it('says what operands refer to, and which operations are not supported', async () => {
    const bundle = await make({ ...HELLO, ops: [...HELLO.ops.slice(0, 3), ['JMP'], ['HALT']] });
    const lines = disassemble(bundle);
    expect(lines[0]).toEqual({
      at: 0,
      op: 'CONST',
      text: 'CONST r0, c0',
      notes: ['c0 is text "hello"'],
      supported: true,
    });
    expect(lines[2]?.notes[0]).toMatch(/^[0-9a-f]{8}… is tool `echo`$/);
    expect(lines[3]).toMatchObject({ op: 'JMP', supported: false });
    const unknown = { ...bundle, ops: { ops: [{ opcode: 0x99, operands: [{ kind: 1, u64: 3n }] }] } };
    expect(disassemble(unknown)).toEqual([{ at: 0, op: '0x99', text: '0x99 r3', notes: [], supported: false }]);
  });

  it('shows a long constant in part, and one that is none not at all', async () => {
    const bundle = await make({
      ...HELLO,
      ops: [
        ['CONST', 'r0', { text: 'x'.repeat(100) }],
        ['CONST', 'r1', { bytes: '00'.repeat(100) }],
      ],
    });
    const [text, bytes] = disassemble(bundle).map(({ notes }) => notes[0]);
    expect(text).toBe(`c0 is text "${'x'.repeat(59)}…`);
    expect(bytes).toBe(`c1 is bytes ${'00'.repeat(30)}… (100 bytes)`);
    const broken = { ...bundle, const_pool: { consts: [{ kind: 9 }] } };
    expect(disassemble(broken).map(({ notes }) => notes)).toEqual([[], []]);
  });
});
