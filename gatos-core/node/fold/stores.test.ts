/** The same history folds to the same bytes in memory, in a repository that git made, and through isomorphic-git. */
import { promises as fs } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFold } from '../../src/fold/index.js';
import { initIsomorphicRepository, isomorphicBackend, memoryFileSystem } from '../../src/git/index.js';
import { arrivals, fetchInto, foldAll, foldHistories, writeHistory } from '../../testing/fold-histories.js';
import { openNativeBackend } from '../git/index.js';
import { nativeEngine } from '../identity/index.js';
import { loadEngine } from './index.js';
import { ScratchGit } from './scratch-git.js';

const SEED = 20261120;
const sandbox = await loadEngine();
const engines = { sandbox, engine: nativeEngine() };

describe(`any history (seed ${SEED})`, () => {
  it('folds to the same bytes on every store', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(foldHistories, arrivals, async (history, arrival) => {
        const written = await writeHistory(history, engines);
        const whole = await foldAll(written.world.backend, { bundle: written.bundle, sandbox });
        const repository = new ScratchGit();
        const native = await openNativeBackend({ path: repository.path, env: repository.env });
        try {
          expect(await fetchInto(native, written, arrival)).toEqual(whole);
          const isomorphic = await isomorphicBackend({ fs, gitdir: repository.gitDir });
          expect(await foldAll(isomorphic, { bundle: await openFold(isomorphic, 'test'), sandbox })).toEqual(whole);
          expect(repository.fsck()).toBe('');
        } finally {
          await native.close();
          repository.dispose();
        }
        const inMemory = { fs: memoryFileSystem(), gitdir: '/repo.git' };
        await initIsomorphicRepository(inMemory);
        expect(await fetchInto(await isomorphicBackend(inMemory), written, arrival)).toEqual(whole);
      }),
      { seed: SEED, numRuns: 6 },
    );
  });
});
