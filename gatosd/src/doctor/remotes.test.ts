import { afterAll, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { GitSettings, type Patient } from './patient.js';
import { examineHiddenRefs, examineRemotes } from './remotes.js';

const scratch = new ScratchWorld();
afterAll(() => scratch.dispose());
let made = 0;

/** What is found in a repository with these settings. */
async function found(
  settings: readonly (readonly [string, string])[],
  { bare = false } = {},
): Promise<readonly string[]> {
  const cwd = scratch.bareRepository(`r${made++}.git`);
  for (const setting of settings) scratch.git(cwd, 'config', '--add', ...setting);
  const config = await GitSettings.read({ cwd, env: scratch.env() });
  const patient = { config, workspace: { backend: { bare } } } as Patient;
  return [...examineRemotes(patient), ...examineHiddenRefs(patient)].map(({ code, subject }) => `${code} ${subject}`);
}

const OURS = ['remote.o.fetch', '+refs/gatos/*:refs/gatos-remote/o/*'] as const;
const URL = ['remote.o.url', '/nowhere'] as const;

describe('refspecs', () => {
  it.each([
    ['+refs/heads/*:refs/remotes/o/*', false],
    ['+refs/gatos/*:refs/gatos/*', true],
    ['refs/gatos/trust:refs/gatos/trust', true],
    ['+refs/*:refs/*', true],
    ['refs/heads/*:refs/g*', true],
    ['+refs/gatos/*:refs/gatos-mirror/*', false],
    ['refs/gatos/*', false],
    ['^refs/gatos/*', false],
  ])('%s overwrites: %s', async (refspec, want) => {
    expect(await found([URL, OURS, ['remote.o.fetch', refspec]])).toEqual(want ? ['doctor/overwriting-refspec o'] : []);
  });

  it('of a mirror are what somebody wanted', async () => {
    expect(await found([URL, ['remote.o.mirror', 'true'], ['remote.o.fetch', '+refs/*:refs/*']])).toEqual([]);
  });

  it('are looked at for every remote, whatever it is called', async () => {
    expect(await found([URL, OURS, ['remote.a.b.url', '/x'], ['remote.Ünï cöde.url', '/y']])).toEqual([
      'doctor/no-fetch-refspec a.b',
      'doctor/no-fetch-refspec Ünï cöde',
    ]);
  });

  it('are not missed at what others push to', async () => {
    expect(await found([], { bare: true })).toEqual([]);
    expect(await found([])).toEqual(['doctor/no-remote remotes']);
  });
});

describe('hidden refs', () => {
  const hidden = (...values: readonly string[]) =>
    found([URL, OURS, ...values.map((value) => ['transfer.hideRefs', value] as const)]);

  it.each([
    [['refs/gatos'], true],
    [['refs/gatos/'], true],
    [['refs/gatos/trust'], true],
    [['^refs/gatos'], true],
    [['refs'], true],
    [['refs/gatos', '!refs/gatos'], false],
    [['!refs/gatos', 'refs/gatos'], true],
    [['refs/gatos-remote'], false],
    [['refs/heads', 'refs/pull'], false],
  ])('%j: %s', async (values, want) => {
    expect(await hidden(...values)).toEqual(want ? ['doctor/hidden-refs transfer.hiderefs'] : []);
  });
});

describe('settings of git', () => {
  it('are read as git means them', async () => {
    const cwd = scratch.bareRepository('settings.git');
    scratch.git(cwd, 'config', 'receive.shallowUpdate', 'yes');
    scratch.git(cwd, 'config', 'a.text', 'two\nlines = x');
    scratch.git(cwd, 'config', '--add', 'a.text', 'again');
    scratch.git(cwd, 'config', 'a.off', 'off');
    const config = await GitSettings.read({ cwd, env: scratch.env() });
    expect(config.all('a.text')).toEqual(['two\nlines = x', 'again']);
    expect([config.isTrue('receive.shallowupdate'), config.isTrue('a.off'), config.isTrue('a.none')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([config.isSet('a.off'), config.isSet('a.none')]).toEqual([true, false]);
  });
});
