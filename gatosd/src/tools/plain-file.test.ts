/** What a manifest names is read from its folder, and nothing that only seems to stand there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readToolFiles } from './open.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'gatos-plain-'));
  mkdirSync(join(folder, 'tool', 'inner'), { recursive: true });
  writeFileSync(join(folder, 'key'), 'a private key');
  writeFileSync(join(folder, 'tool', 'a.mjs'), 'a');
  writeFileSync(join(folder, 'tool', 'inner', 'b'), 'b');
  symlinkSync('../key', join(folder, 'tool', 'linked'));
  symlinkSync('inner', join(folder, 'tool', 'around'));
  symlinkSync('tool', join(folder, 'alias'));
  execFileSync('mkfifo', [join(folder, 'tool', 'pipe')]);
  writeFileSync(join(folder, 'tool', 'huge'), '');
  truncateSync(join(folder, 'tool', 'huge'), LIMITS.toolFileBytes + 1);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (files: readonly string[], from = 'tool') =>
  readToolFiles({ run: { kind: 'process', argv: ['node'], files: [...files] } }, join(folder, from));

describe('files of a tool', () => {
  it('are read as they are, also where the folder itself is reached by a link', async () => {
    for (const from of ['tool', 'alias']) {
      const files = await read(['a.mjs', 'inner/b'], from);
      expect(files.map(({ path, bytes }) => `${path} ${new TextDecoder().decode(bytes)}`)).toEqual([
        'a.mjs a',
        'inner/b b',
      ]);
    }
  });

  it.each([
    ['linked', /is a link/],
    ['around/b', /lies behind one/],
    ['pipe', /no plain file/],
    ['inner', /no plain file/],
    ['absent', /ENOENT/],
  ])('`%s` is refused', async (path, why) => {
    await expect(read([path])).rejects.toMatchObject({ code: 'tool-run/no-file', message: expect.stringMatching(why) });
  });

  it('that are too large are not read', async () => {
    await expect(read(['huge'])).rejects.toMatchObject({ code: 'tools/too-large' });
  });
});
