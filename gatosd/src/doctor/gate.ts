/** The gate of a server: its key, and the socket of one that stays. */
import { existsSync, lstatSync } from 'node:fs';
import { type Finding, formatKey, isGatosError } from 'gatos-core';
import { type NativeBackend, ownKeyPath } from 'gatos-core/node';
import { gateAuthor, gateSocketPath, isAnswered } from '../gate/index.js';
import { exposed } from './keys.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

type Place = Pick<NativeBackend, 'commonDir'>;

/** Where the gate keeps its key: an own key whose configuration folder is the git directory. */
function gateKeyPath({ commonDir }: Place): string {
  return ownKeyPath('gate', { XDG_CONFIG_HOME: commonDir });
}

/** Was a gate ever installed here? Its key stays when it is uninstalled, so nothing follows about now. */
export function hasGateKey(place: Place): boolean {
  return existsSync(gateKeyPath(place));
}

export async function examineGateKey({ workspace, trust }: Patient): Promise<readonly Finding[]> {
  const { backend } = workspace;
  if (!hasGateKey(backend)) return [];
  try {
    const { actor, signer } = await gateAuthor(backend);
    const key = formatKey(signer.key);
    const known = trust?.state.keys.get(key);
    if (trust === null || (known?.actor === actor && known.revoked === null)) return [];
    return [finding('gate-key-untrusted', { subject: actor, data: { actor, key } })];
  } catch (error) {
    if (!isGatosError(error)) throw error;
    const path = gateKeyPath(backend);
    if (error.code === 'identity/key-exposed') return exposed(path);
    return [finding('key-unreadable', { subject: path, data: { key: path, why: error.message } })];
  }
}

export async function examineSocket({ workspace }: Patient): Promise<readonly Finding[]> {
  const path = gateSocketPath(workspace.backend);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSocket() !== true) return [];
  if (!(await isAnswered(path))) return [finding('stale-socket', { subject: path, data: { path } })];
  return exposed(path);
}
