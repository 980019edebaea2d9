/**
 * Settings of one clone (`<git dir>/gatos/settings.json`) over those of the person (`$XDG_CONFIG_HOME/gatos/settings.json`).
 * They live apart from git's configuration so that reading them takes no git process.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Cid, formatJson, GatosError, type JsonValue, parseActor, parseJson } from 'gatos-core';
import { settingsError } from './errors.js';

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

const CHECKS: Record<SettingName, (value: string) => void> = {
  actor: (value) => void parseActor(value),
  key: (value) => {
    if (value === '') throw new TypeError('it is empty');
  },
  genesis: (value) => void Cid.parse(value),
  namespace: (value) => {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(value)) throw new TypeError('use lower-case letters, digits, `.`, `_` and `-`');
  },
};

export function isSettingName(name: string): name is SettingName {
  return (SETTING_NAMES as readonly string[]).includes(name);
}

/** Throws `settings/bad-value`. */
export function checkSetting(name: SettingName, value: string): void {
  try {
    CHECKS[name](value);
  } catch (error) {
    throw settingsError('bad-value', { name, value, why: (error as Error).message }, { cause: error });
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

export function userSettingsPath(env: Environment): string {
  const base = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return join(base, 'gatos', 'settings.json');
}

export function repositorySettingsPath(commonDir: string): string {
  return join(commonDir, 'gatos', 'settings.json');
}

/** Settings in a file; empty when there is none. Throws `settings/malformed`. */
export function readSettings(path: string): Settings {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw settingsError('malformed', { path, why: message }, { cause: error });
  }
  try {
    return toSettings(parseJson(bytes));
  } catch (error) {
    if (error instanceof GatosError || error instanceof TypeError) {
      throw settingsError('malformed', { path, why: error.message }, { cause: error });
    }
    throw error;
  }
}

function toSettings(value: JsonValue): Settings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('it is not a JSON object');
  const settings: Record<string, string> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!isSettingName(name)) continue;
    if (typeof given !== 'string') throw new TypeError(`\`${name}\` is not text`);
    checkSetting(name, given);
    settings[name] = given;
  }
  return settings;
}

/** Replaces the file in one step. */
export function writeSettings(path: string, settings: Settings): void {
  mkdirSync(dirname(path), { recursive: true });
  const present = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${formatJson(present as JsonValue, { indent: 2, sorted: true })}\n`, { mode: 0o644 });
  renameSync(temporary, path);
}
