/** Running git for the repository that is open here, with exactly the environment that was given. */
import type { Abort } from 'gatos-core';
import { type GitResult, runGit } from 'gatos-core/node';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GitAt {
  readonly cwd: string;
  readonly env: Environment;
  /** The repository; absent: the one git finds. */
  readonly gitDir?: string | undefined;
  readonly signal?: Abort | undefined;
}

export interface GitCall {
  readonly input?: string | undefined;
  /** Statuses that are answers and no failures. Default: only 0. */
  readonly accept?: readonly number[] | undefined;
  /** Configuration for this call alone, by name. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

/** Throws `git/git-failed`, `git/io`. */
export async function git(
  at: GitAt,
  args: readonly string[],
  { input, accept, config }: GitCall = {},
): Promise<GitResult> {
  const { cwd, gitDir, signal } = at;
  const env = { ...withoutOthers(at.env), ...configVariables(at.env, config) };
  return runGit(args, { cwd, gitDir, signal, env, input, accept });
}

/** What git printed, as text. Names of refs and settings are UTF-8 in all but the oddest repositories. */
export function textOf({ stdout }: GitResult): string {
  return Buffer.from(stdout).toString('utf8');
}

/** `runGit` starts from the environment of this process: what was not given is taken away. */
function withoutOthers(env: Environment): Environment {
  const others = Object.keys(process.env).filter((name) => !(name in env));
  return { ...Object.fromEntries(others.map((name) => [name, undefined])), ...env };
}

/** As `git -c`, but for names that hold an equals sign too (git-config(1), GIT_CONFIG_COUNT). */
function configVariables(env: Environment, config: Readonly<Record<string, string>> = {}): Environment {
  const entries = Object.entries(config);
  if (entries.length === 0) return {};
  const first = Number(env.GIT_CONFIG_COUNT ?? 0);
  const variables = entries.flatMap(([name, value], i) => [
    [`GIT_CONFIG_KEY_${first + i}`, name],
    [`GIT_CONFIG_VALUE_${first + i}`, value],
  ]);
  return { ...Object.fromEntries(variables), GIT_CONFIG_COUNT: String(first + entries.length) };
}

/** What ties a process to one repository, such as a hook's: to be dropped where another repository is meant (`git rev-parse --local-env-vars`). */
const LOCAL = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

/** The environment for a repository that is not the one of the caller. */
export function elsewhere(env: Environment): Environment {
  return { ...env, ...Object.fromEntries(LOCAL.map((name) => [name, undefined])) };
}
