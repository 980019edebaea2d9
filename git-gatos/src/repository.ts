/**
 * How a command reaches the repository it runs in. Loaded only when a command asks for it, so that `version` and `-h` touch
 * neither git nor the disk.
 */
import { openRemoteWorkspace, openWorkspace, type Workspace } from 'gatosd';
import type { Prompt } from './prompt.js';

/** Where the command runs. */
export interface RepositoryPlace {
  /** After `-C`. */
  readonly cwd: string;
  /** GIT_DIR and the like count, as for git itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly prompt: Prompt;
  /** The remote whose word counts: what is written goes there first. */
  readonly remote?: string | undefined;
}

/** A clone on disk with its settings and keys; the frame closes it when the command is done. */
export type Repository = Workspace;

export async function openRepository({ cwd, env, prompt, remote }: RepositoryPlace): Promise<Repository> {
  const options = { cwd, env, passphrase: (label: string) => prompt.passphrase(label) };
  return remote === undefined ? openWorkspace(options) : openRemoteWorkspace({ ...options, remote });
}
