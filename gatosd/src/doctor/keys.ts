/** Who writes in this clone, with which key, and whether that counts. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Finding, formatKey, isGatosError, LIMITS, type Self } from 'gatos-core';
import { keyDirectory, listOwnKeys, loadPublicKey } from 'gatos-core/node';
import type { Workspace } from '../workspace.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/** Why a file or folder is not its owner's alone; nothing where it is, and where modes mean nothing. */
export function exposed(path: string): readonly Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || process.platform === 'win32') return [];
  const isFolder = stats.isDirectory();
  if ((stats.mode & (isFolder ? OTHERS_WRITE : OTHERS)) === 0) return [];
  const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
  return [finding('exposed-file', { subject: path, data: { path, mode, private: isFolder ? '700' : '600' } })];
}

/** Every own key of this person, and the folder in which they are. */
export async function examineKeyFiles({ at, workspace }: Patient): Promise<readonly Finding[]> {
  const { unreadable } = await listOwnKeys(at.env);
  const { key = '' } = workspace.settings;
  const path = key.startsWith('~/') ? join(at.env.HOME || homedir(), key.slice(2)) : key;
  const open = unreadable.filter(({ fault }) => isGatosError(fault, 'identity/key-exposed'));
  const set = open.every((each) => each.path !== path) && isAbsolute(path) && isSecret(path) ? exposed(path) : [];
  return [...exposed(keyDirectory(at.env)), ...open.flatMap(exposedKey), ...set];
}

/** By its mode, or by its owner, which no mode mends. */
function exposedKey({ path, fault }: { readonly path: string; readonly fault: Error }): readonly Finding[] {
  const byMode = exposed(path);
  if (byMode.length > 0) return byMode;
  return [finding('key-unreadable', { subject: path, data: { key: path, why: fault.message } })];
}

/** A setting may name a public key, which is nobody's secret, and then an agent signs. */
function isSecret(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > LIMITS.keyFileBytes) return false;
  try {
    const text = readFileSync(path, 'latin1');
    return text.startsWith('{') || text.includes('PRIVATE KEY');
  } catch (error) {
    // What cannot be read is told where the key is used.
    if (error instanceof Error && 'syscall' in error) return false;
    throw error;
  }
}

/** Who signs here; null where it is not set, or the key cannot be read. */
export async function selfOf({ settings }: Workspace, env: Patient['at']['env']): Promise<Self | null> {
  const { actor, key } = settings;
  if (actor === undefined || key === undefined) return null;
  try {
    return { actor, key: formatKey(await loadPublicKey({ source: key, env })) };
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

export async function examineAuthor(patient: Patient): Promise<readonly Finding[]> {
  const { workspace, trust, at } = patient;
  const { actor, key: source } = workspace.settings;
  if (actor === undefined || source === undefined) {
    // Nobody writes in what others push to; and before there is a history, `init` is what comes first anyway.
    if (workspace.backend.bare || trust === null) return [];
    return [finding('no-author', { subject: workspace.settingsPath, data: {} })];
  }
  try {
    const key = formatKey(await loadPublicKey({ source, env: at.env }));
    return trust === null ? [] : standing(patient, { actor, key });
  } catch (error) {
    if (!isGatosError(error)) throw error;
    const isName = /^[a-z0-9][a-z0-9._-]*$/.test(source) && !source.endsWith('.json') && !source.endsWith('.pub');
    if (error.code === 'identity/no-key' && isName)
      return [finding('key-gone', { subject: source, data: { key: source } })];
    return [finding('key-unreadable', { subject: source, data: { key: source, why: error.message } })];
  }
}

function standing({ trust }: Patient, { actor, key }: Self): readonly Finding[] {
  const known = trust?.state.keys.get(key);
  if (known?.actor !== actor) return [finding('key-untrusted', { subject: actor, data: { actor, key } })];
  if (known.revoked === null) return [];
  return [finding('key-revoked', { subject: actor, data: { key, next: `after-${known.revoked.by}` } })];
}

export function examinePin({ workspace, trust }: Patient): readonly Finding[] {
  if (trust === null || workspace.settings.genesis !== undefined) return [];
  const data = { genesis: String(trust.repo) };
  return [finding('not-pinned', { subject: workspace.settingsPath, data })];
}
