/** For tests: jobs of texts and bytes, and the threads' program built from the present sources. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Cid, type Manifest, utf8 } from 'gatos-core';
import type { Ran, Task } from '../runner.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program of the threads, in a folder of its own. */
export class ScratchThread {
  readonly #folder = mkdtempSync(join(tmpdir(), 'gatos-thread-'));
  readonly url: URL;

  constructor() {
    const program = join(this.#folder, 'thread.mjs');
    execFileSync(process.execPath, [at('../../../../tools/build-program.mjs'), at('thread.ts'), program]);
    const { resolve } = createRequire(at('../../../../gatos-core/package.json'));
    copyFileSync(resolve('@jitl/quickjs-wasmfile-release-sync/wasm'), join(this.#folder, 'emscripten-module.wasm'));
    this.url = pathToFileURL(program);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

type Content = string | Uint8Array;
type Files = Readonly<Record<string, Content>>;

export interface ScratchJob {
  readonly kind: 'quickjs' | 'wasm';
  readonly entry: string;
  readonly program: Files;
  readonly inputs?: Files;
  readonly outputs?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Manifest['limits']>;
  readonly changes?: Partial<Manifest>;
}

const bytesOf = (content: Content): Uint8Array => (typeof content === 'string' ? utf8(content) : content);
const sorted = (files: Files): [string, Uint8Array][] =>
  Object.entries(files)
    .map(([path, content]): [string, Uint8Array] => [path, bytesOf(content)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
const given = (files: Files): Task['inputs'] =>
  sorted(files).map(([path, bytes]) => ({ path, size: bytes.length, executable: false, read: async () => bytes }));

export function scratchTask(job: ScratchJob): Task {
  const { kind, entry, program, inputs = {}, outputs = [], args = [], env = {}, limits = {}, changes = {} } = job;
  const manifest: Manifest = {
    program: {
      kind,
      ref: null,
      entry,
      args,
      env,
      files: sorted(program).map(([path, bytes]) => ({
        path,
        cid: Cid.hash('raw', bytes),
        size: bytes.length,
        executable: false,
      })),
    },
    inputs: sorted(inputs).map(([name, bytes]) => ({
      name,
      cid: Cid.hash('raw', bytes),
      size: bytes.length,
      source: { path: null, state: 'given' },
    })),
    outputs,
    libraries: [],
    limits: { time_ms: 60_000, memory_bytes: 64 * 1024 * 1024, output_bytes: 16 * 1024 * 1024, ...limits },
    network: false,
    policy_root: null,
    ...changes,
  };
  return { manifest, inputs: given(inputs), program: given(program), libraries: null, passed: {} };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** What a test looks at: all but the times, as text where it is. */
export async function told(ran: Ran) {
  const { started: _started, finished: _finished, outputs, stdout, stderr, dispose: _dispose, ...rest } = ran;
  const contents = await Promise.all(outputs.map(async ({ path, read }) => [path, text(await read())] as const));
  return { ...rest, stdout: text(stdout), stderr: text(stderr), outputs: Object.fromEntries(contents) };
}
