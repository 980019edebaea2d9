/** The parts of naming a key that signers and public keys share. */
import { join } from 'node:path';
import { formatFingerprint, identityError, parseFingerprint } from '../../src/identity/index.js';
import { homeDirectory, type IdentityEnvironment, ownKeyPath } from './key-directory.js';
import { listAgentKeys } from './ssh-agent.js';

/** The file that a name or a path stands for; `~/` is the home folder. Throws `identity/key-name`. */
export function keyPath(source: string, env: IdentityEnvironment): string {
  if (source.startsWith('~/')) return join(homeDirectory(env), source.slice(2));
  const isPath = /[/\\]/.test(source) || source.endsWith('.json') || source.endsWith('.pub');
  return isPath ? source : ownKeyPath(source, env);
}

/** The public key line that `source` is itself, as git's `user.signingKey` may be (`key::ssh-…`, or without `key::`), or null. */
export function literalKey(source: string): string | null {
  if (source.startsWith('key::')) return source.slice('key::'.length);
  return /^(ssh|sk-ssh|ecdsa|sk-ecdsa)-[^ ]+ /.test(source) ? source : null;
}

/** The agent's socket. Throws `identity/agent-unavailable` when none is configured. */
export function agentSocket(env: IdentityEnvironment): string {
  const socket = env.SSH_AUTH_SOCK;
  if (socket === undefined || socket === '') {
    throw identityError('agent-unavailable', { socket: 'SSH_AUTH_SOCK', why: 'the variable is not set' });
  }
  return socket;
}

/** The agent's key with that fingerprint, `SHA256:…`. Throws `identity/fingerprint`, `identity/agent-*`. */
export async function agentKeyByFingerprint(fingerprint: string, socket: string): Promise<Uint8Array> {
  // Parsed for its strictness; compared as text, of which there is one spelling.
  parseFingerprint(fingerprint);
  const identities = await listAgentKeys({ socket });
  const found = identities.find(({ key }) => formatFingerprint(key) === fingerprint);
  if (found === undefined) throw identityError('agent-no-key', { socket, fingerprint });
  return found.key;
}
