/** A bundle as people read it: one line an operation, with what its operands refer to. Shows what cannot be checked, too. */
import { formatHex, formatJson } from '../codec/index.js';
import { GatosError } from '../kernel/index.js';
import type { IrBundle, Op, Operand } from '../mythos/index.js';
import { readConstants } from './check-values.js';
import { OPERATIONS, type OpRow } from './opcodes.js';
import { showOperand } from './operands.js';
import { type IrValue, valueJson } from './values.js';

export interface DisassembledOp {
  readonly at: number;
  /** Its name, or its code where nobody knows it. */
  readonly op: string;
  /** `CONST r0, c0` */
  readonly text: string;
  /** What operands refer to: `c0 is text "hello"`. */
  readonly notes: readonly string[];
  readonly supported: boolean;
}

const SHOWN_UNITS = 60;

/** Every operation of a bundle, in order. */
export function disassemble(bundle: IrBundle): readonly DisassembledOp[] {
  const constants = shownOnce(readConstants(bundle.const_pool.consts).values);
  const tools = new Map(bundle.tools.tools.map(({ tool_id, name }) => [formatHex(tool_id), name]));
  return bundle.ops.ops.map((op, at) => {
    const row = OPERATIONS.get(op.opcode);
    const name = row?.name ?? `0x${op.opcode.toString(16).padStart(2, '0')}`;
    const notes = op.operands.flatMap((operand) => noteOn(operand, { constants, tools }));
    return { at, op: name, text: [name, textOf(row, op)].join(' ').trim(), notes, supported: row?.step !== undefined };
  });
}

/** Results stand behind an arrow where they come last. */
function textOf(row: OpRow | undefined, { operands }: Op): string {
  const specs = Object.values(row?.operands ?? {});
  let results = specs.length;
  while (results > 0 && specs[results - 1]?.writes !== undefined) results--;
  const shown = operands.map(showOperand);
  if (results === 0 || results >= shown.length) return shown.join(', ');
  return `${shown.slice(0, results).join(', ')} -> ${shown.slice(results).join(', ')}`;
}

interface Known {
  readonly constants: (index: number) => string | undefined;
  readonly tools: ReadonlyMap<string, string | undefined>;
}

function noteOn(operand: Operand, { constants, tools }: Known): readonly string[] {
  const shown = showOperand(operand);
  if (operand.hash !== undefined) {
    const name = tools.get(formatHex(operand.hash));
    return name === undefined ? [] : [`${shown.slice(0, 8)}… is tool \`${name}\``];
  }
  if (operand.const_ref === undefined) return [];
  const value = constants(operand.const_ref);
  return value === undefined ? [] : [`${shown} is ${value}`];
}

/** How constants are shown. One of 16 MiB may stand in every operation: each is looked at once. */
function shownOnce(values: readonly (IrValue | undefined)[]): Known['constants'] {
  const shown = new Map<number, string>();
  return (index) => {
    const value = values[index];
    if (value === undefined) return undefined;
    const text = shown.get(index) ?? showValue(value);
    shown.set(index, text);
    return text;
  };
}

/** A value on one line: its type, and as much of it as fits. */
export function showValue(value: IrValue): string {
  const text = jsonText(value);
  const cut = text.length > SHOWN_UNITS ? `${text.slice(0, SHOWN_UNITS)}…` : text;
  const size = value.type === 'bytes' ? ` (${value.value.length} bytes)` : '';
  return `${value.type} ${cut}${size}`;
}

function jsonText(value: IrValue): string {
  if (value.type === 'bytes') return formatHex(value.value.subarray(0, SHOWN_UNITS));
  try {
    return formatJson(valueJson(value));
  } catch (error) {
    if (error instanceof GatosError) return '?';
    throw error;
  }
}
