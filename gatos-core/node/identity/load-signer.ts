/**
 * From what a person writes (a key's name, a path, an agent's key) to a signer. Whether the key is ours or OpenSSH's, secret or
 * public, is read from the file itself and not from its name.
 */

import { identityError, parseSshKey, type Signer } from '../../src/identity/index.js';
import { bytesEqual, isGatosError } from '../../src/kernel/index.js';
import type { IdentityEnvironment } from './key-directory.js';
import { type KeyFile, readKeyFile } from './key-file.js';
import { agentKeyByFingerprint, agentSocket, keyPath, literalKey } from './key-source.js';
import { isOpensshKey, parseOpensshKey } from './openssh-key.js';
import { parseOwnKey } from './own-key.js';
import { secretKeySigner } from './secret-key.js';
import { agentSigner } from './ssh-agent.js';

export interface SignerRequest {
  /**
   * One of: the name of an own key (`laptop`); a path (with a `/`, or ending in `.json` or `.pub`) of an own key, of an OpenSSH private
   * key or of a public key whose secret half ssh-agent holds or the file beside it; `agent:SHA256:…`; a public key itself
   * (`ssh-ed25519 AAAA…`, or `key::` before it), as git's `user.signingKey` may have it. `~/` stands for the home folder.
   */
  readonly source: string;
  /** Asked at most once, and only when a passphrase is needed. Null: there is nobody to ask. */
  readonly passphrase: () => Promise<string | null>;
  /** Default: process.env. */
  readonly env?: IdentityEnvironment | undefined;
}

interface Loading {
  readonly path: string;
  readonly passphrase: () => Promise<string>;
  readonly env: IdentityEnvironment;
}

/**
 * The signer that `source` names. Throws `identity/no-key`, `identity/key-*`, `identity/unsupported-key`, `identity/passphrase-*`,
 * `identity/agent-*`, `identity/fingerprint`, `identity/public-key`.
 */
export async function loadSigner({ source, passphrase, env = process.env }: SignerRequest): Promise<Signer> {
  if (source.startsWith('agent:')) {
    const socket = agentSocket(env);
    return agentSigner({ key: await agentKeyByFingerprint(source.slice('agent:'.length), socket), socket });
  }
  const literal = literalKey(source);
  if (literal !== null) {
    const { key } = parseSshKey(literal, 'the given key');
    return agentSigner({ key, socket: agentSocket(env) });
  }
  const path = keyPath(source, env);
  const file = await readKeyFile(path);
  if (file === null) throw identityError('no-key', { source, looked: `\`${path}\`` });
  return signerOfFile(file, { path, env, passphrase: () => askPassphrase(passphrase, path) });
}

async function askPassphrase(ask: () => Promise<string | null>, source: string): Promise<string> {
  const answer = await ask();
  if (answer === null || answer === '') throw identityError('passphrase-required', { source });
  return answer;
}

async function signerOfFile(file: KeyFile, loading: Loading): Promise<Signer> {
  const { path, env, passphrase } = loading;
  const text = Buffer.from(file.bytes).toString('latin1');
  if (text.startsWith('{')) {
    file.requirePrivate();
    return secretKeySigner(await parseOwnKey(file.bytes, path).open(passphrase), path);
  }
  if (isOpensshKey(text)) return signerOfOpensshKey(file, { ...loading, text });
  if (text.startsWith('-----BEGIN ')) {
    throw identityError('unsupported-key', {
      path,
      what: 'it is PEM, neither an own key file nor an OpenSSH private key',
    });
  }
  const { key } = parseSshKey(text.trimEnd(), path);
  return signerOfPublicKey(key, { path, env, passphrase });
}

/** A sealed key that the agent has already opened needs no passphrase: the agent is asked first, as ssh does. */
async function signerOfOpensshKey(
  file: KeyFile,
  { text, path, env, passphrase }: Loading & { text: string },
): Promise<Signer> {
  file.requirePrivate();
  const openssh = parseOpensshKey(text, path);
  const fromAgent = openssh.sealed ? await agentSignerIfThere(openssh.key, env) : null;
  return fromAgent ?? secretKeySigner(await openssh.open(passphrase), path);
}

/** The secret half of a public key: in the agent, or in the file of the same name without `.pub`. */
async function signerOfPublicKey(key: Uint8Array, { path, env, passphrase }: Loading): Promise<Signer> {
  const fromAgent = await agentSignerIfThere(key, env);
  if (fromAgent !== null) return fromAgent;
  const beside = path.endsWith('.pub') ? path.slice(0, -'.pub'.length) : null;
  const file = beside === null ? null : await readKeyFile(beside);
  if (beside === null || file === null) return agentSigner({ key, socket: agentSocket(env) });
  const text = Buffer.from(file.bytes).toString('latin1');
  const signer = await signerOfOpensshKey(file, { text, path: beside, env, passphrase });
  if (!bytesEqual(signer.key, key)) throw identityError('key-mismatch', { path });
  return signer;
}

/** The agent's signer, or null when there is no agent, it cannot be used, or it does not hold the key. */
async function agentSignerIfThere(key: Uint8Array, env: IdentityEnvironment): Promise<Signer | null> {
  try {
    return await agentSigner({ key, socket: agentSocket(env) });
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}
