/** Verifying repositories on disk whose refs, objects or history are not what they were: through both adapters the same. */
import { promises as fs, rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { isomorphicBackend } from '../../src/git/index.js';
import { type Check, EXIT, exitOfReport, type Report } from '../../src/kernel/index.js';
import { verifyRepository } from '../../src/verify/index.js';
import { faults, filledWorld, sound, without } from '../../testing/filled-world.js';
import { openNativeBackend } from '../git/index.js';
import { nativeEngine } from '../identity/index.js';
import { loadEngine } from './index.js';
import { ScratchGit } from './scratch-git.js';

const sandbox = await loadEngine();
const engine = nativeEngine();

describe('a repository on disk', () => {
  const open: { dispose: () => void | Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.dispose();
  });

  async function scratch(): Promise<{ repository: ScratchGit }> {
    const repository = new ScratchGit();
    open.push(repository);
    const backend = await openNativeBackend({ path: repository.path, env: repository.env });
    open.push({ dispose: () => backend.close() });
    await filledWorld({ sandbox, engine, backend });
    return { repository };
  }

  /** Looked at anew through both adapters; they have to agree. */
  async function verifyBoth(repository: ScratchGit): Promise<Report> {
    const native = await openNativeBackend({ path: repository.path, env: repository.env });
    const isomorphic = await isomorphicBackend({ fs, gitdir: repository.gitDir });
    const ports = { engine, sandbox: async () => sandbox };
    const { report } = await verifyRepository({ backend: native, ...ports });
    const other = await verifyRepository({ backend: isomorphic, ...ports });
    await native.close();
    expect(faults(other.report)).toEqual(faults(report));
    return report;
  }

  it.each([
    ['no object id', 'this is no object id\n'],
    ['nothing', ''],
    ['half an id', '0123456789abcdef\n'],
    ['a way in circles', 'ref: refs/gatos/journal/lab/user-bob\n'],
  ])('whose ref file holds %s: the others verify', async (_what, content) => {
    const { repository } = await scratch();
    repository.plant('refs/gatos/journal/lab/user-bob', content);
    const report = await verifyBoth(repository);
    const fault = report.checks.find(({ subject }) => subject === 'journal/lab/user-bob') as Check;
    expect(fault).toMatchObject({ name: 'ref', outcome: 'fail', code: 'git/corrupt-ref' });
    expect(sound(report)).toEqual(without('journal/lab/user-bob', 'state/sum-lab'));
    expect(exitOfReport(report)).toBe(EXIT.mismatch);
  });

  it('whose trust ref is damaged: who signed is unknown, all else verifies', async () => {
    const { repository } = await scratch();
    repository.plant('refs/gatos/trust', 'garbage\n');
    const report = await verifyBoth(repository);
    expect(report.outcome).toBe('fail');
    const unknown = without('trust').map((chain) => `${chain}: signer, verify/no-trust`);
    expect(faults(report).sort()).toEqual(['trust: history, git/corrupt-ref', ...unknown].sort());
    expect(report.checks.filter(({ name }) => name === 'proof-of-fold').map(({ outcome }) => outcome)).toEqual([
      'pass',
      'pass',
    ]);
  });

  it('without a trust chain is no repository of ours', async () => {
    const { repository } = await scratch();
    repository.git('update-ref', '-d', 'refs/gatos/trust');
    const report = await verifyBoth(repository);
    expect(faults(report)[0]).toBe('trust: history, trust/no-genesis');
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
  });

  it('whose ref points at a missing object: could not check that one', async () => {
    const { repository } = await scratch();
    repository.plant('refs/gatos/journal/lab/user-bob', `${'12'.repeat(20)}\n`);
    const report = await verifyBoth(repository);
    expect(faults(report)).toContain('journal/lab/user-bob: history, git/missing-object');
    expect(sound(report)).toEqual(without('journal/lab/user-bob', 'state/sum-lab'));
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
  });

  it.each([
    ['altered', EXIT.mismatch, 'git/corrupt-object'],
    ['removed', EXIT.unchecked, 'git/missing-object'],
  ])('with an object %s: the chain up to it, and all others, verify', async (what, exit, code) => {
    const { repository } = await scratch();
    repository.loosen();
    const path = repository.pathOf(repository.git('rev-parse', 'refs/gatos/journal/lab/user-bob:envelope').trim());
    if (what === 'removed') rmSync(path);
    else repository.damage(path);
    const report = await verifyBoth(repository);
    const fault = report.checks.find(({ subject }) => subject === 'journal/lab/user-bob') as Check;
    expect(fault).toMatchObject({ code });
    expect(fault.evidence).toMatchObject({ verified_records: 5 });
    expect(sound(report)).toEqual(without('journal/lab/user-bob', 'state/sum-lab'));
    // The first checkpoint folded what is still there.
    const proof = report.checks.find(({ name, subject }) => name === 'proof-of-fold' && subject === 'state/sum-lab');
    expect(proof?.evidence).toMatchObject({ checkpoints: 1, checkpoints_verified: 1 });
    expect(exitOfReport(report)).toBe(exit);
  });

  it('that is a shallow clone could not be checked', async () => {
    const { repository } = await scratch();
    const shallow = new ScratchGit();
    open.push(shallow);
    shallow.git('fetch', '-q', '--depth=1', `file://${repository.path}`, '+refs/gatos/*:refs/gatos/*');
    const report = await verifyBoth(shallow);
    expect(report.outcome).toBe('unknown');
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
    expect(faults(report)).toContain('trust: history, git/shallow');
    expect(faults(report)).toContain('journal/lab/user-bob: history, git/shallow');
    // A chain of one commit is whole, whoever signed it.
    expect(faults(report)).toContain('folds/sum-lab: signer, verify/no-trust');
    expect(
      report.checks.find(({ subject, name }) => subject === 'folds/sum-lab' && name === 'definition')?.outcome,
    ).toBe('pass');
  });
});
