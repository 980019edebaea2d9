import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { formatHex, parseHex } from '../../src/codec/index.js';
import { formatFingerprint, parseSshKey } from '../../src/identity/index.js';
import { GatosError, utf8 } from '../../src/kernel/index.js';
import { openChacha20Poly1305, poly1305 } from './chacha20-poly1305.js';
import { nativeEngine } from './index.js';
import { OPENSSH_CIPHERS } from './openssh-cipher.js';
import { parseOpensshKey } from './openssh-key.js';
import { secretKeySigner } from './secret-key.js';

interface OpensshVector {
  readonly id: string;
  readonly input: { readonly file: string; readonly passphrase: string | null };
  readonly want?: { readonly key: string };
  readonly wantError?: string;
}

const list: readonly OpensshVector[] = JSON.parse(
  readFileSync(new URL('../../../conformance/vectors/identity/openssh-keys.json', import.meta.url), 'utf8'),
);

const open = async ({ file, passphrase }: OpensshVector['input']) =>
  secretKeySigner(await parseOpensshKey(file, 'id').open(async () => passphrase ?? ''), 'id');

describe('golden vectors', () => {
  it.each(list.filter(({ want }) => want !== undefined))('$id opens', async ({ input, want }) => {
    const signer = await open(input);
    expect(formatHex(signer.key)).toBe(want?.key);
    expect(formatHex(parseOpensshKey(input.file, 'id').key)).toBe(want?.key);
    const message = utf8('message');
    expect(nativeEngine().verify({ key: signer.key, message, signature: await signer.sign(message) })).toBe(true);
  });

  const refused = list.filter(
    ({ wantError }) => wantError !== undefined && wantError !== 'identity/passphrase-required',
  );
  it.each(refused)('$id is refused: $wantError', async ({ input, wantError }) => {
    const fault = await open(input).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(GatosError);
    expect(fault).toMatchObject({ code: wantError });
    const shown = inspect(fault, { depth: 10 });
    for (const line of input.file.split('\n').slice(1, 4))
      if (line.length > 20) expect(shown).not.toContain(line.slice(0, 20));
  });

  it('are all there, for every cipher', () => {
    expect(list).toHaveLength(43);
    const ciphers = new Set(list.map(({ id }) => id));
    for (const name of OPENSSH_CIPHERS.keys()) expect(ciphers).toContain(name);
  });
});

describe('chacha20-poly1305', () => {
  it('poly1305: RFC 8439 section 2.5.2', () => {
    const key = parseHex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b');
    expect(formatHex(poly1305({ key, message: utf8('Cryptographic Forum Research Group') }))).toBe(
      'a8061dc1305136c6c22b8baf0c0127a9',
    );
  });

  it('poly1305: sums that wrap around the field (RFC 8439 appendix A.3, tests 7 to 9)', () => {
    const r = (hex: string): Uint8Array => parseHex(hex.padEnd(64, '0'));
    const ones = 'ff'.repeat(16);
    expect(formatHex(poly1305({ key: r('02'), message: parseHex(ones) }))).toBe(`03${'00'.repeat(15)}`);
    expect(
      formatHex(poly1305({ key: parseHex(`02${'00'.repeat(15)}${ones}`), message: parseHex(`02${'00'.repeat(15)}`) })),
    ).toBe(`03${'00'.repeat(15)}`);
    expect(
      formatHex(poly1305({ key: r('01'), message: parseHex(`${ones}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`) })),
    ).toBe(`05${'00'.repeat(15)}`);
  });

  it('opens nothing with another tag', () => {
    const key = new Uint8Array(64).fill(1);
    expect(openChacha20Poly1305({ key, data: new Uint8Array(16), tag: new Uint8Array(16) })).toBeNull();
  });
});

const folder = mkdtempSync(join(tmpdir(), 'gatos-openssh-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasTool = spawnSync('ssh-keygen', ['-?']).error === undefined;

describe.skipIf(!hasTool)('keys of the ssh-keygen on this machine (skipped without it)', () => {
  const make = (name: string, ...options: string[]): string => {
    const path = join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-f', path, ...options]);
    return path;
  };
  const check = async (path: string, passphrase: string | null): Promise<void> => {
    const signer = await open({ file: readFileSync(path, 'utf8'), passphrase });
    expect(signer.key).toEqual(parseSshKey(readFileSync(`${path}.pub`, 'utf8'), path).key);
    expect(execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' })).toContain(
      ` ${formatFingerprint(signer.key)} `,
    );
  };

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('without passphrase, comment of %i characters', async (length) => {
    // The length of the comment decides how much padding there is.
    await check(make(`plain-${length}`, '-N', '', '-C', 'c'.repeat(length)), null);
  });

  it('with passphrase and the defaults of this version', async () => {
    await check(make('default', '-N', 'täst phrase', '-C', 'ünïcode comment'), 'täst phrase');
  });

  const supported = spawnSync('ssh', ['-Q', 'cipher'], { encoding: 'utf8' }).stdout?.split('\n').filter(Boolean) ?? [];
  it.each(supported)('cipher %s opens, or is refused by name', async (cipher) => {
    const path = make(`cipher-${cipher}`, '-N', 'pass', '-a', '3', '-Z', cipher);
    if (OPENSSH_CIPHERS.has(cipher)) await check(path, 'pass');
    else
      await expect(check(path, 'pass')).rejects.toMatchObject({
        code: 'identity/unsupported-key',
        data: { what: `its cipher is \`${cipher}\`` },
      });
  });

  it.each(['rsa', 'ecdsa'])('%s is refused by name', async (type) => {
    const path = join(folder, type);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path]);
    await expect(open({ file: readFileSync(path, 'utf8'), passphrase: null })).rejects.toMatchObject({
      code: 'identity/unsupported-key',
    });
  });
});
