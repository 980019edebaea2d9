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
  runner(): Promise<ToolRunner>;
}

const ID = /^[0-9a-f]{64}$/;
/** Tools that stay ready. */
const MOST_READY = 256;

export class ReadyTools {
  /** By CID of the declaration. */
  readonly #ready = new Map<string, ReadyTool>();
  readonly #runners = new Map<string, Promise<ToolRunner>>();

  constructor(
    private readonly backend: GitBackend,
    private readonly settings: () => Promise<ToolSettings>,
  ) {}

  /** By name or id. Throws `tools/no-such-tool`, `tools/bad-name`. */
  async find(name: string): Promise<ReadyTool> {
    const tool = ID.test(name) ? await this.#withId(name) : await readTool(this.backend, name);
    const cid = String(tool.cid);
    const known = this.#ready.get(cid);
    if (known !== undefined) return known;
    if (this.#ready.size >= MOST_READY) await this.close();
    const ready = {
      tool,
      def: toolDef(tool.manifest),
      checks: bodyChecks(tool.manifest),
      runner: () => this.#runner(cid, tool),
    };
    this.#ready.set(cid, ready);
    return ready;
  }

  async #withId(id: string): Promise<DeclaredTool> {
    const [tool] = await toolsWithId(this.backend, parseHex(id));
    if (tool === undefined) throw toolError('no-such-tool', { tool: id });
    return tool;
  }

  #runner(cid: string, tool: DeclaredTool): Promise<ToolRunner> {
    const known = this.#runners.get(cid);
    if (known !== undefined) return known;
    const open = async () =>
      openRunner(tool, { settings: await this.settings(), files: await readToolModule(this.backend, tool) });
    const made = open().catch((error: unknown) => {
      this.#runners.delete(cid);
      throw error;
    });
    this.#runners.set(cid, made);
    return made;
  }

  async close(): Promise<void> {
    const runners = [...this.#runners.values()];
    this.#runners.clear();
    this.#ready.clear();
    for (const runner of runners) await (await runner.catch(() => null))?.close();
  }
}
