/** For tests of doctor: a person with a clone and a server, real repositories all of them, and a shell in which mends are run. */
import { execFileSync, type StdioOptions } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BusPorts, type Finding, openBus, type Writer } from 'gatos-core';
import { openWorkspace, type Workspace } from 'gatosd';
import { TABLE } from '../../src/commands/table.js';
import { type Run, run } from '../platform.js';

export const FOLD = 'export function fold(state, { payload }) { return { sum: (state.sum ?? 0) + payload.n }; }\n';
const DAY_US = 86_400_000_000;
const MANIFEST = { name: 'sum', ns: 'default', version: 1, gas: 1_000_000, memory: 67_108_864 };

export class DoctorWorld {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'gatos-doctor-')));
  readonly env: Record<string, string>;

  constructor() {
    const inherited = Object.entries(process.env).filter(
      (entry): entry is [string, string] => !/^(?:GIT_|XDG_|SSH_)/.test(entry[0]) && entry[1] !== undefined,
    );
    this.env = {
      ...Object.fromEntries(inherited),
      HOME: join(this.root, 'home'),
      // What jobs of other tests have left in the folder of all is not of this world.
      TMPDIR: join(this.root, 'tmp'),
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      // No sample hooks: worlds are copied.
      GIT_TEMPLATE_DIR: '',
      GIT_ALLOW_PROTOCOL: 'file',
      GIT_AUTHOR_NAME: 'A U Thor',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'A U Thor',
      GIT_COMMITTER_EMAIL: 'author@example.com',
    };
    for (const folder of ['home', 'tmp']) mkdirSync(join(this.root, folder), { recursive: true });
  }

  /** The person's clone. */
  get work(): string {
    return join(this.root, 'work');
  }

  /** What the person pushes to. */
  get server(): string {
    return join(this.root, 'origin.git');
  }

  at(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  readonly git = (cwd: string, ...args: readonly string[]): string => this.feed(cwd, '', ...args);

  feed(cwd: string, input: string | Uint8Array, ...args: readonly string[]): string {
    const stdio: StdioOptions = ['pipe', 'pipe', 'pipe'];
    return execFileSync('git', args, { cwd, input, env: this.env, encoding: 'utf8', stdio, maxBuffer: 1 << 28 }).trim();
  }

  /** `git gatos …` that has to end with 0. */
  async gatos(cwd: string, ...args: readonly string[]): Promise<string> {
    const { exit, out, err } = await this.try(cwd, ...args);
    if (exit !== 0) throw new Error(`git gatos ${args.join(' ')} ended with ${exit}: ${out}${err}`);
    return out;
  }

  try(cwd: string, ...args: readonly string[]): Promise<Run> {
    return run(TABLE, ['-C', cwd, ...args], { env: this.env });
  }

  async json(cwd: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.gatos(cwd, '--json', ...args)) as Record<string, unknown>;
  }

  async doctor(cwd: string, ...args: readonly string[]) {
    const { exit, out, err } = await this.try(cwd, '--json', 'doctor', ...args);
    if (out === '') throw new Error(`doctor ended with ${exit}: ${err}`);
    const value = JSON.parse(out) as {
      readonly findings: readonly Finding[];
      readonly mended: readonly { code: string; subject: string; did: string }[];
      readonly failed: readonly { code: string; why: string }[];
    };
    if (value.findings === undefined) throw new Error(`doctor ended with ${exit}: ${out}`);
    return { exit, ...value };
  }

  /** Writes as the person of the clone `days` ago would have. */
  async past<T>(days: number, body: (ports: BusPorts, writer: Writer) => Promise<T>): Promise<T> {
    return this.within(this.work, async ({ repository }) => {
      const { clock, ...ports } = openBus(repository.ports);
      const then = { ...clock, now: () => clock.now() - days * DAY_US };
      return body({ ...ports, clock: then }, await repository.writer());
    });
  }

  /** Runs a line as a person would: `git gatos` in this process, everything else in a shell. */
  async shell(cwd: string, line: string): Promise<void> {
    for (const part of line.split(' && ')) {
      const words = execFileSync('sh', ['-c', `printf '%s\\0' ${part}`], { cwd, encoding: 'utf8' })
        .split('\0')
        .slice(0, -1);
      if (words[0] === 'git' && words[1] === 'gatos') await this.gatos(cwd, ...words.slice(2));
      else execFileSync('sh', ['-c', part], { cwd, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    }
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  read(path: string): string {
    return readFileSync(path, 'utf8');
  }

  has(path: string): boolean {
    return existsSync(path);
  }

  async within<T>(cwd: string, body: (workspace: Workspace) => Promise<T>): Promise<T> {
    const workspace = await openWorkspace({ cwd, env: this.env, passphrase: async () => null });
    try {
      return await body(workspace);
    } finally {
      await workspace.close();
    }
  }

  async emit(cwd: string, n: number): Promise<void> {
    await this.gatos(cwd, 'emit', '--type', 'add', '--payload', JSON.stringify({ n }));
  }

  /** A repository with two commits, five events and a checkpoint; `work` pushes to `origin.git`. */
  async fill(profile = 'default'): Promise<void> {
    this.git(this.root, 'init', '-q', '--bare', '-b', 'main', this.server);
    this.git(this.root, 'init', '-q', '-b', 'main', this.work);
    for (const n of [1, 2]) this.git(this.work, 'commit', '-q', '--allow-empty', '-m', `commit ${n}`);
    this.git(this.work, 'remote', 'add', 'origin', this.server);
    this.git(this.work, 'push', '-q', 'origin', 'main');
    await this.gatos(this.work, 'init', '--actor', 'user:alice', '--profile', profile);
    for (const n of [1, 2, 3, 4, 5]) await this.emit(this.work, n);
    this.write(join(this.work, 'gatos/folds/sum/fold.json'), JSON.stringify(MANIFEST));
    this.write(join(this.work, 'gatos/folds/sum/fold.mjs'), FOLD);
    await this.gatos(this.work, 'fold', 'run', 'sum');
    await this.gatos(this.work, 'sync');
  }

  /** The same world in a place of its own. */
  copy(): DoctorWorld {
    const other = new DoctorWorld();
    // Faster than Node's own cpSync by far.
    execFileSync('cp', ['-a', `${this.root}/.`, other.root]);
    other.git(other.work, 'remote', 'set-url', 'origin', other.server);
    return other;
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
