/** From what a person writes to a public key. Nothing secret is opened, no passphrase is asked. */
import { parseKey } from '../../src/codec/index.js';
import { identityError, parseSshKey } from '../../src/identity/index.js';
import type { IdentityEnvironment } from './key-directory.js';
import { readKeyFile } from './key-file.js';
import { agentKeyByFingerprint, agentSocket, keyPath, literalKey } from './key-source.js';
import { isOpensshKey, parseOpensshKey } from './openssh-key.js';
import { parseOwnKey } from './own-key.js';
import { isRegistrable } from './registrable-key.js';

export interface PublicKeyRequest {
  /** As for `loadSigner`, and also the text form `ed25519:…`. */
  readonly source: string;
  /** Default: process.env. */
  readonly env?: IdentityEnvironment | undefined;
}

/**
 * The 32-byte public key that `source` names, safe to register: strict, and of the prime-order subgroup.
 * Throws `codec/text`, `identity/public-key`, `identity/no-key`, `identity/key-*`, `identity/unsupported-key`, `identity/agent-*`.
 */
export async function loadPublicKey({ source, env = process.env }: PublicKeyRequest): Promise<Uint8Array> {
  const key = await findPublicKey(source, env);
  if (!isRegistrable(key)) throw identityError('public-key', { source, why: 'it is no safe point of the curve' });
  return key;
}

async function findPublicKey(source: string, env: IdentityEnvironment): Promise<Uint8Array> {
  if (source.startsWith('ed25519:')) return parseKey(source);
  if (source.startsWith('agent:')) {
    return agentKeyByFingerprint(source.slice('agent:'.length), agentSocket(env));
  }
  const literal = literalKey(source);
  if (literal !== null) return parseSshKey(literal, 'the given key').key;
  const path = keyPath(source, env);
  const file = await readKeyFile(path);
  if (file === null) throw identityError('no-key', { source, looked: `\`${path}\`` });
  const text = Buffer.from(file.bytes).toString('latin1');
  if (text.startsWith('{')) return parseOwnKey(file.bytes, path).key;
  return isOpensshKey(text) ? parseOpensshKey(text, path).key : parseSshKey(text, path).key;
}
