/**
 * Tools that are commands: a fresh process for each call, one frame in, one frame out, its standard error kept as a log. Confined where
 * this machine can do that (bubblewrap), and in any case with none of our variables but those that the manifest names.
 */
import { type GatosError, isGatosError, LIMITS, type ToolRun } from 'gatos-core';
import { type CommandEnd, callCommand } from '../runners/index.js';
import { encodeFrame, FrameFault, FrameReader } from './frame.js';
import { notStarted, type RawCall, type RawEnd, unknown } from './runner.js';
import type { ToolSettings } from './settings.js';

export type ModuleFile = { readonly path: string; readonly bytes: Uint8Array };
type ProcessRun = Extract<ToolRun, { kind: 'process' }>;

/** More on standard error than this is a flood; of less, `LIMITS.toolLogBytes` are kept. */
const STDERR_BYTES = 64 * LIMITS.toolLogBytes;
/** The length in front of an answer. */
const HEAD_BYTES = 8;

export interface ProcessTool {
  readonly run: ProcessRun;
  readonly files: readonly ModuleFile[];
  readonly settings: ToolSettings;
}

export function processCall({ run, files, settings }: ProcessTool): RawCall {
  return async (request, { signal, limits }) => {
    signal?.throwIfAborted();
    const withheld = run.pass?.find((name) => settings.passAllow?.includes(name) !== true);
    if (withheld !== undefined) return notStarted('refused', withheldText(withheld));
    const frame = new FrameReader(limits.response_bytes);
    const log = new Log();
    const most = limits.response_bytes + HEAD_BYTES + STDERR_BYTES;
    const call = {
      argv: run.argv as readonly [string, ...string[]],
      files,
      variables: { ...run.env, ...passedOn(run, settings) },
      network: run.network === true,
      input: encodeFrame(request),
      limits: { time_ms: limits.time_ms, memory_bytes: limits.memory_bytes, output_bytes: most },
      signal,
      onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) =>
        stream === 'stdout' ? frame.add(chunk) : log.add(chunk),
    };
    let end: CommandEnd;
    try {
      end = await callCommand(settings, call);
    } catch (error) {
      if (error instanceof FrameFault) return unknown(error.code, error.message, log.bytes());
      if (isRefusal(error)) return notStarted('unavailable', error.message);
      throw error;
    }
    signal?.throwIfAborted();
    return endOf(end, { frame, log, timeMs: limits.time_ms });
  };
}

/** What the machine cannot do: nothing was started. */
function isRefusal(error: unknown): error is GatosError {
  return isGatosError(error) && error.code.startsWith('runner/');
}

/** Who declares a tool chooses the name; whose variable it is decides. */
function withheldText(name: string): string {
  return `it asks for the variable \`${name}\` of whoever runs it, which is not passed on here; \`git config --add gatos.toolPass ${name}\` allows it`;
}

function passedOn({ pass = [] }: ProcessRun, { env }: ToolSettings): Record<string, string> {
  const entries = pass.map((name): [string, string | undefined] => [name, env[name]]);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

interface Gathered {
  readonly frame: FrameReader;
  readonly log: Log;
  readonly timeMs: number;
}

function endOf({ missing, exit, signal, stop }: CommandEnd, { frame, log, timeMs }: Gathered): RawEnd {
  const said = log.bytes();
  if (missing !== null) return notStarted('unavailable', missing, said);
  if (stop === 'time') return unknown('time', `it took longer than ${timeMs} ms`, said);
  if (stop === 'memory') return unknown('memory', 'it took more memory than it may', said);
  if (stop === 'output') return unknown('flood', 'it printed more than it may', said);
  const response = frame.end();
  const how = signal === null ? `with status ${exit}` : `by ${signal}`;
  // What has answered and then fails is not believed: nobody can say which of both was meant.
  if (exit !== 0)
    return unknown('exit', `it ended ${how}${typeof response === 'string' ? '' : ' after it had answered'}`, said);
  return typeof response === 'string' ? unknown('bad-answer', response, said) : { response, log: said };
}

/** The beginning of what a tool says to people. */
class Log {
  readonly #kept = new Uint8Array(LIMITS.toolLogBytes);
  #length = 0;

  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, this.#kept.length - this.#length);
    this.#kept.set(part, this.#length);
    this.#length += part.length;
  }

  bytes(): Uint8Array {
    return this.#kept.slice(0, this.#length);
  }
}
