/** Calls of tools, through the gateway: the only way there is. */
import { encodeCan, formatHex, type JsonValue } from 'gatos-core';
import { encodeStruct, RECEIPT, structJson } from 'gatos-core/mythos';
import { type CalledTool, type Gateway, openGateway, type ToolLog } from '../gateway/index.js';
import { readToolSettings } from '../tools/index.js';
import type { Workspace } from '../workspace.js';
import { agentOfWorkspace } from './agent-service.js';
import { httpError } from './errors.js';
import { plainData } from './plain-data.js';
import type { CallAnswer, CallRequest } from './services.js';
import { idOfTool } from './tool-named.js';

export interface CallSettings {
  readonly leaseMs?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly onToolLog?: ((log: ToolLog) => void) | undefined;
}

export class CallService {
  readonly #gateway: Gateway;
  readonly #times: Pick<CallSettings, 'leaseMs' | 'waitMs'>;

  constructor(
    private readonly workspace: Workspace,
    env: Readonly<Record<string, string | undefined>>,
    { onToolLog, ...times }: CallSettings,
  ) {
    this.#times = times;
    const at = { cwd: workspace.backend.commonDir, env };
    this.#gateway = openGateway(workspace, { settings: () => readToolSettings(at, env), onLog: onToolLog });
  }

  /** Throws as the gateway, `http/no-gateway`, `http/bad-body`. */
  async call(request: CallRequest, { signal }: { readonly signal: AbortSignal }): Promise<CallAnswer> {
    const { tool, toolId, key, capability, body } = request;
    if ((await agentOfWorkspace(this.workspace)) === null) throw httpError('no-gateway', {});
    if (toolId !== null) await this.#checkTool(tool, toolId);
    const asked = { tool, body, capability, signal, ...this.#times, ...(key === null ? {} : { key }) };
    return answerOf(await this.#gateway.call(asked));
  }

  /** A request that was made for another tool is not bent to fit. */
  async #checkTool(tool: string, toolId: Uint8Array): Promise<void> {
    const id = await idOfTool(this.workspace.backend, tool);
    if (Buffer.compare(id, toolId) === 0) return;
    const [theirs, ours] = [formatHex(toolId), formatHex(id)];
    throw httpError('bad-body', { why: `the request is for tool ${theirs}, and \`${tool}\` is ${ours}` });
  }

  close(): Promise<void> {
    return this.#gateway.close();
  }
}

function answerOf({ receipt, receiptId, status, effect, response, answer }: CalledTool): CallAnswer {
  const json: JsonValue = {
    receipt: structJson(RECEIPT, receipt),
    response: plainData(answer),
    replayed: status === 'replayed',
    effect,
  };
  // Both as byte strings: their hashes are over exactly these.
  const bytes = encodeCan([encodeStruct(RECEIPT, receipt), response ?? new Uint8Array(0)]);
  return { receiptId, bytes, replayed: status === 'replayed', json };
}
