import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readToolSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'gatos-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, stdio: 'pipe' });
beforeEach(() => {
  rmSync(join(folder, '.git'), { recursive: true, force: true });
  git('init', '-q');
});

describe('what is allowed here', () => {
  it('is nothing beyond this machine, until git says otherwise', async () => {
    expect(await readToolSettings({ cwd: folder, env }, env)).toEqual({
      env,
      sandbox: 'prefer',
      httpAllow: [],
      httpPrivate: false,
      passAllow: [],
    });
  });

  it('is read from the configuration of git', async () => {
    git('config', '--add', 'gatos.httpToolAllow', 'a.example');
    git('config', '--add', 'gatos.httpToolAllow', 'http://b.example:8080');
    git('config', '--add', 'gatos.toolPass', 'TOKEN');
    git('config', '--add', 'gatos.toolPass', 'OTHER');
    git('config', 'gatos.httpToolPrivate', 'Yes');
    git('config', 'gatos.toolSandbox', 'require');
    expect(await readToolSettings({ cwd: folder, env }, env)).toEqual({
      env,
      sandbox: 'require',
      httpAllow: ['a.example', 'http://b.example:8080'],
      httpPrivate: true,
      passAllow: ['TOKEN', 'OTHER'],
    });
  });

  it.each([
    ['gatos.httpToolPrivate', 'perhaps'],
    ['gatos.httpToolPrivate', 'constructor'],
    ['gatos.toolSandbox', 'of'],
  ])('is refused where `%s` is `%s`', async (name, value) => {
    git('config', name, value);
    await expect(readToolSettings({ cwd: folder, env }, env)).rejects.toMatchObject({
      code: 'tool-run/bad-setting',
      data: { name, value },
    });
  });
});
