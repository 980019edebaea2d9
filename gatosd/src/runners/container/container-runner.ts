/**
 * Commands in a container, by image digest alone. The folder of the job at `/job` and a `/tmp` are all that it can write, and there is no
 * network unless the manifest asks for one. What the engine promises is what the record says.
 */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, type GatosError, type Manifest, parseHex } from 'gatos-core';
import { attempt, type End, type Prepared } from '../attempt.js';
import { runnerError } from '../errors.js';
import { describeMachine, describeTools, type Search, ToolCache } from '../facts/index.js';
import { jobVariables } from '../process/index.js';
import type { Ran, Runner, Task } from '../runner.js';
import type { Scratch } from '../scratch.js';
import type { Ended } from '../supervise.js';
import { type Engine, type EngineProbe, probeEngine } from './engine.js';
import { imageDigest } from './image.js';

export interface ContainerRunnerOptions {
  /** The caller's: the engine is found by its `PATH`, and is started with it. Nothing of it reaches a job. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheFile: string | null;
  readonly scratchRoot?: string | undefined;
}

const CONTAINER_RUNNER = 'container/1';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function containerRunner(options: ContainerRunnerOptions): Runner {
  const search: Search = { path: options.env.PATH ?? '', env: options.env, cwd: process.cwd() };
  const cache = new ToolCache(options.cacheFile);
  let probed: Promise<EngineProbe> | null = null;
  const probe = (): Promise<EngineProbe> => {
    probed ??= probeEngine(search);
    return probed;
  };
  const refusal = async ({ program, libraries }: Manifest): Promise<GatosError | null> => {
    if (program.kind !== 'container') return runnerError('other-kind', { kind: program.kind, runner: 'container' });
    if (imageDigest(program.ref ?? '') === null) return runnerError('no-digest', { image: program.ref ?? '' });
    if (libraries.length > 0) return runnerError('bad-program', { why: 'a container has its libraries in its image' });
    if (program.entry === '') return runnerError('bad-program', { why: 'it names no command' });
    const { found, ...rest } = await probe();
    return found === null ? runnerError('no-container-engine', { why: 'why' in rest ? rest.why : '' }) : null;
  };
  const run = async (task: Task): Promise<Ran> => {
    const refused = await refusal(task.manifest);
    if (refused !== null) throw refused;
    const { found } = await probe();
    if (found === null) throw runnerError('no-container-engine', { why: 'it is gone' });
    const prepare = (scratch: Scratch): Promise<Prepared> =>
      prepareContainer({ task, scratch, engine: found, cache, search });
    return attempt(task, { scratchRoot: options.scratchRoot, prepare });
  };
  return { kind: 'container', refusal, run };
}

interface Preparing {
  readonly task: Task;
  readonly scratch: Scratch;
  readonly engine: Engine;
  readonly cache: ToolCache;
  readonly search: Search;
}

async function prepareContainer({ task, scratch, engine, cache, search }: Preparing): Promise<Prepared> {
  const { manifest, passed } = task;
  const image = manifest.program.ref ?? '';
  const fixed = (value: string) => ({ value, recorded: value });
  const names = { home: fixed('/job'), temporary: fixed('/tmp'), path: fixed(PATH) };
  const variables = jobVariables({ manifest, passed, ...names });
  const tools = await describeTools([engine.program], cache);
  const digest = parseHex(imageDigest(image) ?? '');
  const environment: Prepared['environment'] = {
    runner: CONTAINER_RUNNER,
    engine: null,
    ...describeMachine(),
    tools: [...tools, { name: 'image', version: image, digest }].sort((a, b) => (a.name < b.name ? -1 : 1)),
    libraries: [],
    sandbox: {
      kind: 'container',
      network: manifest.network ? 'host' : 'none',
      files: 'confined',
    } satisfies Environment['sandbox'],
    variables: variables.recorded,
    passed: [...variables.passed],
  };
  const name = `gatos-job-${randomUUID()}`;
  const file = join(scratch.folder, 'variables');
  await writeFile(file, variableLines(variables.given), { mode: 0o600 });
  const env = definedOf(search.env);
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      execFile(engine.program.path, ['rm', '--force', name], { env, timeout: STOP_MS }, () => resolve());
    });
  return {
    launch: {
      file: engine.program.path,
      args: containerArguments({ task, engine, work: scratch.work, name, file }),
      env,
      cwd: scratch.folder,
      side: null,
      folder: scratch.folder,
      boxed: false,
      stop,
      watchMemory: false,
    },
    environment,
    taken: [],
    readEnd: (ended) => readEnd(manifest, ended),
  };
}

const STOP_MS = 30_000;

interface ContainerArguments {
  readonly task: Task;
  readonly engine: Engine;
  readonly work: string;
  readonly name: string;
  /** Of the variables: as arguments other users could read them. */
  readonly file: string;
}

/** podman-run(1), docker run. Exported for tests. */
export function containerArguments({ task, engine, work, name, file }: ContainerArguments): readonly string[] {
  const { program, network, limits } = task.manifest;
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  // Without rights podman maps the caller to root; so mapped, files belong to the caller inside and outside.
  const mapped = engine.name === 'podman' ? ['--userns=keep-id'] : [];
  return [
    ...['run', '--rm', '--init', '--name', name, '--hostname', 'job'],
    ...(network ? [] : ['--network', 'none']),
    ...['--read-only', '--tmpfs', '/tmp', '--mount', `type=bind,"source=${work.replaceAll('"', '""')}",target=/job`],
    ...['--workdir', '/job', '--user', user, ...mapped],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--pids-limit', '1024'],
    ...['--memory', String(Math.max(limits.memory_bytes, LEAST_MEMORY)), '--env-file', file],
    ...['--log-driver', 'none', '--entrypoint', program.entry, program.ref ?? '', ...program.args],
  ];
}

/** Docker refuses less than 6 MiB. */
const LEAST_MEMORY = 6 * 1024 * 1024;

/** One a line, as `--env-file` has it. */
function variableLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (/[\r\n]/.test(value))
        throw runnerError('bad-variable', { name, why: 'a container cannot be given several lines' });
      return `${name}=${value}\n`;
    })
    .join('');
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const ENGINE_FAILED = 125;
const NAMES: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' };

/** docker run, "Exit status". */
function readEnd({ program: { entry } }: Manifest, { exit, signal, fault, stop, stderr }: Ended): End {
  if (fault !== null) throw runnerError('not-started', { command: 'the container engine', why: fault });
  if (stop !== null) return { exit: null, signal: signal ?? 'SIGKILL', failure: null };
  if (exit === ENGINE_FAILED) {
    const said = Buffer.from(stderr.bytes()).toString('utf8').trim().split('\n').at(-1) ?? '';
    throw runnerError('not-started', { command: entry, why: said.slice(0, 200) || 'the container engine failed' });
  }
  const name = exit === null ? undefined : NAMES[exit];
  if (name !== undefined) return { exit: null, signal: name, failure: null };
  if (exit === 127) return { exit, signal: null, failure: `there is no command \`${entry}\` in the image` };
  return { exit, signal, failure: null };
}
