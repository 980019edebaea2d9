/** Refs that somebody put below `refs/gatos/` with plain git, or that were left behind: both adapters tell the same, and the rest verifies. */
import { promises as fs, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isomorphicBackend } from '../../src/git/index.js';
import { EXIT, exitOfReport, type Report } from '../../src/kernel/index.js';
import { verifyRepository } from '../../src/verify/index.js';
import { CHAINS, faults, filledWorld, sound, without } from '../../testing/filled-world.js';
import { openNativeBackend } from '../git/index.js';
import { nativeEngine } from '../identity/index.js';
import { loadEngine } from './index.js';
import { ScratchGit } from './scratch-git.js';

const sandbox = await loadEngine();
const engine = nativeEngine();
const BOB = 'refs/gatos/journal/lab/user-bob';

describe('a repository on disk', () => {
  const open: { dispose: () => void | Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.dispose();
  });

  async function scratch(): Promise<ScratchGit> {
    const repository = new ScratchGit();
    open.push(repository);
    const backend = await openNativeBackend({ path: repository.path, env: repository.env });
    await filledWorld({ sandbox, engine, backend });
    await backend.close();
    return repository;
  }

  async function verifyBoth(repository: ScratchGit): Promise<Report> {
    const native = await openNativeBackend({ path: repository.path, env: repository.env });
    open.push({ dispose: () => native.close() });
    const isomorphic = await isomorphicBackend({ fs, gitdir: repository.gitDir });
    const ports = { engine, sandbox: async () => sandbox };
    const { report } = await verifyRepository({ backend: native, ...ports });
    const other = await verifyRepository({ backend: isomorphic, ...ports });
    expect(faults(other.report)).toEqual(faults(report));
    return report;
  }

  const headOf = (repository: ScratchGit, ref: string): string => repository.git('rev-parse', ref).trim();

  it.each([
    ['refs/gatos/policies/active/more'],
    ['refs/gatos/journal/lab/ü'],
    ['refs/gatos/journal/lab/user-Bob'],
    ['refs/gatos/journal/lab/nobody'],
    ['refs/gatos/journal/lab/user-bob2/x'],
    ['refs/gatos/Journal/lab/user-bob'],
    ['refs/gatos/state/a%20b'],
  ])('with a ref that has no place, `%s`: it is told', async (ref) => {
    const repository = await scratch();
    repository.git('update-ref', ref, headOf(repository, BOB));
    const report = await verifyBoth(repository);
    expect(report.outcome).toBe('fail');
    const told = faults(report);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(ref.slice('refs/gatos/'.length));
    expect(sound(report)).toEqual([...CHAINS].sort());
  });

  it('with a name that is not UTF-8: it is told, and the rest verifies', async () => {
    const repository = await scratch();
    const line = Buffer.from(`create refs/gatos/journal/lab/user-xx ${headOf(repository, BOB)}\n`);
    line[line.indexOf('xx')] = 0xff;
    repository.gitWith(line, 'update-ref', '--stdin');
    // A file system that gives names as text cannot open such a file, so this is asked of git alone.
    const native = await openNativeBackend({ path: repository.path, env: repository.env });
    open.push({ dispose: () => native.close() });
    const { report } = await verifyRepository({ backend: native, engine, sandbox: async () => sandbox });
    expect(faults(report)).toEqual([expect.stringMatching(/^journal\/lab\/user-.*: ref, git\/corrupt-ref$/)]);
    expect(sound(report)).toEqual([...CHAINS].sort());
  });

  it('with locks and broken files that a killed process left: they are no refs', async () => {
    const repository = await scratch();
    repository.plant(`${BOB}.lock`, '');
    repository.plant('refs/gatos/journal/lab/user-dan.lock', `${headOf(repository, BOB)}\n`);
    mkdirSync(join(repository.gitDir, 'refs/gatos/state/empty/folder'), { recursive: true });
    const report = await verifyBoth(repository);
    expect(faults(report)).toEqual([]);
  });

  it('with a ref that points to an annotated tag: it is told', async () => {
    const repository = await scratch();
    const head = headOf(repository, BOB);
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
    repository.git(...who, 'tag', '-a', '-m', 'x', 't', head);
    repository.git('update-ref', BOB, headOf(repository, 'refs/tags/t'));
    const report = await verifyBoth(repository);
    expect(sound(report)).toEqual(without('journal/lab/user-bob', 'state/sum-lab'));
    expect(exitOfReport(report)).not.toBe(EXIT.ok);
    expect(report.outcome).toBe('fail');
  });

  it('with refs packed, and one line of them damaged', async () => {
    const repository = await scratch();
    repository.git('pack-refs', '--all');
    expect((await verifyBoth(repository)).outcome).toBe('pass');
    const path = join(repository.gitDir, 'packed-refs');
    const text = await fs.readFile(path, 'utf8');
    writeFileSync(path, text.replace(new RegExp(`^[0-9a-f]+ ${BOB}$`, 'm'), `12345 ${BOB}`));
    const report = await verifyBoth(repository);
    expect(report.outcome).not.toBe('pass');
    expect(exitOfReport(report)).not.toBe(EXIT.ok);
  });

  it('whose chain went back to an earlier commit: what it was folded to could not be checked', async () => {
    const repository = await scratch();
    repository.git('update-ref', BOB, headOf(repository, `${BOB}~1`));
    const report = await verifyBoth(repository);
    expect(faults(report)).toEqual(['state/sum-lab: proof-of-fold, fold/window-missing']);
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
  });
});
