/** For tests: real repositories in a temporary folder, with a home of their own and no way to any network. Not exported. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPending, type JsonValue, type NewEvent, type Oid, proposeChange, REF_PREFIX } from 'gatos-core';
import { createOwnKey, listOwnKeys, systemClock, systemRandom } from 'gatos-core/node';
import { type CloneRequest, type CloneResult, cloneRepository } from './clone.js';
import { type InitRequest, type InitResult, initRepository } from './founding.js';
import type { Environment } from './git-run.js';
import { type SyncRequest, type SyncResult, syncWith } from './sync/index.js';
import { openWorkspace, type Workspace } from './workspace.js';

export class ScratchWorld {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'gatos-world-')));
  readonly #clean: Environment;

  constructor() {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(?:GIT_|XDG_|SSH_)/.test(name));
    this.#clean = {
      ...Object.fromEntries(inherited),
      GIT_CONFIG_NOSYSTEM: '1',
      // Only what is on this machine: a test that reaches for a network fails.
      GIT_ALLOW_PROTOCOL: 'file',
      GIT_AUTHOR_NAME: 'A U Thor',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'A U Thor',
      GIT_COMMITTER_EMAIL: 'author@example.com',
    };
  }

  at(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  folder(...parts: readonly string[]): string {
    const path = this.at(...parts);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** The environment of a person with a home of their own. */
  env(person = 'alice', more: Environment = {}): Environment {
    return { ...this.#clean, HOME: this.folder('home', person), ...more };
  }

  /** Runs git and returns what it prints. Throws when it fails. */
  git(cwd: string, ...args: readonly string[]): string {
    return this.gitWith({ cwd }, ...args);
  }

  gitWith({ cwd, input = '' }: { cwd: string; input?: string | Uint8Array }, ...args: readonly string[]): string {
    const options = { cwd, input, env: this.env() as NodeJS.ProcessEnv, maxBuffer: 1 << 28 };
    return execFileSync('git', args, { ...options, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Heads below `refs/gatos/`, by chain. */
  heads(cwd: string, prefix: string = REF_PREFIX): ReadonlyMap<string, Oid> {
    const lines = this.git(cwd, 'for-each-ref', '--format=%(objectname) %(refname)', prefix).trim().split('\n');
    const pairs = lines.filter((line) => line !== '').map((line) => line.split(' ') as [Oid, string]);
    return new Map(pairs.map(([oid, name]) => [name.slice(prefix.length), oid]));
  }

  bareRepository(name: string, ...options: readonly string[]): string {
    const path = this.at(name);
    this.git(this.root, 'init', '-q', '--bare', '-b', 'main', ...options, path);
    return path;
  }

  init(cwd: string, request: Partial<InitRequest> = {}): Promise<InitResult> {
    return initRepository({ cwd, env: this.env(), passphrase: noPassphrase, profile: 'default', ...request });
  }

  clone(url: string, request: Partial<CloneRequest> = {}): Promise<CloneResult> {
    return cloneRepository({ url, cwd: this.root, env: this.env(), passphrase: noPassphrase, ...request });
  }

  open(cwd: string, person?: string): Promise<Workspace> {
    return openWorkspace({ cwd, env: this.env(person), passphrase: noPassphrase });
  }

  /** Opens a repository for as long as `body` takes. */
  async within<T>(cwd: string, body: (workspace: Workspace) => Promise<T>, person?: string): Promise<T> {
    const workspace = await this.open(cwd, person);
    try {
      return await body(workspace);
    } finally {
      await workspace.close();
    }
  }

  async emit(
    cwd: string,
    payloads: readonly JsonValue[],
    { person = 'alice', ns = 'default', key = false } = {},
  ): Promise<void> {
    const events = payloads.map(
      (payload): NewEvent => ({ type: 'test', payload, ...(key ? { key: String(payload) } : {}) }),
    );
    await this.within(cwd, ({ repository }) => repository.emit(events, { ns }), person);
  }

  /** A root of the repository adds a person's own key. */
  async addPerson(cwd: string, person: string, { by = 'alice' } = {}): Promise<void> {
    const { keys } = await listOwnKeys(this.env(person));
    const key = (keys[0] ?? (await createOwnKey({ name: 'default', passphrase: null, env: this.env(person) }))).key;
    await this.within(
      cwd,
      async ({ backend, engine, author }) => {
        const ports = { backend, engine, clock: systemClock, random: systemRandom };
        const change = { op: 'add-key', actor: `user:${person}`, key } as const;
        const { bytes } = await proposeChange(ports, { ...(await author()), changes: [change] });
        await applyPending(ports, bytes);
      },
      by,
    );
  }

  /** Makes a person's clone one in which that person writes. */
  async become(cwd: string, person: string): Promise<void> {
    await this.within(cwd, async ({ save }) => save({ actor: `user:${person}`, key: 'default' }), person);
  }

  async sync(cwd: string, request: Partial<SyncRequest> & { person?: string } = {}): Promise<SyncResult> {
    const { person, ...rest } = request;
    const env = this.env(person);
    return this.within(
      cwd,
      (workspace) => syncWith(workspace, { cwd, env, remote: 'origin', push: true, ...rest }),
      person,
    );
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

async function noPassphrase(): Promise<null> {
  return null;
}
