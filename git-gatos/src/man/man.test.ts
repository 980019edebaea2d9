import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command, table } from '../../testing/sample-table.js';
import { TABLE } from '../commands/table.js';
import { documentCommand, documentRoot } from '../help/index.js';
import { manPages, renderManPage } from './index.js';

const document = documentCommand(command, ['fold', 'run']);
const mandoc = spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error === undefined;

function lint(pages: readonly { file: string; text: string }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-man-'));
  try {
    for (const { file, text } of pages) writeFileSync(join(folder, file), text);
    const { stdout, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...pages.map(({ file }) => file)], {
      cwd: folder,
      encoding: 'utf8',
    });
    return stdout === '' ? `status ${status}` : stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('man pages', () => {
  it('escape what troff would act on', () => {
    const { file, text } = renderManPage(document);
    expect(file).toBe('git-gatos-fold-run.1');
    expect(text).toMatch(
      /^\.TH GIT\\-GATOS\\-FOLD\\-RUN 1 \d{4}-\d\d-\d\d "gatos \d+\.\d+\.\d+" "GATOS Manual"\n\.SH NAME\n/,
    );
    expect(text).toContain("a 'quote' and a \\e backslash \\[u2013] and a dash.");
    expect(text).toContain('\n\\&.not a request\n');
    expect(text).toContain("\n\\&'Tis a line");
    expect(text).toContain('Uses \\fBgit\\fR and nothing else');
    expect(text).toContain('\\fB\\-\\-at \\fR\\fI<cid>\\fR');
    expect(text).toContain('git gatos fold run \\-\\-at x \\(aqsum\\(aq');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is wanted
    expect(text).toMatch(/^[\x00-\x7f]*$/);
  });

  it('are one for each listed command and group', async () => {
    expect((await manPages(table)).map(({ file }) => file)).toEqual([
      'git-gatos-fold-run.1',
      'git-gatos-fold.1',
      'git-gatos.1',
    ]);
  });

  it.skipIf(!mandoc)('pass mandoc without a warning', async () => {
    const pages = [...(await manPages(table)), renderManPage(document)];
    expect(lint(pages)).toBe('status 0');
    expect(lint(await manPages(TABLE))).toBe('status 0');
  });

  it.skipIf(!mandoc)('would not pass with a mistake', () => {
    const { file, text } = renderManPage(documentRoot(table));
    expect(lint([{ file, text: text.replace('.SH NAME', '.SH NAME\n.XX nonsense') }])).toContain('unknown');
  });
});
