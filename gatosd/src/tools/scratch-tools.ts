/** For tests: tools that are made on the spot, and what is called of them. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeToolRequest, type JsonValue, parseToolManifest, type ToolManifest, toolId, utf8 } from 'gatos-core';
import { ECHO_TOOL } from 'gatos-core/testing';
import { openRunner } from './open.js';
import type { ModuleFile } from './process.js';
import type { Invoked, ToolRunner } from './runner.js';
import type { ToolSettings } from './settings.js';

export const EXAMPLES = fileURLToPath(new URL('../../../examples/first-build/tools/', import.meta.url));

/** A tool of the examples. */
export function exampleTool(name: string): { readonly manifest: ToolManifest; readonly moduleDir: string } {
  const moduleDir = join(EXAMPLES, name);
  return { manifest: parseToolManifest(readFileSync(join(moduleDir, 'tool.json'))), moduleDir };
}

export function requestTo(manifest: ToolManifest, body: JsonValue = { text: 'hi' }, key?: string): Uint8Array {
  const idempotency = key === undefined ? {} : { idempotency_key: utf8(key) };
  return encodeToolRequest({ tool_id: toolId(manifest), ...idempotency, body });
}

/** Scripts as tools, in a place where leftovers can be seen. */
export class ToolPlace {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), 'gatos-tools-'));

  settings(change: Partial<ToolSettings> = {}): ToolSettings {
    return {
      env: process.env,
      sandbox: 'prefer',
      scratchRoot: this.folder,
      httpAllow: [],
      httpPrivate: false,
      ...change,
    };
  }

  /** A process tool that is a script of Node. */
  script(
    source: string,
    change: Partial<ToolManifest> = {},
    settings: Partial<ToolSettings> = {},
  ): Promise<ToolRunner> {
    const run = { kind: 'process', argv: ['node', 'tool.mjs'], files: ['tool.mjs'] } as const;
    return this.open({ ...ECHO_TOOL, run, ...change }, [{ path: 'tool.mjs', bytes: utf8(source) }], settings);
  }

  open(
    manifest: ToolManifest,
    files: readonly ModuleFile[] = [],
    settings: Partial<ToolSettings> = {},
  ): Promise<ToolRunner> {
    return openRunner({ manifest }, { settings: this.settings(settings), files });
  }

  leftovers(): readonly string[] {
    return readdirSync(this.folder);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function failureOf(invoked: Invoked): string {
  return invoked.failure === undefined ? 'answered' : `${invoked.failure.outcome}: ${invoked.failure.code}`;
}

/** In front of a script: `input` is the request, `say(bytes)` writes a frame, `ok(body bytes)` an answer with that body. */
export const PRELUDE = `
import { readFileSync, writeSync, writeFileSync } from 'node:fs';
const all = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
const head = (n) => { const out = []; for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128); return [...out, n]; };
const say = (bytes) => all(Buffer.from([...head(bytes.length), ...bytes]));
const ok = (body) => say([8, 2, 3, 1, 3, 0xc8, 1, 3, 2, ...body]);
const read = () => readFileSync(0);
`;

/** Processes that have a word among their arguments, such as a number of seconds that nobody else sleeps. */
export function running(word: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        // It has ended.
        return false;
      }
    });
}
