/** Who acts here, and for whom tokens may speak. */
import { formatHex, formatKey, isGatosError, REF_PREFIX, type TrustHistory } from 'gatos-core';
import type { Workspace } from '../workspace.js';
import type { About } from './services.js';

export async function aboutOf(workspace: Workspace): Promise<Omit<About, 'version'>> {
  const { backend, settings } = workspace;
  const refs = await backend.refs.list(REF_PREFIX);
  const heads = refs.map(({ name, oid }) => [name.slice(REF_PREFIX.length), oid] as const);
  return {
    agent: await agentOfWorkspace(workspace),
    genesis: settings.genesis ?? null,
    heads: Object.fromEntries(heads),
  };
}

/** Null where nobody is set who acts. */
export async function agentOfWorkspace(workspace: Workspace): Promise<About['agent']> {
  try {
    const { actor, signer } = await workspace.author();
    return { actor, key: formatKey(signer.key), agent: formatHex(signer.key) };
  } catch (error) {
    if (isGatosError(error, 'settings/no-author')) return null;
    throw error;
  }
}

/** Does the trust chain know the actor, and no key of theirs that counts? Whoever has no key at all is nobody whom it could speak of. */
export function isRevokedIn({ state }: TrustHistory, actor: string): boolean {
  const keys = [...state.keys.values()].filter((key) => key.actor === actor);
  return keys.length > 0 && keys.every(({ revoked }) => revoked !== null);
}

/** Is this a key of the actor that counts? */
export function isKeyOf(
  { state }: TrustHistory,
  { key, actor }: { readonly key: Uint8Array; readonly actor: string },
): boolean {
  const found = state.keys.get(formatKey(key));
  return found !== undefined && found.actor === actor && found.revoked === null;
}
