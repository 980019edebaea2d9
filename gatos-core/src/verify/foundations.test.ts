/** What is broken is told where it is, what rests on it could not be checked, and everything else is judged all the same. */
import { describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { CHAINS, faults, filledWorld, sound, without } from '../../testing/filled-world.js';
import type { FoldWorld } from '../../testing/fold-world.js';
import { append, readBackwards, refOfChain } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import { CHECKPOINT_KIND, FOLD_RULES, newestCheckpoint } from '../fold/index.js';
import { decodeCommit, decodeTree, type GitBackend, gitError, memoryBackend, type Oid } from '../git/index.js';
import { type Check, EXIT, exitOfReport, type Report } from '../kernel/index.js';
import { verifyRepository } from './index.js';

const sandbox = await loadEngine();
const engines = { sandbox, engine: nativeEngine() };
const filled = () => filledWorld(engines);
const [LAB_BOB, LAB_CAROL] = ['journal/lab/user-bob', 'journal/lab/agent-carol'];

const checksOf = ({ checks }: Report, subject: string): readonly Check[] =>
  checks.filter((check) => check.subject === subject && check.outcome !== 'pass');

/** Commits of a chain, newest first. */
async function commits(world: FoldWorld, chain: string): Promise<readonly Oid[]> {
  const head = await world.backend.refs.read(refOfChain(chain));
  const out: Oid[] = [];
  for await (const { oid } of readBackwards(world.backend, head as Oid)) out.push(oid);
  return out;
}

/** The same repository without some of its objects. */
async function copyWithout({ refs, objects }: GitBackend, lost: ReadonlySet<Oid>): Promise<GitBackend> {
  const copy = memoryBackend();
  const seen = new Set<Oid>();
  const visit = async (oid: Oid): Promise<void> => {
    if (seen.has(oid)) return;
    seen.add(oid);
    const { type, content } = await objects.read(oid);
    if (type === 'tag') return;
    if (!lost.has(oid)) await copy.objects.write([{ type, content }]);
    const commit = type === 'commit' ? decodeCommit(content, objects.format) : null;
    const below = type === 'tree' ? decodeTree(content, objects.format).map((entry) => entry.oid) : [];
    for (const next of commit === null ? below : [commit.tree, ...commit.parents]) await visit(next);
  };
  for (const { oid } of await refs.list('refs/gatos/')) await visit(oid);
  return { objects: copy.objects, refs };
}

async function verifyWithout(world: FoldWorld, lost: readonly Oid[]): Promise<Report> {
  const backend = await copyWithout(world.backend, new Set(lost));
  return (await verifyRepository({ backend, engine: engines.engine, sandbox: async () => sandbox })).report;
}

describe('objects that are missing', () => {
  it('of one journal: could not check that, and what rests on it', async () => {
    const world = await filled();
    const [newest = ''] = await commits(world, LAB_BOB);
    const report = await verifyWithout(world, [newest]);
    expect(report.outcome).toBe('unknown');
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
    expect(sound(report)).toEqual(without(LAB_BOB, 'state/sum-lab'));
    expect(checksOf(report, LAB_BOB).map(({ code }) => code)).toEqual(['git/missing-object']);
    const resting = checksOf(report, 'state/sum-lab');
    expect(resting.map(({ name }) => name)).toContain('foundation');
    expect(resting.every(({ outcome }) => outcome === 'unknown')).toBe(true);
  });

  it('of a definition: its state could not be checked, and says why', async () => {
    const world = await filled();
    const [definition = ''] = await commits(world, 'folds/sum-lab');
    const report = await verifyWithout(world, [definition]);
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
    expect(sound(report)).toEqual(without('folds/sum-lab', 'state/sum-lab'));
    const [foundation] = checksOf(report, 'state/sum-lab').filter(({ name }) => name === 'foundation');
    expect(foundation).toMatchObject({
      outcome: 'unknown',
      code: 'verify/rests-on',
      evidence: { on: 'folds/sum-lab', code: 'git/missing-object' },
    });
  });

  it('of a state: the checkpoints before are verified', async () => {
    const world = await filled();
    const { entry } = await newestCheckpoint(world.backend, 'sum-lab');
    const envelope = entry.tree.find(({ name }) => name === 'envelope')?.oid as Oid;
    const report = await verifyWithout(world, [envelope]);
    expect(faults(report)).toEqual([expect.stringMatching(/^state\/sum-lab: .*, git\/missing-object$/)]);
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
    const proof = report.checks.find(({ name, subject }) => name === 'proof-of-fold' && subject === 'state/sum-lab');
    expect(proof).toMatchObject({ outcome: 'pass', evidence: { checkpoints: 1 } });
  });

  it('beside a chain that is false: that one decides how the command ends', async () => {
    const world = await filled();
    const alice = await world.backend.refs.read(refOfChain('journal/default/user-alice'));
    const ref = refOfChain('journal/default/user-bob');
    await world.backend.refs.transaction([{ name: ref, expected: await world.backend.refs.read(ref), next: alice }]);
    const [newest = ''] = await commits(world, LAB_CAROL);
    const report = await verifyWithout(world, [newest]);
    expect(report.outcome).toBe('fail');
    expect(exitOfReport(report)).toBe(EXIT.mismatch);
    expect(sound(report)).toEqual(without(LAB_CAROL, 'journal/default/user-bob', 'state/sum-lab', 'state/sum-default'));
    // Each state names the one journal that it cannot be checked for.
    for (const [state, on] of [
      ['state/sum-lab', LAB_CAROL],
      ['state/sum-default', 'journal/default/user-bob'],
    ] as const) {
      const foundations = checksOf(report, state).filter(({ name }) => name === 'foundation');
      expect(foundations.map(({ evidence, outcome }) => [evidence?.on, outcome])).toEqual([[on, 'unknown']]);
    }
  });

  it('of the trust chain: who signed is unknown, everything else is judged', async () => {
    const world = await filled();
    const [newest = ''] = await commits(world, 'trust');
    const report = await verifyWithout(world, [newest]);
    expect(report.outcome).toBe('unknown');
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
    const proofs = report.checks.filter(({ name }) => name === 'proof-of-fold');
    expect(proofs.map(({ outcome }) => outcome)).toEqual(['pass', 'pass']);
  });

  it('every object in turn: never a pass, never “false”, and the rest is told', { timeout: 120_000 }, async () => {
    const world = await filled();
    const lab = [...CHAINS.filter((chain) => chain.includes('lab'))];
    const tried: string[] = [];
    for (const chain of lab) {
      for (const oid of await commits(world, chain)) {
        const report = await verifyWithout(world, [oid]);
        expect([chain, oid, report.outcome]).toEqual([chain, oid, 'unknown']);
        expect(sound(report)).toEqual(expect.arrayContaining(['trust', 'folds/sum-default', 'state/sum-default']));
        tried.push(oid);
      }
    }
    // One definition, three journals of two envelopes, two checkpoints.
    expect(tried).toHaveLength(1 + 6 + 2);
  });
});

describe('what is no fault of the repository', () => {
  it('a bug in a store is thrown, not reported', async () => {
    const world = await filled();
    const bug = new TypeError('a bug');
    const { objects, refs } = world.backend;
    const { format } = objects;
    const read = async (): Promise<never> => {
      throw bug;
    };
    const broken = Object.assign(Object.create(objects), { format, read }) as typeof objects;
    const ports = { backend: { objects: broken, refs }, engine: engines.engine };
    await expect(verifyRepository(ports)).rejects.toBe(bug);
  });

  it('an engine that cannot be had leaves each state unchecked, and the rest judged', async () => {
    const world = await filled();
    const { report } = await verifyRepository({
      backend: world.backend,
      engine: engines.engine,
      sandbox: async () => {
        throw gitError('missing-object', { oid: 'the engine' });
      },
    });
    expect(faults(report)).toEqual(
      ['state/sum-default', 'state/sum-lab'].map((chain) => `${chain}: proof-of-fold, git/missing-object`),
    );
    expect(sound(report)).toEqual(without('state/sum-default', 'state/sum-lab'));
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
  });
});

describe('a checkpoint that is signed and no checkpoint', () => {
  it('with one field more breaks its chain, and what is before it is verified', async () => {
    const world = await filled();
    const { body, entry } = await newestCheckpoint(world.backend, 'sum-lab');
    await world.rewind('state/sum-lab', { entry });
    const rule = FOLD_RULES.find(({ kinds }) => kinds.includes(CHECKPOINT_KIND));
    if (rule === undefined) throw new Error('states have a rule');
    await append(world.ports, {
      chain: 'state/sum-lab',
      rule,
      repo: entry.envelope.repo,
      actor: entry.envelope.actor,
      policy: null,
      signers: [world.signer(entry.envelope.actor)],
      floor: async () => world.seen,
      prepare: async () => [
        {
          kind: CHECKPOINT_KIND.kind,
          bodies: [encode({ ...body, more: 1 } as unknown as Value)],
          description: CHECKPOINT_KIND.describe(body, 1),
          files: await world.filesOf(entry.tree),
        },
      ],
    });
    const { report } = await world.verify();
    expect(checksOf(report, 'state/sum-lab').map(({ name }) => name)).toEqual(['records']);
    expect(sound(report)).toEqual(without('state/sum-lab'));
    const proof = report.checks.find(({ name, subject }) => name === 'proof-of-fold' && subject === 'state/sum-lab');
    expect(proof).toMatchObject({ outcome: 'pass', evidence: { checkpoints: 1 } });
  });

  it('whose chain is asked for alone is judged with all that it rests on, broken or not', async () => {
    const world = await filled();
    const [newest = ''] = await commits(world, LAB_BOB);
    const backend = await copyWithout(world.backend, new Set([newest]));
    const ports = { backend, engine: engines.engine, sandbox: async () => sandbox };
    const { report } = await verifyRepository(ports, { only: ['state/sum-lab'] });
    expect(checksOf(report, LAB_BOB)).toHaveLength(1);
    expect(checksOf(report, 'state/sum-lab').map(({ name }) => name)).toContain('foundation');
    const { report: other } = await verifyRepository(ports, { only: ['state/sum-default'] });
    expect(other.outcome).toBe('pass');
    expect(other.checks.some(({ subject }) => subject === LAB_BOB)).toBe(false);
  });
});
