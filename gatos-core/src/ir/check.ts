/**
 * The static check of a bundle, before anything of it runs. What passes is a program: every index is in range, every register is written
 * before it is read, every tool is listed, every effect stands behind a capability, every table is bounded.
 */
import { sha256 } from '#hash';
import { formatHex } from '../codec/index.js';
import { bytesEqual, type GatosError, LIMITS } from '../kernel/index.js';
import {
  encodeStruct,
  IR_BUNDLE,
  IR_BUNDLE_OF_PACK,
  type IrBundle,
  type Operand,
  SYMBOL_SIG,
  structId,
  type TaskDef,
  TOOL_DEF,
  type ToolDef,
} from '../mythos/index.js';
import { checkOps } from './check-ops.js';
import { checkSizes, checkTables, type ToolIds } from './check-tables.js';
import { Nodes, readConstants } from './check-values.js';
import { irError } from './errors.js';
import { immediate, OperandFault, type Scope } from './operands.js';
import type { Program, ProgramTask } from './program.js';
import type { IrValue, ValueType } from './values.js';

export interface CheckOptions {
  /**
   * Where tasks start. `listed`: at a symbol of the symbol table, of which there may be one, since nothing in a bundle says where the code
   * of another would be. `start`: at the first operation, whatever symbol they name (the published pack lists none). Default: `listed`.
   */
  readonly entry?: 'listed' | 'start' | undefined;
  /** Default: `checked`. */
  readonly toolIds?: ToolIds | undefined;
  /** By which table of fields the bundle is hashed: that of the specification, or that of the published pack. Default: `spec`. */
  readonly fields?: 'spec' | 'pack' | undefined;
}

export interface CheckedBundle {
  /** SHA-256 of the bundle's canonical bytes. */
  readonly id: Uint8Array;
  /** Undefined when there are faults. */
  readonly program: Program | undefined;
  /** At most `LIMITS.irFaults` of them. */
  readonly faults: readonly GatosError[];
}

/** Checks a bundle. Gives all its faults, not the first one alone. */
export function checkBundle(bundle: IrBundle, options: CheckOptions = {}): CheckedBundle {
  const id = sha256(encodeStruct(options.fields === 'pack' ? IR_BUNDLE_OF_PACK : IR_BUNDLE, bundle));
  const sizes = checkSizes(bundle);
  if (sizes.length > 0) return { id, program: undefined, faults: sizes };
  const { program, faults } = checkParts(bundle, id, options);
  return { id, program: faults.length > 0 ? undefined : program, faults: faults.slice(0, LIMITS.irFaults) };
}

function checkParts(
  bundle: IrBundle,
  id: Uint8Array,
  { entry = 'listed', toolIds = 'checked' }: CheckOptions,
): { readonly program: Program; readonly faults: readonly GatosError[] } {
  const { values, faults: badConstants } = readConstants(bundle.const_pool.consts);
  const scope = scopeOf(bundle, values);
  const tasks = bundle.tasks.tasks.map((task) => checkTask(task, scope));
  const ops = checkOps(bundle.ops.ops, scope, sharedArgs(tasks.map(({ args }) => args)));
  const faults = [
    ...checkTables(bundle, toolIds),
    ...badConstants,
    ...scope.nodes.faults,
    ...(entry === 'start' ? [] : checkEntries(bundle)),
    ...tasks.flatMap(({ faults }) => faults),
    ...checkBudgets(
      bundle,
      ops.instructions.some(({ row }) => row.name === 'EFFECT'),
    ),
    ...ops.faults,
  ];
  return { program: { bundle: id, instructions: ops.instructions, tasks: tasks.map(({ task }) => task) }, faults };
}

function scopeOf(bundle: IrBundle, values: readonly (IrValue | undefined)[]): Scope & { readonly nodes: Nodes } {
  const tools = new Map<string, ToolDef>(bundle.tools.tools.map((tool) => [formatHex(tool.tool_id), believed(tool)]));
  const constant = (index: number): IrValue => {
    if (index >= values.length) throw new OperandFault(`refers to constant ${index}; there are ${values.length}`);
    const value = values[index];
    if (value === undefined) throw new OperandFault(`refers to constant ${index}, which does not hold`);
    return value;
  };
  const nodes = new Nodes(bundle, constant);
  return {
    nodes,
    constant,
    meta: (node) => nodes.meta(node),
    tool: (wanted) => {
      const tool = tools.get(formatHex(wanted));
      if (tool === undefined) throw new OperandFault(`calls the tool ${formatHex(wanted)}, which is not listed`);
      return tool;
    },
  };
}

/**
 * What an entry of the table says of its tool counts when the id follows from it. Under an id that is merely stated anybody could say
 * that a tool only reads, and its writes would not be counted.
 */
function believed(tool: ToolDef): ToolDef {
  if (tool.effect === undefined || bytesEqual(structId(TOOL_DEF, tool), tool.tool_id)) return tool;
  return { ...tool, effect: undefined };
}

interface CheckedTask {
  readonly task: ProgramTask;
  readonly args: readonly ValueType[];
  readonly faults: readonly GatosError[];
}

function checkTask(
  { task_id, args, budget, emit_trace, emit_attestation }: TaskDef,
  scope: Scope & { readonly nodes: Nodes },
): CheckedTask {
  const faults: GatosError[] = [];
  const task = formatHex(task_id);
  const bad = (why: string) => faults.push(irError('bad-operands', { at: 0, op: `arguments of task ${task}`, why }));
  if (args.length > LIMITS.irRegisters) bad(`there are ${args.length}, and ${LIMITS.irRegisters} registers`);
  const values = args.slice(0, LIMITS.irRegisters).flatMap((operand): readonly IrValue[] => {
    try {
      return [argument(operand, scope)];
    } catch (error) {
      if (!(error instanceof OperandFault)) throw error;
      bad(error.message);
      return [];
    }
  });
  if (emit_attestation)
    faults.push(irError('unsupported', { what: `an attestation of task ${task}`, why: 'it checks no contracts yet' }));
  return {
    task: { id: task_id, args: values, budget, emitTrace: emit_trace },
    args: faults.length > 0 ? [] : values.map(({ type }) => type),
    faults,
  };
}

function argument(operand: Operand, scope: Scope & { readonly nodes: Nodes }): IrValue {
  const value = immediate(operand, scope);
  if (value !== undefined) return value;
  if (operand.node_ref === undefined) throw new OperandFault('refers to a register, and none is written yet');
  return { type: 'data', value: scope.nodes.value(operand.node_ref) };
}

/** The arguments that every task has, with one type: operations are shared, so they may read those alone. */
function sharedArgs(tasks: readonly (readonly ValueType[])[]): readonly ValueType[] {
  const [first = [], ...others] = tasks;
  const differs = first.findIndex((type, i) => others.some((args) => args[i] !== type));
  return differs === -1 ? first : first.slice(0, differs);
}

function checkEntries(bundle: IrBundle): readonly GatosError[] {
  const { symbols } = bundle.symbols;
  const ids = symbols.map((symbol) => structId(SYMBOL_SIG, symbol));
  if (ids.length > 1)
    return [
      irError('unsupported', {
        what: `a bundle with ${ids.length} symbols`,
        why: 'nothing in it says at which operation each of them starts',
      }),
    ];
  return bundle.tasks.tasks.flatMap(({ task_id, entry_symbol }) =>
    ids.some((id) => bytesEqual(id, entry_symbol))
      ? []
      : [irError('no-entry', { task: formatHex(task_id), symbol: formatHex(entry_symbol) })],
  );
}

/** A budget that nobody can count is refused rather than passed over. */
function checkBudgets(bundle: IrBundle, callsTools: boolean): readonly GatosError[] {
  if (!callsTools || bundle.tasks.tasks.every(({ budget }) => budget.tokens === undefined)) return [];
  return [irError('unsupported', { what: 'a budget of tokens', why: 'no tool says how many it took' })];
}
