/** Every kind of repository that git has, and what git does to it over time. */
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

function record(cwd: string, count = 3): void {
  for (let n = 1; n <= count; n++) stage.gatos(['emit', '--type', 'add', '--payload', `{"n":${n}}`], { cwd });
}

const verified = (cwd: string, args: readonly string[] = []) =>
  stage.run(['git', 'gatos', 'verify', '--all', ...args], { cwd });

describe('kinds of repositories', () => {
  it.each([
    ['SHA-1', ['init', '-q']],
    ['SHA-256', ['init', '-q', '--object-format=sha256']],
    ['bare', ['init', '-q', '--bare']],
  ])('%s: records, folds, verifies, and git finds nothing wrong', (_name, init) => {
    const repo = stage.at('repo');
    mkdirSync(repo);
    stage.git([...init, repo]);
    stage.gatos(['init', '--actor', 'user:alice'], { cwd: repo });
    record(repo);
    const dir = stage.at('sum');
    stage.gatos(['fold', 'new', 'sum', '--dir', dir], { cwd: repo });
    stage.gatos(['fold', 'run', 'sum', '--dir', dir], { cwd: repo });
    expect(stage.json(['state', 'show', 'sum'], { cwd: repo })).toMatchObject({ sum: 6 });
    expect(verified(repo).status).toBe(0);
    expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo })).toMatchObject({ status: 0 });
  });

  it('a linked worktree shares the chains', () => {
    const repo = stage.at('repo');
    stage.gatos(['init', repo, '--actor', 'user:alice']);
    stage.git(['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: repo });
    stage.git(['worktree', 'add', '-q', stage.at('tree')], { cwd: repo });
    record(stage.at('tree'), 2);
    record(repo, 1);
    expect(stage.json(['log'], { cwd: stage.at('tree') })).toHaveLength(3);
    expect(verified(stage.at('tree')).status).toBe(0);
  });
});

describe('what git does over time', () => {
  it('gc, pack-refs and repack lose nothing, and writing goes on', () => {
    const repo = stage.at('repo');
    stage.gatos(['init', repo, '--actor', 'user:alice']);
    record(repo, 4);
    stage.git(['gc', '-q', '--prune=now'], { cwd: repo });
    expect(verified(repo).status).toBe(0);
    record(repo, 2);
    stage.git(['pack-refs', '--all', '--prune'], { cwd: repo });
    record(repo, 1);
    stage.git(['repack', '-q', '-a', '-d'], { cwd: repo });
    expect(stage.json(['log'], { cwd: repo })).toHaveLength(7);
    expect(verified(repo).status).toBe(0);
    expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo }).status).toBe(0);
  });

  it('a mirror and a GATOS clone both verify, offline', () => {
    const repo = stage.at('repo');
    stage.gatos(['init', repo, '--actor', 'user:alice']);
    record(repo);
    stage.git(['clone', '-q', '--mirror', repo, stage.at('mirror')]);
    stage.gatos(['clone', repo, stage.at('copy')]);
    expect(verified(stage.at('mirror')).status).toBe(0);
    expect(verified(stage.at('copy')).status).toBe(0);
    const sealed = stage.run(['unshare', '-n', 'git', 'gatos', 'verify', '--all'], { cwd: stage.at('copy') });
    // Without the right to make a network namespace there is nothing to show.
    if (!sealed.stderr.includes('unshare')) expect(sealed.status).toBe(0);
  });

  it('two clones exchange through a bare repository', () => {
    const hub = stage.at('hub.git');
    stage.git(['init', '-q', '--bare', hub]);
    const [a, b] = [stage.at('a'), stage.at('b')];
    stage.git(['clone', '-q', hub, a]);
    stage.gatos(['init', '--actor', 'user:alice'], { cwd: a });
    record(a, 2);
    stage.gatos(['sync'], { cwd: a });
    stage.gatos(['clone', hub, b]);
    stage.gatos(['key', 'new', 'bob'], { cwd: b });
    const { key } = stage.json(['key', 'show', 'bob'], { cwd: b }) as { key: string };
    stage.gatos(['config', 'set', 'actor', 'user:bob'], { cwd: b });
    stage.gatos(['config', 'set', 'key', 'bob'], { cwd: b });
    const early = stage.run(['git', 'gatos', 'emit', '--type', 'x'], { cwd: b });
    expect(early.status).toBe(11);
    expect(early.stderr).toContain('git gatos trust add');
    stage.gatos(['trust', 'add', 'user:bob', key], { cwd: a });
    stage.gatos(['sync'], { cwd: a });
    stage.gatos(['sync'], { cwd: b });
    record(b, 2);
    stage.gatos(['sync'], { cwd: b });
    stage.gatos(['sync'], { cwd: a });
    expect(stage.json(['log'], { cwd: a })).toEqual(stage.json(['log'], { cwd: b }));
    expect(stage.json(['log'], { cwd: a })).toHaveLength(4);
    expect(verified(a).status).toBe(0);
  });
});
