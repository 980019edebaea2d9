/** The options that describe a job, wherever it is run. */
import { LIMITS, PROGRAM_KINDS, type ProgramKind } from 'gatos-core';
import type { CommandRequest } from 'gatosd';
import type { OptionSpecs } from '../../command/index.js';
import type { Context } from '../../context.js';
import { parseDuration } from '../../view/duration.js';
import { parseSize } from '../../view/size.js';
import { variableIn } from './variable.js';

const MICROS_PER_MS = 1000;
const DEFAULT_TIME_MS = 60 * 60 * 1000;
const DEFAULT_MEMORY = 8 * 1024 ** 3;
const DEFAULT_OUTPUT = 4 * 1024 ** 3;

function duration(text: string): number {
  const micros = parseDuration(text);
  if (micros === undefined || micros < MICROS_PER_MS || micros / MICROS_PER_MS > LIMITS.jobTimeMs)
    throw new Error('a length of time such as 90s, 10m or 2h');
  return micros / MICROS_PER_MS;
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < 1) throw new Error('a size such as 500M or 2G');
  return bytes;
}

export const JOB_OPTIONS = {
  input: {
    kind: 'list',
    of: 'text',
    short: 'i',
    placeholder: 'PATH',
    summary: 'a file, folder or pattern that the program reads',
    complete: 'files',
  },
  output: {
    kind: 'list',
    of: 'text',
    short: 'o',
    placeholder: 'PATH',
    summary: 'a file or pattern that the program writes; `out/` is all that is in it',
    complete: 'files',
  },
  program: {
    kind: 'list',
    of: 'text',
    short: 'p',
    placeholder: 'PATH',
    summary: 'a file of the program that its arguments do not name, such as a module that it imports',
    complete: 'files',
  },
  library: {
    kind: 'list',
    of: 'text',
    placeholder: 'DIR',
    summary: 'a folder that it reads and that is not carried along, such as node_modules: recorded by digest',
    complete: 'directories',
  },
  env: { kind: 'list', of: 'text', placeholder: 'NAME=VALUE', summary: 'a variable that the program sees; recorded' },
  pass: {
    kind: 'list',
    of: 'text',
    placeholder: 'NAME',
    summary: 'a variable of yours that the program sees; its value is not recorded',
  },
  runner: {
    kind: 'choice',
    choices: PROGRAM_KINDS,
    summary: 'what runs it; default: container with --image, wasm for a .wasm file, else process',
  },
  image: { kind: 'text', placeholder: 'NAME@sha256:…', summary: 'the image of a container, by digest' },
  time: { kind: 'parsed', placeholder: 'TIME', parse: duration, summary: 'stop it after this; default: 1h' },
  memory: { kind: 'parsed', placeholder: 'SIZE', parse: size, summary: 'stop it beyond this much memory; default: 8G' },
  maxOutput: {
    kind: 'parsed',
    placeholder: 'SIZE',
    parse: size,
    summary: 'stop it when it gives or prints more than this; default: 4G',
  },
  network: { kind: 'flag', summary: 'let it reach the network; recorded, and what it fetches is not' },
} as const satisfies OptionSpecs;

interface JobArgs {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly program: readonly string[];
  readonly library: readonly string[];
  readonly env: readonly string[];
  readonly runner: ProgramKind | undefined;
  readonly image: string | undefined;
  readonly time: number | undefined;
  readonly memory: number | undefined;
  readonly maxOutput: number | undefined;
  readonly network: boolean;
  readonly command: readonly string[];
}

/** What the options ask for. Throws `cli/bad-value` for a variable that is none. */
export function commandRequest({ cwd, env }: Context, args: JobArgs): CommandRequest {
  const { input, output, program, library, runner, image, time, memory, maxOutput, network, command } = args;
  return {
    cwd,
    env,
    kind: runner ?? kindOf(command[0], image),
    argv: command,
    image,
    inputs: input,
    outputs: output,
    program,
    libraries: library,
    variables: Object.fromEntries(args.env.map(variableIn)),
    limits: {
      time_ms: time ?? DEFAULT_TIME_MS,
      memory_bytes: memory ?? DEFAULT_MEMORY,
      output_bytes: maxOutput ?? DEFAULT_OUTPUT,
    },
    network,
  };
}

function kindOf(entry = '', image: string | undefined): ProgramKind {
  if (image !== undefined) return 'container';
  return entry.endsWith('.wasm') ? 'wasm' : 'process';
}
