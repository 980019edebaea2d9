/** The few settings of git itself that matter here, read and written by git. */
import { type GitAt, git, textOf } from './git-run.js';

/** All values of a name, in git's order; empty when it is not set. */
export async function gitConfigAll(at: GitAt, name: string): Promise<readonly string[]> {
  const result = await git(at, ['config', '--null', '--get-all', name], { accept: [0, 1] });
  return textOf(result).split('\0').slice(0, -1);
}

/** The value in force, or undefined. */
export async function gitConfig(at: GitAt, name: string): Promise<string | undefined> {
  return (await gitConfigAll(at, name)).at(-1);
}

export async function gitRemotes(at: GitAt): Promise<readonly string[]> {
  const lines = textOf(await git(at, ['remote'])).split('\n');
  return lines.filter((line) => line !== '');
}

/** Where the refs of a remote are fetched to: a namespace of its own, from which only verified chains are taken over. */
export function remotePrefix(remote: string): string {
  return `refs/gatos-remote/${remote}/`;
}

export function fetchRefspec(remote: string): string {
  return `+refs/gatos/*:${remotePrefix(remote)}*`;
}

/** Adds the fetch refspec to every remote that lacks it; returns those it was added to. */
export async function addFetchRefspecs(at: GitAt, remotes: readonly string[]): Promise<readonly string[]> {
  const added: string[] = [];
  for (const remote of remotes) {
    const name = `remote.${remote}.fetch`;
    if ((await gitConfigAll(at, name)).includes(fetchRefspec(remote))) continue;
    await git(at, ['config', '--add', name, fetchRefspec(remote)]);
    added.push(remote);
  }
  return added;
}
