/** `serve` is a command, and has commands below it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { findCommand, lookUp } from '../../command/index.js';
import { complete } from '../../completion/index.js';
import { showHelp } from '../../help/index.js';
import { manPages } from '../../man/index.js';
import { styleOf } from '../../output/style.js';
import { TABLE } from '../table.js';

const cwd = mkdtempSync(`${tmpdir()}/gatos-serve-`);
afterAll(() => rmSync(cwd, { recursive: true }));

const words = async (...typed: string[]): Promise<readonly string[]> => {
  const { candidates } = await complete({ table: TABLE, words: typed, cwd, env: {} });
  return candidates.map(({ value }) => value);
};

describe('a word that is a command and has commands', () => {
  it.each([
    [['serve'], 'git gatos serve', []],
    [['serve', '--listen', '127.0.0.1:0', '--json'], 'git gatos serve', ['--listen', '127.0.0.1:0', '--json']],
    [['-q', 'serve', '--', 'x'], 'git gatos serve', ['-q', '--', 'x']],
    [['serve', 'tokn'], 'git gatos serve', ['tokn']],
    [['serve', '--json', 'token', 'list'], 'git gatos serve token list', ['--json']],
    [['serve', 'token', 'create', '--actor', 'x'], 'git gatos serve token create', ['--actor', 'x']],
  ])('%o', (argv, path, rest) => {
    expect(findCommand(TABLE, argv)).toMatchObject({ what: 'command', path, argv: rest });
  });

  it('is told which of the commands below it is missing', () => {
    expect(findCommand(TABLE, ['serve', 'token'])).toMatchObject({ what: 'incomplete', path: 'git gatos serve token' });
    expect(() => findCommand(TABLE, ['serve', 'token', 'crate'])).toThrow(
      '`git gatos serve token` has no command `crate`',
    );
    expect(lookUp(TABLE, ['serve', 'token', 'revoke'])).toMatchObject({ name: 'revoke' });
  });

  it('is explained together with them', async () => {
    const help = async (...about: string[]): Promise<string> => {
      const request = { table: TABLE, words: about, long: true, style: styleOf(false), width: 100 };
      return String((await showHelp(request)).text);
    };
    const text = await help('serve');
    for (const part of [
      'git gatos serve [--listen <HOST:PORT>]',
      'COMMANDS',
      '    token',
      '--tls-cert',
      '`git-gatos-serve-token(1)`',
    ])
      expect(text).toContain(part);
    expect(await help('serve', 'token')).toContain('git gatos serve token <command>');
    expect(await help('serve', 'token')).toContain('`git-gatos-serve-token-create(1)`');
    expect(await help('serve', 'token', 'create')).toContain('git gatos serve token create --actor <ACTOR>');
  });

  it('has a page for each', async () => {
    const files = (await manPages(TABLE))
      .map(({ file }) => file)
      .filter((file) => file.includes('serve-') || file.endsWith('serve.1'));
    expect(files.filter((file) => !file.includes('gate'))).toEqual([
      'git-gatos-serve-token-create.1',
      'git-gatos-serve-token-list.1',
      'git-gatos-serve-token-revoke.1',
      'git-gatos-serve-token.1',
      'git-gatos-serve.1',
    ]);
  });

  it('is completed with them, and with its options', async () => {
    expect(await words('serve', '')).toEqual(['token']);
    expect(await words('serve', '--l')).toEqual(['--listen']);
    expect(await words('serve', '--listen', 'x', '--w')).toEqual(['--without-tls']);
    expect(await words('serve', 'token', '')).toEqual(['create', 'list', 'revoke']);
    expect(await words('serve', 'token', 'create', '--a')).toEqual(['--actor']);
    expect(await words('serve', 'nothing', '')).toEqual([]);
  });
});
