/**
 * The gateway: the one way in which tools are called. What a call may do is asked before anything happens, what it is about to do is
 * recorded before the tool is invoked, and what came of it before the caller gets it.
 */
import {
  append,
  type CheckedCapability,
  countUse,
  type Effect,
  effectHeldError,
  effectShard,
  type OpenedEffect,
  openEffect,
  receiptOf,
  recordReceipt,
} from 'gatos-core';
import { requireTrusted } from '../require-trusted.js';
import type { ToolSettings } from '../tools/index.js';
import type { Workspace } from '../workspace.js';
import { Authority } from './authority.js';
import { type CallContext, LEASE_MS } from './context.js';
import { gatewayError } from './errors.js';
import { invoke, invokeHeld, isTemporary } from './invoke.js';
import { prepareCall } from './prepare.js';
import type { CalledTool, CallToolRequest, ToolLog } from './request.js';
import { calledWith, replayed } from './results.js';
import { ReadyTools } from './tools.js';
import { waitFor } from './waiting.js';

export interface GatewayOptions {
  /** What tools may do here; asked for when the first one is run. See `readToolSettings`. */
  readonly settings: () => Promise<ToolSettings>;
  /** The workspace has a remote whose word counts: while waiting it is asked for news so often. */
  readonly refreshMs?: number | undefined;
  /** Told what a tool wrote to its standard error, whatever became of the call. */
  readonly onLog?: ((log: ToolLog) => void) | undefined;
}

export interface Gateway {
  /**
   * Calls a tool. Throws, before anything is invoked: `tools/no-such-tool`, `tools/body-refused`, `gateway/denied`, `gateway/no-capability`,
   * `trust/*`, `capabilities/exhausted`, `effects/idempotency-conflict`, `effects/divergent`, `effects/outcome-unknown`, `effects/held`;
   * `effects/not-started` when it did nothing, `effects/no-answer` when it may have acted; after it has acted `gateway/answer-refused`,
   * `gateway/not-recorded`, `effects/lost-lease`, `effects/non-deterministic`; faults of the repository; the reason of the signal.
   */
  call(request: CallToolRequest): Promise<CalledTool>;
  /** Ends the threads of its tools. */
  close(): Promise<void>;
}

const WAIT_MS = 30_000;
const LEASE_BYTES = 16;

/** A gateway that stays: tools and capabilities that it has looked at are remembered. */
export function openGateway(workspace: Workspace, options: GatewayOptions): Gateway {
  const { backend, engine } = workspace;
  const tools = new ReadyTools(backend, options.settings);
  const authority = new Authority({ backend, engine });
  return {
    call: async (request) => {
      const context = await contextOf(workspace, request, { tools, authority, onLog: options.onLog });
      return context.prepared.key === null ? callOnce(context) : callKeyed(context, options);
    },
    close: () => tools.close(),
  };
}

/** One call, with a gateway of its own. */
export async function callTool(
  workspace: Workspace,
  { settings, refreshMs, onLog, ...request }: CallToolRequest & GatewayOptions,
): Promise<CalledTool> {
  const gateway = openGateway(workspace, { settings, refreshMs, onLog });
  try {
    return await gateway.call(request);
  } finally {
    await gateway.close();
  }
}

interface Parts {
  readonly tools: ReadyTools;
  readonly authority: Authority;
  readonly onLog: GatewayOptions['onLog'];
}

/** Everything that can refuse a call before something is recorded. */
async function contextOf(
  workspace: Workspace,
  request: CallToolRequest,
  { tools, authority, onLog }: Parts,
): Promise<CallContext> {
  const { repository } = workspace;
  const { ports } = repository;
  const ready = await tools.find(request.tool);
  const prepared = prepareCall(ready, request, ports.random);
  const { name, id } = ready.tool;
  const ask = async (): Promise<CallContext> => {
    const writer = await repository.writer();
    requireTrusted(writer, ports, effectShard(prepared.id));
    const now = Math.floor(ports.clock.now());
    const chain = await authority.require({
      writer,
      now,
      tool: { name, id },
      request: { kind: 'ToolCall', tool_id: id, body: prepared.body },
      idem: prepared.id,
      capability: request.capability,
    });
    return { workspace, request, prepared, writer, now, chain, onLog, again: ask };
  };
  return ask();
}

/** The use of the capability, to be counted in one step with what is recorded before it. */
function countOf({ workspace, prepared, writer, chain }: CallContext, withPrevious: boolean) {
  const { ports } = workspace.repository;
  const { body, id: idem, ready } = prepared;
  const request = { kind: 'ToolCall', tool_id: ready.tool.id, body } as const;
  return countUse(ports, writer, { chain, request, idem, now: Math.floor(ports.clock.now()), withPrevious });
}

/** Without a key: the use is counted, the tool is invoked, the receipt recorded. */
async function callOnce(context: CallContext): Promise<CalledTool> {
  const { workspace, prepared, writer } = context;
  const { ports } = workspace.repository;
  const { ready, hash } = prepared;
  const count = countOf(context, false);
  if (count !== null) await append(ports, count);
  context.request.onStep?.('registered');
  const given = await invoke(context, null);
  const call = { def: ready.def, key: new Uint8Array(0), request: hash };
  const receipt = await receiptOf(ports, call, { ...given, use: prepared.id, signer: writer.signer });
  context.request.onStep?.('receipt');
  const capability = idOf(context);
  try {
    await recordReceipt(ports, {
      ...(await workspace.repository.writer()),
      receipt,
      response: given.response,
      capability,
      use: prepared.id,
      began: context.now,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw gatewayError('not-recorded', { tool: ready.tool.name, status: given.status, why }, { cause: error });
  }
  context.request.onStep?.('committed');
  return calledWith(context, { receipt, given, effect: null });
}

function idOf({ chain }: CallContext): Uint8Array {
  return (chain[0] as CheckedCapability['chain'][number]).id;
}

/** With a key: one of those who call invokes the tool, the others get what came of it. */
async function callKeyed(asked: CallContext, { refreshMs }: GatewayOptions): Promise<CalledTool> {
  const { workspace, request, prepared } = asked;
  const { signal, waitMs = WAIT_MS, leaseMs = LEASE_MS } = request;
  const lease = workspace.repository.ports.random.bytes(LEASE_BYTES);
  let standing: Effect | null = null;
  let context = asked;
  const look = async () => {
    // Whoever has waited may have lost the capability meanwhile.
    if (standing !== null) context = await context.again();
    const opened = await open(context, { lease, leaseMs });
    if (opened.what !== 'held') return { got: opened, until: 0 };
    standing = opened.effect;
    return { got: null, until: opened.until };
  };
  const first = await look();
  const opened = first.got ?? (await waitFor(workspace, { id: prepared.id, waitMs, signal, refreshMs, look }));
  if (opened === null) throw effectHeldError(standing as unknown as Effect);
  if (opened.what === 'replay') return replayed(context, opened.effect);
  request.onStep?.('registered');
  return invokeHeld(context, opened.held);
}

/** Times that a lease is asked for which a fault may have hidden. */
const TRIES = 3;

async function open(
  context: CallContext,
  { lease, leaseMs }: { readonly lease: Uint8Array; readonly leaseMs: number },
): Promise<OpenedEffect> {
  const { workspace, prepared, writer } = context;
  const { ready, hash, key } = prepared;
  const call = { def: ready.def, key: key as Uint8Array, request: hash, capability: idOf(context) };
  const count = countOf(context, true);
  const together = count === null ? [] : [count];
  for (let attempt = 1; ; attempt++) {
    try {
      return await openEffect(workspace.repository.ports, { ...writer, call, leaseMs, lease, together });
    } catch (error) {
      // The lease may stand all the same: then nobody but us knows that nothing was invoked under it.
      if (attempt === TRIES || !isTemporary(error)) throw error;
    }
  }
}
