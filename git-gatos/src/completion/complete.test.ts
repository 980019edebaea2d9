import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineCommand, type Table } from '../command/index.js';
import { complete, formatCompletion } from './index.js';

const run = defineCommand({
  name: 'run',
  summary: 's',
  description: '',
  options: {
    full: { kind: 'flag', short: 'f', summary: 'ignore caches' },
    mode: { kind: 'choice', short: 'm', choices: ['fast', 'full', 'slow'], summary: 'how' },
    out: { kind: 'path', summary: 'where to' },
    tag: { kind: 'list', of: 'text', summary: 'labels' },
    key: { kind: 'text', complete: 'keys', summary: 'key' },
    state: { kind: 'text', complete: 'states', summary: 'state' },
    ref: { kind: 'text', complete: 'refs', summary: 'ref' },
    ns: { kind: 'text', complete: 'namespaces', summary: 'namespace' },
    tool: { kind: 'text', complete: 'tools', summary: 'tool' },
    remote: { kind: 'text', complete: 'remotes', summary: 'remote' },
    scopes: { kind: 'list', of: 'text', items: { 'a:read': 'reads', 'a:write': 'writes', b: 's' }, summary: 'scopes' },
  },
  positionals: [
    { kind: 'text', name: 'fold', complete: 'folds', summary: 'its name' },
    { kind: 'choice', name: 'how', choices: ['once', 'often'], summary: 'how often' },
    { kind: 'rest', name: 'files', of: 'path', summary: 'files' },
  ],
  run: () => ({ value: null, text: '' }),
});
const entry = (name: string, summary: string) => ({ name, summary, load: async () => ({ command: run }) });
const TABLE: Table = [
  {
    title: 'all',
    entries: [
      entry('verify', 'check everything'),
      {
        name: 'fold',
        summary: 'work with folds',
        description: '',
        commands: [entry('run', 'fold'), entry('new', 'scaffold')],
      },
      { ...entry('__complete', 'hidden'), hidden: true },
    ],
  },
];

let repository = '';
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'gatos-complete-'));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', input: '' }).trim();
  git('init', '-q');
  const blob = git('hash-object', '-w', '-t', 'blob', '--stdin');
  for (const ref of [
    'folds/sum',
    'folds/mean',
    'state/sum',
    'journal/default/user-ada',
    'journal/default/user-bob',
    'journal/web/user-ada',
  ]) {
    git('update-ref', `refs/gatos/${ref}`, blob);
  }
  // As the chain of tools is: a ref of one part, whose commits name what they declare.
  const tree = git('hash-object', '-w', '-t', 'tree', '--stdin');
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  let tools: readonly string[] = [];
  for (const name of ['echo', 'sum', 'echo'])
    tools = ['-p', git(...who, 'commit-tree', tree, ...tools, '-m', `x\n\nTool: ${name}`)];
  git('update-ref', 'refs/gatos/tools', tools[1] as string);
  for (const remote of ['origin', 'elsewhere']) git('remote', 'add', remote, `/no/such/${remote}`);
  mkdirSync(join(repository, 'gatos/folds/draft'), { recursive: true });
  mkdirSync(join(repository, 'config/gatos/keys'), { recursive: true });
  for (const file of ['ada.json', 'bob.json', '.ada.json.tmp'])
    writeFileSync(join(repository, 'config/gatos/keys', file), '{}');
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

async function at(line: string, cwd = repository): Promise<string> {
  const env = { PATH: process.env.PATH, XDG_CONFIG_HOME: join(repository, 'config') };
  const { candidates, also } = await complete({ table: TABLE, words: line.split(' '), cwd, env });
  return [...candidates.map(({ value }) => value), ...(also === 'nothing' ? [] : [`:${also}`])].join(' ');
}

describe('complete', () => {
  it.each([
    ['', 'verify fold'],
    ['f', 'fold'],
    ['__', ''],
    ['fold ', 'run new'],
    ['fold r', 'run'],
    ['nothing ', ''],
    ['fold nothing ', ''],
    ['-', '--json --quiet --color --directory --help'],
    ['--q', '--quiet'],
    ['--json ver', 'verify'],
    ['--color ', 'auto never always'],
    ['--color n', 'never'],
    ['--color=a', '--color=auto --color=always'],
    ['--json=', ''],
    ['--nothing=', ''],
    ['-C ', ':directories'],
    ['-C dir fold ', 'run new'],
    [
      'fold run --',
      '--full --mode --out --tag --key --state --ref --ns --tool --remote --scopes --json --quiet --color --directory --help',
    ],
    [
      'fold run --mode fast --full --tag x --',
      '--out --tag --key --state --ref --ns --tool --remote --scopes --json --quiet --color --directory --help',
    ],
    ['fold run --mode f', 'fast full'],
    ['fold run --mode=s', '--mode=slow'],
    ['fold run -m ', 'fast full slow'],
    ['fold run -fm ', 'fast full slow'],
    ['fold run -f ', 'draft mean sum'],
    ['fold run --out ', ':files'],
    ['fold run --out=a', ':files'],
    ['fold run --tag ', ''],
    ['fold run --ns ', 'default web'],
    ['fold run --tool ', 'echo sum'],
    ['fold run --tool=e', '--tool=echo'],
    ['fold run --remote ', 'elsewhere origin'],
    ['fold run --remote=o', '--remote=origin'],
    ['fold run --scopes ', 'a:read a:write b'],
    ['fold run --scopes a:', 'a:read a:write'],
    ['fold run --scopes a:read,', 'a:read,a:write a:read,b'],
    ['fold run --scopes=b,a:w', '--scopes=b,a:write'],
    ['fold run --scopes b --scopes a:w', 'a:write'],
    ['fold run --key ', 'ada bob'],
    ['fold run --state ', 'sum'],
    ['fold run --ref refs/gatos/journal/w', 'refs/gatos/journal/web/user-ada'],
    ['fold run s', 'sum'],
    ['fold run sum ', 'once often'],
    ['fold run --mode fast sum o', 'once often'],
    ['fold run sum once ', ':files'],
    ['fold run sum once a b ', ':files'],
    ['fold run -- -', ''],
    ['fold run -- ', 'draft mean sum'],
  ])('%j', async (line, want) => {
    expect(await at(line)).toBe(want);
  });

  it('follows -C, and offers nothing where there is no repository', async () => {
    expect(await at(`-C ${repository} fold run `, '/')).toBe('draft mean sum');
    expect(await at('fold run ', '/')).toBe('');
    expect(await at('-C /no/such/place fold run ')).toBe('');
  });
});

describe('formatCompletion', () => {
  it('puts summaries after a tab and leaves out what would break a line', () => {
    const candidates = [{ value: 'a', summary: 'first' }, { value: 'b' }, { value: 'c\nd' }, { value: ':files' }];
    expect(formatCompletion({ candidates, also: 'files' })).toEqual(['a\tfirst', 'b', ':files']);
  });
});
