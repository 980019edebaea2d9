/** A bundle that was checked: what the executor takes. Nothing else makes one. */
import type { Budget } from '../mythos/index.js';
import type { Args, OpRow } from './opcodes.js';
import type { IrValue } from './values.js';

export interface Instruction {
  readonly at: number;
  readonly row: OpRow;
  readonly args: Args;
}

export interface ProgramTask {
  /** 32 bytes, chosen by who asks. */
  readonly id: Uint8Array;
  /** Stand in r0, r1 and so on when it starts. */
  readonly args: readonly IrValue[];
  readonly budget: Budget;
  readonly emitTrace: boolean;
}

export interface Program {
  /** SHA-256 of the bundle's canonical bytes. */
  readonly bundle: Uint8Array;
  readonly instructions: readonly Instruction[];
  readonly tasks: readonly ProgramTask[];
}
