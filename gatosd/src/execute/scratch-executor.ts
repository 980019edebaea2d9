/** For tests: a clone with tools, capabilities, and tasks that are run in it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  applyPending,
  checkBundle,
  declareTool,
  issueCapability,
  proposeChange,
  type ToolManifest,
  type TrustChange,
  toolId,
  UNCOUNTED_U32,
  utf8,
} from 'gatos-core';
import { agentOf, type Scope as CapabilityScope, type IrBundle } from 'gatos-core/mythos';
import { systemClock, systemRandom } from 'gatos-core/node';
import { ScratchWorld } from '../scratch-world.js';
import type { ToolSettings } from '../tools/index.js';
import type { Workspace } from '../workspace.js';
import { type Executed, executeTask } from './index.js';

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

/** As `script` declares tools. */
export const ACTING: ToolManifest = {
  ...ECHO,
  retry_safe: false,
  effect: 'external',
  run: { kind: 'process', argv: ['node', 'tool.mjs'], files: ['tool.mjs'] },
};

const DAY = 86_400_000_000;

/** `ok()` answers `{1: 200, 2: "done"}`, as a frame. */
const PRELUDE = `
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
readFileSync(0);
const ok = () => writeSync(1, Buffer.from([15, 8, 2, 3, 1, 3, 0xc8, 1, 3, 2, 6, 4, ...Buffer.from('done')]));
`;

export class ExecutorWorld {
  readonly scratch = new ScratchWorld();
  readonly repo = this.scratch.folder('repo');
  #made = 0;

  async open(): Promise<void> {
    await this.scratch.init(this.repo, { actor: 'user:alice' });
    for (const name of ['cap-tool', 'cap-blob']) await this.change({ op: 'set-group', name, members: ['user:alice'] });
  }

  /** A change of trust, by alice. */
  change(change: TrustChange): Promise<void> {
    return this.within(async ({ backend, engine, author }) => {
      const ports = { backend, engine, clock: systemClock, random: systemRandom };
      await applyPending(ports, (await proposeChange(ports, { ...(await author()), changes: [change] })).bytes);
    });
  }

  within<T>(body: (workspace: Workspace) => Promise<T>): Promise<T> {
    return this.scratch.within(this.repo, body);
  }

  settings(): ToolSettings {
    return { env: process.env, sandbox: 'off', httpAllow: [], httpPrivate: false };
  }

  /** The id of a new capability for alice. */
  issue(scope: CapabilityScope): Promise<string> {
    return this.within(async ({ repository }) => {
      const writer = await repository.writer();
      const now = Math.floor(systemClock.now());
      const window = { notBefore: now - DAY, expiresAt: now + DAY };
      const request = { subject: agentOf(writer.signer.key), scope, ...window, delegable: false };
      return (await issueCapability(repository.ports, writer, request)).held.hex;
    });
  }

  /** Declares a tool, and gives a capability to call it. */
  async declare(manifest: ToolManifest, source?: string): Promise<string> {
    await this.within(async ({ repository }) => {
      const files = source === undefined ? [] : [{ path: 'tool.mjs', bytes: utf8(source) }];
      await declareTool(repository.ports, await repository.writer(), { manifest, files });
    });
    return this.issue({ kind: 5, scope: { tool_id: toolId(manifest), max_calls: UNCOUNTED_U32 } });
  }

  /** A tool that counts its invocations, and what it does then; `does` is what its id follows from. */
  async script(does: string, then: string) {
    const path = this.scratch.at(`count-${this.#made++}`);
    const manifest: ToolManifest = { ...ACTING, name: `script-${this.#made}`, does };
    const count = `appendFileSync(${JSON.stringify(path)}, 'x');\n`;
    const capability = await this.declare(manifest, `${PRELUDE}${count}${then}\n`);
    writeFileSync(path, '');
    return { manifest, capability, count: () => (existsSync(path) ? readFileSync(path, 'utf8').length : 0) };
  }

  /** Runs the one task of a bundle with these capabilities. */
  execute(bundle: IrBundle, capabilities: readonly string[], signal?: AbortSignal): Promise<Executed> {
    const { program, faults } = checkBundle(bundle);
    if (program === undefined) throw faults[0];
    return this.within((workspace) =>
      executeTask(workspace, { program, capabilities, signal, settings: async () => this.settings() }),
    );
  }

  dispose(): void {
    this.scratch.dispose();
  }
}
