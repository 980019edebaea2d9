/** The real thing: the bundle that `npm run build` makes, and the ways to start it. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const ROOT = at('../..');
/** The launcher of a clone: what goes into PATH. */
export const BIN = at('../../bin');
export const LAUNCHER = at('../bin/git-gatos.cjs');
export const MAN = at('../man');

if (!existsSync(at('../dist/main.cjs'))) throw new Error('git-gatos is not built: run `npm run build` first');

export interface Started {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** PATH with the clone's bin in front, no colours asked for, and nothing of the developer's own settings. */
export function environment(extra: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    LC_ALL: 'C.UTF-8',
    PATH: `${BIN}:${PATH}`,
    GIT_CONFIG_NOSYSTEM: '1',
    ...extra,
  };
}

export function start(
  program: string,
  args: readonly string[],
  { cwd, env, input }: Started = {},
): SpawnSyncReturns<string> {
  return spawnSync(program, args, {
    encoding: 'utf8',
    env: environment(env),
    timeout: 30_000,
    ...(cwd && { cwd }),
    ...(input !== undefined && { input }),
  });
}

export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
