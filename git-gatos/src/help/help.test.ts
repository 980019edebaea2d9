import { EXIT } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { command, table } from '../../testing/sample-table.js';
import { styleOf } from '../output/style.js';
import { documentCommand, renderHelp, showHelp, wrap } from './index.js';

const document = documentCommand(command, ['fold', 'run']);
const help = (long: boolean, width = 80, coloured = false): string =>
  renderHelp(document, { long, style: styleOf(coloured), width });

describe('help of a command', () => {
  it('is short for -h', () => {
    expect(help(false)).toBe(
      [
        'git gatos fold run: fold the journal',
        '',
        'SYNOPSIS',
        '    git gatos fold run --at <cid> [--full] [--mode <a|b>] [--tag <tag>]… <fold>',
        '                       [<more>…]',
        '',
        'ARGUMENTS',
        '    <fold>  its name',
        '    <more>  others',
        '',
        'OPTIONS',
        '    -f, --full    ignore every cache',
        '    --at <cid>    where to start (required)',
        '    --mode <a|b>  how (default: a)',
        '    --tag <tag>   labels (may be repeated)',
        '',
        '`git gatos help fold run` says more',
      ].join('\n'),
    );
  });

  it('has the rest for help: description, examples, exit statuses', () => {
    const text = help(true);
    expect(text).toContain(
      "    Follows the journals. Uses `git` and nothing else; a 'quote' and a \\\n    backslash – and a dash.",
    );
    expect(text).toContain('\n\n        git gatos fold run sum\n        .not a request\n\n');
    expect(text).toContain("    fold it:\n\n        git gatos fold run --at x 'sum'");
    expect(text).toMatch(/EXIT STATUS\n {4}0 {4}done, verified\n {4}13 .*\n {4}30 .*\n {4}70 .*\n {4}129 .*\n {4}130/);
    expect(text).toContain('`git-gatos(1)`, `git-gatos-fold(1)`, `git-gatos-log(1)`, `git-log(1)`');
  });

  it('says no default that nobody could see', () => {
    const noted = { ...command, options: { note: { kind: 'text', default: '', summary: 'why' } } } as const;
    const text = renderHelp(documentCommand(noted, ['fold', 'run']), { long: false, style: styleOf(false), width: 80 });
    expect(text).toMatch(/--note <note> {2}why$/m);
  });

  it('keeps within the width', () => {
    for (const width of [60, 80, 100]) {
      for (const line of help(true, width).split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });

  it('shows code in bold in place of backticks where there is colour', () => {
    expect(help(true, 80, true)).toContain('Uses \u001b[1mgit\u001b[22m and');
  });
});

describe('showHelp', () => {
  const show = (words: readonly string[]) => showHelp({ table, words, long: true, style: styleOf(false), width: 80 });
  it('lists what is not hidden', async () => {
    expect((await show([])).text).toContain('FOLDS\n    fold  work with folds\n');
    const group = (await show(['fold'])).text;
    expect(group).toContain('COMMANDS\n    run  fold the journal\n');
    expect(group).not.toContain('secret');
  });

  it('names every exit status and what the environment does, once', async () => {
    const text = String((await show([])).text);
    for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(`^ {4}${code} +\\S`, 'm'));
    expect(text).toContain('NO_COLOR');
  });

  it.each([
    [['fodl'], 'did you mean `git gatos help fold`?'],
    [['fold', 'rnu'], 'did you mean `git gatos help fold run`?'],
  ])('%j is unknown', async (words, hint) => {
    await expect(show(words)).rejects.toMatchObject({ code: 'cli/unknown-command', hint });
  });
});

describe('wrap', () => {
  it('breaks at spaces only', () => {
    expect(wrap('aa bb  cc dddddddd e', 5)).toEqual(['aa bb', 'cc', 'dddddddd', 'e']);
    expect(wrap('', 5)).toEqual([]);
  });
});
