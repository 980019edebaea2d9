/** The key that a person has without having chosen one. */
import { type Author, formatKey, isGatosError, type Signer } from 'gatos-core';
import { createOwnKey, listOwnKeys, loadSigner } from 'gatos-core/node';
import type { Environment } from './git-run.js';
import type { Workspace } from './workspace.js';

export const OWN_KEY = 'default';

export interface OwnKeyRequest {
  readonly env: Environment;
  readonly passphrase: (label: string) => Promise<string | null>;
}

export interface OwnKey {
  readonly source: string;
  readonly signer: Signer;
  /** It was made just now. */
  readonly made: boolean;
}

/** Their own key, made when there is none; two first runs at the same time make one. Throws `identity/*`. */
export async function ownKey({ env, passphrase }: OwnKeyRequest): Promise<OwnKey> {
  const exists = (await listOwnKeys(env)).keys.some(({ name }) => name === OWN_KEY);
  if (!exists) await createOnce(env);
  const signer = await loadSigner({ source: OWN_KEY, env, passphrase: () => passphrase('passphrase of the key') });
  return { source: OWN_KEY, signer, made: !exists };
}

async function createOnce(env: Environment): Promise<void> {
  try {
    await createOwnKey({ name: OWN_KEY, passphrase: null, env });
  } catch (error) {
    if (!isGatosError(error, 'identity/key-exists')) throw error;
  }
}

export interface Hand {
  readonly signer: Signer;
  /** Who this key speaks for in this repository; null: for nobody whom it knows. */
  readonly actor: string | null;
  /** The key was made just now. */
  readonly made: boolean;
}

/**
 * Whoever is here: as it is set, or else by their own key, which may be known to the repository under a name. Throws `identity/*`, and
 * as `trust` of a repository.
 */
export async function handOf(workspace: Workspace, request: OwnKeyRequest): Promise<Hand> {
  const known = await setAuthor(workspace);
  const { signer, made } = known === null ? await ownKey(request) : { signer: known.signer, made: false };
  const { state } = await workspace.repository.trust();
  const found = state.keys.get(formatKey(signer.key));
  return { signer, actor: found?.revoked === null ? found.actor : null, made };
}

async function setAuthor(workspace: Workspace): Promise<Author | null> {
  try {
    return await workspace.author();
  } catch (error) {
    if (isGatosError(error, 'settings/no-author')) return null;
    throw error;
  }
}
