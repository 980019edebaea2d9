/** Running a task of a packet in a clone. */
import { encodeTrace, type IrProgram, type LongCall, runTask, type TaskRun, TRACE_MEDIA } from 'gatos-core';
import type { BlobRef } from 'gatos-core/mythos';
import { putBlob } from '../blobs/index.js';
import { type GatewayOptions, openGateway } from '../gateway/index.js';
import { requireTrusted } from '../require-trusted.js';
import type { ToolSettings } from '../tools/index.js';
import type { Workspace } from '../workspace.js';
import { LentCapabilities } from './lent.js';
import { type CalledEffect, executorPorts } from './ports.js';

export interface ExecuteRequest extends Pick<LongCall, 'signal'> {
  readonly program: IrProgram;
  /** 32 bytes; not needed where there is one task. */
  readonly task?: Uint8Array | undefined;
  /** Ids of the capabilities that it may use, in hexadecimal. A packet uses none of which nobody said so. */
  readonly capabilities: readonly string[];
  readonly settings: () => Promise<ToolSettings>;
  /** Keep the trace as a blob, where the task wants one. Default: yes. */
  readonly keepTrace?: boolean | undefined;
  readonly refreshMs?: number | undefined;
  readonly onLog?: GatewayOptions['onLog'];
}

export interface Executed {
  readonly run: TaskRun;
  /** Tools that it called, in order. */
  readonly effects: readonly CalledEffect[];
  /** Canonical bytes of the trace. */
  readonly trace: Uint8Array;
  /** Where the trace is kept, and the receipts in it (a TraceRef); null when it is not. */
  readonly traceRef: { readonly trace_blob: BlobRef; readonly receipt_ids: readonly Uint8Array[] } | null;
}

/**
 * Runs a task as the writer of this clone. What it fails with is in `run.outcome`. Throws what refuses the writer before anything is run,
 * `ir/no-task`, `ir/which-task`, `settings/no-author`, and as the store when the trace cannot be kept.
 */
export async function executeTask(workspace: Workspace, request: ExecuteRequest): Promise<Executed> {
  const { program, task, capabilities, settings, signal, keepTrace = true, refreshMs, onLog } = request;
  const writer = await workspace.repository.writer();
  requireTrusted(writer, workspace.repository.ports, 'effects/');
  const gateway = openGateway(workspace, { settings, refreshMs, onLog });
  const effects: CalledEffect[] = [];
  try {
    const lent = new LentCapabilities(workspace, capabilities);
    const ports = executorPorts({ workspace, writer, gateway, lent, onEffect: (called) => effects.push(called) });
    const run = await runTask({ program, task, ports, signal });
    const trace = encodeTrace(run.trace);
    const kept = keepTrace && run.emitTrace ? await keep(workspace, trace, signal) : null;
    const receipt_ids = run.trace.receipts.map(({ receipt_id }) => receipt_id);
    return { run, effects, trace, traceRef: kept === null ? null : { trace_blob: kept, receipt_ids } };
  } finally {
    await gateway.close();
  }
}

async function keep(workspace: Workspace, trace: Uint8Array, signal: LongCall['signal']): Promise<BlobRef> {
  async function* source() {
    yield trace;
  }
  const { blob } = await putBlob(workspace, { source: source(), media: TRACE_MEDIA, signal });
  return blob.ref;
}
