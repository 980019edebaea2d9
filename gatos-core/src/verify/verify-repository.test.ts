/** Verifying a repository: what is wrong is told, and so is everything that still verifies beside it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { CHAINS, faults, filledWorld, SUM, sound, without } from '../../testing/filled-world.js';
import type { FoldWorld } from '../../testing/fold-world.js';
import { append, attachFile, type NewFile, type Rule, refOfChain, ruleFor } from '../chain/index.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { CHECKPOINT_KIND, definitionOf, filesOfBundle, newestCheckpoint, openFold } from '../fold/index.js';
import { encodeTree, hashObject, type NewObject, type Oid, type TreeEntry } from '../git/index.js';
import { EXIT, exitOfReport, fromUtf8, utf8 } from '../kernel/index.js';
import { RULES, verifyRepository } from './index.js';

const sandbox = await loadEngine();
const engines = { sandbox, engine: nativeEngine() };
const filled = () => filledWorld(engines);

async function move(world: FoldWorld, ref: string, next: Oid | null): Promise<void> {
  await world.backend.refs.transaction([{ name: ref, expected: await world.backend.refs.read(ref), next }]);
}

describe('a sound repository', () => {
  let world: FoldWorld;
  beforeAll(async () => {
    world = await filled();
  });

  it('passes, every chain and every proof', async () => {
    const { report, totals } = await world.verify();
    expect(faults(report)).toEqual([]);
    expect(sound(report)).toEqual([...CHAINS].sort());
    // Genesis and one change; two definitions; two times six envelopes of five; two checkpoints of two states.
    expect(totals).toMatchObject({ chains: 11, envelopes: 2 + 2 + 12 + 4, records: 2 + 1 + 2 + 60 + 4 });
    expect(exitOfReport(report)).toBe(EXIT.ok);
    const proofs = report.checks.filter(({ name }) => name === 'proof-of-fold');
    expect(proofs.map(({ subject, evidence }) => [subject, evidence])).toEqual([
      ['state/sum-default', { checkpoints: 2, events: 30 }],
      ['state/sum-lab', { checkpoints: 2, events: 30 }],
    ]);
    expect(report.checks.filter(({ name }) => name === 'definition')).toHaveLength(2);
  });

  it('can be looked at in part: chains by name, and what is below them', async () => {
    const looked = async (...only: string[]) => sound((await world.verify({ only, proofs: false })).report);
    expect(await looked('journal/lab/')).toEqual([
      ...CHAINS.filter((chain) => chain.startsWith('journal/lab')),
      'trust',
    ]);
    expect(await looked('journal/lab')).toEqual(await looked('journal/lab/'));
    expect(await looked('folds/sum-lab', 'trust')).toEqual(['folds/sum-lab', 'trust']);
    // A name is no prefix of another name.
    const { report } = await world.verify({ only: ['state/sum', 'journal/la'] });
    expect(faults(report)).toEqual(['state/sum: ref, chain/no-such-chain', 'journal/la: ref, chain/no-such-chain']);
    expect(exitOfReport(report)).toBe(EXIT.unchecked);
  });

  it('verifies what a proof rests on, even if only the proof was asked for', async () => {
    const { report } = await world.verify({ only: ['state/sum-lab'] });
    const resting = CHAINS.filter((chain) => chain.startsWith('journal/lab/'));
    expect(sound(report)).toEqual(['folds/sum-lab', ...resting, 'state/sum-lab', 'trust']);
  });

  it('leaves proofs alone when that is asked for, and could not check them without an engine', async () => {
    const { report } = await world.verify({ proofs: false });
    expect(report.outcome).toBe('pass');
    expect(report.checks.some(({ name }) => name === 'proof-of-fold')).toBe(false);
    const { backend, engine } = world;
    const bare = await verifyRepository({ backend, engine });
    expect(faults(bare.report)).toEqual(
      ['state/sum-default', 'state/sum-lab'].map((chain) => `${chain}: proof-of-fold, fold/no-engine`),
    );
    expect(exitOfReport(bare.report)).toBe(EXIT.unchecked);
  });

  it('is verified against the genesis that it was pinned to', async () => {
    const { repo } = await world.trust();
    expect((await world.verify({ pin: repo })).report.outcome).toBe('pass');
    const { report } = await world.verify({ pin: Cid.hash('dag-cbor', utf8('other')) });
    expect(faults(report)[0]).toBe('trust: envelope, trust/other-genesis');
    expect(report.outcome).toBe('fail');
  });

  it('stops when the signal says so', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const progress = () => controller.abort(reason);
    await expect(world.verify({ signal: controller.signal, progress })).rejects.toBe(reason);
  });
});

describe('refs', () => {
  it('without a place are told, and all others verify', async () => {
    const world = await filled();
    const [{ oid } = { oid: '' }] = await world.backend.refs.list('refs/gatos/journal/');
    for (const name of ['refs/gatos/other', 'refs/gatos/journal/deep/er/still', 'refs/gatos/state/a/b'])
      await world.backend.refs.transaction([{ name, expected: null, next: oid }]);
    const { report } = await world.verify();
    expect(faults(report)).toEqual([
      'journal/deep/er/still: place, chain/foreign-ref',
      'other: place, chain/foreign-ref',
      'state/a/b: place, chain/foreign-ref',
    ]);
    expect(sound(report)).toEqual([...CHAINS].sort());
    expect(exitOfReport(report)).toBe(EXIT.denied);
  });

  it('of a cache are nobody’s business', async () => {
    const world = await filled();
    const [{ oid } = { oid: '' }] = await world.backend.refs.list('refs/gatos/journal/');
    await world.backend.refs.transaction([{ name: 'refs/gatos/cache/x/y', expected: null, next: oid }]);
    expect((await world.verify()).report.outcome).toBe('pass');
  });

  it('that point at the chain of someone else are told', async () => {
    const world = await filled();
    const alice = await world.backend.refs.read(refOfChain('journal/lab/user-alice'));
    await move(world, refOfChain('journal/lab/user-bob'), alice);
    const { report } = await world.verify();
    expect(faults(report)).toEqual([
      'journal/lab/user-bob: envelope, chain/other-chain',
      'state/sum-lab: proof-of-fold, fold/window-missing',
      'state/sum-lab: foundation, verify/rests-on',
    ]);
    expect(sound(report)).toEqual(without('journal/lab/user-bob', 'state/sum-lab'));
    expect(exitOfReport(report)).toBe(EXIT.mismatch);
  });

  it('that point at a blob or a tree are told', async () => {
    const world = await filled();
    const [blob, tree] = await world.backend.objects.write([
      { type: 'blob', content: utf8('hello') },
      { type: 'tree', content: new Uint8Array(0) },
    ]);
    await move(world, refOfChain('journal/lab/user-bob'), blob as Oid);
    await move(world, refOfChain('folds/sum-default'), tree as Oid);
    const { report } = await world.verify();
    expect(faults(report)).toContain('journal/lab/user-bob: history, git/wrong-type');
    expect(faults(report)).toContain('folds/sum-default: history, git/wrong-type');
    expect(sound(report)).toEqual(
      without('journal/lab/user-bob', 'folds/sum-default', 'state/sum-lab', 'state/sum-default'),
    );
    expect(report.outcome).toBe('fail');
  });
});

/** The objects of a tree with these files. */
function treeOf(
  files: readonly (readonly [path: string, bytes: Uint8Array])[],
  write: (object: NewObject) => Oid,
): Oid {
  const entries: TreeEntry[] = [];
  const folders = new Map<string, [string, Uint8Array][]>();
  for (const [path, bytes] of files) {
    const [name = '', ...rest] = path.split('/');
    if (rest.length === 0) entries.push({ mode: '100644', name, oid: write({ type: 'blob', content: bytes }) });
    else folders.set(name, [...(folders.get(name) ?? []), [rest.join('/'), bytes]]);
  }
  for (const [name, below] of folders) entries.push({ mode: '40000', name, oid: treeOf(below, write) });
  return write({ type: 'tree', content: encodeTree(entries) });
}

type Files = readonly (readonly [path: string, bytes: Uint8Array])[];

/** Puts other files beside the signed envelope of the newest checkpoint; the commit is the one that envelope and tree make. */
async function retree(world: FoldWorld, name: string, change: (files: Files) => Files): Promise<void> {
  const { entry } = await newestCheckpoint(world.backend, name);
  const objects: NewObject[] = [];
  const add = (object: NewObject): Oid => {
    objects.push(object);
    return hashObject('sha1', object.type, object.content);
  };
  const beside = (await world.filesOf(entry.tree)).map(({ path, bytes }) => [path, bytes] as const);
  const envelope = entry.tree.find((each) => each.name === 'envelope')?.oid as Oid;
  const { content } = await world.backend.objects.read(envelope);
  const tree = treeOf([...change(beside), ['envelope', content]], add);
  const commit = fromUtf8(entry.raw).replace(/^tree [0-9a-f]+/, `tree ${tree}`);
  const oid = add({ type: 'commit', content: utf8(commit) });
  await world.backend.objects.write(objects);
  await move(world, `refs/gatos/state/${name}`, oid);
}

describe('files beside a checkpoint', () => {
  const one = utf8('1\n');
  it.each([
    ['a block altered', 'blocks/', (files: Files) => replaced(files, 'blocks/sum.cbor', encode(1))],
    ['the readable view altered', 'state/', (files: Files) => replaced(files, 'state/sum.json', one)],
    ['the root altered', 'root.cbor', (files: Files) => replaced(files, 'root.cbor', encode({}))],
    ['one more', 'more.txt', (files: Files): Files => [...files, ['more.txt', one]]],
    ['one more in a folder', 'state/', (files: Files): Files => [...files, ['state/more.json', one]]],
    ['one less', 'blocks/', (files: Files) => files.filter(([path]) => path !== 'blocks/sum.cbor')],
  ])('%s', async (_what, path, change) => {
    const world = await filled();
    await retree(world, 'sum-lab', change);
    const { report } = await world.verify();
    expect(faults(report)).toEqual(['state/sum-lab: attachments, chain/bad-attachment']);
    expect(report.checks.find(({ outcome }) => outcome === 'fail')?.evidence).toMatchObject({ path });
    expect(sound(report)).toEqual(without('state/sum-lab'));
    expect(exitOfReport(report)).toBe(EXIT.mismatch);
    // The checkpoint before it is whole, and its proof was recomputed.
    const proof = report.checks.find(({ name, subject }) => name === 'proof-of-fold' && subject === 'state/sum-lab');
    expect(proof).toMatchObject({ outcome: 'pass', evidence: { checkpoints: 1, events: 15 } });
  });

  it('are left alone by the way that tests them', async () => {
    const world = await filled();
    await retree(world, 'sum-lab', (files) => files);
    expect(faults((await world.verify()).report)).toEqual([]);
  });
});

function replaced(files: Files, path: string, bytes: Uint8Array): Files {
  expect(files.some((file) => file[0] === path)).toBe(true);
  return files.map((file) => (file[0] === path ? [path, bytes] : file));
}

describe('an envelope of a state or a fold', () => {
  it('holds one record', async () => {
    const world = await filled();
    const { body, entry } = await newestCheckpoint(world.backend, 'sum-lab');
    await world.rewind('state/sum-lab', { entry });
    const record = encode(body as unknown as Value);
    await append(world.ports, {
      chain: 'state/sum-lab',
      rule: ruleFor(RULES, 'state/sum-lab') as Rule,
      repo: entry.envelope.repo,
      actor: entry.envelope.actor,
      policy: null,
      signers: [world.signer(entry.envelope.actor)],
      floor: async () => world.seen,
      prepare: async () => [
        {
          kind: CHECKPOINT_KIND.kind,
          bodies: [record, record],
          description: CHECKPOINT_KIND.describe(body, 2),
          files: await world.filesOf(entry.tree),
        },
      ],
    });
    const { report } = await world.verify();
    expect(faults(report)).toEqual(['state/sum-lab: envelope, fold/not-alone']);
  });
});

describe('a definition', () => {
  const bundleOf = (world: FoldWorld, source: string) => world.bundle(source, { name: 'sum-lab', ns: 'lab' });
  const OTHER = 'export function fold(state) { return state; }';

  it('that claims another root is told, and does not hide the true one', async () => {
    const world = await filled();
    const [honest, other] = [bundleOf(world, SUM), bundleOf(world, OTHER)];
    const claim = { ...definitionOf(other), fold_root: honest.foldRoot };
    await world.define('sum-lab', claim as unknown as Value, filesOfBundle(other));
    const { report } = await world.verify();
    expect(faults(report)).toEqual(['folds/sum-lab: definition, fold/definition-altered']);
    expect(sound(report)).toEqual(without('folds/sum-lab'));
    await expect(openFold(world.backend, 'sum-lab')).rejects.toMatchObject({ code: 'fold/definition-altered' });
  });

  it.each([
    ['of another name', { name: 'sum-other' }],
    ['whose manifest is not its file', { version: 2 }],
  ])('%s is told', async (_what, manifest) => {
    const world = await filled();
    const bundle = bundleOf(world, OTHER);
    const other = world.bundle(OTHER, { ...bundle.manifest, ...manifest });
    await world.define(
      'sum-lab',
      definitionOf(other) as unknown as Value,
      filesOfBundle('name' in manifest ? other : bundle),
    );
    const { report } = await world.verify();
    const code = 'name' in manifest ? 'definition, fold/definition-altered' : 'attachments, chain/bad-attachment';
    expect(faults(report)[0]).toBe(`folds/sum-lab: ${code}`);
  });

  it.each([
    ['the source is not UTF-8', Uint8Array.of(0xff, 0xfe), /not UTF-8/],
    ['the manifest is spelt in another way', undefined, /manifest and/],
  ])('%s', async (_what, source, why) => {
    const world = await filled();
    const bundle = bundleOf(world, OTHER);
    const [manifest, module] = filesOfBundle(bundle) as [NewFile, NewFile];
    const files =
      source === undefined
        ? [{ ...manifest, bytes: utf8(fromUtf8(manifest.bytes).replaceAll('\n', ' ')) }, module]
        : [manifest, { ...module, bytes: source }];
    const body = { ...definitionOf(bundle), attachments: files.map(attachFile) };
    await world.define('sum-lab', body as unknown as Value, files);
    const { report } = await world.verify();
    expect(faults(report)).toEqual(['folds/sum-lab: definition, fold/definition-altered']);
    expect(report.checks.find(({ outcome }) => outcome === 'fail')?.detail).toMatch(why);
  });

  it('without its source is told', async () => {
    const world = await filled();
    const bundle = bundleOf(world, OTHER);
    const [manifest] = filesOfBundle(bundle) as [NewFile, NewFile];
    const body = { ...definitionOf(bundle), attachments: [attachFile(manifest)] };
    await world.define('sum-lab', body as unknown as Value, [manifest]);
    expect(faults((await world.verify()).report)).toEqual(['folds/sum-lab: definition, fold/definition-altered']);
  });
});

describe('the table of rules', () => {
  it('has a place for every plane, and no two for one ref', () => {
    expect(RULES.map(({ pattern }) => pattern)).toEqual([
      'trust',
      'journal/*/*',
      'folds/*',
      'state/*',
      'policies/active',
      'proposals/*',
      'approvals/*',
      'grants/*',
      'audit/proofs/governance/*',
      'revocations/*',
      'audit/grants/*',
      'audit/policy/deny/*',
      'mbus/*/*/*/*/*',
      'mbus-ack/*/*',
      'mbus-summary/*',
      'jobs/*/job',
      'jobs/*/claim',
      'jobs/*/result',
      'audit/jobs/*',
      'audit/proofs/experiments/*',
      'audit/proofs/reproductions/*',
      'blobs/*',
      'tools',
      'capabilities/issued',
      'capabilities/revoked',
      'capabilities/used/*',
      'effects/*',
      'cache/**',
    ]);
    expect(RULES.filter(({ signed }) => signed === 'by-threshold').map(({ pattern }) => pattern)).toEqual([
      'trust',
      'policies/active',
    ]);
    for (const { summary, kinds, movement } of RULES) {
      expect(summary).not.toBe('');
      expect(kinds.length > 0).toBe(movement !== 'local');
    }
  });
});
