/** The static check of the operations: known, supported, with the operands of their row, and every register written before it is read. */
import type { GatosError } from '../kernel/index.js';
import type { Op, Operand } from '../mythos/index.js';
import { irError } from './errors.js';
import type { Place } from './meter.js';
import { type Args, OPERATIONS, type OpRow } from './opcodes.js';
import { OperandFault, type Scope } from './operands.js';
import type { Instruction } from './program.js';
import type { ValueType } from './values.js';

interface CheckedOps {
  readonly instructions: readonly Instruction[];
  readonly faults: readonly GatosError[];
}

/**
 * Reads the operations. They are done one after another until a HALT or a RET, so one walk knows what each register holds; with jumps
 * it would be a walk over the paths. What stands behind the first end is read, and never done.
 */
export function checkOps(ops: readonly Op[], scope: Scope, args: readonly ValueType[]): CheckedOps {
  const faults: GatosError[] = [];
  const instructions: Instruction[] = [];
  const walk = new Walk(args);
  ops.forEach(({ opcode, operands }, at) => {
    const row = OPERATIONS.get(opcode);
    if (row === undefined) {
      faults.push(irError('unknown-op', { at, opcode }));
      return;
    }
    const place = { at, op: row.name };
    if (row.step === undefined) {
      faults.push(irError('unsupported-op', place));
      return;
    }
    try {
      const instruction = { at, row, args: readArgs(row, operands, scope) };
      instructions.push(instruction);
      faults.push(...walk.take(instruction));
    } catch (error) {
      if (!(error instanceof OperandFault)) throw error;
      faults.push(irError('bad-operands', { ...place, why: error.message }));
      walk.lose();
    }
  });
  if (faults.length === 0 && !walk.ended) faults.push(irError('no-end', { ops: ops.length }));
  return { instructions, faults };
}

function readArgs({ operands: specs }: OpRow, operands: readonly Operand[], scope: Scope): Args {
  const entries = Object.entries(specs);
  if (operands.length !== entries.length)
    throw new OperandFault(`has ${operands.length} operands, not ${entries.length}`);
  const args: Record<string, unknown> = {};
  entries.forEach(([name, spec], i) => {
    args[name] = spec.read(operands[i] as Operand, scope);
  });
  const written = entries.flatMap(([name, { writes }]) => (writes === undefined ? [] : [args[name]]));
  if (new Set(written).size < written.length) throw new OperandFault('writes two results into one register');
  return args;
}

/** What is known while the operations are gone through. */
class Walk {
  readonly #registers: Map<number, ValueType>;
  #lost = false;
  #required = false;
  ended = false;

  constructor(args: readonly ValueType[]) {
    this.#registers = new Map(args.map((type, register) => [register, type]));
  }

  /** What follows an operation that could not be read is not held against it. */
  lose(): void {
    this.#lost = true;
  }

  take({ at, row, args }: Instruction): readonly GatosError[] {
    if (this.ended || this.#lost) {
      this.ended ||= row.ends;
      return [];
    }
    const place = { at, op: row.name };
    const faults: GatosError[] = [];
    if (row.name === 'REQUIRE_CAP') this.#required = true;
    if (row.effect !== undefined && !this.#required) faults.push(irError('no-capability', place));
    const specs = Object.entries(row.operands);
    for (const [name, { reads }] of specs)
      if (reads !== undefined) faults.push(...this.#read(place, args[name] as number, reads));
    for (const [name, { writes }] of specs)
      if (writes !== undefined) this.#registers.set(args[name] as number, writes(args));
    this.ended = row.ends;
    return faults;
  }

  #read(place: Place, register: number, wants: readonly ValueType[]): readonly GatosError[] {
    const has = this.#registers.get(register);
    if (has === undefined) return [irError('not-defined', { ...place, register })];
    if (wants.includes(has)) return [];
    return [irError('wrong-type', { ...place, register, has, wants: wants.join(' or ') })];
  }
}
