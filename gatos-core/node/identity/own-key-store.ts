/** The own keys of this user: create, find, list. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { nameFault } from '../../src/identity/index.js';
import { invariant, isGatosError, utf8 } from '../../src/kernel/index.js';
import { type IdentityEnvironment, keyDirectory, ownKeyPath } from './key-directory.js';
import { readKeyFile } from './key-file.js';
import { formatOwnKey, parseOwnKey } from './own-key.js';
import { DEFAULT_COST, type ScryptCost } from './sealed-secret.js';
import { createSecretFile, listDirectory } from './secret-file.js';

export interface NewOwnKey {
  /** Name of the key, such as `laptop`: the rule of actor names, at most 64 bytes. */
  readonly name: string;
  /** Null: the key is stored in clear, in a file that only its owner can read. */
  readonly passphrase: string | null;
  /** Work of guessing a passphrase. Default: 128 MiB, about half a second. */
  readonly cost?: ScryptCost | undefined;
  readonly env?: IdentityEnvironment | undefined;
}

export interface OwnKeyInfo {
  readonly name: string;
  readonly path: string;
  /** 32-byte public key. */
  readonly key: Uint8Array;
  /** Does it take a passphrase? */
  readonly sealed: boolean;
}

/**
 * Makes an Ed25519 key and stores it. Durable when it resolves; never overwrites.
 * Throws `identity/key-name`, `identity/key-exists`, `identity/key-exposed`, `identity/key-io`, `identity/passphrase-length`.
 */
export async function createOwnKey({ name, passphrase, cost = DEFAULT_COST, env }: NewOwnKey): Promise<OwnKeyInfo> {
  const path = ownKeyPath(name, env);
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  invariant(x !== undefined && d !== undefined, 'an Ed25519 key exports both halves');
  const key = new Uint8Array(Buffer.from(x, 'base64url'));
  const seed = new Uint8Array(Buffer.from(d, 'base64url'));
  const text = await formatOwnKey({ key, seed, seal: passphrase === null ? undefined : { passphrase, cost } });
  seed.fill(0);
  await createSecretFile(path, utf8(text));
  return { name, path, key, sealed: passphrase !== null };
}

export interface OwnKeyListing {
  readonly keys: readonly OwnKeyInfo[];
  /** Files in the folder that look like keys and cannot be used, each with its fault. */
  readonly unreadable: readonly { readonly path: string; readonly fault: Error }[];
}

/** The keys in the key folder, by name. One bad file does not hide the others. Throws `identity/key-io`. */
export async function listOwnKeys(env?: IdentityEnvironment): Promise<OwnKeyListing> {
  const directory = keyDirectory(env);
  const keys: OwnKeyInfo[] = [];
  const unreadable: { path: string; fault: Error }[] = [];
  for (const file of await namesIn(directory)) {
    const name = file.slice(0, -'.json'.length);
    const path = join(directory, file);
    try {
      const found = await readKeyFile(path);
      if (found === null) continue;
      found.requirePrivate();
      const { key, sealed } = parseOwnKey(found.bytes, path);
      keys.push({ name, path, key, sealed });
    } catch (error) {
      if (!isGatosError(error)) throw error;
      unreadable.push({ path, fault: error });
    }
  }
  return { keys, unreadable };
}

async function namesIn(directory: string): Promise<readonly string[]> {
  const names = await listDirectory(directory);
  return names.filter((file) => file.endsWith('.json') && nameFault(file.slice(0, -'.json'.length)) === null).sort();
}
