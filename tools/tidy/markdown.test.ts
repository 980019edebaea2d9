import { describe, expect, it } from 'vitest';
import { anchorsOf, headingsOf, linksOf, tableRowsOf } from './markdown.js';

const fenced = '```sh\n# no heading [no](link.md)\n```\n';

describe('markdown', () => {
  it('reads headings outside fences', () => {
    expect(headingsOf(`# A\n${fenced}## B \`c\`\n`)).toEqual([
      { level: 1, text: 'A', line: 1 },
      { level: 2, text: 'B `c`', line: 5 },
    ]);
    expect(headingsOf('## `code` first\n')).toEqual([{ level: 2, text: '`code` first', line: 1 }]);
  });

  it('makes anchors as forges do', () => {
    expect([...anchorsOf('# A b, c!\n## `x` & y\n## Twice\n## Twice\n## 2.1 [Link](a.md)\n')]).toEqual([
      'a-b-c',
      'x--y',
      'twice',
      'twice-1',
      '21-link',
    ]);
  });

  it('reads links and images, not code', () => {
    const text = `[a](b.md#c) ![d](e.png "title") \`[f](g.md)\`\n${fenced}[h]: i.md\n`;
    expect(linksOf(text)).toEqual([
      { target: 'b.md#c', line: 1 },
      { target: 'e.png', line: 1 },
      { target: 'i.md', line: 5 },
    ]);
  });

  it('reads table rows without their head', () => {
    expect(tableRowsOf('| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n')).toEqual([
      { cells: ['1', '2'], line: 3 },
      { cells: ['3', '4'], line: 4 },
    ]);
  });
});
