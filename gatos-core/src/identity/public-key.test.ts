import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatHex, formatKey, parseHex } from '../codec/index.js';
import { isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import {
  decodeSshKey,
  encodeSshKey,
  formatAllowedSigner,
  formatFingerprint,
  formatPem,
  formatShortFingerprint,
  formatSshKey,
  keyMailbox,
  parseFingerprint,
  parseSshKey,
} from './index.js';

function codeOf(body: () => unknown): string {
  try {
    return `no error: ${JSON.stringify(body())}`;
  } catch (error) {
    return isGatosError(error) ? error.code : `not typed: ${String(error)}`;
  }
}

interface FormVector {
  readonly id: string;
  readonly input: { readonly key: string };
  readonly want: Readonly<Record<'text' | 'ssh' | 'fingerprint' | 'short' | 'mailbox' | 'pem', string>>;
}

const list: readonly FormVector[] = JSON.parse(
  readFileSync(new URL('../../../conformance/vectors/identity/key-forms.json', import.meta.url), 'utf8'),
);
const first = list[0] as FormVector;
const key = parseHex(first.input.key);

describe('forms of a key', () => {
  it.each(list)('$id', ({ input, want }) => {
    const bytes = parseHex(input.key);
    expect(formatKey(bytes)).toBe(want.text);
    expect(formatSshKey(bytes)).toBe(want.ssh);
    expect(formatFingerprint(bytes)).toBe(want.fingerprint);
    expect(formatShortFingerprint(bytes)).toBe(want.short);
    expect(keyMailbox(bytes)).toBe(want.mailbox);
    expect(formatPem(bytes)).toBe(want.pem);
    expect(decodeSshKey(encodeSshKey(bytes))).toEqual(bytes);
    expect(parseSshKey(want.ssh, 'test').key).toEqual(bytes);
    expect(`SHA256:${Buffer.from(parseFingerprint(want.fingerprint)).toString('base64').replace('=', '')}`).toBe(
      want.fingerprint,
    );
  });
});

describe('parseSshKey', () => {
  it('keeps the comment, and takes white space around the line', () => {
    expect(parseSshKey(`  ${first.want.ssh} alice at home \n`, 'test')).toEqual({ key, comment: 'alice at home' });
    expect(parseSshKey(first.want.ssh, 'test').comment).toBe('');
    expect(parseSshKey(formatSshKey(key, 'a\nb'), 'test').comment).toBe('a\ufffdb');
  });

  const blob = encodeSshKey(key);
  const altered = (at: number): string => {
    const copy = blob.slice();
    copy[at] = (copy[at] as number) ^ 1;
    return `ssh-ed25519 ${Buffer.from(copy).toString('base64')}`;
  };
  it.each([
    ['nothing', '', 'identity/public-key'],
    ['only the type', 'ssh-ed25519', 'identity/public-key'],
    ['two lines', `${first.want.ssh}\n${first.want.ssh}`, 'identity/public-key'],
    ['another type', 'ssh-rsa AAAA', 'identity/unsupported-key'],
    ['a security key', 'sk-ssh-ed25519@openssh.com AAAA', 'identity/unsupported-key'],
    ['base64 cut', first.want.ssh.slice(0, -1), 'identity/public-key'],
    ['another length of the type', altered(3), 'identity/public-key'],
    ['another inner type', altered(5), 'identity/public-key'],
    ['another length of the key', altered(18), 'identity/public-key'],
    ['a key that is too long', `ssh-ed25519 ${Buffer.from([...blob, 0]).toString('base64')}`, 'identity/public-key'],
    ['a huge line', `${first.want.ssh} ${'x'.repeat(LIMITS.keyFileBytes)}`, 'identity/public-key'],
  ])('refuses %s', (_, line, code) => {
    expect(codeOf(() => parseSshKey(line, 'test'))).toBe(code);
  });

  it('refuses a line of many blanks', () => {
    const line = `ssh-ed25519 ${' '.repeat(60_000)}\u0000\nx`;
    expect(codeOf(() => parseSshKey(line, 'test'))).toBe('identity/public-key');
  });
});

describe('parseFingerprint', () => {
  const { fingerprint } = first.want;
  it.each([
    '',
    'SHA256:',
    fingerprint.slice(0, -1),
    `${fingerprint}=`,
    fingerprint.replace('SHA256', 'sha256'),
    fingerprint.replace('SHA256', 'MD5'),
    `${fingerprint.slice(0, -1)}-`,
    // The last of 43 characters carries two bits too many, which must be zero.
    `SHA256:${'A'.repeat(42)}B`,
  ])('refuses `%s`', (text) => {
    expect(codeOf(() => parseFingerprint(text))).toBe('identity/fingerprint');
  });
});

describe('formatAllowedSigner', () => {
  const principals = ['user:alice'];
  const second = 1_000_000;

  it('names principals, options and key', () => {
    expect(formatAllowedSigner({ principals, key })).toBe(`user:alice ${first.want.ssh}`);
    expect(formatAllowedSigner({ principals: ['a@b', 'user:c'], key, namespaces: ['git', 'file'] })).toBe(
      `a@b,user:c namespaces="git,file" ${first.want.ssh}`,
    );
  });

  it('narrows validity to whole seconds', () => {
    const line = formatAllowedSigner({
      principals,
      key,
      validFrom: 1_700_000_000 * second + 1,
      validUntil: 1_700_000_010 * second,
    });
    expect(line).toBe(`user:alice valid-after="20231114221321Z",valid-before="20231114221329Z" ${first.want.ssh}`);
    const late = formatAllowedSigner({ principals, key, validUntil: 1_700_000_010 * second + 999_999 });
    expect(late).toBe(`user:alice valid-before="20231114221329Z" ${first.want.ssh}`);
  });

  it('gives no line to a key that was never valid', () => {
    expect(formatAllowedSigner({ principals, key, validFrom: 5 * second, validUntil: 5 * second })).toBeNull();
    expect(formatAllowedSigner({ principals, key, validFrom: 5 * second, validUntil: 4 * second })).toBeNull();
    expect(formatAllowedSigner({ principals, key, validFrom: 5 * second, validUntil: 6 * second - 1 })).toBeNull();
    // What OpenSSH reads as "no bound" must never come out.
    expect(formatAllowedSigner({ principals, key, validUntil: 0 })).toBeNull();
    expect(formatAllowedSigner({ principals, key, validUntil: second })).toBeNull();
    expect(formatAllowedSigner({ principals, key, validUntil: -5 * second })).toBeNull();
  });

  it('says nothing of times before 1970', () => {
    expect(formatAllowedSigner({ principals, key, validFrom: -5 * second })).toBe(`user:alice ${first.want.ssh}`);
  });

  it.each(['', 'a b', 'a,b', '*', 'a?', '!a', '"a"', 'a\n', 'é', '#a', 'a\\'])(
    'refuses the principal %j',
    (principal) => {
      expect(codeOf(() => formatAllowedSigner({ principals: [principal], key }))).toBe('identity/allowed-signer');
      expect(codeOf(() => formatAllowedSigner({ principals, key, namespaces: [principal] }))).toBe(
        'identity/allowed-signer',
      );
    },
  );

  it('refuses a line for nobody', () => {
    expect(codeOf(() => formatAllowedSigner({ principals: [], key }))).toBe('identity/allowed-signer');
  });
});

it('hex of the short fingerprint is of the raw key', () => {
  expect(formatShortFingerprint(key)).toMatch(/^[0-9a-f]{32}$/);
  expect(formatHex(utf8('x'))).toBe('78');
});
