/** What a caller is told of a fault: all of it, but not where on the machine things are. */
import { errorArea } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { hiddenFolders, problemOf } from './problem.js';

const testError = errorArea('http-test', {
  unreadable: {
    kind: 'missing',
    message: (d: { path: string; also: readonly string[] }) => `cannot read \`${d.path}\``,
    hint: (d: { path: string }) => `look at \`${d.path}\``,
  },
});

const FOLDERS = {
  $GIT_DIR: '/home/alice/work/.git',
  $WORKTREE_GIT_DIR: '/home/alice/work/.git/worktrees/two',
  $WORK_TREE: '/home/alice/work',
  $HOME: '/home/alice',
};

const told = (path: string, folders: Parameters<typeof hiddenFolders>[0] = FOLDERS) =>
  problemOf(testError('unreadable', { path, also: [path] }), { requestId: 'r', hide: hiddenFolders(folders) });

describe('folders of the server', () => {
  it.each([
    ['/home/alice/work/.git/gatos/blobs/x', '$GIT_DIR/gatos/blobs/x'],
    ['/home/alice/work/.git/worktrees/two/HEAD', '$WORKTREE_GIT_DIR/HEAD'],
    ['/home/alice/work/tools/echo.mjs', '$WORK_TREE/tools/echo.mjs'],
    ['/home/alice/.config/gatos/keys/alice', '$HOME/.config/gatos/keys/alice'],
    ['/usr/bin/python3', '/usr/bin/python3'],
  ])('are not told: %s', (path, shown) => {
    const { detail, error } = told(path).document as Record<string, unknown> & { error: Record<string, unknown> };
    expect(detail).toBe(`cannot read \`${shown}\``);
    expect(error).toMatchObject({ hint: `look at \`${shown}\``, data: { path: shown, also: [shown] } });
    expect(JSON.stringify(told(path).document)).not.toContain('alice/');
  });

  it('that are everything, or nothing, hide nothing', () => {
    const { detail } = told('/a/b', { $HOME: '/', $WORK_TREE: null, $GIT_DIR: undefined, $X: '', $Y: '.' })
      .document as Record<string, unknown>;
    expect(detail).toBe('cannot read `/a/b`');
  });
});
