/** A clone on disk, opened: the core's façade over native git, with the settings and keys of this machine. */
import { join } from 'node:path';
import {
  type Author,
  type ChunkPresence,
  Cid,
  foundTrust,
  openRepository,
  type Repository,
  type SignatureEngine,
  type TrustHistory,
} from 'gatos-core';
import {
  fileKeyIndex,
  loadEngine,
  loadSigner,
  type NativeBackend,
  nativeEngine,
  openNativeBackend,
  systemClock,
  systemRandom,
} from 'gatos-core/node';
import { settingsError } from './errors.js';
import {
  keptKey,
  readSettings,
  repositorySettingsPath,
  type Settings,
  userSettingsPath,
  writeSettings,
} from './settings.js';

export interface WorkspaceOptions {
  /** A folder in the repository. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asked at most once for each sealed key. */
  readonly passphrase: (label: string) => Promise<string | null>;
  /** Puts another backend in the place of that of the clone; see `openRemoteWorkspace`. */
  readonly attach?: ((local: NativeBackend, place: AttachedPlace) => Attached) | undefined;
}

export interface AttachedPlace extends Pick<WorkspaceOptions, 'env'> {
  readonly engine: SignatureEngine;
  /** The genesis that the clone is pinned to. */
  readonly pin: Cid | undefined;
}

export type Attached = Pick<Workspace, 'backend' | 'refresh'>;

export interface Workspace {
  readonly repository: Repository;
  readonly backend: NativeBackend;
  readonly engine: SignatureEngine;
  /** Settings in force: those of the clone over those of the person. */
  readonly settings: Settings;
  /** Settings file of the clone. */
  readonly settingsPath: string;
  /** Actor and key in force. Throws `settings/no-author`, `identity/*`. */
  author(): Promise<Author>;
  /** Starts the trust chain in the name of an author that is not set yet. Throws `trust/exists-already`. */
  found(founder: Author & { readonly profile: string }): Promise<TrustHistory>;
  /** Namespace in force. */
  readonly namespace: string;
  /** Writes settings of the clone; they count from the next opening on. Throws `settings/unwritable`. */
  save(changes: Settings): void;
  /** Brings what is new on the remote that it was opened with, verified; nothing without one. Throws `remote/*`, and as a sync. */
  refresh(prefixes: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the repository at `cwd` or above it. Throws `git/not-a-repository`, `settings/malformed`. */
export async function openWorkspace({ cwd, env, passphrase, attach = alone }: WorkspaceOptions): Promise<Workspace> {
  const local = await openNativeBackend({ path: cwd, env });
  const settingsPath = repositorySettingsPath(local.commonDir);
  const settings = await settingsIn(local, env);
  const author = authorOf(settings, { env, passphrase });
  const engine = nativeEngine();
  const pin = settings.genesis === undefined ? undefined : Cid.parse(settings.genesis);
  const { backend, refresh } = attach(local, { engine, env, pin });
  const keys = fileKeyIndex(join(backend.commonDir, 'gatos', 'cache', 'keys'));
  const repository = openRepository({
    backend,
    engine,
    clock: systemClock,
    random: systemRandom,
    author,
    sandbox: loadEngine,
    keys,
    pin,
    chunks: presenceIn(local),
  });
  return {
    repository,
    backend,
    engine,
    settings,
    settingsPath,
    author,
    found: (founder) => foundTrust({ backend, engine, clock: systemClock, random: systemRandom }, founder),
    namespace: settings.namespace ?? 'default',
    refresh,
    save: (changes) => {
      const key = changes.key === undefined ? {} : { key: keptKey(changes.key, cwd) };
      writeSettings(settingsPath, { ...readSettings(settingsPath), ...changes, ...key });
    },
    close: async () => {
      keys.close();
      await repository.close();
    },
  };
}

/** Loaded when somebody verifies: recording an event needs no chunks. */
function presenceIn(backend: NativeBackend): ChunkPresence {
  let opened: Promise<ChunkPresence> | undefined;
  return {
    has: async (hash) => {
      opened ??= import('./chunks/index.js').then(({ chunkPresence }) => chunkPresence(backend));
      return (await opened).has(hash);
    },
  };
}

function alone(backend: NativeBackend): Attached {
  return { backend, refresh: async () => undefined };
}

async function settingsIn(backend: NativeBackend, env: WorkspaceOptions['env']): Promise<Settings> {
  try {
    // A genesis is one clone's own: the person's settings may not pin every repository to it.
    const { genesis: _, ...personal } = readSettings(userSettingsPath(env));
    return { ...personal, ...readSettings(repositorySettingsPath(backend.commonDir)) };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

type AuthorContext = Pick<WorkspaceOptions, 'env' | 'passphrase'>;

/** The key is opened once: nobody is asked for a passphrase twice. */
function authorOf({ actor, key }: Settings, { env, passphrase }: AuthorContext): () => Promise<Author> {
  let author: Promise<Author> | undefined;
  const load = async (): Promise<Author> => {
    if (actor === undefined || key === undefined) throw settingsError('no-author', {});
    const signer = await loadSigner({ source: key, env, passphrase: () => passphrase(`passphrase of key ${key}`) });
    return { actor, signer };
  };
  return () => {
    author ??= load().catch((error: unknown) => {
      author = undefined;
      throw error;
    });
    return author;
  };
}
