/**
 * Commands of this machine, run in a folder of their own: confined by bubblewrap where that works, and where it does not, the record says
 * so. The libraries of an unconfined job are symlinks to where they are, so it could write to them.
 */
import { isAbsolute } from 'node:path';
import { type GatosError, type Manifest, pathFault } from 'gatos-core';
import { attempt, type End, type NotHere, type Prepared, type RunEnvironment } from '../attempt.js';
import { runnerError } from '../errors.js';
import { describeLibraries, describeMachine, describeTools, locate, type Search, ToolCache } from '../facts/index.js';
import type { Ran, Runner, Task } from '../runner.js';
import type { Scratch } from '../scratch.js';
import type { Ended } from '../supervise.js';
import { type Bubblewrap, type Probe, probeBubblewrap } from './bubblewrap.js';
import { notFound, readConfinedEnd, readPlainEnd } from './ends.js';
import { processVariables } from './environment.js';
import { confinedLaunch, plainLaunch } from './launches.js';
import { prepareMounts } from './mounts.js';
import { findPrograms } from './programs.js';

export interface ProcessRunnerOptions {
  /** The caller's: commands are found by its `PATH`. Nothing of it reaches a job. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where digests and versions of programs are kept between runs; null: nowhere. */
  readonly cacheFile: string | null;
  /** Where scratch folders are made. Default: the system's folder for temporary files. */
  readonly scratchRoot?: string | undefined;
  /** Refuse with `runner/no-sandbox` where jobs cannot be confined. Default: run them, and record that they were not. */
  readonly requireSandbox?: boolean | undefined;
  /** Refuse with `runner/no-command` what is not on this machine, for others to run. Default: run it, which ends with 127. */
  readonly requireCommand?: boolean | undefined;
}

const PROCESS_RUNNER = 'process/1';

export function processRunner(options: ProcessRunnerOptions): Runner {
  const cache = new ToolCache(options.cacheFile);
  const probe = async (): Promise<Probe> => {
    const found = await locate('bwrap', { path: options.env.PATH ?? '', env: {}, cwd: '/' });
    return probeBubblewrap(found?.real ?? null);
  };
  const refusal = async ({ program, outputs }: Manifest): Promise<GatosError | null> => {
    if (program.kind !== 'process') return runnerError('other-kind', { kind: program.kind, runner: 'process' });
    const fault = commandFault(program.entry) ?? outputs.map(pathFault).find((each) => each !== undefined);
    if (fault !== undefined) return runnerError('bad-program', { why: fault });
    if (options.requireCommand === true && isCommand(program.entry)) {
      const { env } = options;
      const found = await locate(program.entry, { path: env.PATH ?? '', env, cwd: process.cwd() });
      if (found === null) return runnerError('no-command', { command: program.entry });
    }
    if (options.requireSandbox !== true) return null;
    const probed = await probe();
    return probed.found === null ? runnerError('no-sandbox', { why: probed.why }) : null;
  };
  const run = async (task: Task): Promise<Ran> => {
    const refused = await refusal(task.manifest);
    if (refused !== null) throw refused;
    const { scratchRoot, env } = options;
    const search = { path: env.PATH ?? '', env, cwd: task.libraries ?? process.cwd() };
    const prepare = async (scratch: Scratch): Promise<Prepared | NotHere> => {
      const { found } = await probe();
      return prepareProcess({ task, scratch, search, cache, bubblewrap: found });
    };
    return attempt(task, { scratchRoot, prepare });
  };
  return { kind: 'process', refusal, run };
}

/** A file of the job, or of one of its libraries, is looked for where it runs. */
function isCommand(entry: string): boolean {
  return !entry.includes('/') || isAbsolute(entry);
}

function commandFault(entry: string): string | undefined {
  if (entry === '') return 'it names no command';
  return entry.includes('\0') ? 'its command has U+0000' : undefined;
}

interface Preparing {
  readonly task: Task;
  readonly scratch: Scratch;
  readonly search: Search;
  readonly cache: ToolCache;
  readonly bubblewrap: Bubblewrap | null;
}

async function prepareProcess({ task, scratch, search, cache, bubblewrap }: Preparing): Promise<Prepared | NotHere> {
  const { manifest } = task;
  const programs = await findPrograms(task, search);
  const [tools, libraries] = await Promise.all([
    describeTools(programs.all, cache),
    describeLibraries(manifest.libraries, task.libraries),
  ]);
  const confined = bubblewrap !== null;
  const mounted = await prepareMounts({ scratch, task, libraries, linked: !confined });
  const variables = processVariables({ task, scratch, programs, confined });
  const environment: RunEnvironment = {
    runner: PROCESS_RUNNER,
    engine: null,
    ...describeMachine(),
    tools: [...tools],
    libraries: libraries.map(({ fact }) => fact),
    sandbox: {
      kind: confined ? 'bubblewrap' : 'none',
      network: confined && !manifest.network ? 'none' : 'host',
      files: confined ? 'confined' : 'open',
    },
    variables: variables.recorded,
    passed: [...variables.passed],
  };
  if (programs.missing) return { missing: notFound(task), environment };
  const common = { task, scratch, programs, variables: variables.given };
  const launch = confined ? await confinedLaunch({ ...common, bubblewrap, mounted }) : plainLaunch(common);
  const { entry } = manifest.program;
  const readEnd = (ended: Ended): End => (confined ? readConfinedEnd(entry, ended) : readPlainEnd(entry, ended));
  return { launch, environment, taken: manifest.libraries, readEnd };
}
