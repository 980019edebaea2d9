import { describe, expect, it } from 'vitest';
import { extractModule, parseModule, skippedBlocks } from './index.js';

const kept = (text: string): string | null => {
  const found = extractModule({ file: 'adr.md', text });
  if (found !== null) expect(found.text).toHaveLength(text.length);
  return found === null ? null : found.text.replace(/ +$/gm, '').replace(/\n+/g, '\n').trim();
};

describe('the module of a Markdown file', () => {
  it('is its rgs blocks, in order, with the places of the file', () => {
    const text = '# A decision 😀\r\n\r\n```rgs\r\nconst a = 1\r\n```\r\nmore\n~~~~rgs\nconst b = \n~~~~\nend\n';
    const found = extractModule({ file: 'adr.md', text });
    expect(found?.file).toBe('adr.md');
    const { module, diagnostics } = parseModule(found ?? { file: '', text: '' });
    expect(module.items).toMatchObject([{ kind: 'const', span: { start: text.indexOf('const a') } }]);
    expect(diagnostics).toMatchObject([{ file: 'adr.md', line: 8, code: 'policy/expected' }]);
  });

  it.each([
    ['no block', '# A\n\nconst a = 1\n', null],
    ['another language', '```js\nconst a = 1\n```\n', null],
    ['a longer word', '```rgsx\nconst a = 1\n```\n', null],
    ['an empty block', '```rgs\n```\n', ''],
    ['words after the language', '```rgs title="x"\nconst a = 1\n```\n', 'const a = 1'],
    ['a block that nobody closes', '```rgs\nconst a = 1\n', 'const a = 1'],
    ['a block that is indented a little', '  ```rgs\n  const a = 1\n  ```\nb\n', 'const a = 1'],
    ['indented code', '    ```rgs\n    const a = 1\n    ```\n', null],
    ['a longer closing fence', '```rgs\nconst a = 1\n`````\nb\n', 'const a = 1'],
    ['a shorter fence inside', '````rgs\nconst a = 1\n```\nconst b = 2\n````\nc\n', 'const a = 1\n```\nconst b = 2'],
    ['a tilde fence does not close backticks', '```rgs\nconst a = 1\n~~~\n```\nb\n', 'const a = 1\n~~~'],
    ['a block inside another block', '````md\n```rgs\nconst a = 1\n```\n````\n', null],
    ['a block inside an HTML comment', '<!--\n```rgs\nconst a = 1\n```\n-->\n', null],
    ['a block after an HTML comment', '<!-- x -->\n```rgs\nconst a = 1\n```\n', 'const a = 1'],
    ['a block inside raw HTML', '<pre>\n```rgs\nconst a = 1\n```\n</pre>\n', null],
    ['a block right after a tag, which is HTML still', '<div>\n```rgs\nconst a = 1\n```\n\n</div>\n', null],
    [
      'a block after a blank line in an element',
      '<details>\n\n```rgs\nconst a = 1\n```\n\n</details>\n',
      'const a = 1',
    ],
    ['a fence with a backtick after it, which is none', '``` `rgs\nconst a = 1\n```\n', null],
    [
      'HTML inside a block',
      '```rgs\nconst a = "\n<!--\n```\n```rgs\nconst b = 2\n```\n',
      'const a = "\n<!--\nconst b = 2',
    ],
    [
      'a block below one of a list item, whose end opens nothing',
      '- a\n\n      ```rgs\n      const a = 1\n      ```\n- ```rgs\n  const b = 2\n  ```\n```rgs\nconst c = 3\n```\n',
      'const c = 3',
    ],
    [
      'a block below a list item that ends without a fence',
      '- ```rgs\n  x\nb\n\n```rgs\nconst c = 3\n```\n',
      'const c = 3',
    ],
  ])('%s', (_name, text, want) => {
    expect(kept(text)).toBe(want);
  });
});

describe('blocks that are not read although they look like rules', () => {
  it.each<[string, string, readonly number[]]>([
    ['a block that is read', '```rgs\nconst a = 1\n```\n   ~~~rgs\n~~~\n', []],
    ['a list item', 'So:\n- ```rgs\n  const a = 1\n  ```\n', [2]],
    ['below a list item', '1. So:\n\n    ```rgs\n    const a = 1\n    ```\n', [3]],
    ['a tab', '\t~~~ rgs\n', [1]],
    ['a quotation, and a list in it', '> ```rgs\n> const a = 1\n> ```\n\n> - ```rgs\n', [1, 5]],
    ['HTML that has not ended', '<div>\n```rgs\nconst a = 1\n```\n</div>\n', [2]],
    ['a comment, on purpose', '<!--\n```rgs\n```\n-->\n', []],
    ['inside another block, on purpose', '```md\n    ```rgs\n- ```rgs\n```\n', []],
    ['another language', '- ```js\n  ```\n    ```rgsx\n', []],
  ])('%s', (_name, text, lines) => {
    const found = skippedBlocks({ file: 'adr.md', text });
    expect(found.map(({ start }) => text.slice(0, start).split('\n').length)).toEqual(lines);
    for (const { start, end } of found) expect(text.slice(start, end)).toMatch(/rgs$/);
  });
});

// Quadratic work on such lines would run into the limit of any test.
it('reads a line without end', () => {
  for (const unit of [' ', '\t', '> ', '- ', '1. ', '`', '~'])
    expect(() => skippedBlocks({ file: 'adr.md', text: unit.repeat(200_000) })).not.toThrow();
});
