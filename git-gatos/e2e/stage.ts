/** A folder with an environment of its own, in which the built command line is run as a person would run it. */
import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Stage {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A path in the folder. */
  at(...parts: string[]): string;
  /** Runs any program; the status is not judged. */
  run(command: readonly string[], options?: RunOptions): Run;
  /** `git gatos …` that must end with 0; its standard output without the last line feed. */
  gatos(args: readonly string[], options?: RunOptions): string;
  /** `git gatos … --json` that must end with the status given (default 0). */
  json(args: readonly string[], options?: RunOptions & { status?: number }): unknown;
  /** `git …` that must end with 0. */
  git(args: readonly string[], options?: RunOptions): string;
  /** Starts `git gatos …` and resolves when it has ended. */
  start(args: readonly string[], options?: RunOptions): Promise<Run>;
  close(): void;
}

export interface RunOptions {
  readonly cwd?: string | undefined;
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

function clean(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('GIT_') && name !== 'SSH_AUTH_SOCK'),
  );
}

export function openStage(): Stage {
  if (!existsSync(DIST)) throw new Error('these tests run the build: `npm run build` first');
  const folder = mkdtempSync(join(tmpdir(), 'gatos-e2e-'));
  const env: Stage['env'] = {
    ...clean(process.env),
    PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    NO_COLOR: '1',
  };
  const optionsOf = (options: RunOptions): SpawnSyncOptions => ({
    cwd: options.cwd ?? folder,
    env: { ...env, ...options.env },
    input: options.input,
    maxBuffer: 256 * 1024 * 1024,
  });
  const run: Stage['run'] = ([program, ...args], options = {}) => {
    const { status, stdout, stderr, error } = spawnSync(program ?? '', args, optionsOf(options));
    if (error !== undefined) throw error;
    return { status: status ?? -1, stdout: String(stdout), stderr: String(stderr) };
  };
  const must = (command: readonly string[], options: RunOptions = {}, want = 0): string => {
    const { status, stdout, stderr } = run(command, options);
    if (status !== want)
      throw new Error(`\`${command.join(' ')}\` ended with ${status}, not ${want}: ${stdout}${stderr}`);
    return stdout.replace(/\n$/, '');
  };
  return {
    folder,
    env,
    at: (...parts) => join(folder, ...parts),
    run,
    gatos: (args, options) => must(['git', 'gatos', ...args], options),
    json: (args, options = {}) =>
      JSON.parse(must(['git', 'gatos', ...args, '--json'], options, options.status ?? 0)) as unknown,
    git: (args, options) => must(['git', ...args], options),
    start: (args, options = {}) => startGatos(args, { cwd: options.cwd ?? folder, env: { ...env, ...options.env } }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function startGatos(args: readonly string[], { cwd, env }: { cwd: string; env: Stage['env'] }): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['gatos', ...args], {
      cwd,
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
  });
}
