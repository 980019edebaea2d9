import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../kernel/index.js';
import { checkRepositoryFormat, flushPolicy, parseGitConfig } from './config.js';

const config = (text: string) => parseGitConfig(utf8(text));

const SAMPLE = `; a comment
[core]
\trepositoryformatversion = 0
\tbare = true ; yes
\teditor = "a b" \\"c\\"  # no
[Core] FileMode
  autocrlf=\tinput \t
[remote "Origin \\"x\\" \\\\"]
	url = https://example.com/#/"; "x.git
	fetch = +refs/heads/*:refs/remotes/o/*
	fetch = second
[branch.Main]
	merge = a \\
  b
[empty]
[core]
	tab = a\\tb
`;

describe('git config', () => {
  it('reads a file as git does', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatos-config-'));
    const file = join(directory, 'config');
    try {
      writeFileSync(file, SAMPLE);
      const listed = execFileSync('git', ['config', '-z', '--list', '--file', file], { encoding: 'utf8' });
      const want = new Map<string, string>();
      for (const entry of listed.split('\0')) {
        if (entry === '') continue;
        const feed = entry.indexOf('\n');
        // git lists a key without a value bare; it means true
        want.set(feed < 0 ? entry : entry.slice(0, feed), feed < 0 ? 'true' : entry.slice(feed + 1));
      }
      expect(want.size).toBe(9);
      expect(Object.fromEntries(config(SAMPLE))).toEqual(Object.fromEntries(want));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    '',
    '[core]\nrepositoryformatversion = 0\n',
    '[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha1\nrefStorage = files\npartialClone = origin\nworktreeConfig',
    // In version 0 unknown extensions mean nothing
    '[core]\nrepositoryformatversion = 0\n[extensions]\nfuture = 1\n',
  ])('accepts a repository it can handle: %j', (text) => {
    expect(() => checkRepositoryFormat(config(text))).not.toThrow();
  });

  it.each([
    ['object names of format sha256', '[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\n'],
    ['ref storage reftable', '[core]\nrepositoryformatversion = 1\n[extensions]\nrefstorage = reftable\n'],
    ['repository format version 2', '[core]\nrepositoryformatversion = 2\n'],
    ['extension future', '[core]\nrepositoryformatversion = 1\n[extensions]\nfuture\n'],
    ['a config file that is not UTF-8', null],
  ])('refuses %s', (what, text) => {
    const open = () => checkRepositoryFormat(text === null ? parseGitConfig(Uint8Array.of(0xff)) : config(text));
    expect(open).toThrow(expect.objectContaining({ code: 'git/unsupported', data: { what } }));
  });

  it.each([
    ['', { looseObject: true, pack: true, reference: true }],
    ['none', { looseObject: false, pack: false, reference: false }],
    ['-loose-object', { looseObject: false, pack: true, reference: true }],
    ['none,reference', { looseObject: false, pack: false, reference: true }],
    ['all, -objects', { looseObject: false, pack: false, reference: true }],
    ['index,unknown', { looseObject: true, pack: true, reference: true }],
  ])('core.fsync = %j', (value, want) => {
    expect(flushPolicy(config(`[core]\nfsync = ${value}\n`))).toEqual(want);
  });
});
