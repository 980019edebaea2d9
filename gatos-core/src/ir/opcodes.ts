/**
 * The table of operations (RFC-MYTHOS-0001 section 11). Everything about an operation is in its row: the check reads its operands by it,
 * the disassembly shows it by it, the executor does it by it. A row without a step is one that this executor does not know how to do: the
 * check refuses it by name. The next one is supported by giving its row a step, and its operands their kinds.
 */
import { OPCODE, type OpName, type ScopeName, type ToolDef } from '../mythos/index.js';
import type { Machine } from './machine.js';
import { capability, constant, input, meta, named, output, type Spec, tool } from './operands.js';
import { callTool, getChunk, putBlob, putCost, requireCapability } from './steps.js';
import type { IrValue } from './values.js';

type Operands = Readonly<Record<string, Spec<unknown>>>;
type ArgsOf<O> = { readonly [K in keyof O]: O[K] extends Spec<infer T> ? T : never };

/** The operands of one operation, read. */
export type Args = Readonly<Record<string, unknown>>;

/** What an effect needs and counts as. */
export interface EffectRow<A> {
  /** Kind of the capability without which it is denied. */
  readonly needs: ScopeName;
  /** Does it change something? Counted against `state_writes`. */
  readonly writes: (args: A) => boolean;
}

export interface OpRow {
  readonly name: OpName;
  readonly opcode: number;
  readonly does: string;
  /** By name, in the order of the operands. */
  readonly operands: Operands;
  /** Does it depend on nothing but its operands? */
  readonly pure: boolean;
  /** µs of the budget `cpu_us`. */
  readonly cost: bigint;
  /** What it costs beyond that, by what it reads. */
  readonly weigh?: ((machine: Machine, args: Args) => bigint) | undefined;
  readonly effect?: EffectRow<Args> | undefined;
  /** Does a task end here? */
  readonly ends: boolean;
  /** Absent: not supported. */
  readonly step?: ((machine: Machine, args: Args) => void | Promise<void>) | undefined;
}

interface Row<O extends Operands> {
  readonly does: string;
  readonly operands: O;
  readonly cost: bigint;
  readonly ends?: boolean;
  readonly weigh?: (machine: Machine, args: ArgsOf<O>) => bigint;
  readonly effect?: EffectRow<ArgsOf<O>>;
  readonly impure?: boolean;
  readonly step?: (machine: Machine, args: ArgsOf<O>) => void | Promise<void>;
}

function row<const O extends Operands>(name: OpName, { impure, ends, effect, weigh, step, ...rest }: Row<O>): OpRow {
  return {
    ...rest,
    name,
    opcode: OPCODE[name],
    pure: effect === undefined && impure !== true,
    ends: ends === true,
    // What the check has read by these operands is what they take.
    effect: effect as EffectRow<Args> | undefined,
    weigh: weigh as OpRow['weigh'],
    step: step as OpRow['step'],
  };
}

const label = named('label');
const any = input('i64', 'u64', 'bytes', 'text', 'hash', 'data', 'blob', 'receipt');

/** A tool that says it only reads writes nothing; one that says nothing is taken to write. */
function toolWrites({ tool: { effect } }: { readonly tool: ToolDef }): boolean {
  return effect?.effect !== 1;
}

const CONTROL: readonly OpRow[] = [
  row('NOP', { does: 'nothing', operands: {}, cost: 1n, step: () => undefined }),
  row('HALT', {
    does: 'ends the task without a result',
    operands: {},
    cost: 1n,
    ends: true,
    step: (machine) => machine.end('halted'),
  }),
  row('JMP', { does: 'goes on at a label', operands: { label }, cost: 1n }),
  row('JZ', { does: 'goes on at a label if a register is zero', operands: { reg: any, label }, cost: 1n }),
  row('CALL', { does: 'calls a symbol', operands: { symbol: named('symbol'), argc: named('count') }, cost: 2n }),
  row('RET', {
    does: 'ends the task with a result',
    operands: { reg: any },
    cost: 1n,
    ends: true,
    step: (machine, { reg }) => machine.end(machine.read(reg, ...(any.reads ?? []))),
  }),
];

const DATA: readonly OpRow[] = [
  row('CONST', {
    does: 'puts a constant into a register',
    operands: { into: output(({ value }) => (value as IrValue).type), value: constant },
    cost: 1n,
    step: (machine, { into, value }) => machine.write(into, value),
  }),
  row('MAKE', {
    does: 'makes a record',
    operands: {
      into: output('data'),
      type: named('type'),
      count: named('count'),
      fields: named('reg…', { rest: true }),
    },
    cost: 2n,
  }),
  row('GET', {
    does: 'gives a field of a record',
    operands: { into: output('data'), from: any, field: named('field') },
    cost: 1n,
  }),
  row('SET', {
    does: 'gives a record with another field',
    operands: { into: output('data'), from: any, field: named('field'), value: any },
    cost: 2n,
  }),
  row('LIST', {
    does: 'makes a list',
    operands: { into: output('data'), count: named('count'), items: named('reg…', { rest: true }) },
    cost: 2n,
  }),
  row('MATCH', {
    does: 'goes on at a label if a value matches',
    operands: { reg: any, pattern: named('pattern'), label },
    cost: 2n,
  }),
];

const EFFECTS: readonly OpRow[] = [
  row('REQUIRE_CAP', {
    does: 'from here on the task acts with this capability, or fails',
    operands: { cap: capability },
    cost: 50n,
    impure: true,
    step: requireCapability,
  }),
  row('EFFECT', {
    does: 'calls a tool',
    operands: { tool, arg: input('text', 'i64', 'u64', 'data'), out: output('data'), receipt: output('receipt') },
    cost: 100n,
    effect: { needs: 'ToolCall', writes: toolWrites },
    step: callTool,
  }),
  row('ASSERT', {
    does: 'fails unless a contract holds',
    operands: { contract: named('contract'), args: any, receipt: named('reg', { optional: true }) },
    cost: 10n,
  }),
];

const BLOBS: readonly OpRow[] = [
  row('BLOB_PUT', {
    does: 'stores bytes as a blob',
    operands: { bytes: input('bytes', 'text'), meta, blob: output('blob'), receipt: output('receipt') },
    cost: 100n,
    weigh: putCost,
    effect: { needs: 'BlobWrite', writes: () => true },
    step: putBlob,
  }),
  row('BLOB_GET', {
    does: 'gives a blob, or a range of it',
    operands: {
      blob: input('blob'),
      range: named('node', { optional: true }),
      bytes: output('bytes'),
      receipt: output('receipt'),
    },
    cost: 100n,
    effect: { needs: 'BlobRead', writes: () => false },
  }),
  row('BLOB_CHUNK_GET', {
    does: 'gives one chunk of a blob, checked against its proof',
    operands: { blob: input('blob'), index: input('u64'), bytes: output('bytes'), receipt: output('receipt') },
    cost: 100n,
    effect: { needs: 'BlobRead', writes: () => false },
    step: getChunk,
  }),
];

/** Every operation, by code. */
export const OPERATIONS: ReadonlyMap<number, OpRow> = new Map(
  [...CONTROL, ...DATA, ...EFFECTS, ...BLOBS].map((row) => [row.opcode, row]),
);
