/** Capabilities of a repository, for the API. */
import {
  CapabilityMemo,
  capabilityError,
  capabilityLog,
  checkCapability,
  decodeCapability,
  type HeldCapability,
  type JsonValue,
} from 'gatos-core';
import { agentOf, CAPABILITY, structJson } from 'gatos-core/mythos';
import { systemClock } from 'gatos-core/node';
import type { Workspace } from '../workspace.js';
import { agentOfWorkspace, isKeyOf } from './agent-service.js';
import { httpError } from './errors.js';
import { checkJson } from './report-json.js';
import type { Viewed } from './services.js';
import { idOfTool } from './tool-named.js';

export class CapabilityService {
  readonly #source;
  readonly #memo = new CapabilityMemo();

  constructor(private readonly workspace: Workspace) {
    this.#source = capabilityLog(workspace.backend);
  }

  async view(id: string): Promise<Viewed> {
    const held = await this.#held(id);
    const { chain } = await this.#check(id, undefined);
    const root = chain.at(-1) ?? held;
    let revoked: JsonValue = null;
    for (const { hex } of chain) {
      const found = await this.#source.revocation(hex);
      if (found !== null) revoked = { id: hex, by: found.by, reason: found.reason };
    }
    const used = Object.entries(await this.#source.used(root.hex, id)).map(([meter, amount]) => [
      meter,
      Number(amount),
    ]);
    const capability = structJson(CAPABILITY, held.capability);
    const { scope } = capability as { readonly scope: JsonValue };
    const json = {
      capability,
      scope,
      parents: chain.slice(1).map(({ hex }) => hex),
      revoked,
      used: Object.fromEntries(used) as JsonValue,
    };
    return { json, bytes: held.bytes };
  }

  async check(id: string, { tool }: { readonly tool?: string | undefined }): Promise<JsonValue> {
    await this.#held(id);
    const { report } = await this.#check(id, tool);
    return { subject: report.subject, outcome: report.outcome, checks: report.checks.map(checkJson) };
  }

  /** Did the actor issue it, or is the actor whoever acts here? */
  async mayUse(id: string, actor: string): Promise<boolean> {
    const { capability } = await this.#held(id);
    const agent = await agentOfWorkspace(this.workspace);
    if (agent?.actor === actor) return true;
    return isKeyOf(await this.workspace.repository.trust(), { key: capability.issuer.key, actor });
  }

  async #held(id: string): Promise<HeldCapability> {
    const bytes = await this.#source.issued(id);
    if (bytes === null) throw capabilityError('no-such-capability', { id });
    return decodeCapability(bytes);
  }

  async #check(id: string, tool: string | undefined) {
    const { engine, repository, backend } = this.workspace;
    const agent = await agentOfWorkspace(this.workspace);
    if (agent === null) throw httpError('no-gateway', {});
    const toolId = tool === undefined ? null : await idOfTool(backend, tool);
    const { signer } = await this.workspace.author();
    return checkCapability(
      { source: this.#source, engine, memo: this.#memo },
      {
        capability: { id },
        agent: agentOf(signer.key),
        now: systemClock.now(),
        trust: await repository.trust(),
        ...(toolId === null ? {} : { request: { kind: 'ToolCall', tool_id: toolId } }),
      },
    );
  }
}
