/** For tests: a repository with tools, a capability for each, and a gateway. Tools are scripts that count their invocations in a file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  applyPending,
  declareTool,
  issueCapability,
  type JsonValue,
  proposeChange,
  type ToolManifest,
  toolId,
  UNCOUNTED_U32,
  utf8,
} from 'gatos-core';
import { agentOf } from 'gatos-core/mythos';
import { systemClock, systemRandom } from 'gatos-core/node';
import { ScratchWorld } from '../scratch-world.js';
import type { ToolSettings } from '../tools/index.js';
import type { Workspace } from '../workspace.js';
import { openGateway } from './gateway.js';
import type { CalledTool, CallToolRequest } from './request.js';

export const ECHO: ToolManifest = {
  name: 'echo',
  does: 'gives back what it is given',
  request: {},
  response: {},
  effect: 'read',
  retry_safe: true,
  cacheable: false,
  run: { kind: 'builtin', builtin: 'echo' },
};

const DAY = 86_400_000_000;

export class GatewayWorld {
  readonly scratch = new ScratchWorld();
  readonly repo = this.scratch.folder('repo');
  #made = 0;

  async open(): Promise<void> {
    await this.scratch.init(this.repo, { actor: 'user:alice' });
    await this.within(async ({ backend, engine, author }) => {
      const ports = { backend, engine, clock: systemClock, random: systemRandom };
      const change = { op: 'set-group', name: 'cap-tool', members: ['user:alice'] } as const;
      const { bytes } = await proposeChange(ports, { ...(await author()), changes: [change] });
      await applyPending(ports, bytes);
    });
  }

  within<T>(body: (workspace: Workspace) => Promise<T>, person?: string): Promise<T> {
    return this.scratch.within(this.repo, body, person);
  }

  settings(): ToolSettings {
    return { env: process.env, sandbox: 'off', httpAllow: [], httpPrivate: false };
  }

  /** Declares a tool, and lets `subject` (default: alice) call it. The id of the capability. */
  async declare(
    manifest: ToolManifest,
    { source, calls = UNCOUNTED_U32, issue = true }: { source?: string; calls?: number; issue?: boolean } = {},
  ): Promise<string> {
    return this.within(async ({ repository }) => {
      const writer = await repository.writer();
      const files = source === undefined ? [] : [{ path: 'tool.mjs', bytes: utf8(source) }];
      await declareTool(repository.ports, writer, { manifest, files });
      if (!issue) return '';
      const now = Math.floor(systemClock.now());
      const { held } = await issueCapability(repository.ports, writer, {
        subject: agentOf(writer.signer.key),
        scope: { kind: 5, scope: { tool_id: toolId(manifest), max_calls: calls } },
        notBefore: now - DAY,
        expiresAt: now + DAY,
        delegable: false,
      });
      return held.hex;
    });
  }

  /** A script that is told where it counts, and what it does then: `input` is the body of the request. */
  async script(
    name: string,
    then: string,
    change: Partial<ToolManifest> = {},
    options: { calls?: number; issue?: boolean } = {},
  ): Promise<{ readonly name: string; readonly capability: string; count(): number }> {
    const path = this.scratch.at(`count-${this.#made++}`);
    writeFileSync(path, '');
    const source = `${PRELUDE}appendFileSync(${JSON.stringify(path)}, 'x');\n${then}\n`;
    const run = { kind: 'process', argv: ['node', 'tool.mjs'], files: ['tool.mjs'] } as const;
    const manifest: ToolManifest = {
      ...ECHO,
      name,
      does: `acts as ${name}`,
      retry_safe: false,
      effect: 'external',
      run,
      ...change,
    };
    const capability = await this.declare(manifest, { source, ...options });
    return { name, capability, count: () => (existsSync(path) ? readFileSync(path, 'utf8').length : 0) };
  }

  async call(request: Omit<CallToolRequest, 'body'> & { readonly body?: JsonValue }): Promise<CalledTool> {
    return this.within(async (workspace) => {
      const gateway = openGateway(workspace, { settings: async () => this.settings() });
      try {
        return await gateway.call({ body: { text: 'hi' }, ...request });
      } finally {
        await gateway.close();
      }
    });
  }

  dispose(): void {
    this.scratch.dispose();
  }
}

/** `ok(value)` answers with a text body; `say(bytes)` writes a frame of any bytes. */
const PRELUDE = `
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
const all = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
const leb = (n) => { const out = []; for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128); return [...out, n]; };
const say = (bytes) => all(Buffer.from([...leb(bytes.length), ...bytes]));
const text = (value) => { const bytes = Buffer.from(value); return [6, ...leb(bytes.length), ...bytes]; };
const ok = (value) => say([8, 2, 3, 1, 3, 0xc8, 1, 3, 2, ...text(value)]);
const no = (status, why) => say([8, 2, 3, 1, 3, ...leb(status), 3, 3, ...text(why)]);
const input = readFileSync(0);
`;
