import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha512 } from '@noble/hashes/sha2.js';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { bytesEqual, concatBytes, utf8 } from '../kernel/index.js';
import {
  encodeSshKey,
  formatBase64,
  nobleEngine,
  nobleSigner,
  parseSshKey,
  readSshSignature,
  signedCommit,
  signedTag,
} from './index.js';

const engine = nobleEngine();
const signer = nobleSigner({ seed: new Uint8Array(32).fill(1), source: 'test' });

function wire(bytes: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(0, 0, bytes.length >> 8, bytes.length & 0xff), bytes]);
}

interface Made {
  readonly namespace?: string;
  readonly hash?: string;
  readonly version?: number;
  readonly type?: string;
  readonly tail?: Uint8Array;
}

async function sign(content: Uint8Array, made: Made = {}): Promise<string> {
  const { namespace = 'git', hash = 'sha512', version = 1, type = 'ssh-ed25519', tail = new Uint8Array(0) } = made;
  const digest = hash === 'sha512' ? sha512(content) : sha256(content);
  const fields = [utf8(namespace), new Uint8Array(0), utf8(hash)];
  const signature = await signer.sign(concatBytes([utf8('SSHSIG'), ...[...fields, digest].map(wire)]));
  const blob = concatBytes([
    utf8('SSHSIG'),
    Uint8Array.of(0, 0, 0, version),
    ...[encodeSshKey(signer.key), ...fields, concatBytes([wire(utf8(type)), wire(signature)])].map(wire),
    tail,
  ]);
  const lines = formatBase64(blob).match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----`;
}

const CONTENT = utf8('tree x\nauthor y\n\nmessage\n');
const read = (armoured: string, content = CONTENT) => readSshSignature(armoured, { content, namespace: 'git' });

describe('SSH signatures', () => {
  it.each(['sha512', 'sha256'])('with %s are read, and fit', async (hash) => {
    const signed = read(await sign(CONTENT, { hash }));
    if (signed === null) throw new Error('it is one');
    expect(signed.key).toEqual(signer.key);
    expect(engine.verify(signed)).toBe(true);
  });

  it('over other bytes are read, and do not fit', async () => {
    const signed = read(await sign(CONTENT), utf8('other'));
    if (signed === null) throw new Error('it is one');
    expect(engine.verify(signed)).toBe(false);
  });

  it.each<[string, Made]>([
    ['of another namespace', { namespace: 'file' }],
    ['with another hash', { hash: 'md5' }],
    ['of another version', { version: 2 }],
    ['of another type', { type: 'ssh-rsa' }],
    ['with bytes behind its end', { tail: new Uint8Array(1) }],
  ])('%s are none', async (_, made) => {
    expect(read(await sign(CONTENT, made))).toBeNull();
  });

  it('that are cut off anywhere, or altered, never fit and never throw', async () => {
    const armoured = await sign(CONTENT);
    for (let end = 0; end < armoured.length; end += 3) expect(read(armoured.slice(0, end))).toBeNull();
    for (let at = 40; at < armoured.length - 40; at += 2) {
      const other = armoured[at] === 'A' ? 'B' : 'A';
      const signed = read(`${armoured.slice(0, at)}${other}${armoured.slice(at + 1)}`);
      if (signed !== null && bytesEqual(signed.key, signer.key)) expect(engine.verify(signed)).toBe(false);
    }
    expect(read(`-----BEGIN SSH SIGNATURE-----\n${'A'.repeat(100_000)}\n-----END SSH SIGNATURE-----`)).toBeNull();
  });
});

describe('commits and tags', () => {
  const head = 'tree 1\nparent 2\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n';
  const rest = '\nmessage\n gpgsig no header\n';
  const folded = (armoured: string) => armoured.replaceAll('\n', '\n ');

  it('are read without their signatures, whatever stands beside them', async () => {
    const armoured = await sign(utf8(`${head}encoding x\n${rest}`));
    const commit = (middle: string) => utf8(`${head}${middle}encoding x\n${rest}`);
    const signed = signedCommit(commit(`gpgsig ${folded(armoured)}\n`), 'sha1');
    if (signed === null) throw new Error('it is signed');
    expect(engine.verify(signed)).toBe(true);
    const both = commit(`gpgsig ${folded(armoured)}\ngpgsig-sha256 ${folded(armoured)}\n`);
    for (const format of ['sha1', 'sha256'] as const) {
      const each = signedCommit(both, format);
      if (each === null) throw new Error('it is signed');
      expect(engine.verify(each)).toBe(true);
    }
    expect(signedCommit(commit(''), 'sha1')).toBeNull();
    expect(signedCommit(commit(`gpgsig ${folded(armoured)}\n`), 'sha256')).toBeNull();
    expect(signedCommit(commit(`gpgsig ${folded(armoured)}\n`.repeat(2)), 'sha1')).toBeNull();
    expect(
      signedCommit(commit('gpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n'), 'sha1'),
    ).toBeNull();
  });

  it('of tags the last one counts', async () => {
    const tag = 'object 1\ntype commit\ntag v1\ntagger a <b> 1 +0000\n\nmessage\n';
    const first = await sign(utf8('something else'));
    const content = `${tag}${first}\nmore\n`;
    const signed = signedTag(utf8(`${content}${await sign(utf8(content))}\n`));
    if (signed === null) throw new Error('it is signed');
    expect(engine.verify(signed)).toBe(true);
    expect(signedTag(utf8(tag))).toBeNull();
  });
});

const hasTools =
  spawnSync('ssh-keygen', ['-?']).error === undefined && spawnSync('git', ['--version']).error === undefined;

describe.skipIf(!hasTools)('what git and ssh-keygen of this machine sign (skipped without them)', () => {
  const root = mkdtempSync(join(tmpdir(), 'gatos-sshsig-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: root, env });

  it.each(['sha1', 'sha256'] as const)('a commit and a tag in a %s repository', (format) => {
    const key = join(root, `key-${format}`);
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key);
    const path = join(root, format);
    run('git', 'init', '-q', `--object-format=${format}`, path);
    const config = ['user.name=A', 'user.email=a@b', 'gpg.format=ssh', `user.signingkey=${key}`];
    const git = (...args: string[]) => run('git', '-C', path, ...config.flatMap((each) => ['-c', each]), ...args);
    writeFileSync(join(path, 'a'), 'a');
    git('add', 'a');
    git('commit', '-q', '-S', '-m', 'subject\n\nbody');
    git('tag', '-s', 'v1', '-m', 'a tag');
    const { key: want } = parseSshKey(readFileSync(`${key}.pub`, 'utf8'), 'test');
    const commit = signedCommit(git('cat-file', 'commit', 'HEAD'), format);
    const tag = signedTag(git('cat-file', 'tag', 'v1'));
    for (const signed of [commit, tag]) {
      if (signed === null) throw new Error('it is signed');
      expect(signed.key).toEqual(want);
      expect(engine.verify(signed)).toBe(true);
    }
  });
});
