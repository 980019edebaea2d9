import { SCOPES } from 'gatosd';
import { describe, expect, it } from 'vitest';
import { checkTable, shellWords } from '../../testing/check-table.js';
import {
  type Command,
  defineCommand,
  type Entry,
  entriesOf,
  type Group,
  isGroup,
  type Table,
} from '../command/index.js';
import { ABOUT } from '../help/index.js';
import { TABLE } from './table.js';

const NOTHING = { value: null, text: '' };

describe('the command table', () => {
  it('has only sound declarations', async () => {
    expect(await checkTable(TABLE)).toEqual([]);
  });

  it('has the commands that the manual of the whole gives as examples', async () => {
    const whole = {
      name: 'whole',
      summary: 'the whole',
      description: 'x',
      examples: ABOUT.examples ?? [],
      commands: [],
    };
    const problems = await checkTable([...TABLE, { title: 'x', entries: [whole] }]);
    expect(problems.filter((problem) => problem.startsWith('git gatos whole: the example'))).toEqual([]);
  });
});

/** Every command below these entries. */
async function commandsOf(entries: readonly (Entry | Group)[]): Promise<readonly Command[]> {
  const found: Command[] = [];
  for (const entry of entries) {
    if (!isGroup(entry)) found.push((await entry.load()).command);
    else found.push(...(await commandsOf([...entry.commands, ...(entry.alone === undefined ? [] : [entry.alone])])));
  }
  return found;
}

describe('names that the repository knows', () => {
  /** Arguments with these names are completed. A hook is given its remote by git. */
  const COMPLETED: Readonly<Record<string, string>> = {
    tool: 'tools',
    remote: 'remotes',
    blob: 'blobs',
    topic: 'topics',
  };

  it('are completed wherever a command takes one', async () => {
    const commands = (await commandsOf(entriesOf(TABLE))).filter(({ name }) => name !== 'pre-push');
    const all = commands.flatMap(({ name, options, positionals }) => [
      ...Object.entries(options).map(([key, spec]) => ({ at: `${name} --${key}`, key, spec })),
      ...positionals.map((spec) => ({ at: `${name} ${spec.name}`, key: spec.name, spec })),
    ]);
    const named = all.filter(({ key }) => Object.hasOwn(COMPLETED, key));
    expect(named.length).toBeGreaterThan(15);
    const odd = named.filter(({ key, spec }) => !('complete' in spec) || spec.complete !== COMPLETED[key]);
    expect(odd.map(({ at }) => at)).toEqual([]);
    const scopes = all.find(({ at }) => at === 'create --scopes')?.spec;
    expect(scopes).toMatchObject({ kind: 'list', items: SCOPES });
  });
});

describe('checkTable', () => {
  it('finds every kind of mistake', async () => {
    const bad = defineCommand({
      name: 'other',
      summary: 'Does a thing.',
      description: ' ',
      options: {
        json: { kind: 'flag', summary: 's' },
        'on-error': { kind: 'choice', choices: ['a'], default: 'b', summary: 'ends.' },
        limit: { kind: 'int', min: 1, default: 0, short: 'q', summary: 's' },
        long: { kind: 'flag', short: '1', summary: 's' },
        file: { kind: 'text', required: true, summary: 's' },
      },
      positionals: [
        { kind: 'text', name: 'file', optional: true, summary: 's' },
        { kind: 'text', name: 'needed', summary: 's' },
        { kind: 'rest', name: 'rest', of: 'text', summary: 's' },
        { kind: 'text', name: 'needed', summary: 's' },
      ],
      exits: ['no', 'no'],
      examples: [
        { command: 'git gatos bad --nope', note: 'Wrong.' },
        { command: 'gatos bad', note: 'not ours' },
      ],
      seeAlso: ['nowhere', 'git(1)'],
      run: () => NOTHING,
    });
    const entry = { name: 'bad', summary: 'another', load: async () => ({ command: bad }) };
    const table: Table = [{ title: 'x', entries: [entry, { ...entry, name: 'Bad' }, { ...entry, name: 'bad' }] }];
    const problems = new Set(
      (await checkTable(table)).filter((p) => p.startsWith('git gatos bad:')).map((p) => p.slice(15)),
    );
    expect([...problems].sort()).toEqual(
      [
        'the name is taken twice',
        'the command calls itself `other`',
        'the table says `another`, the command `Does a thing.`',
        'an exit status is listed twice',
        'there is no description',
        'the summary starts with a capital',
        'the summary ends in a full stop',
        'the example `gatos bad` does not start with `git gatos`',
        'the note `Wrong.` ends in a full stop or colon',
        'option `json` is a common option',
        'option `on-error` is not camelCase',
        'the summary of option `on-error` is not one line without a full stop',
        'options `quiet` and `limit` share the letter `q`',
        '`1` of option `long` is not one letter',
        'the default of option `on-error` is none of its choices',
        'the default of option `limit` is out of its bounds',
        '`file` is a positional and an option',
        '`needed` is needed but follows an optional positional',
        '`needed` follows a positional that takes all the rest',
        'two positionals are named `needed`',
        'see also `nowhere`: there is no such command',
        'the example `git gatos bad --nope` is wrong: `git gatos bad` has no option `--nope`',
        'the example `gatos bad` is wrong: it names no command',
      ].sort(),
    );
  });
});

describe('shellWords', () => {
  it.each([
    ['git gatos emit --payload \'{"n": 10}\'', ['git', 'gatos', 'emit', '--payload', '{"n": 10}']],
    ['git gatos x "a \\"b\\" $c" d\\ e', ['git', 'gatos', 'x', 'a "b" $c', 'd e']],
    ['git gatos log --jsonl | head', ['git', 'gatos', 'log', '--jsonl']],
    ['git gatos x > file', ['git', 'gatos', 'x']],
    ["git gatos x a'b'c && rm", ['git', 'gatos', 'x', 'abc']],
  ])('%s', (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });
});
