/** For tests: a real server with our hook, people who push to it, and a program for the hook to start. Not exported. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  applyAdoption,
  applyPending,
  type Oid,
  parseKey,
  proposeAdoption,
  proposeChange,
  type TrustChange,
} from 'gatos-core';
import { systemClock, systemRandom } from 'gatos-core/node';
import { ScratchWorld } from '../scratch-world.js';
import type { Workspace } from '../workspace.js';
import { type InstallHooksRequest, type InstallHooksResult, installHooks } from './hooks.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What `git gatos gate …` does, as a program. */
const PROGRAM = `
import { preReceive, prePush, checkRange, serveGate } from ${JSON.stringify(at('index.ts'))};
const [, verb, ...rest] = process.argv.slice(2);
const { env } = process;
const cwd = process.cwd();
const received = env.GATOS_TEST_RECEIVED === undefined ? undefined : Number(env.GATOS_TEST_RECEIVED);
const bounds = env.GATOS_TEST_BOUNDS === undefined ? undefined : JSON.parse(env.GATOS_TEST_BOUNDS);
const timeoutMs = env.GATOS_TEST_TIMEOUT === undefined ? undefined : Number(env.GATOS_TEST_TIMEOUT);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
async function run() {
  const door = { cwd, env, received, timeoutMs, signal: stop.signal, stdin: process.stdin };
  if (verb === 'pre-receive') return preReceive({ ...door, bounds });
  if (verb === 'pre-push') return prePush({ ...door, remote: rest[1], url: rest[2] });
  if (verb === 'check') return checkRange({ ...door, what: rest.length === 0 ? { stdin: process.stdin } : { range: rest[0], ref: rest[1] } });
  const gate = await serveGate({ cwd, env, bounds, idleMs: rest[0] === undefined ? undefined : Number(rest[0]) });
  stop.signal.addEventListener('abort', () => void gate.close());
  process.stdout.write('ready\\n');
  await gate.ended;
  return { lines: [], exit: 0 };
}
run().then(({ lines, exit }) => {
  process.stderr.write(lines.map((line) => line + '\\n').join(''));
  process.exit(exit);
});
`;

const programs: string[] = [];

/** Builds the program; the folder is removed by `removePrograms`. */
export function buildProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-gate-'));
  programs.push(folder);
  const [entry, file] = [join(folder, 'entry.ts'), join(folder, 'program.mjs')];
  writeFileSync(entry, PROGRAM);
  execFileSync(process.execPath, [at('../../../tools/build-program.mjs'), entry, file]);
  const wasm = createRequire(at('../../../gatos-core/package.json')).resolve(
    '@jitl/quickjs-wasmfile-release-sync/wasm',
  );
  execFileSync('cp', [wasm, join(folder, 'emscripten-module.wasm')]);
  return file;
}

export function removePrograms(): void {
  for (const folder of programs.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export interface Pushed {
  readonly status: number;
  /** What git wrote for the person, without the spaces that it puts behind lines of the server. */
  readonly stderr: string;
  /** The lines of the server. */
  readonly remote: readonly string[];
}

export interface HubOptions {
  readonly format?: 'sha1' | 'sha256';
  readonly install?: Partial<InstallHooksRequest>;
}

export class GateStage extends ScratchWorld {
  readonly #gates: ChildProcess[] = [];
  #made = 0;

  constructor(readonly program: string) {
    super();
  }

  /** A bare repository that guards itself, and accepts what git alone would accept. */
  async server({
    format = 'sha1',
    install = {},
  }: HubOptions = {}): Promise<{ hub: string; installed: InstallHooksResult }> {
    const hub = this.bareRepository(`hub ${this.#made++}.git`, `--object-format=${format}`);
    for (const name of ['denyNonFastForwards', 'denyDeletes']) this.git(hub, 'config', `receive.${name}`, 'false');
    this.git(hub, 'config', 'receive.denyDeleteCurrent', 'ignore');
    this.git(hub, 'config', 'receive.advertisePushOptions', 'true');
    this.git(hub, 'config', 'gc.auto', '0');
    return { hub, installed: await this.guard(hub, install) };
  }

  guard(hub: string, install: Partial<InstallHooksRequest> = {}): Promise<InstallHooksResult> {
    const program = { node: process.execPath, script: this.program };
    const request = {
      cwd: hub,
      env: this.env('server'),
      side: 'server',
      program,
      passphrase: async () => null,
    } as const;
    return installHooks({ ...request, ...install });
  }

  /** A server with a history: alice founded it, and trusts the gate's key. She pushes from `clone`. */
  async founded({ profile = 'default', ...options }: HubOptions & { profile?: string } = {}) {
    const { hub, installed } = await this.server(options);
    const clone = this.at(`alice ${this.#made++}`);
    this.git(this.root, 'init', '-q', '-b', 'main', `--object-format=${options.format ?? 'sha1'}`, clone);
    this.git(clone, 'remote', 'add', 'origin', hub);
    await this.init(clone, { actor: 'user:alice', profile });
    const { gate } = installed;
    if (gate === null) throw new Error('a server has a gate');
    await this.change(clone, { op: 'add-key', actor: gate.actor, key: parseKey(gate.key) });
    await this.emit(clone, ['first']);
    const first = await this.push(clone, 'refs/gatos/*:refs/gatos/*');
    if (first.status !== 0) throw new Error(first.stderr);
    return { hub, clone, gate };
  }

  async change(cwd: string, ...changes: readonly [TrustChange, ...TrustChange[]]): Promise<void> {
    await this.within(cwd, async (workspace) => {
      const ports = portsOf(workspace);
      const { bytes } = await proposeChange(ports, { ...(await workspace.author()), changes });
      await applyPending(ports, bytes);
    });
  }

  /** Adopts policies in a clone, as its root. */
  async adopt(cwd: string, texts: Readonly<Record<string, string>>): Promise<void> {
    await this.within(cwd, async (workspace) => {
      const files = Object.entries(texts).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }));
      const ports = portsOf(workspace);
      const { bytes } = await proposeAdoption(ports, { ...(await workspace.author()), files });
      await applyAdoption(ports, bytes);
    });
  }

  /** `git push origin …` */
  push(cwd: string, ...args: readonly string[]): Promise<Pushed> {
    return this.pushWith({}, cwd, ...args);
  }

  pushWith(env: Readonly<Record<string, string>>, cwd: string, ...args: readonly string[]): Promise<Pushed> {
    const remote = args.includes('--to') ? [] : ['origin'];
    const options = { cwd, env: this.env('alice', env) as NodeJS.ProcessEnv, maxBuffer: 1 << 26 };
    return new Promise((resolve) => {
      execFile(
        'git',
        ['push', '--quiet', ...remote, ...args.filter((arg) => arg !== '--to')],
        options,
        (error, _, text) => {
          const stderr = text.replaceAll(/ +$/gm, '');
          const remoteLines = stderr.split('\n').filter((line) => line.startsWith('remote: '));
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ status, stderr, remote: remoteLines.map((line) => line.slice('remote: '.length)) });
        },
      );
    });
  }

  /** A commit with these files on top of a parent. */
  commit(cwd: string, files: Readonly<Record<string, string>>, parent?: Oid): Oid {
    const index = join(cwd, '.git', `scratch-index-${this.#made++}`);
    const env = this.env('alice', { GIT_INDEX_FILE: index }) as NodeJS.ProcessEnv;
    const git = (args: readonly string[], input = '') =>
      execFileSync('git', args, { cwd, env, input, encoding: 'utf8' }).trim();
    if (parent !== undefined) git(['read-tree', parent]);
    for (const [path, text] of Object.entries(files)) {
      git(['update-index', '--add', '--cacheinfo', `100644,${git(['hash-object', '-w', '--stdin'], text)},${path}`]);
    }
    const tree = git(['write-tree']);
    rmSync(index, { force: true });
    return git([
      'commit-tree',
      tree,
      ...(parent === undefined ? [] : ['-p', parent]),
      '-m',
      `change ${Object.keys(files).join(' ')}`,
    ]);
  }

  /** Records of denials in a repository, by id. */
  denials(cwd: string, prefix = 'refs/gatos/'): string[] {
    return [...this.heads(cwd, `${prefix}audit/policy/deny/`).keys()];
  }

  /** A gate that stays, in a process of its own. */
  async gate(
    hub: string,
    env: Readonly<Record<string, string>> = {},
    ...args: readonly string[]
  ): Promise<ChildProcess> {
    const child = spawn(process.execPath, [this.program, 'gate', 'serve', ...args], {
      cwd: hub,
      env: this.env('server', env) as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#gates.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`the gate ended with ${code}`)));
    });
    if (!existsSync(join(hub, 'gatos', 'gate.sock'))) throw new Error('the gate has no socket');
    return child;
  }

  override dispose(): void {
    for (const gate of this.#gates) gate.kill('SIGKILL');
    super.dispose();
  }
}

export function portsOf({ backend, engine }: Workspace) {
  return { backend, engine, clock: systemClock, random: systemRandom };
}
