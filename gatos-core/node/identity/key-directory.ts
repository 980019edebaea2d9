/** Where own key files live: `$XDG_CONFIG_HOME/gatos/keys/<name>.json` (XDG Base Directory Specification 0.8). */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { identityError, nameFault } from '../../src/identity/index.js';
import { LIMITS } from '../../src/kernel/index.js';

/** The environment variables that this folder looks at. `process.env` fits. */
export interface IdentityEnvironment {
  readonly XDG_CONFIG_HOME?: string | undefined;
  readonly HOME?: string | undefined;
  readonly SSH_AUTH_SOCK?: string | undefined;
}

export function homeDirectory(env: IdentityEnvironment): string {
  return env.HOME === undefined || env.HOME === '' ? homedir() : env.HOME;
}

/** The folder of the own key files. A relative XDG_CONFIG_HOME is ignored, as the specification asks. */
export function keyDirectory(env: IdentityEnvironment = process.env): string {
  const configured = env.XDG_CONFIG_HOME;
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homeDirectory(env), '.config');
  return join(base, 'gatos', 'keys');
}

/** The path of the key of that name, whether it exists or not. Throws `identity/key-name`. */
export function ownKeyPath(name: string, env: IdentityEnvironment = process.env): string {
  const why =
    nameFault(name) ?? (name.length > LIMITS.nameBytes ? `it is longer than ${LIMITS.nameBytes} bytes` : null);
  if (why !== null) throw identityError('key-name', { name, why });
  return join(keyDirectory(env), `${name}.json`);
}
