/** The native adapter: a git repository on this machine's file system. */
import type { GitBackend, ObjectFormat, RefEdit, RefStore } from '../../src/git/index.js';
import { discover, type Environment } from './discover.js';
import { attempt } from './faults.js';
import type { Step, WriteContext } from './new-object.js';
import { NativeObjectStore } from './object-store.js';
import { NativeRefStore } from './ref-store.js';
import { type Settings, settingsOf } from './settings.js';

export interface NativeOptions {
  /** A path in the repository: its work tree, a directory below that, or a bare repository. */
  readonly path: string;
  /** Variables such as `GIT_DIR` and `GIT_OBJECT_DIRECTORY` are followed as git does. Default: those of this process. */
  readonly env?: Environment | undefined;
  /** How long to wait for a lock that another process holds. Default: 1000. */
  readonly lockWaitMs?: number | undefined;
  /** For tests: called after each step of a write. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

export interface CheckedRefStore extends RefStore {
  /** Throws what `transaction` would, as far as that shows before anything is locked: for whoever makes the edits elsewhere first. */
  check(edits: readonly RefEdit[]): Promise<void>;
}

export interface NativeBackend extends GitBackend {
  readonly objects: NativeObjectStore;
  readonly refs: CheckedRefStore;
  /** Absolute paths, without symbolic links. */
  readonly gitDir: string;
  readonly commonDir: string;
  /** Null in a bare repository. */
  readonly workTree: string | null;
  readonly bare: boolean;
  readonly format: ObjectFormat;
  /** What is flushed to disk before a call resolves: everything, unless `core.fsync` of the repository says otherwise. */
  readonly flush: Settings['flush'];
  /** Releases children and descriptors. Safe to call twice; a process ends also without. */
  close(): Promise<void>;
}

const LOCK_WAIT_MS = 1000;

/**
 * Opens the repository at `path` or above it, without starting git. Throws `git/not-a-repository`, `git/unsupported`,
 * `git/bad-config`, `git/no-access`.
 */
export async function openNativeBackend(where: NativeOptions | string): Promise<NativeBackend> {
  const options: NativeOptions = typeof where === 'string' ? { path: where } : where;
  const { path } = options;
  const layout = attempt({ operation: 'open', path }, () => discover(path, options.env ?? process.env));
  const settings = settingsOf(layout.config, layout.bare);
  const onStep = options.onStep ?? (() => undefined);
  const context: WriteContext = { objectDir: layout.objectDirs[0], format: layout.format, settings, onStep };
  const objects = new NativeObjectStore({ layout, context });
  const refs = new NativeRefStore({
    layout,
    context,
    lockWaitMs: options.lockWaitMs ?? LOCK_WAIT_MS,
    has: (oids) => objects.has(oids),
  });
  const { gitDir, commonDir, workTree, bare, format } = layout;
  const { flush } = settings;
  return { objects, refs, gitDir, commonDir, workTree, bare, format, flush, close: () => objects.close() };
}
