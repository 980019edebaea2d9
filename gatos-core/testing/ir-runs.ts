/** Running a bundle in the world of tests, and what it came to. */
import { type BundleBuilder, type RunOutcome, reg, runTask, type TaskRun } from '../src/ir/index.js';
import type { GatosError } from '../src/kernel/index.js';
import type { IrBundle } from '../src/mythos/index.js';
import { ECHO, type IrWorld, programOf } from './ir-world.js';

export function runBundle({ ports }: IrWorld, bundle: IrBundle): Promise<TaskRun> {
  return runTask({ program: programOf(bundle), ports });
}

/** What a task failed with, and at which operation. */
export function failureOf(outcome: RunOutcome): {
  readonly code: string;
  readonly at: number;
  readonly data: GatosError['data'];
} {
  if (outcome.kind !== 'failed') throw new Error(`it ${outcome.kind}`);
  return { code: outcome.error.code, at: outcome.at, data: outcome.error.data };
}

/** An echo of a text under the capability, and whatever follows. */
export function calling(builder: BundleBuilder, cap: Uint8Array, tool = ECHO): BundleBuilder {
  return builder
    .op('CONST', reg(0), builder.text('hello'))
    .op('REQUIRE_CAP', builder.digest(cap))
    .op('EFFECT', builder.tool(tool), reg(0), reg(1), reg(2));
}
