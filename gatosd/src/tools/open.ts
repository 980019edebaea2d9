/** From a declared tool to something that runs it. */
import {
  decodeToolResponse,
  isGatosError,
  LIMITS,
  type ToolManifest,
  type ToolResponse,
  type ToolRun,
  toolLimits,
  toolModuleFiles,
} from 'gatos-core';
import { builtinCall } from './builtin.js';
import { toolRunError } from './errors.js';
import { readPlainFile } from './plain-file.js';
import { type ModuleFile, processCall } from './process.js';
import {
  type CallLimits,
  type CallOptions,
  type Invoked,
  notStarted,
  type RawCall,
  type ToolRunner,
  unknown,
} from './runner.js';
import type { ToolSettings } from './settings.js';

export interface OpenRunnerRequest {
  readonly settings: ToolSettings;
  /** The files of the tool, such as `readToolModule` gives them. */
  readonly files?: readonly ModuleFile[] | undefined;
  /** The folder that holds them, where they are not given. */
  readonly moduleDir?: string | undefined;
}

/** Throws `tool-run/no-file`. What the settings forbid is told when it is invoked. */
export async function openRunner(
  { manifest }: { readonly manifest: ToolManifest },
  { settings, files, moduleDir }: OpenRunnerRequest,
): Promise<ToolRunner> {
  const module = files ?? (await readToolFiles(manifest, moduleDir ?? '.'));
  const raw = await rawRunner(manifest, { settings, files: module });
  const own = toolLimits(manifest);
  return { invoke: (request, options = {}) => invoke(raw, { request, options, own }), close: raw.close };
}

/** The files that a manifest names, from the folder that it is in; no links. Throws `tool-run/no-file`, `tools/too-large`. */
export async function readToolFiles(
  manifest: Pick<ToolManifest, 'run'>,
  folder: string,
): Promise<readonly ModuleFile[]> {
  const files: ModuleFile[] = [];
  for (const path of toolModuleFiles(manifest)) files.push({ path, bytes: await readPlainFile(folder, path) });
  return files;
}

interface Raw {
  readonly call: RawCall;
  /** It can do nothing but answer, so that not even a bad answer leaves a doubt. */
  readonly inert: boolean;
  close(): Promise<void>;
}

interface Given {
  readonly settings: ToolSettings;
  readonly files: readonly ModuleFile[];
}

async function rawRunner(manifest: ToolManifest, { settings, files }: Given): Promise<Raw> {
  const { run } = manifest;
  const close = async (): Promise<void> => undefined;
  switch (run.kind) {
    case 'builtin':
      return { call: builtinCall(run.builtin), inert: true, close };
    case 'process':
      return { call: processCall({ run, files, settings }), inert: false, close };
    case 'wasm':
      return { ...(await import('./wasm.js')).wasmRaw(moduleOf(run, files), settings), inert: true };
    case 'http':
      return { call: (await import('./http.js')).httpCall(run.url, settings), inert: false, close };
  }
}

function moduleOf({ module }: Extract<ToolRun, { kind: 'wasm' }>, files: readonly ModuleFile[]): Uint8Array {
  const file = files.find(({ path }) => path === module);
  if (file === undefined) throw toolRunError('no-file', { path: module, why: 'it is not given' });
  return file.bytes;
}

interface Invocation {
  readonly request: Uint8Array;
  readonly options: CallOptions;
  /** Of the manifest. */
  readonly own: CallLimits;
}

async function invoke({ call, inert }: Raw, { request, options, own }: Invocation): Promise<Invoked> {
  const { signal } = options;
  signal?.throwIfAborted();
  const limits = narrowed(own, options.limits);
  const size = request.length;
  const end =
    size > LIMITS.toolRequestBytes
      ? notStarted('refused', `the request has ${size} bytes, the limit is ${LIMITS.toolRequestBytes}`)
      : await call(request, { signal, limits });
  if (end.failure !== undefined) return end;
  const answer = answerIn(end.response, limits);
  if (typeof answer !== 'string') return { ...end, answer };
  return inert ? notStarted('bad-answer', answer, end.log) : unknown('bad-answer', answer, end.log);
}

/** What is asked for, where it is less than what the tool may. */
function narrowed(own: CallLimits, { time_ms, memory_bytes, response_bytes }: Partial<CallLimits> = {}): CallLimits {
  return {
    time_ms: Math.min(own.time_ms, time_ms ?? own.time_ms),
    memory_bytes: Math.min(own.memory_bytes, memory_bytes ?? own.memory_bytes),
    response_bytes: Math.min(own.response_bytes, response_bytes ?? own.response_bytes),
  };
}

/** What the bytes say, or in words why they are no answer. */
function answerIn(response: Uint8Array, { response_bytes: maxBytes }: CallLimits): ToolResponse | string {
  try {
    return decodeToolResponse(response, { maxBytes });
  } catch (error) {
    if (!isGatosError(error)) throw error;
    return error.message;
  }
}
