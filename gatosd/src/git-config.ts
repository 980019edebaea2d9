/** The few settings of git itself that matter here, read and written by git. */
import { runGit } from 'gatos-core/node';

interface At {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All values of a name, in git's order; empty when it is not set. */
export async function gitConfigAll(at: At, name: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['config', '--null', '--get-all', name], { ...at, accept: [0, 1] });
  return splitAt(stdout, '\0');
}

/** The value in force, or undefined. */
export async function gitConfig(at: At, name: string): Promise<string | undefined> {
  return (await gitConfigAll(at, name)).at(-1);
}

export async function gitRemotes(at: At): Promise<readonly string[]> {
  const { stdout } = await runGit(['remote'], at);
  return splitAt(stdout, '\n');
}

/** Where the refs of a remote are fetched to: a namespace of its own, from which only verified chains are taken over. */
export function remotePrefix(remote: string): string {
  return `refs/gatos-remote/${remote}/`;
}

export function fetchRefspec(remote: string): string {
  return `+refs/gatos/*:${remotePrefix(remote)}*`;
}

/** Adds the fetch refspec to every remote that lacks it; returns those it was added to. */
export async function addFetchRefspecs(at: At, remotes: readonly string[]): Promise<readonly string[]> {
  const added: string[] = [];
  for (const remote of remotes) {
    const name = `remote.${remote}.fetch`;
    if ((await gitConfigAll(at, name)).includes(fetchRefspec(remote))) continue;
    await runGit(['config', '--add', name, fetchRefspec(remote)], at);
    added.push(remote);
  }
  return added;
}

function splitAt(bytes: Uint8Array, separator: string): readonly string[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split(separator)
    .filter((part) => part !== '');
}
