/**
 * One call of a command that is given bytes and gives bytes: in a fresh folder with its files, confined where that works, and ended with
 * all that it started when it takes too much. What it prints is handed on as it comes.
 */
import { isAbsolute } from 'node:path';
import { dirname } from 'node:path/posix';
import { isGatosError, type JobLimits } from 'gatos-core';
import { runnerError } from '../errors.js';
import { interpretersOf, type Located, locate, readShebang, type Search, shebangOf } from '../facts/index.js';
import { removeLeftovers, Scratch } from '../scratch.js';
import { type Ended, type Launch, supervise } from '../supervise.js';
import { type Bubblewrap, confine, JOB_FOLDER, JOB_TEMPORARY, probeBubblewrap } from './bubblewrap.js';
import { readConfinedEnd, readPlainEnd } from './ends.js';
import { FIXED_VARIABLES, SYSTEM_PATH } from './environment.js';
import { exposureOf } from './exposure.js';

export interface CommandPlace {
  /** The caller's: commands are found by its `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `prefer`: confined where that works here; `require`: refused elsewhere; `off`: never confined. */
  readonly sandbox: 'prefer' | 'require' | 'off';
  /** Where scratch folders are made. Default: the system's folder for temporary files. */
  readonly scratchRoot?: string | undefined;
}

export interface CommandCall {
  /** A command that begins with `./` is one of the files. */
  readonly argv: readonly [command: string, ...args: string[]];
  /** What stands in its folder; none of it can be written to. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Beyond the fixed few. */
  readonly variables: Readonly<Record<string, string>>;
  /** May it reach the network where it is confined? */
  readonly network: boolean;
  readonly input: Uint8Array;
  readonly limits: JobLimits;
  onOutput(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandEnd extends Pick<Ended, 'exit' | 'signal' | 'stop'> {
  /** Why it never ran; null: it did, or it may have. */
  readonly missing: string | null;
}

/** Rejects with what `onOutput` throws, and for faults of the machine before anything was started: `runner/…`. */
export async function callCommand(place: CommandPlace, call: CommandCall): Promise<CommandEnd> {
  const [command] = call.argv;
  const bubblewrap = await bubblewrapFor(place);
  const search = { path: place.env.PATH ?? '', env: place.env, cwd: '/' };
  const programs = await programsOf(call, search);
  if (programs === null) return { missing: `there is no command \`${command}\``, exit: null, signal: null, stop: null };
  const scratch = await Scratch.make(place.scratchRoot);
  try {
    await scratch.place(
      call.files.map(({ path, bytes }) => ({ path, size: bytes.length, executable: true, read: async () => bytes })),
    );
    const launch = await launchOf({ call, scratch, programs, bubblewrap });
    const swept = removeLeftovers(place.scratchRoot).catch(() => []);
    const { limits, signal } = call;
    const ended = await supervise(launch, {
      limits,
      signal,
      onOutput: (stream, chunk) => call.onOutput(stream, chunk),
    });
    await swept;
    return endOf(command, ended, bubblewrap !== null);
  } finally {
    await scratch.dispose();
  }
}

function endOf(command: string, ended: Ended, confined: boolean): CommandEnd {
  const { stop } = ended;
  try {
    const { exit, signal, failure } = confined ? readConfinedEnd(command, ended) : readPlainEnd(command, ended);
    return { missing: failure, exit, signal, stop };
  } catch (error) {
    if (!isGatosError(error, 'runner/not-started')) throw error;
    return { missing: error.message, exit: null, signal: null, stop };
  }
}

/** Throws `runner/no-sandbox`. */
async function bubblewrapFor({ env, sandbox }: CommandPlace): Promise<Bubblewrap | null> {
  if (sandbox === 'off') return null;
  const found = await locate('bwrap', { path: env.PATH ?? '', env: {}, cwd: '/' });
  const probed = await probeBubblewrap(found?.real ?? null);
  if (probed.found === null && sandbox === 'require') throw runnerError('no-sandbox', { why: probed.why });
  return probed.found;
}

interface Programs {
  /** Null: it is a file of its own. */
  readonly command: Located | null;
  /** With interpreters. */
  readonly all: readonly Located[];
}

/** Null when there is no such command. */
async function programsOf({ argv: [command], files }: CommandCall, search: Search): Promise<Programs | null> {
  if (command.startsWith('./')) {
    const own = files.find(({ path }) => path === command.slice(2));
    return own === undefined ? null : { command: null, all: await interpretersOf(shebangOf(own.bytes), search) };
  }
  const located = await locate(command, search);
  if (located === null) return null;
  return { command: located, all: [located, ...(await interpretersOf(await readShebang(located.real), search))] };
}

interface LaunchParts {
  readonly call: CommandCall;
  readonly scratch: Scratch;
  readonly programs: Programs;
  readonly bubblewrap: Bubblewrap | null;
}

async function launchOf({ call, scratch, programs, bubblewrap }: LaunchParts): Promise<Launch> {
  const [command, ...args] = call.argv;
  const file = programs.command === null ? command : exposureOf(programs.command).command;
  const env = variablesOf({ call, scratch, programs, bubblewrap });
  const common = { input: call.input, watchMemory: true };
  if (bubblewrap === null)
    return { ...common, file, args, env, cwd: scratch.work, side: null, folder: scratch.folder, boxed: false };
  const confined = await confine({
    bubblewrap,
    work: scratch.work,
    temporary: scratch.temporary,
    own: scratch.folder,
    exposed: [...new Set(programs.all.flatMap((program) => exposureOf(program).exposed))],
    libraries: [],
    variables: env,
    network: call.network,
  });
  const boxedArgs = [...confined.args, file, ...args];
  const side = confined.options;
  return { ...common, file: bubblewrap.program, args: boxedArgs, env: {}, cwd: '/', side, folder: null, boxed: true };
}

/** It finds itself and its interpreters on its `PATH`, and beyond them the system's programs alone. */
function variablesOf({ call, scratch, programs, bubblewrap }: LaunchParts): Readonly<Record<string, string>> {
  const own = programs.all.map((program) => dirname(exposureOf(program).command)).filter(isAbsolute);
  const confined = bubblewrap !== null;
  return {
    ...FIXED_VARIABLES,
    HOME: confined ? JOB_FOLDER : scratch.work,
    TMPDIR: confined ? JOB_TEMPORARY : scratch.temporary,
    PATH: [...new Set([...own, ...SYSTEM_PATH])].join(':'),
    ...call.variables,
  };
}
