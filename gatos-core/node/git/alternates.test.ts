import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { splitAlternates } from './alternates.js';
import { openNativeBackend } from './backend.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

const scratch = new ScratchRepository({ bare: true });
afterAll(() => scratch.dispose());

describe('a list of object directories', () => {
  it.each([
    ['', []],
    ['/a', ['/a']],
    ['/a:/b c', ['/a', '/b c']],
    [':/a::', ['/a']],
    ['#/a:/b', ['/b']],
    ['"/a:b":/c', ['/a:b', '/c']],
    ['"/a\\"\\\\\\t\\303\\251"', ['/a"\\\t\u00e9']],
    ['"/caf\u00e9:x"', ['/caf\u00e9:x']],
    ['"#a"', ['#a']],
    ['"never closed:/b', ['"never closed', '/b']],
    ['"bad \\q":/b', ['"bad \\q"', '/b']],
    ['"bad \\', ['"bad \\']],
    ['"/a"x:/b', ['/a', 'x', '/b']],
  ])('%j', (text, paths) => {
    expect(splitAlternates(text, ':')).toEqual(paths);
  });

  it.each(['with: a colon', '"quoted" "twice"', 'a\tb:\\x', 'caf\u00e9:'])(
    'is read as git writes it: %j',
    async (name) => {
      const path = join(scratch.root, name);
      mkdirSync(path);
      execFileSync('git', ['init', '-q', '--bare', path], { env: CLEAN as NodeJS.ProcessEnv });
      const written = execFileSync('git', ['-C', path, 'hash-object', '-w', '--stdin'], {
        input: 'here',
        encoding: 'utf8',
        env: CLEAN as NodeJS.ProcessEnv,
      }).trim();
      // As git quotes it for a hook (quote_c_style).
      const quoted = `"${join(path, 'objects').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\t', '\\t')}"`;
      const env = { ...CLEAN, GIT_ALTERNATE_OBJECT_DIRECTORIES: `/nowhere:${quoted}` };
      const backend = await openNativeBackend({ path: scratch.path, env });
      expect(await backend.objects.has([written])).toEqual([true]);
      await backend.close();
    },
  );
});
