/**
 * Settings of one clone (`<git dir>/gatos/settings.json`) over those of the person (`$XDG_CONFIG_HOME/gatos/settings.json`).
 * They live apart from git's configuration so that reading them takes no git process.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Cid, checkNamespace, formatJson, GatosError, type JsonValue, parseActor, parseJson } from 'gatos-core';
import { settingsError } from './errors.js';
import { replaceFile } from './replace-file.js';

export interface Settings {
  /** Who writes here: `user:alice`. */
  readonly actor?: string;
  /** Which key signs: a name, a path, `agent:SHA256:…`. */
  readonly key?: string;
  /** CID of the genesis this clone is pinned to. */
  readonly genesis?: string;
  /** Default namespace of `emit` and `import`. */
  readonly namespace?: string;
}

export type SettingName = keyof Settings;

export const SETTING_NAMES = ['actor', 'key', 'genesis', 'namespace'] as const satisfies readonly SettingName[];

export const SETTING_MEANING: Record<SettingName, string> = {
  actor: 'who writes here, such as `user:alice`',
  key: 'the key that signs: a name, a path, or `agent:SHA256:…`',
  genesis: 'CID of the genesis that this clone is pinned to',
  namespace: 'namespace of events when none is given',
};

/** Each throws the fault of a bad value, or says why it is one. */
const CHECKS: Record<SettingName, (value: string) => string | undefined> = {
  actor: (value) => void parseActor(value),
  key: (value) => (value === '' || /[\0\r\n]/.test(value) ? 'it is no name and no path' : undefined),
  genesis: (value) => void Cid.parse(value),
  namespace: (value) => void checkNamespace(value),
};

export function isSettingName(name: string): name is SettingName {
  return (SETTING_NAMES as readonly string[]).includes(name);
}

/** Throws `settings/bad-value`. */
export function checkSetting(name: SettingName, value: string): void {
  const [why, cause] = faultOf(name, value);
  if (why !== undefined) throw settingsError('bad-value', { name, value, why }, { cause });
}

function faultOf(name: SettingName, value: string): [why?: string | undefined, cause?: GatosError] {
  try {
    return [CHECKS[name](value)];
  } catch (error) {
    if (error instanceof GatosError) return [error.message, error];
    throw error;
  }
}

/** A key as it is kept: a relative path means another file in another folder, so it is made absolute. */
export function keptKey(source: string, cwd: string): string {
  const isOther = /^(?:~\/|agent:|key::|[a-z0-9-]+ )/.test(source);
  const isPath = /[/\\]/.test(source) || source.endsWith('.json') || source.endsWith('.pub');
  return isPath && !isOther ? resolve(cwd, source) : source;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A relative XDG_CONFIG_HOME is ignored, as the XDG Base Directory Specification asks. */
export function userSettingsPath(env: Environment): string {
  const configured = env.XDG_CONFIG_HOME;
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(env.HOME || homedir(), '.config');
  return join(base, 'gatos', 'settings.json');
}

export function repositorySettingsPath(commonDir: string): string {
  return join(commonDir, 'gatos', 'settings.json');
}

/** Settings in a file; empty when there is none. Throws `settings/malformed`. */
export function readSettings(path: string): Settings {
  const settings: Record<string, string> = {};
  for (const [name, given] of Object.entries(readFile(path))) {
    // A newer version may know more.
    if (!isSettingName(name)) continue;
    if (typeof given !== 'string') throw settingsError('malformed', { path, why: `\`${name}\` is not text` });
    try {
      checkSetting(name, given);
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      throw settingsError('malformed', { path, why: error.message }, { cause: error });
    }
    settings[name] = given;
  }
  return settings;
}

type Members = Readonly<Record<string, JsonValue>>;

function readFile(path: string): Members {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw settingsError('malformed', { path, why: message }, { cause: error });
  }
  try {
    const value = parseJson(bytes);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    throw settingsError('malformed', { path, why: error.message }, { cause: error });
  }
  throw settingsError('malformed', { path, why: 'it is not a JSON object' });
}

/**
 * Replaces the settings of the file in one step, durably; what else the file holds stays. Throws `settings/malformed` for what is
 * there, `settings/unwritable`.
 */
export function writeSettings(path: string, settings: Settings): void {
  const others = Object.entries(readFile(path)).filter(([name]) => !isSettingName(name));
  const known = Object.entries(settings).filter(([, value]) => value !== undefined);
  const text = `${formatJson(Object.fromEntries([...others, ...known]), { indent: 2, sorted: true })}\n`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, { text, mode: 0o644 });
  } catch (error) {
    throw settingsError('unwritable', { path, why: (error as Error).message }, { cause: error });
  }
}
