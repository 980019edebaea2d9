/** Packets, traces and outcomes for people, and as data. */
import {
  type DisassembledOp,
  disassemble,
  formatHex,
  formatJson,
  formatKey,
  IR_OPERATIONS,
  type IrOutcome,
  irValueJson,
  type JsonValue,
  type TaskRun,
} from 'gatos-core';
import { type IrBundle, type Packet, structJson, TRACE } from 'gatos-core/mythos';
import type { Executed } from 'gatosd';
import { type Style, visible } from '../../output/style.js';
import { counted } from '../../view/count.js';
import type { Judged } from './packet.js';

const ID_UNITS = 16;
const short = (id: Uint8Array): string => formatHex(id).slice(0, ID_UNITS);

/** A bundle for programs. */
export function bundleValue(bundle: IrBundle, id: Uint8Array) {
  return {
    bundle: formatHex(id),
    author: formatHex(bundle.meta.author.key),
    notes: bundle.meta.notes ?? null,
    operations: disassemble(bundle),
    tools: bundle.tools.tools.map(({ tool_id, name }) => ({ id: formatHex(tool_id), name: name ?? null })),
    tasks: bundle.tasks.tasks.map(({ task_id, budget, emit_trace }) => ({
      id: formatHex(task_id),
      budget: budgetValue(budget),
      emit_trace,
    })),
  };
}

type Budget = IrBundle['tasks']['tasks'][number]['budget'];

function budgetValue({ cpu_us, io_count, state_writes, deadline_us }: Budget) {
  return {
    cpu_us: String(cpu_us),
    io_count,
    state_writes,
    deadline_us: deadline_us === undefined ? null : String(deadline_us),
  };
}

/** A bundle for people: what it is, what it does, its tasks. */
export function bundleLines(bundle: IrBundle, { id, style }: { readonly id: Uint8Array; readonly style: Style }) {
  const ops = disassemble(bundle);
  const width = ops.reduce((most, { text }) => Math.max(most, shownText(text).length), 0);
  const { notes, author } = bundle.meta;
  return [
    `bundle ${style.cyan(formatHex(id))}`,
    `  by ${keyText(author.key)}${notes === undefined ? '' : `: ${visible(notes)}`}`,
    ...ops.map((op) => operationLine(op, { width, style })),
    ...bundle.tasks.tasks.map(({ task_id, budget }) => `task ${style.cyan(formatHex(task_id))}: ${budgetText(budget)}`),
  ];
}

function keyText(key: Uint8Array): string {
  return key.length === 32 ? formatKey(key) : formatHex(key);
}

/** Long digests are cut in the middle of a line; the data has all of them. */
function shownText(text: string): string {
  return visible(text.replaceAll(/\b[0-9a-f]{64}\b/g, (id) => `${id.slice(0, 8)}…`));
}

function operationLine(
  { at, text, notes, supported }: DisassembledOp,
  { width, style }: { width: number; style: Style },
) {
  const shown = shownText(text).padEnd(width);
  const marks = [...notes.map(visible), ...(supported ? [] : ['not supported by this executor'])];
  const line = `  ${String(at).padStart(3)}  ${shown}`;
  return marks.length === 0 ? line.trimEnd() : `${line}  ${style.dim(`; ${marks.join(', ')}`)}`;
}

function budgetText({ cpu_us, io_count, state_writes, deadline_us }: Budget): string {
  const time = deadline_us === undefined ? '' : `, ${deadline_us} µs of time`;
  return `${cpu_us} µs of processor, ${counted(io_count, 'effect')}, ${counted(state_writes, 'write')} of state${time}`;
}

interface SignatureValue {
  readonly key: string;
  readonly verdict: string;
  /** Who that is here; null when nobody trusts the key. */
  readonly actor: string | null;
}

/** Who signed, for programs. */
export function signatureValues(signatures: Judged['signatures']): readonly SignatureValue[] {
  return signatures.map(({ signer, verdict, actor }) => ({ key: formatHex(signer.key), verdict, actor }));
}

export function packetValue({ framing, codec, payload }: Packet) {
  return { framing, codec: codec === 1 ? 'can' : 'zstd', payload_bytes: payload.length };
}

/** What a run did, for programs. */
export function runValue({ run, effects, traceRef }: Executed) {
  const { outcome, spent, trace } = run;
  return {
    outcome: outcomeValue(outcome),
    spent: { cpu_us: String(spent.cpu_us), io_count: spent.io_count, state_writes: spent.state_writes },
    effects,
    receipts: trace.receipts.map(({ receipt_id, tool_id, request_hash, response_hash }) => ({
      receipt: formatHex(receipt_id),
      tool: formatHex(tool_id),
      request_hash: formatHex(request_hash),
      response_hash: formatHex(response_hash),
    })),
    trace: structJson(TRACE, trace),
    trace_blob: traceRef === null ? null : formatHex(traceRef.trace_blob.cid),
  };
}

function outcomeValue(outcome: IrOutcome) {
  if (outcome.kind === 'halted') return { kind: outcome.kind };
  if (outcome.kind === 'returned') return { kind: outcome.kind, type: outcome.value.type, value: resultJson(outcome) };
  const { code, message, hint, data } = outcome.error;
  return { kind: outcome.kind, at: outcome.at, error: { code, message, hint: hint ?? null, data } };
}

function resultJson({ value }: Extract<IrOutcome, { kind: 'returned' }>): JsonValue {
  return irValueJson(value);
}

/** What a run did, for people: each step, with what came of it. */
export function runLines(executed: Executed, style: Style): readonly string[] {
  const { run, traceRef } = executed;
  const { outcome, trace, spent } = run;
  const { cpu_us, io_count, state_writes } = spent;
  return [
    ...stepLines(run, executed.effects, style),
    outcomeLine(outcome, style),
    `spent ${cpu_us} µs of processor, ${counted(io_count, 'effect')}, ${counted(state_writes, 'write')} of state`,
    ...(trace.receipts.length === 0 ? [] : [`${counted(trace.receipts.length, 'receipt')} in the trace`]),
    ...(traceRef === null ? [] : [`trace ${style.cyan(formatHex(traceRef.trace_blob.cid))}`]),
  ];
}

function stepLines({ trace, outcome }: TaskRun, effects: Executed['effects'], style: Style): readonly string[] {
  let called = 0;
  return trace.steps.map(({ op, opcode, cap_id, receipt_id }) => {
    const name = IR_OPERATIONS.get(opcode)?.name ?? String(opcode);
    const effect = name === 'EFFECT' && receipt_id !== undefined ? effects[called++] : undefined;
    const parts = [
      ...(effect === undefined
        ? []
        : [`${effect.tool}: ${effect.status === 'replayed' ? 'known to the ledger, not invoked again' : 'invoked'}`]),
      ...(cap_id === undefined ? [] : [`capability ${short(cap_id)}… holds`]),
      ...(receipt_id === undefined ? [] : [`receipt ${short(receipt_id)}…`]),
    ];
    const failed = outcome.kind === 'failed' && outcome.at === op;
    const mark = failed ? style.red('✗') : style.green('✓');
    return `${mark} ${String(op).padStart(3)}  ${name}${parts.length === 0 ? '' : `  ${style.dim(parts.join(', '))}`}`;
  });
}

function outcomeLine(outcome: IrOutcome, style: Style): string {
  if (outcome.kind === 'halted') return `${style.green('✓')} halted`;
  if (outcome.kind === 'returned') return `${style.green('✓')} returned ${visible(formatJson(resultJson(outcome)))}`;
  const { message, hint } = outcome.error;
  return `${style.red('✗')} ${visible(message)}${hint === undefined ? '' : `\n    ${style.cyan('hint:')} ${visible(hint)}`}`;
}
