/** For tests: a repository with tools, and capabilities to call them. Scripts count their invocations in a file. Not exported. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  applyPending,
  declareTool,
  proposeChange,
  readTool,
  type ToolManifest,
  type TrustChange,
  UNCOUNTED_U32,
  utf8,
} from 'gatos-core';
import type { Scope } from 'gatos-core/mythos';
import { systemClock, systemRandom } from 'gatos-core/node';
import { ECHO_TOOL, issueForADay, TOOL_PRELUDE } from 'gatos-core/testing';
import { ScratchWorld } from './scratch-world.js';
import type { ToolSettings } from './tools/index.js';
import type { Workspace } from './workspace.js';

export interface ToIssue {
  /** Key for which it is; default: that of whoever issues. */
  readonly subject?: Uint8Array;
  /** Where; default: the repository of alice. */
  readonly place?: { readonly cwd: string; readonly person: string };
  /** How often the tool may be called; default: not counted. */
  readonly calls?: number;
}

export interface ToDeclare {
  /** Of the script that it is. */
  readonly source?: string;
  readonly calls?: number;
  /** May alice call it? Default: yes. */
  readonly issue?: boolean;
}

export interface ScriptTool {
  readonly name: string;
  readonly manifest: ToolManifest;
  /** Its id; empty when none was issued. */
  readonly capability: string;
  /** Invocations so far. */
  count(): number;
}

export class ToolWorld {
  readonly scratch = new ScratchWorld();
  readonly repo = this.scratch.folder('repo');
  #made = 0;

  async open(): Promise<void> {
    await this.scratch.init(this.repo, { actor: 'user:alice' });
    // Scripts count in files outside of their place.
    this.scratch.git(this.repo, 'config', 'gatos.toolSandbox', 'off');
    await this.mayIssue('user:alice');
  }

  /** Who may issue capabilities for tools and blobs. */
  mayIssue(...members: readonly string[]): Promise<void> {
    const group = (name: string): TrustChange => ({ op: 'set-group', name, members });
    return this.change(group('cap-tool'), group('cap-blob'));
  }

  /** Changes of trust, by alice. */
  change(...changes: readonly [TrustChange, ...TrustChange[]]): Promise<void> {
    return this.within(async ({ backend, engine, author }) => {
      const ports = { backend, engine, clock: systemClock, random: systemRandom };
      await applyPending(ports, (await proposeChange(ports, { ...(await author()), changes })).bytes);
    });
  }

  within<T>(body: (workspace: Workspace) => Promise<T>): Promise<T> {
    return this.scratch.within(this.repo, body);
  }

  async settings(): Promise<ToolSettings> {
    return { env: process.env, sandbox: 'off', httpAllow: [], httpPrivate: false };
  }

  /** The id of a new capability: to call the tool of a name, or for any scope. */
  issue(
    what: string | Scope,
    { subject, place = { cwd: this.repo, person: 'alice' }, calls = UNCOUNTED_U32 }: ToIssue = {},
  ): Promise<string> {
    const body = async ({ repository, backend }: Workspace): Promise<string> => {
      const scopeOf = async (tool: string): Promise<Scope> => {
        const { id } = await readTool(backend, tool);
        return { kind: 5, scope: { tool_id: id, max_calls: calls } };
      };
      const scope = typeof what === 'string' ? await scopeOf(what) : what;
      return (await issueForADay(repository.ports, await repository.writer(), { scope, subject })).hex;
    };
    return this.scratch.within(place.cwd, body, place.person);
  }

  /** Declares a tool, and lets alice call it: the id of the capability. */
  async declare(manifest: ToolManifest, { source, calls, issue = true }: ToDeclare = {}): Promise<string> {
    await this.within(async ({ repository }) => {
      const files = source === undefined ? [] : [{ path: 'tool.mjs', bytes: utf8(source) }];
      await declareTool(repository.ports, await repository.writer(), { manifest, files });
    });
    return issue ? this.issue(manifest.name, calls === undefined ? {} : { calls }) : '';
  }

  /** A tool that counts that it was invoked, and then runs `then`, which has what `TOOL_PRELUDE` gives. */
  async script(
    name: string,
    then: string,
    change: Partial<ToolManifest> = {},
    options: Omit<ToDeclare, 'source'> = {},
  ): Promise<ScriptTool> {
    const path = this.scratch.at(`invocations-${this.#made++}`);
    writeFileSync(path, '');
    const run = { kind: 'process', argv: ['node', 'tool.mjs'], files: ['tool.mjs'] } as const;
    const acts = { does: `acts as ${name}`, effect: 'external', retry_safe: false } as const;
    const manifest: ToolManifest = { ...ECHO_TOOL, name, ...acts, run, ...change };
    const source = `${TOOL_PRELUDE}appendFileSync(${JSON.stringify(path)}, 'x');\n${then}\n`;
    const capability = await this.declare(manifest, { source, ...options });
    return { name, manifest, capability, count: () => readFileSync(path).length };
  }

  dispose(): void {
    this.scratch.dispose();
  }
}
