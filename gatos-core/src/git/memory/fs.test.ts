import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../kernel/index.js';
import type { FileSystem } from '../isomorphic/index.js';
import { memoryFileSystem } from './fs.js';

const SEED = 20260101;
const PATHS = ['/a', '/a/b', '/a/b/c', '/d', '/d/e'];

type Step =
  | { readonly do: 'writeFile'; readonly path: string; readonly flag: 'w' | 'wx'; readonly text: string }
  | { readonly do: 'rename'; readonly path: string; readonly to: string }
  | { readonly do: 'readFile' | 'unlink' | 'mkdir' | 'rmdir' | 'readdir' | 'stat'; readonly path: string };

const path = fc.constantFrom(...PATHS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('writeFile' as const),
    path,
    flag: fc.constantFrom('w' as const, 'wx' as const),
    text: fc.constantFrom('x', 'yy'),
  }),
  fc.record({ do: fc.constant('rename' as const), path, to: path }),
  fc.record({
    do: fc.constantFrom(
      'readFile' as const,
      'unlink' as const,
      'mkdir' as const,
      'mkdir' as const,
      'rmdir' as const,
      'readdir' as const,
      'stat' as const,
    ),
    path,
  }),
);

/** What a step answers: a value, or the code of the failure. */
async function perform(fs: FileSystem, root: string, s: Step): Promise<unknown> {
  const at = root + s.path;
  try {
    switch (s.do) {
      case 'writeFile':
        return await fs.writeFile(at, utf8(s.text), { flag: s.flag });
      case 'rename':
        return await fs.rename(at, root + s.to);
      case 'readFile':
        return fromUtf8(await fs.readFile(at));
      case 'readdir':
        return (await fs.readdir(at)).sort();
      case 'stat': {
        const stat = await fs.stat(at);
        return stat.isFile() ? stat.size : stat.isDirectory();
      }
      case 'mkdir':
        return void (await fs.mkdir(at));
      default:
        return await fs[s.do](at);
    }
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
}

describe('the file system in memory', () => {
  it(`answers as the one of the operating system (fast-check seed ${SEED})`, async () => {
    const base = await nodeFs.mkdtemp(join(tmpdir(), 'gatos-fs-'));
    let run = 0;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const root = `${base}/${run++}`;
          await nodeFs.mkdir(root);
          const memory = memoryFileSystem();
          for (const [i, s] of steps.entries()) {
            const [want, got] = [await perform(nodeFs, root, s), await perform(memory, '', s)];
            expect({ i, s, got }).toEqual({ i, s, got: want });
          }
        }),
        { seed: SEED, numRuns: 300 },
      );
    } finally {
      await nodeFs.rm(base, { recursive: true });
    }
  });

  it('keeps what it was given and what it gave apart', async () => {
    const fs = memoryFileSystem();
    const data = utf8('one');
    await fs.writeFile('/f', data, { flag: 'w' });
    data[0] = 0;
    const read = await fs.readFile('/f');
    await fs.writeFile('/f', utf8('two'), { flag: 'w' });
    expect([fromUtf8(read), fromUtf8(await fs.readFile('/f'))]).toEqual(['one', 'two']);
  });

  it('lets exactly one of many exclusive creates through', async () => {
    const fs = memoryFileSystem();
    const tries = Array.from({ length: 50 }, (_, i) => fs.writeFile('/lock', utf8(`${i}`), { flag: 'wx' }));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'EEXIST', path: '/lock' });
  });

  it('resolves `.` and `..`', async () => {
    const fs = memoryFileSystem();
    await fs.mkdir('/a');
    await fs.writeFile('/a/../a/./f', utf8('x'), { flag: 'w' });
    expect(await fs.readdir('/a/')).toEqual(['f']);
    expect(await fs.readdir('/..')).toEqual(['a']);
  });
});
