import { isGatosError } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { type Command, defineCommand, parseCommandArgs } from './index.js';

const command = defineCommand({
  name: 'emit',
  summary: 'record an event',
  description: '',
  options: {
    type: { kind: 'text', short: 't', required: true, summary: 'what happened' },
    payload: { kind: 'json', summary: 'the facts' },
    limit: { kind: 'int', short: 'n', min: 0, max: 100, summary: 'how many' },
    depth: { kind: 'int', default: 3, summary: 'how deep' },
    dryRun: { kind: 'flag', short: 'd', summary: 'do nothing' },
    onError: { kind: 'choice', choices: ['stop', 'skip'], default: 'stop', summary: 'on a bad row' },
    tag: { kind: 'list', of: 'text', summary: 'labels' },
    size: { kind: 'list', of: 'int', summary: 'sizes' },
    out: { kind: 'path', short: 'o', default: 'out.txt', summary: 'where to' },
    even: {
      kind: 'parsed',
      summary: 'an even number',
      parse(text) {
        if (Number(text) % 2 !== 0) throw new Error('it takes an even number');
        return Number(text);
      },
    },
  },
  positionals: [
    { kind: 'path', name: 'file', summary: 'the file' },
    { kind: 'int', name: 'line', optional: true, summary: 'the line' },
    { kind: 'rest', name: 'words', of: 'text', summary: 'the words' },
  ],
  run: () => ({ value: null, text: '' }),
});

const parse = (argv: readonly string[], of: Command = command) =>
  parseCommandArgs({ command: of, path: 'git gatos emit', argv, cwd: '/home/ada' });

function fault(argv: readonly string[], of: Command = command) {
  try {
    parse(argv, of);
  } catch (error) {
    if (isGatosError(error)) return { code: error.code, exit: error.exit, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseCommandArgs', () => {
  it('fills in defaults, and undefined where there is none', () => {
    expect(parse(['--type', 'add', 'a.csv'])).toEqual({
      type: 'add',
      payload: undefined,
      limit: undefined,
      depth: 3,
      dryRun: false,
      onError: 'stop',
      tag: [],
      size: [],
      out: '/home/ada/out.txt',
      even: undefined,
      file: '/home/ada/a.csv',
      line: undefined,
      words: [],
    });
  });

  it('takes every spelling of an option, before and after positionals', () => {
    const want = { type: 'add', limit: 5, dryRun: true, file: '/a', line: 7, words: ['x', 'y'] };
    for (const argv of [
      ['--type', 'add', '--limit', '5', '--dry-run', '/a', '7', 'x', 'y'],
      ['--type=add', '--limit=5', '--dry-run', '/a', '7', 'x', 'y'],
      ['-t', 'add', '-n', '5', '-d', '/a', '7', 'x', 'y'],
      ['-tadd', '-dn5', '/a', '7', 'x', 'y'],
      ['/a', '7', '--type', 'add', 'x', '-dn', '5', 'y'],
    ]) {
      expect(parse(argv), argv.join(' ')).toMatchObject(want);
    }
  });

  it('takes global options anywhere and keeps them to itself', () => {
    const args = parse(['--json', '-t', 'a', '-q', '-C', '/x', 'f', '--color', 'never']);
    expect(args).toMatchObject({ type: 'a', file: '/home/ada/f' });
    expect(Object.keys(args)).not.toContain('json');
  });

  it('takes everything after -- as it is', () => {
    expect(parse(['-t', 'a', 'f', '1', '--', '--type', '-x', '--'])).toMatchObject({ words: ['--type', '-x', '--'] });
  });

  it('reads lists in order, and the last of what is given twice', () => {
    expect(parse(['-t', 'a', '-t', 'b', '--tag', 'x', '--tag=y', '--size', '1', '--size', '2', 'f'])).toMatchObject({
      type: 'b',
      tag: ['x', 'y'],
      size: [1, 2],
    });
  });

  it('says where a json argument is to be read from', () => {
    const payload = (text: string) => parse(['-t', 'a', 'f', '--payload', text]).payload;
    expect(payload('{"n":1}')).toEqual({ from: 'argument', text: '{"n":1}' });
    expect(payload('-')).toEqual({ from: 'stdin' });
    expect(payload('@a/b.json')).toEqual({ from: 'file', path: '/home/ada/a/b.json' });
  });

  it('keeps - as it is for a path and takes negative numbers as values', () => {
    expect(parse(['-t', 'a', '-o', '-', '-'])).toMatchObject({ out: '-', file: '-' });
    expect(fault(['-t', 'a', '--limit', '-5', 'f']).message).toBe(
      '`--limit` cannot be `-5`: it takes a whole number from 0 to 100',
    );
  });

  it.each<[string, readonly string[], { code: string; message: string; hint: string }]>([
    [
      'an unknown option',
      ['--tpye', 'a', 'f'],
      {
        code: 'cli/unknown-option',
        message: '`git gatos emit` has no option `--tpye`',
        hint: 'did you mean `--type`?',
      },
    ],
    [
      'an unknown letter',
      ['-z', 'f'],
      {
        code: 'cli/unknown-option',
        message: '`git gatos emit` has no option `-z`',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'an unknown letter in a group',
      ['-dz', 'f'],
      {
        code: 'cli/unknown-option',
        message: '`git gatos emit` has no option `-z`',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'a prototype name',
      ['--__proto__', 'f'],
      {
        code: 'cli/unknown-option',
        message: '`git gatos emit` has no option `--__proto__`',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'a constructor',
      ['--constructor=1', 'f'],
      {
        code: 'cli/unknown-option',
        message: '`git gatos emit` has no option `--constructor`',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'an abbreviation',
      ['--lim', '5', 'f'],
      {
        code: 'cli/unknown-option',
        message: '`git gatos emit` has no option `--lim`',
        hint: 'did you mean `--limit`?',
      },
    ],
    [
      'a missing option',
      ['f'],
      {
        code: 'cli/missing-option',
        message: 'missing option `--type`: what happened',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'a missing argument',
      ['-t', 'a'],
      {
        code: 'cli/missing-argument',
        message: 'missing argument `<file>`: the file',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'a missing value',
      ['f', '--type'],
      {
        code: 'cli/missing-value',
        message: 'option `--type` needs a value',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'an option in place of a value',
      ['--payload', '--type', 'a', 'f'],
      {
        code: 'cli/missing-value',
        message: 'option `--payload` needs a value, but `--type` follows',
        hint: 'if that is the value, write `--payload=--type`',
      },
    ],
    [
      'a value for a flag',
      ['--dry-run=yes', '-t', 'a', 'f'],
      {
        code: 'cli/unwanted-value',
        message: 'option `--dry-run` takes no value, but got `yes`',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'a bad choice',
      ['--on-error', 'stpo', '-t', 'a', 'f'],
      {
        code: 'cli/bad-value',
        message: '`--on-error` cannot be `stpo`: it takes one of stop, skip',
        hint: 'did you mean `stop`?',
      },
    ],
    [
      'a fraction',
      ['-n', '1.5', '-t', 'a', 'f'],
      {
        code: 'cli/bad-value',
        message: '`--limit` cannot be `1.5`: it takes a whole number from 0 to 100',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'a number out of bounds',
      ['-n', '101', '-t', 'a', 'f'],
      {
        code: 'cli/bad-value',
        message: '`--limit` cannot be `101`: it takes a whole number from 0 to 100',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'hexadecimal',
      ['f', '0x10', '-t', 'a'],
      {
        code: 'cli/bad-value',
        message: '`<line>` cannot be `0x10`: it takes a whole number',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'an unsafe integer',
      ['f', '9007199254740993', '-t', 'a'],
      {
        code: 'cli/bad-value',
        message: '`<line>` cannot be `9007199254740993`: it takes a whole number',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'an empty path',
      ['', '-t', 'a'],
      {
        code: 'cli/bad-value',
        message: '`<file>` cannot be ``: a path cannot be empty',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
    [
      'what a parser refuses',
      ['f', '--even', '3', '-t', 'a'],
      {
        code: 'cli/bad-value',
        message: '`--even` cannot be `3`: it takes an even number',
        hint: '`git gatos emit -h` shows the usage',
      },
    ],
  ])('refuses %s with 129', (_, argv, want) => {
    expect(fault(argv)).toEqual({ ...want, exit: 129 });
  });

  it('refuses more arguments than there are places', () => {
    const { positionals: _, ...rest } = command;
    const one: Command = { ...rest, positionals: [{ kind: 'text', name: 'only', summary: 's' }] };
    expect(fault(['-t', 'a', 'x', 'y'], one)).toMatchObject({
      code: 'cli/extra-argument',
      message: 'unexpected argument `y`',
    });
  });

  it('refuses bytes that are not UTF-8, which Node has replaced by now', () => {
    expect(fault(['f', '-t', 'a\ufffd'])).toMatchObject({ code: 'cli/not-utf8', exit: 129 });
  });

  it('asks for as many of the rest as are needed', () => {
    const some: Command = {
      ...command,
      positionals: [{ kind: 'rest', name: 'items', of: 'int', min: 2, summary: 'the items' }],
    };
    expect(fault(['-t', 'a', '1'], some)).toMatchObject({ code: 'cli/missing-argument' });
    expect(parse(['-t', 'a', '1', '2'], some)).toMatchObject({ items: [1, 2] });
  });
});
