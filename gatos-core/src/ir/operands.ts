/** What an operand can be: each kind reads it from the bundle, says what it stands for, and shows it. */
import { formatHex } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import type { Operand, ToolDef } from '../mythos/index.js';
import type { BlobMeta } from './blob-ops.js';
import type { IrValue, ValueType } from './values.js';

/** What operands refer to. Methods throw an `OperandFault`. */
export interface Scope {
  constant(index: number): IrValue;
  tool(id: Uint8Array): ToolDef;
  meta(node: number): BlobMeta;
}

/** Why an operand cannot be what it has to be; whoever knows the operation says so. */
export class OperandFault extends Error {}

/** One kind of operand. */
export interface Spec<T> {
  /** How the documentation calls it. */
  readonly form: string;
  /** A register that the operation reads, with what it may hold; or writes, with what it then holds. */
  readonly reads?: readonly ValueType[];
  readonly writes?: (args: Readonly<Record<string, unknown>>) => ValueType;
  readonly optional?: true;
  /** Takes all operands from here on. */
  readonly rest?: true;
  read(operand: Operand, scope: Scope): T;
}

const KIND_FIELDS = ['', 'u64', 'const_ref', 'node_ref', 'u64', 'i64', 'hash'] as const;
const KIND_NAMES = ['', 'a register', 'a constant', 'a node', 'a number', 'a signed number', 'a digest'] as const;
const FIELDS = ['u64', 'i64', 'hash', 'node_ref', 'const_ref'] as const;
const [REGISTER, CONSTANT, NODE, NUMBER, , DIGEST] = [1, 2, 3, 4, 5, 6] as const;

/** Throws where an operand does not say exactly what its kind says. */
export function checkOperand(operand: Operand): void {
  const field = KIND_FIELDS[operand.kind] ?? '';
  if (field === '') throw new OperandFault(`an operand has the kind ${operand.kind}, which no operand has`);
  for (const name of FIELDS) {
    const there = operand[name] !== undefined;
    if (there !== (name === field))
      throw new OperandFault(`an operand is ${KIND_NAMES[operand.kind]} and has ${there ? '' : 'no '}\`${name}\``);
  }
}

function expect(operand: Operand, kind: number): void {
  checkOperand(operand);
  if (operand.kind !== kind)
    throw new OperandFault(`wants ${KIND_NAMES[kind]}, not ${KIND_NAMES[operand.kind] ?? 'this'}`);
}

/** Index of a register. */
function registerOf(operand: Operand): number {
  expect(operand, REGISTER);
  const index = operand.u64 ?? 0n;
  if (index >= BigInt(LIMITS.irRegisters))
    throw new OperandFault(`names r${index}; there are r0 to r${LIMITS.irRegisters - 1}`);
  return Number(index);
}

/** A register that is read. */
export function input(...reads: readonly ValueType[]): Spec<number> {
  return { form: 'reg', reads, read: registerOf };
}

/** A register that is written. */
export function output(type: ValueType | ((args: Readonly<Record<string, unknown>>) => ValueType)): Spec<number> {
  return { form: 'reg', writes: typeof type === 'string' ? () => type : type, read: registerOf };
}

export const constant: Spec<IrValue> = {
  form: 'const',
  read: (operand, scope) => {
    expect(operand, CONSTANT);
    return scope.constant(operand.const_ref ?? 0);
  },
};

/** A digest, here or in the constants. */
export const capability: Spec<Uint8Array> = {
  form: 'cap',
  read: (operand, scope) => {
    checkOperand(operand);
    if (operand.kind === DIGEST && operand.hash !== undefined) return operand.hash;
    const value = constant.read(operand, scope);
    if (value.type === 'hash') return value.value;
    throw new OperandFault(`wants the id of a capability, not a constant that is ${value.type}`);
  },
};

export const tool: Spec<ToolDef> = {
  form: 'tool',
  read: (operand, scope) => {
    expect(operand, DIGEST);
    return scope.tool(operand.hash ?? new Uint8Array());
  },
};

export const meta: Spec<BlobMeta> = {
  form: 'node',
  read: (operand, scope) => {
    expect(operand, NODE);
    return scope.meta(operand.node_ref ?? 0);
  },
};

/** An operand of an operation that is known by name only so far. */
export function named(form: string, more: { readonly optional?: true; readonly rest?: true } = {}): Spec<Operand> {
  return {
    form,
    ...more,
    read: (operand) => {
      checkOperand(operand);
      return operand;
    },
  };
}

/** The value of an operand that is no register and no node. */
export function immediate(operand: Operand, scope: Pick<Scope, 'constant'>): IrValue | undefined {
  checkOperand(operand);
  if (operand.kind === CONSTANT) return scope.constant(operand.const_ref ?? 0);
  if (operand.kind === REGISTER || operand.kind === NODE) return undefined;
  if (operand.kind === NUMBER) return { type: 'u64', value: operand.u64 ?? 0n };
  if (operand.kind === DIGEST) return { type: 'hash', value: operand.hash ?? new Uint8Array() };
  return { type: 'i64', value: operand.i64 ?? 0n };
}

/** An operand as a disassembly shows it: `r3`, `c0`, `n1`, `7`, `0x…`. */
export function showOperand(operand: Operand): string {
  if (operand.kind === REGISTER) return `r${operand.u64 ?? '?'}`;
  if (operand.kind === CONSTANT) return `c${operand.const_ref ?? '?'}`;
  if (operand.kind === NODE) return `n${operand.node_ref ?? '?'}`;
  if (operand.hash !== undefined) return formatHex(operand.hash);
  return String(operand.u64 ?? operand.i64 ?? '?');
}
