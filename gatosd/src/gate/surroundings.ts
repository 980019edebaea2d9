/**
 * What the environment of a hook says: where the objects of the push are, who pushes, in which namespace. Source: githooks(5),
 * git-receive-pack(1) "QUARANTINE ENVIRONMENT", gitnamespaces(7), git(1) GIT_ALTERNATE_OBJECT_DIRECTORIES.
 */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkRefName, isGatosError } from 'gatos-core';
import type { Environment } from '../git-run.js';
import { doorError } from './errors.js';

/** What would lead writes into the quarantine, from which nothing is kept of a refused push. All three: one left would do it. */
export const QUARANTINE = ['GIT_QUARANTINE_PATH', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES'] as const;

/**
 * The environment in which the repository is what it is without the push. The names stay, without a value: what starts from the
 * environment of this process drops them too.
 */
export function outside(env: Environment): Environment {
  return { ...env, ...Object.fromEntries(QUARANTINE.map((name) => [name, undefined])) };
}

/** Where the objects of the push are: a folder inside of the repository's own objects; null: it brings none. Throws `door/quarantine`. */
export function quarantineOf(env: Environment, { commonDir }: { readonly commonDir: string }): string | null {
  const named = env.GIT_QUARANTINE_PATH ?? env.GIT_OBJECT_DIRECTORY;
  if (named === undefined || named === '') return null;
  const path = realPath(resolve(commonDir, named));
  const own = realPath(join(commonDir, 'objects'));
  // Before a push is unpacked, and where git has no quarantine, the objects are in the repository.
  if (path === own) return null;
  if (dirname(path) !== own || !/^(?:tmp_objdir-)?incoming-/.test(basename(path)))
    throw doorError('quarantine', { why: `\`${named}\` is no folder of git’s in the objects of this repository` });
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw doorError('quarantine', { why: `\`${named}\` is not there` });
  return path;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw doorError('quarantine', { why: `\`${path}\` cannot be looked at` }, { cause: error });
  }
}

/** Before the names of the refs of a namespace; empty where there is none. Throws `door/namespace`. */
export function namespacePrefix(env: Environment): string {
  const namespace = env.GIT_NAMESPACE ?? '';
  const parts = namespace.split('/').filter((part) => part !== '');
  if (parts.length === 0) return '';
  const prefix = parts.map((part) => `refs/namespaces/${part}/`).join('');
  try {
    checkRefName(`${prefix}x`);
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw doorError('namespace', { namespace }, { cause: error });
  }
  return prefix;
}

const PUSHER_BYTES = 256;

/** Who the transport says is pushing: what a forge or an access layer sets. Nothing that could not be shown on a line. */
export function pusherOf(env: Environment): string | null {
  const given = [env.GATOS_PUSHER, env.GL_USER, env.REMOTE_USER].find((name) => name !== undefined && name !== '');
  if (given === undefined || /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(given)) return null;
  return Buffer.byteLength(given) > PUSHER_BYTES ? null : given;
}

/** `git push -o`. A count without its values is no list: such a push is refused where options are bounded. */
export function pushOptionsOf(env: Environment): readonly string[] {
  const count = Number(env.GIT_PUSH_OPTION_COUNT ?? 0);
  if (!Number.isSafeInteger(count) || count <= 0) return [];
  const options: string[] = [];
  for (let i = 0; i < count; i++) {
    const value = env[`GIT_PUSH_OPTION_${i}`];
    if (value === undefined) break;
    options.push(value);
  }
  return options;
}
