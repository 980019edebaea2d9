/** What the static check refuses, and by which name. Nothing of a refused bundle runs: there is no program. */
import { describe, expect, it } from 'vitest';
import { ECHO, firstBuild, irBundle, irWorld, TASK_ID } from '../../testing/ir-world.js';
import { formatHex } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import {
  decodeStruct,
  encodeStruct,
  IR_BUNDLE,
  IR_BUNDLE_OF_PACK,
  type IrBundle,
  OPCODE,
  type Op,
  type Operand,
  type OpName,
} from '../mythos/index.js';
import { type BundleBuilder, type CheckOptions, checkBundle, OPERATIONS, reg } from './index.js';

const { caps } = irWorld();
const PUT_META = { media: 'text/plain', namespace: 'n' };

const codesOf = (bundle: IrBundle, options?: CheckOptions): readonly string[] => {
  const { program, faults } = checkBundle(bundle, options);
  expect(program === undefined).toBe(faults.length > 0);
  return faults.map(({ code, message }) => `${code}: ${message}`);
};

const withOps = (ops: readonly Op[]): IrBundle => ({ ...firstBuild(caps), ops: { ops } });
const operations = (body: (builder: BundleBuilder) => void): readonly string[] => codesOf(irBundle(body));

describe('a bundle that passes', () => {
  it('is a program', () => {
    const { program, faults, id } = checkBundle(firstBuild(caps));
    expect(faults).toEqual([]);
    expect(program?.instructions.map(({ row }) => row.name)).toEqual([
      ...['NOP', 'CONST', 'REQUIRE_CAP', 'EFFECT', 'CONST', 'REQUIRE_CAP', 'BLOB_PUT', 'CONST'],
      ...['REQUIRE_CAP', 'BLOB_CHUNK_GET', 'RET'],
    ]);
    expect(formatHex(program?.bundle ?? new Uint8Array())).toBe(formatHex(id));
  });

  it('has an id by the table of fields of its framing', () => {
    const bundle = irBundle((b) => {
      b.op('CONST', reg(0), b.text('hello')).op('RET', reg(0));
    });
    const packed = decodeStruct(IR_BUNDLE_OF_PACK, encodeStruct(IR_BUNDLE_OF_PACK, bundle));
    const [spec, pack] = [checkBundle(packed), checkBundle(packed, { fields: 'pack' })];
    expect(formatHex(spec.id)).not.toBe(formatHex(pack.id));
    expect(formatHex(checkBundle(decodeStruct(IR_BUNDLE, encodeStruct(IR_BUNDLE, bundle))).id)).toBe(
      formatHex(spec.id),
    );
  });

  it('may hold what nothing reaches', () => {
    expect(
      operations((b) => {
        b.op('HALT').op('RET', reg(77)).op('EFFECT', b.tool(ECHO), reg(0), reg(1), reg(2));
      }),
    ).toEqual([]);
  });
});

describe('operations', () => {
  it('that nobody knows', () => {
    expect(codesOf(withOps([{ opcode: 0x99, operands: [] }]))[0]).toMatch(
      /^ir\/unknown-op: operation 0 has the code 0x99/,
    );
  });

  const UNSUPPORTED: readonly OpName[] = [
    ...(['JMP', 'JZ', 'CALL', 'MAKE', 'GET', 'SET', 'LIST', 'MATCH', 'ASSERT', 'BLOB_GET'] as const),
  ];

  it.each(UNSUPPORTED)('%s is refused by name', (name) => {
    const [fault = ''] = codesOf(withOps([{ opcode: OPCODE[name], operands: [] }]));
    expect(fault).toBe(`ir/unsupported-op: operation 0 (${name}) is not supported by this executor`);
  });

  it('every operation of the specification has a row', () => {
    expect([...OPERATIONS.keys()].sort()).toEqual([...Object.values(OPCODE)].sort());
    expect([...OPERATIONS.values()].filter(({ step }) => step === undefined).map(({ name }) => name)).toEqual(
      UNSUPPORTED,
    );
  });

  it.each([0, 1])('without an end (%s operations)', (count) => {
    const ops = Array.from({ length: count }, () => ({ opcode: OPCODE.NOP, operands: [] }));
    expect(codesOf(withOps(ops))).toEqual([
      `ir/no-end: none of the ${count} operations is a HALT or a RET, so a task would run off the end`,
    ]);
  });

  it.each([
    ['too few', [reg(0)], 'has 1 operands, not 2'],
    ['too many', [reg(0), reg(0), reg(0)], 'has 3 operands, not 2'],
    [
      'a number for a register',
      [
        { kind: 4, u64: 0n },
        { kind: 2, const_ref: 0 },
      ],
      'wants a register, not a number',
    ],
    ['a register for a constant', [reg(0), reg(0)], 'wants a constant, not a register'],
    ['a kind that is none', [{ kind: 9 }, { kind: 2, const_ref: 0 }], 'kind 9'],
    ['kind zero', [{ kind: 0 }, { kind: 2, const_ref: 0 }], 'kind 0'],
    ['a register without a number', [{ kind: 1 }, { kind: 2, const_ref: 0 }], 'has no `u64`'],
    [
      'a register with more',
      [
        { kind: 1, u64: 0n, i64: 1n },
        { kind: 2, const_ref: 0 },
      ],
      'has `i64`',
    ],
    ['a constant by the wrong field', [reg(0), { kind: 2, node_ref: 0 }], 'node_ref'],
    [
      'a register beyond the last',
      [reg(LIMITS.irRegisters), { kind: 2, const_ref: 0 }],
      `names r${LIMITS.irRegisters}`,
    ],
    ['a constant beyond the last', [reg(0), { kind: 2, const_ref: 99 }], 'refers to constant 99; there are'],
  ] as readonly (readonly [string, readonly Operand[], string])[])('operands: %s', (_, operands, why) => {
    const [fault = '', ...more] = codesOf(
      withOps([
        { opcode: OPCODE.CONST, operands },
        { opcode: OPCODE.HALT, operands: [] },
      ]),
    );
    expect(fault).toMatch(/^ir\/bad-operands: operation 0 \(CONST\)/);
    expect(fault).toContain(why);
    expect(more).toEqual([]);
  });

  it('operands where there may be none', () => {
    for (const name of ['NOP', 'HALT'] as const)
      expect(operations((b) => b.op(name, reg(0)).op('HALT'))[0]).toContain('has 1 operands, not 0');
  });

  it('a register that nothing has written, and one that holds something else', () => {
    expect(operations((b) => b.op('RET', reg(3)))).toEqual([
      'ir/not-defined: operation 0 (RET) reads r3, which nothing before it has written',
    ]);
    const wrong = operations((b) => {
      b.op('CONST', reg(0), b.unsigned(1n))
        .op('REQUIRE_CAP', b.digest(caps.write))
        .op('BLOB_PUT', reg(0), b.blobMeta(PUT_META), reg(1), reg(2))
        .op('BLOB_CHUNK_GET', reg(2), reg(0), reg(3), reg(4))
        .op('HALT');
    });
    expect(wrong).toEqual([
      'ir/wrong-type: operation 2 (BLOB_PUT) wants bytes or text in r0, which holds u64',
      'ir/wrong-type: operation 3 (BLOB_CHUNK_GET) wants blob in r2, which holds receipt',
    ]);
  });

  it('what a tool cannot be asked: bytes, digests, blobs', () => {
    const [fault] = operations((b) => {
      b.op('CONST', reg(0), b.bytes(TASK_ID))
        .op('REQUIRE_CAP', b.digest(caps.tool))
        .op('EFFECT', b.tool(ECHO), reg(0), reg(1), reg(2))
        .op('HALT');
    });
    expect(fault).toContain(
      'ir/wrong-type: operation 2 (EFFECT) wants text or i64 or u64 or data in r0, which holds bytes',
    );
  });

  it('two results in one register', () => {
    const [fault] = operations((b) => {
      b.op('CONST', reg(0), b.text('x'))
        .op('REQUIRE_CAP', b.digest(caps.tool))
        .op('EFFECT', b.tool(ECHO), reg(0), reg(1), reg(1))
        .op('HALT');
    });
    expect(fault).toContain('writes two results into one register');
  });

  it('an effect that no capability was required for; one that comes after it does not count', () => {
    const before = operations((b) => {
      b.op('CONST', reg(0), b.text('x'))
        .op('EFFECT', b.tool(ECHO), reg(0), reg(1), reg(2))
        .op('BLOB_PUT', reg(0), b.blobMeta(PUT_META), reg(3), reg(4))
        .op('CONST', reg(5), b.unsigned(0n))
        .op('BLOB_CHUNK_GET', reg(3), reg(5), reg(6), reg(7))
        .op('REQUIRE_CAP', b.digest(caps.tool))
        .op('HALT');
    });
    expect(before.map((fault) => fault.slice(0, fault.indexOf(' is')))).toEqual([
      'ir/no-capability: operation 1 (EFFECT)',
      'ir/no-capability: operation 2 (BLOB_PUT)',
      'ir/no-capability: operation 4 (BLOB_CHUNK_GET)',
    ]);
  });

  it('a capability that is no id of one, given here or as a constant', () => {
    const require = (operand: (b: BundleBuilder) => Operand) =>
      operations((b) => {
        b.op('REQUIRE_CAP', operand(b)).op('HALT');
      });
    expect(require((b) => b.digest(caps.tool))).toEqual([]);
    expect(require(() => ({ kind: 6, hash: caps.tool }))).toEqual([]);
    expect(require((b) => b.text('cap'))[0]).toContain('wants the id of a capability');
    expect(require(() => reg(0))[0]).toContain('wants a constant, not a register');
  });

  it('a tool that is not listed', () => {
    const bundle = firstBuild(caps);
    expect(codesOf({ ...bundle, tools: { tools: [ECHO] } })[0]).toContain('which is not listed');
  });

  it('one operation that cannot be read does not accuse those after it', () => {
    const faults = operations((b) => {
      b.op('CONST', reg(0)).op('RET', reg(0));
    });
    expect(faults.length).toBe(1);
  });

  it('lists so many faults and no more', () => {
    const many = Array.from({ length: LIMITS.irFaults + 10 }, () => ({ opcode: 0x77, operands: [] }));
    expect(codesOf(withOps(many)).length).toBe(LIMITS.irFaults);
  });
});
