/** Runs one task of a checked bundle: one operation after another, within the budget, and a trace of it whatever comes of it. */
import { formatHex } from '../codec/index.js';
import { type Abort, GatosError, invariant } from '../kernel/index.js';
import { TRACE_OUTCOME, type Trace } from '../mythos/index.js';
import { irError } from './errors.js';
import { Machine } from './machine.js';
import { Meter, type Spent } from './meter.js';
import type { IrPorts } from './ports.js';
import type { Program, ProgramTask } from './program.js';
import { encodeValue, type IrValue } from './values.js';

export type RunOutcome =
  | { readonly kind: 'returned'; readonly value: IrValue }
  | { readonly kind: 'halted' }
  /** At operation `at`. Budgets are `ir/budget`, with `data.budget` naming it. */
  | { readonly kind: 'failed'; readonly at: number; readonly error: GatosError };

export interface TaskRun {
  readonly outcome: RunOutcome;
  readonly trace: Trace;
  readonly spent: Spent;
  readonly emitTrace: boolean;
}

export interface RunTaskRequest {
  readonly program: Program;
  /** 32 bytes; not needed where there is one task. */
  readonly task?: Uint8Array | undefined;
  readonly ports: IrPorts;
  readonly signal?: Abort | undefined;
}

/**
 * Runs a task. Whatever the ports refuse, and every budget that is used up, is the outcome `failed`; nothing after it is done.
 * Throws `ir/no-task`, `ir/which-task`, what is no GatosError, and what `signal` throws.
 */
export async function runTask({ program, task: wanted, ports, signal }: RunTaskRequest): Promise<TaskRun> {
  const task = taskOf(program, wanted);
  const meter = new Meter(task.budget, ports.clock);
  const machine = new Machine({ ports, meter, bundle: program.bundle, taskId: task.id, signal });
  const outcome = await outcomeOf(machine, { program, task, signal });
  const { spent } = meter;
  const trace = {
    ...traceOf(machine, outcome),
    bundle: program.bundle,
    task_id: task.id,
    agent: ports.agent,
    ...spent,
  };
  return { outcome, trace, spent, emitTrace: task.emitTrace };
}

function taskOf({ tasks }: Program, wanted: Uint8Array | undefined): ProgramTask {
  const known = tasks.map(({ id }) => formatHex(id));
  if (wanted === undefined && tasks.length > 1) throw irError('which-task', { known });
  const index = wanted === undefined ? 0 : known.indexOf(formatHex(wanted));
  const task = tasks[index];
  if (task === undefined)
    throw irError('no-task', { task: wanted === undefined ? 'at all' : formatHex(wanted), known });
  return task;
}

interface Running {
  readonly program: Program;
  readonly task: ProgramTask;
  readonly signal: Abort | undefined;
}

async function outcomeOf(machine: Machine, running: Running): Promise<RunOutcome> {
  try {
    await runOperations(machine, running);
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return { kind: 'failed', at: machine.place.at, error };
  }
  const { result } = machine;
  invariant(result !== undefined, 'a checked program ends with HALT or RET');
  return result === 'halted' ? { kind: 'halted' } : { kind: 'returned', value: result };
}

async function runOperations(machine: Machine, { program, task, signal }: Running): Promise<void> {
  task.args.forEach((value, register) => {
    machine.preset(register, value);
  });
  for (const { at, row, args } of program.instructions) {
    signal?.throwIfAborted();
    const place = { at, op: row.name };
    machine.enter(place);
    machine.meter.checkDeadline(place);
    machine.meter.charge(place, row.cost + (row.weigh?.(machine, args) ?? 0n));
    if (row.effect !== undefined) {
      machine.requireKind(row.effect.needs);
      machine.meter.countEffect(place, { writes: row.effect.writes(args) });
    }
    machine.begin(row.opcode);
    await row.step?.(machine, args);
    if (machine.result !== undefined) return;
  }
}

type TraceOfRun = Pick<Trace, 'version' | 'steps' | 'outcome' | 'result' | 'failure' | 'receipts'>;

function traceOf({ steps, receipts }: Machine, outcome: RunOutcome): TraceOfRun {
  const common = { version: 1, steps, receipts };
  if (outcome.kind === 'halted') return { ...common, outcome: TRACE_OUTCOME.halted };
  if (outcome.kind === 'returned')
    return { ...common, outcome: TRACE_OUTCOME.returned, result: encodeValue(outcome.value) };
  const { at: op, error } = outcome;
  const budget = error.code === 'ir/budget' ? String(error.data.budget) : undefined;
  return { ...common, outcome: TRACE_OUTCOME.failed, failure: { code: error.code, op, budget } };
}
