/** Declared tools, ready to be called: looked up, with their schemas compiled and their runners open, as long as they stand. */
import {
  type BodyChecks,
  bodyChecks,
  type DeclaredTool,
  type GitBackend,
  parseHex,
  readTool,
  readToolModule,
  toolDef,
  toolError,
  toolsWithId,
} from 'gatos-core';
import type { ToolDef } from 'gatos-core/mythos';
import { openRunner, type ToolRunner, type ToolSettings } from '../tools/index.js';

export interface ReadyTool {
  readonly tool: DeclaredTool;
  readonly def: ToolDef;
  readonly checks: BodyChecks;
  /** To be released, whatever comes of it. */
  take(): Promise<TakenRunner>;
}

export interface TakenRunner extends Pick<ToolRunner, 'invoke'> {
  release(): Promise<void>;
}

const ID = /^[0-9a-f]{64}$/;
/** Tools that stay ready. */
const MOST_READY = 256;

export class ReadyTools {
  /** By CID of the declaration, the one that was asked for last at the end. */
  readonly #kept = new Map<string, KeptTool>();

  constructor(
    private readonly backend: GitBackend,
    private readonly settings: () => Promise<ToolSettings>,
    private readonly most = MOST_READY,
  ) {}

  /** By name or id. Throws `tools/no-such-tool`, `tools/bad-name`. */
  async find(name: string): Promise<ReadyTool> {
    const tool = ID.test(name) ? await this.#withId(name) : await readTool(this.backend, name);
    const cid = String(tool.cid);
    const kept = this.#kept.get(cid) ?? new KeptTool(tool, () => this.#open(tool));
    this.#kept.delete(cid);
    this.#kept.set(cid, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.most && oldest !== undefined) await this.#drop(oldest);
    return kept;
  }

  async #withId(id: string): Promise<DeclaredTool> {
    const [tool] = await toolsWithId(this.backend, parseHex(id));
    if (tool === undefined) throw toolError('no-such-tool', { tool: id });
    return tool;
  }

  async #open(tool: DeclaredTool): Promise<ToolRunner> {
    return openRunner(tool, { settings: await this.settings(), files: await readToolModule(this.backend, tool) });
  }

  async #drop(cid: string): Promise<void> {
    const kept = this.#kept.get(cid);
    this.#kept.delete(cid);
    await kept?.drop();
  }

  async close(): Promise<void> {
    for (const cid of [...this.#kept.keys()]) await this.#drop(cid);
  }
}

class KeptTool implements ReadyTool {
  readonly def: ToolDef;
  readonly checks: BodyChecks;
  #runner: Promise<ToolRunner> | null = null;
  #taken = 0;
  #dropped = false;

  constructor(
    readonly tool: DeclaredTool,
    private readonly open: () => Promise<ToolRunner>,
  ) {
    this.def = toolDef(tool.manifest);
    this.checks = bodyChecks(tool.manifest);
  }

  async take(): Promise<TakenRunner> {
    this.#taken += 1;
    this.#runner ??= this.open();
    const opening = this.#runner;
    try {
      const { invoke } = await opening;
      return { invoke, release: () => this.#release() };
    } catch (error) {
      // The next one opens it anew, unless somebody has begun to.
      if (this.#runner === opening) this.#runner = null;
      await this.#release();
      throw error;
    }
  }

  /** Its runner is closed as soon as nobody uses it: what is invoked is not ended because others want the place. */
  async drop(): Promise<void> {
    this.#dropped = true;
    await this.#settle();
  }

  async #release(): Promise<void> {
    this.#taken -= 1;
    await this.#settle();
  }

  async #settle(): Promise<void> {
    if (!this.#dropped || this.#taken > 0) return;
    const runner = this.#runner;
    this.#runner = null;
    await (await runner)?.close();
  }
}
