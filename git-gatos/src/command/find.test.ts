import { isGatosError } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { defineCommand, findCommand, lookUp, type Table } from './index.js';

const entry = (name: string) => ({
  name,
  summary: name,
  load: async () => ({
    command: defineCommand({ name, summary: name, description: '', run: () => ({ value: null, text: '' }) }),
  }),
});
const TABLE: Table = [
  {
    title: 'one',
    entries: [entry('emit'), { name: 'fold', summary: 's', description: '', commands: [entry('new'), entry('run')] }],
  },
  { title: 'two', entries: [{ ...entry('__secret'), hidden: true }] },
];

describe('findCommand', () => {
  it.each<[string, string, readonly string[]]>([
    ['emit a b', 'git gatos emit', ['a', 'b']],
    ['fold run sum', 'git gatos fold run', ['sum']],
    ['--json emit', 'git gatos emit', ['--json']],
    ['-C dir emit x', 'git gatos emit', ['-C', 'dir', 'x']],
    ['-Cdir emit', 'git gatos emit', ['-Cdir']],
    [
      '-qC dir --color never fold -h run --json sum',
      'git gatos fold run',
      ['-qC', 'dir', '--color', 'never', '-h', '--json', 'sum'],
    ],
    ['--color=never emit -- -x', 'git gatos emit', ['--color=never', '--', '-x']],
    ['__secret', 'git gatos __secret', []],
  ])('%s', (line, path, argv) => {
    expect(findCommand(TABLE, line.split(' '))).toMatchObject({ what: 'command', path, argv });
  });

  it.each<[readonly string[], string]>([
    [[], 'git gatos'],
    [['-h'], 'git gatos'],
    [['-C'], 'git gatos'],
    [['--'], 'git gatos'],
    [['fold'], 'git gatos fold'],
    [['fold', '--json'], 'git gatos fold'],
  ])('%j names no command yet', (argv, path) => {
    expect(findCommand(TABLE, argv)).toMatchObject({ what: 'incomplete', path });
  });

  it.each<[string, string, string]>([
    ['emti', '`git gatos` has no command `emti`', 'did you mean `git gatos emit`?'],
    ['fold rnu', '`git gatos fold` has no command `rnu`', 'did you mean `git gatos fold run`?'],
    ['frobnicate', '`git gatos` has no command `frobnicate`', '`git gatos -h` lists the commands'],
    ['__secre', '`git gatos` has no command `__secre`', '`git gatos -h` lists the commands'],
  ])('%s is unknown', (line, message, hint) => {
    try {
      findCommand(TABLE, line.split(' '));
      expect.unreachable();
    } catch (error) {
      if (!isGatosError(error)) throw error;
      expect(error).toMatchObject({ code: 'cli/unknown-command', exit: 129, message, hint });
    }
  });
});

describe('lookUp', () => {
  it('finds commands and groups by their words', () => {
    expect(lookUp(TABLE, ['fold'])?.name).toBe('fold');
    expect(lookUp(TABLE, ['fold', 'run'])?.name).toBe('run');
    expect(lookUp(TABLE, ['fold', 'walk'])).toBeUndefined();
    expect(lookUp(TABLE, ['emit', 'run'])).toBeUndefined();
  });
});
