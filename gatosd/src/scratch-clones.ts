/** For tests: a remote, clones of one person that write to it, and what they could write. Not exported. */
import { type Author, type Oid, openRepository, type Repository, refOfChain } from 'gatos-core';
import { loadEngine, systemClock, systemRandom } from 'gatos-core/node';
import { type RemoteFirstBackend, type RemoteFirstOptions, remoteFirstBackend } from './remote/index.js';
import type { ScratchWorld } from './scratch-world.js';
import type { Workspace } from './workspace.js';

export interface Entered {
  readonly cwd: string;
  readonly workspace: Workspace;
  readonly backend: RemoteFirstBackend;
  /** Writes to the remote first. */
  readonly repository: Repository;
}

export class ScratchClones {
  readonly #workspaces: Workspace[] = [];
  #count = 0;

  constructor(readonly world: ScratchWorld) {}

  /** A remote with alice's history, and so many clones of hers. */
  async hub(
    count: number,
    { format = 'sha1' as 'sha1' | 'sha256' } = {},
  ): Promise<{ hub: string; clones: readonly string[] }> {
    const { world } = this;
    const hub = world.bareRepository(`remote ${this.#count++}.git`, `--object-format=${format}`);
    const first = world.at(`founder ${this.#count++}`);
    world.git(world.root, 'init', '-q', '-b', 'main', `--object-format=${format}`, first);
    world.git(first, 'remote', 'add', 'origin', hub);
    await world.init(first, { actor: 'user:alice' });
    await world.emit(first, ['first']);
    await world.sync(first);
    return { hub, clones: await this.clones(hub, count) };
  }

  async clones(hub: string, count: number): Promise<readonly string[]> {
    const clones: string[] = [];
    for (let i = 0; i < count; i++) {
      const directory = this.world.at(`clone ${this.#count++}`);
      await this.world.clone(hub, { directory });
      await this.world.become(directory, 'alice');
      clones.push(directory);
    }
    return clones;
  }

  /** Opens a clone for writing to its remote first. */
  async enter(cwd: string, options: Partial<RemoteFirstOptions> = {}): Promise<Entered> {
    const workspace = await this.world.open(cwd);
    this.#workspaces.push(workspace);
    const { engine } = workspace;
    const env = this.world.env();
    const backend = remoteFirstBackend(workspace.backend, { remote: 'origin', engine, env, ...options });
    const author = (): Promise<Author> => workspace.author();
    const ports = { backend, engine, clock: systemClock, random: systemRandom, author, sandbox: loadEngine };
    return { cwd, workspace, backend, repository: openRepository(ports) };
  }

  /** A commit of one event that could stand next in alice's journal, and nothing points at. */
  async draft(cwd: string, ns: string, payload: string): Promise<Oid> {
    const { world } = this;
    const chain = `journal/${ns}/user-alice`;
    const ref = refOfChain(chain);
    const before = world.heads(cwd).get(chain);
    await world.emit(cwd, [payload], { ns });
    const oid = world.git(cwd, 'rev-parse', ref).trim();
    world.git(cwd, 'update-ref', ...(before === undefined ? ['-d', ref] : [ref, before]));
    return oid;
  }

  async dispose(): Promise<void> {
    for (const workspace of this.#workspaces.splice(0)) await workspace.close();
    this.world.dispose();
  }
}
