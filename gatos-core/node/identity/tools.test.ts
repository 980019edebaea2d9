import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ENVELOPE_TYPE,
  formatAllowedSigner,
  formatDsse,
  formatFingerprint,
  formatPem,
  formatSshKey,
  pae,
  parseDsse,
} from '../../src/identity/index.js';
import { createOwnKey, loadSigner } from './index.js';

/** Tools that nobody here wrote, as judges of what we write. */
const folder = mkdtempSync(join(tmpdir(), 'gatos-tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const has = (tool: string, ...options: string[]): boolean => spawnSync(tool, options).error === undefined;

describe.skipIf(!has('openssl', 'version'))('openssl (skipped without it)', () => {
  it('verifies the signature of a DSSE envelope, and no altered one', async () => {
    const { key } = await createOwnKey({ name: 'dsse', passphrase: null, env: { HOME: folder } });
    const signer = await loadSigner({ source: 'dsse', passphrase: async () => null, env: { HOME: folder } });
    const payload = new Uint8Array(1000).map((_, i) => i % 256);
    const signatures = [{ keyid: 'test', sig: await signer.sign(pae(ENVELOPE_TYPE, payload)) }];
    // As a stranger would: from the JSON alone.
    const envelope = parseDsse(formatDsse({ payloadType: ENVELOPE_TYPE, payload, signatures }));
    writeFileSync(at('key.pem'), formatPem(key));
    writeFileSync(at('sig'), envelope.signatures[0]?.sig ?? '');
    const verify = (message: Uint8Array): number | null => {
      writeFileSync(at('message'), message);
      return spawnSync('openssl', [
        'pkeyutl',
        '-verify',
        '-pubin',
        '-inkey',
        at('key.pem'),
        '-rawin',
        '-in',
        at('message'),
        '-sigfile',
        at('sig'),
      ]).status;
    };
    expect(verify(pae(envelope.payloadType, envelope.payload))).toBe(0);
    expect(verify(pae(envelope.payloadType, envelope.payload.subarray(1)))).not.toBe(0);
  });
});

describe.skipIf(!has('ssh-keygen', '-?'))('ssh-keygen (skipped without it)', () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('id')]);
  writeFileSync(at('data'), 'what is signed');
  execFileSync('ssh-keygen', ['-Y', 'sign', '-f', at('id'), '-n', 'git', at('data')], { stdio: 'pipe' });
  const SECOND = 1_000_000;
  const DAY = 86_400;

  /** Does ssh-keygen accept the signature, made at `time`, with this line as its list of allowed signers? */
  const accepts = (
    line: string | null,
    { principal = 'user:alice', namespace = 'git', time = '20250615120000Z' } = {},
  ): boolean => {
    writeFileSync(at('allowed'), `${line ?? ''}\n`);
    const options = [
      '-Y',
      'verify',
      '-f',
      at('allowed'),
      '-I',
      principal,
      '-n',
      namespace,
      '-s',
      at('data.sig'),
      '-O',
      `verify-time=${time}`,
    ];
    return spawnSync('ssh-keygen', options, { input: 'what is signed' }).status === 0;
  };
  const signerKey = async (): Promise<Uint8Array> =>
    (await loadSigner({ source: at('id'), passphrase: async () => null, env: {} })).key;
  const principals = ['user:alice'];

  it('prints the same fingerprint, and reads the line of a public key', async () => {
    writeFileSync(at('again.pub'), `${formatSshKey(await signerKey(), 'comment here')}\n`);
    const printed = execFileSync('ssh-keygen', ['-l', '-f', at('again.pub')], { encoding: 'utf8' });
    expect(printed.trim()).toBe(`256 ${formatFingerprint(await signerKey())} comment here (ED25519)`);
  });

  it('accepts our allowed signers for whom and for what they name', async () => {
    const key = await signerKey();
    expect(accepts(formatAllowedSigner({ principals, key }))).toBe(true);
    expect(
      accepts(formatAllowedSigner({ principals: ['agent:bob', 'user:alice'], key, namespaces: ['file', 'git'] })),
    ).toBe(true);
    expect(accepts(formatAllowedSigner({ principals: ['agent:bob'], key }))).toBe(false);
    expect(accepts(formatAllowedSigner({ principals, key, namespaces: ['file'] }))).toBe(false);
    const other = await createOwnKey({ name: 'other', passphrase: null, env: { HOME: folder } });
    expect(accepts(formatAllowedSigner({ principals, key: other.key }))).toBe(false);
  });

  it('judges validity to the second as we do', async () => {
    const key = await signerKey();
    // 2025-06-15T12:00:00Z
    const moment = 1_749_988_800;
    const line = formatAllowedSigner({
      principals,
      key,
      validFrom: moment * SECOND,
      validUntil: (moment + DAY) * SECOND,
    });
    expect(accepts(line, { time: '20250615115959Z' })).toBe(false);
    expect(accepts(line, { time: '20250615120000Z' })).toBe(true);
    expect(accepts(line, { time: '20250616115959Z' })).toBe(true);
    expect(accepts(line, { time: '20250616120000Z' })).toBe(false);
  });
});
