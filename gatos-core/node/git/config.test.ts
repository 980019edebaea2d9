import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configBoolean, parseConfig } from './config.js';
import { CLEAN } from './scratch-repository.js';
import { settingsOf } from './settings.js';

const TEXT = String.raw`; a comment
alone = no section
# another
[core]
	repositoryformatversion = 0
	fileMode=true
	bare
	name = one two   # tail
	quoted = " a # b " ; tail
	joined = "a"b" c"
	escaped = \t\"x\\\n
	continued = one \
two
	empty =
[remote "origin"] url = https://example.com/x.git
	fetch = +refs/heads/*:refs/remotes/origin/*
[remote "with \"quotes\" and \\"]
	url = y
[section.Sub]
	KEY-2 = last
[core] bare = false
`;

describe('git configuration', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatos-config-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('reads as git reads it', () => {
    const path = join(directory, 'config');
    writeFileSync(path, TEXT);
    const listed = execFileSync('git', ['config', '--file', path, '--list', '-z'], {
      encoding: 'utf8',
      env: { ...CLEAN },
    });
    const want = new Map<string, string | true>();
    for (const entry of listed.split('\0').filter((each) => each !== '')) {
      const feed = entry.indexOf('\n');
      want.set(feed < 0 ? entry : entry.slice(0, feed), feed < 0 ? true : entry.slice(feed + 1));
    }
    expect(want.size).toBeGreaterThan(9);
    expect(parseConfig({ path: path, text: TEXT })).toEqual(want);
    expect(parseConfig({ path: path, text: `\ufeff${TEXT.replaceAll('\n', '\r\n')}` })).toEqual(want);
  });

  it.each([
    ['a blank in a section name', '[co re]\n', 1],
    ['an open section', '[core\n', 1],
    ['a key that starts with a digit', '[core]\n1x = 2\n', 2],
    ['an open quote', '[core]\n\nname = "x\n', 3],
    ['an unknown escape', '[core]\nname = \\q\n', 2],
    ['text after a key', '[core]\nname x\n', 2],
    ['control characters', '[core]\n\u0001 = x\n', 2],
  ])('refuses %s and names the line', (_, text, line) => {
    expect(() => parseConfig({ path: 'p', text: text })).toThrow(
      expect.objectContaining({ code: 'git/bad-config', data: { path: 'p', line } }),
    );
    writeFileSync(join(directory, 'bad'), text);
    expect(() =>
      execFileSync('git', ['config', '--file', join(directory, 'bad'), '--list'], { stdio: 'pipe', env: { ...CLEAN } }),
    ).toThrow();
  });

  it("booleans have git's spellings", () => {
    const config = parseConfig({ path: 'p', text: '[a]\nx\ny = Yes\nz = 0\ne =\nother = maybe\n' });
    expect(['a.x', 'a.y', 'a.z', 'a.e', 'a.other', 'a.none'].map((key) => configBoolean(config, key, true))).toEqual([
      true,
      true,
      false,
      false,
      'maybe',
      true,
    ]);
  });

  it('a long file takes no longer than it should', () => {
    const long = Array.from({ length: 40_000 }, (_, i) => `[branch "b${i}"]\n\tremote = origin\n`).join('');
    expect(parseConfig({ path: 'p', text: long }).size).toBe(40_000);
  });
});

describe('settings', () => {
  const flush = (text: string) => settingsOf(parseConfig({ path: 'p', text: text }), true).flush;
  const all = { loose: true, pack: true, refs: true };

  it('everything is flushed unless the configuration says otherwise', () => {
    expect(flush('')).toEqual(all);
    expect(flush('[core]\nfsync = committed\n')).toEqual(all);
    expect(flush('[core]\nfsyncObjectFiles = false\n')).toEqual({ ...all, loose: false });
    expect(flush('[core]\nfsyncObjectFiles = true\n')).toEqual(all);
    expect(flush('[core]\nfsync = none\n')).toEqual({ loose: false, pack: false, refs: false });
    expect(flush('[core]\nfsync = none,reference\n')).toEqual({ loose: false, pack: false, refs: true });
    expect(flush('[core]\nfsync = -loose-object\nfsyncObjectFiles = false\n')).toEqual({ ...all, loose: false });
    expect(flush('[core]\nfsync = all,-objects\n')).toEqual({ loose: false, pack: false, refs: true });
  });

  it('logs follow core.logAllRefUpdates, whose default depends on the work tree', () => {
    const logs = (text: string, bare: boolean) => settingsOf(parseConfig({ path: 'p', text: text }), bare).logs;
    expect([logs('', false), logs('', true)]).toEqual(['branches', 'none']);
    expect(logs('[core]\nlogAllRefUpdates = always\n', true)).toBe('all');
    expect(logs('[core]\nlogAllRefUpdates = false\n', false)).toBe('none');
  });

  it('sharing follows core.sharedRepository', () => {
    const shared = (value: string) =>
      settingsOf(parseConfig({ path: 'p', text: `[core]\nsharedRepository = ${value}\n` }), true).shared;
    expect(['false', 'umask', 'group', 'true', 'all', '0660', '0644'].map(shared)).toEqual([
      null,
      null,
      0o660,
      0o660,
      0o664,
      0o660,
      0o644,
    ]);
    expect(() => shared('0066')).toThrow(expect.objectContaining({ code: 'git/unsupported' }));
  });
});
