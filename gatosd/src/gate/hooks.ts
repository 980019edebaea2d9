/** `hooks install` and `hooks uninstall`: the gate at the two ends of a push. */
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { openNativeBackend } from 'gatos-core/node';
import type { Environment } from '../git-run.js';
import type { WorkspaceOptions } from '../workspace.js';
import { hookError } from './errors.js';
import { ensureGateKey, type GateKeyStatus } from './gate-key.js';
import { lookAtHook, type Placed, placeHook, type Removed, removeHook } from './hook-files.js';
import { hookFolder, ownHookFolder } from './hook-folder.js';
import { type HookName, hookScript, type Program } from './hook-script.js';

export type Side = 'server' | 'client';

export interface InstallHooksRequest extends WorkspaceOptions {
  readonly side: Side;
  /** What starts `git gatos`. Default: the program that runs now. */
  readonly program?: Program | undefined;
  /** `server` only: who records refusals. Default: who did before, else `service:gate`. */
  readonly actor?: string | undefined;
  /** `server` only: add the gate's key to the trust chain at once, where the author in force may do that alone. */
  readonly trust?: boolean | undefined;
}

export interface InstalledHook {
  readonly hook: HookName;
  readonly path: string;
  readonly what: Placed;
  /** Where the hook that was there before is kept, and is called from; null: there was none. */
  readonly chained: string | null;
}

export interface InstallHooksResult {
  readonly hooks: readonly InstalledHook[];
  /** `server` only. */
  readonly gate: GateKeyStatus | null;
}

const HOOK_OF = { server: 'pre-receive', client: 'pre-push' } as const satisfies Record<Side, HookName>;

/**
 * Installs the hook of one side; what is there already is left as it is, and another hook is kept and called. Throws `hooks/*`,
 * `identity/*` and `git/*`; repeating it after a fault goes on where it stopped.
 */
export async function installHooks(request: InstallHooksRequest): Promise<InstallHooksResult> {
  const { cwd, env, side } = request;
  const backend = await openNativeBackend({ path: cwd, env });
  try {
    if (side === 'client' && backend.workTree === null) throw hookError('no-work-tree', {});
    const hook = HOOK_OF[side];
    const path = join(await ownHookFolder(backend, { cwd, env, side }), hook);
    const program = request.program ?? { node: process.execPath, script: resolve(process.argv[1] ?? '') };
    // The key first: a hook that is there judges at once.
    const gate = side === 'server' ? await ensureGateKey(backend, request) : null;
    const what = placeHook(path, hookScript({ hook, program, perl: findPerl(env) }));
    return { hooks: [{ hook, path, what, chained: lookAtHook(path).chained }], gate };
  } finally {
    await backend.close();
  }
}

export interface HooksRequest extends Pick<WorkspaceOptions, 'cwd' | 'env'> {
  /** Default: both. */
  readonly side?: Side | undefined;
}

export interface UninstalledHook {
  readonly hook: HookName;
  readonly path: string;
  readonly what: Removed;
}

/** Takes our hooks away. The gate's key stays: what it has signed is to be verified. Throws `hooks/*`, `git/*`. */
export async function uninstallHooks(request: HooksRequest): Promise<readonly UninstalledHook[]> {
  return (await placesOf(request)).map(({ hook, path }) => ({ hook, path, what: removeHook(path) }));
}

export interface FoundHook {
  readonly side: Side;
  readonly hook: HookName;
  readonly path: string;
  readonly state: 'absent' | 'ours' | 'foreign';
  readonly chained: string | null;
}

/** What hooks there are, for whoever looks after the repository. Throws `hooks/*`, `git/*`. */
export async function inspectHooks(request: HooksRequest): Promise<readonly FoundHook[]> {
  return (await placesOf(request)).map((place) => ({ ...place, ...lookAtHook(place.path) }));
}

async function placesOf({ cwd, env, side }: HooksRequest) {
  const backend = await openNativeBackend({ path: cwd, env });
  try {
    const sides = side === undefined ? (['server', 'client'] as const) : [side];
    // A bare repository pushes nothing.
    const wanted = sides.filter((each) => each === 'server' || backend.workTree !== null);
    const places = wanted.map(async (each) => {
      const { path } = await hookFolder(backend, { cwd, env, side: each });
      return { side: each, hook: HOOK_OF[each], path: join(path, HOOK_OF[each]) };
    });
    return await Promise.all(places);
  } finally {
    await backend.close();
  }
}

/** Where perl is for whoever installs; a server may have another PATH. */
function findPerl(env: Environment): string | null {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, 'perl')).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false;
    throw error;
  }
}
