import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatHex, formatKey, parseHex } from '../../src/codec/index.js';
import { formatSshKey } from '../../src/identity/index.js';
import { GatosError } from '../../src/kernel/index.js';
import { createOwnKey, type IdentityEnvironment, loadPublicKey, loadSigner } from './index.js';

interface Vector {
  readonly id: string;
  readonly input: { readonly file: string; readonly passphrase: string | null };
  readonly want?: { readonly key: string };
  readonly wantError?: string;
}

const vectors = (name: string): readonly Vector[] =>
  JSON.parse(readFileSync(new URL(`../../../conformance/vectors/identity/${name}`, import.meta.url), 'utf8'));

let home: string;
let env: IdentityEnvironment;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'gatos-signer-'));
  env = { HOME: home };
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function codeOf(body: () => Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await body())}`;
  } catch (error) {
    return error instanceof GatosError ? error.code : `not typed: ${String(error)}`;
  }
}

describe.each(['key-files.json', 'openssh-keys.json'])('golden vectors of %s through the loader', (name) => {
  it.each(vectors(name))('$id', async ({ input, want, wantError }) => {
    const path = join(home, 'key');
    await writeFile(path, input.file, { mode: 0o600 });
    const load = () => loadSigner({ source: path, passphrase: async () => input.passphrase, env });
    if (want === undefined) {
      expect(await codeOf(load)).toBe(wantError);
    } else {
      const signer = await load();
      expect(formatHex(signer.key)).toBe(want.key);
      expect(signer.source).toBe(path);
      expect(await loadPublicKey({ source: path, env })).toEqual(signer.key);
    }
  });
});

describe('what a file is shows in the file', () => {
  const put = async (text: string, name = 'key'): Promise<string> => {
    await writeFile(join(home, name), text, { mode: 0o600 });
    return join(home, name);
  };
  const nobody = async (): Promise<null> => null;
  const load = (source: string) => loadSigner({ source, passphrase: nobody, env });

  it.each([
    ['empty', '', 'identity/public-key'],
    ['prose', 'hello there\nworld\n', 'identity/public-key'],
    ['a PKCS#8 key', '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n', 'identity/unsupported-key'],
    ['an old PEM key', '-----BEGIN RSA PRIVATE KEY-----\nMC4=\n', 'identity/unsupported-key'],
    ['an RSA public key', 'ssh-rsa AAAA me', 'identity/unsupported-key'],
    ['bytes', '\u0000\u0001\u0002', 'identity/public-key'],
  ])('%s is refused', async (_, text, code) => {
    const path = await put(text);
    expect(await codeOf(() => load(path))).toBe(code);
  });

  it('an OpenSSH key that others can read is refused', async () => {
    const clear = vectors('openssh-keys.json').find(({ id }) => id === 'clear') as Vector;
    const path = await put(clear.input.file);
    await load(path);
    await chmod(path, 0o640);
    expect(await codeOf(() => load(path))).toBe('identity/key-exposed');
  });

  it('a public key without agent or secret half says what is missing', async () => {
    const key = parseHex(vectors('openssh-keys.json')[0]?.want?.key ?? '');
    const path = await put(formatSshKey(key, 'me'), 'key.pub');
    expect(await codeOf(() => load(path))).toBe('identity/agent-unavailable');
  });

  it('a public key with the secret half of another beside it is refused', async () => {
    const [first, second] = vectors('openssh-keys.json').filter(({ want }) => want !== undefined) as [Vector, Vector];
    const path = await put(formatSshKey(parseHex(second.want?.key ?? '')), 'key.pub');
    await put(first.input.file, 'key');
    expect(await codeOf(() => load(path))).toBe('identity/key-mismatch');
  });
});

describe('public keys', () => {
  it('are found by text form, name and path', async () => {
    const made = await createOwnKey({ name: 'laptop', passphrase: 'x', cost: { N: 1024, r: 8, p: 1 }, env });
    expect(await loadPublicKey({ source: formatKey(made.key), env })).toEqual(made.key);
    expect(await loadPublicKey({ source: formatSshKey(made.key, 'x'), env })).toEqual(made.key);
    expect(await loadPublicKey({ source: 'laptop', env })).toEqual(made.key);
    expect(await loadPublicKey({ source: made.path, env })).toEqual(made.key);
  });

  it('that could not be registered are refused, whatever their form', async () => {
    const identity = new Uint8Array(32);
    identity[0] = 1;
    expect(await codeOf(() => loadPublicKey({ source: formatKey(identity), env }))).toBe('identity/public-key');
    expect(await codeOf(() => loadPublicKey({ source: formatSshKey(identity), env }))).toBe('identity/public-key');
    expect(await codeOf(() => loadPublicKey({ source: 'ed25519:x', env }))).toBe('codec/text');
    expect(await codeOf(() => loadPublicKey({ source: 'none', env }))).toBe('identity/no-key');
    expect(await codeOf(() => loadPublicKey({ source: '../none', env }))).toBe('identity/no-key');
  });
});
