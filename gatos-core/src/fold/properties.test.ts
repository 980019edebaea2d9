/**
 * The promise of the plane: whatever the order in which journals came, the checkpoints on the way and the store they lie in, the
 * same envelopes fold to the same state, history and gas.
 */
import { promises as fs } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLEAN, ScratchRepository } from '../../node/git/scratch-repository.js';
import { loadEngine, nativeEngine, openNativeBackend } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { readChain, refOfChain } from '../chain/index.js';
import { formatDigest } from '../codec/index.js';
import {
  type GitBackend,
  initIsomorphicRepository,
  isomorphicBackend,
  memoryBackend,
  memoryFileSystem,
  type Oid,
} from '../git/index.js';
import { journalHeads } from '../journal/index.js';
import {
  blocksOf,
  type FoldBundle,
  type FoldOutcome,
  openFold,
  readCheckpoint,
  runAndRecord,
  runFold,
  verifyProof,
} from './index.js';

const SEED = 20261120;
const sandbox = await loadEngine();

/** Folds that would tell how they were run, if they could. */
const SOURCES = {
  plain: `export function fold(state, { payload }) {
    return { ...state, sum: (state.sum ?? 0) + payload.n, last: payload.n };
  }`,
  'module counter': `let calls = 0;
    const seen = [];
    export function fold(state, { payload, actor }) {
      calls += 1;
      seen.push(payload.n);
      state.calls = (state.calls ?? 0) + calls;
      state[actor] = seen.length + payload.n * 2 ** 60;
      return state;
    }`,
  'key order': `export function fold(state, { payload }) {
      const key = 'k' + (payload.n % 7);
      const { [key]: old, ...rest } = state;
      state.order = Object.keys(state).join();
      delete state[key];
      state[key] = (old ?? 0) + 1;
      state[payload.n % 3] = Object.keys(rest).length;
      return state;
    }`,
  aliasing: `export function fold(state, { payload }) {
      state.a ??= { list: [] };
      state.b ??= state.a;
      if (payload.n % 5 === 0) state.b = state.a;
      state.a.list = state.a.list.concat(payload.n).slice(-4);
      state.b.n = payload.n;
      state.shared = state.a.n === state.b.n ? 1e21 : 0.1;
      return state;
    }`,
};

interface Envelope {
  readonly actor: number;
  readonly size: number;
  /** How far its clock lags behind what everybody has seen. */
  readonly lag: number;
  /** Who makes a checkpoint after it, if anybody. */
  readonly foldedBy: number | null;
}

const ACTORS = ['user:alice', 'user:bob', 'agent:carol', 'service:dan'];

const envelopes = fc.array(
  fc.record({
    actor: fc.nat(3),
    size: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 900, max: 2200 }) },
    ),
    lag: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(12) }),
    foldedBy: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(1) }),
  }),
  { minLength: 1, maxLength: 14 },
);

interface History {
  readonly writers: number;
  readonly source: keyof typeof SOURCES;
  readonly envelopes: readonly Envelope[];
}

const histories: fc.Arbitrary<History> = fc.record({
  writers: fc.integer({ min: 1, max: 4 }),
  source: fc.constantFrom(...(Object.keys(SOURCES) as (keyof typeof SOURCES)[])),
  envelopes,
});

/** Writes a history, with checkpoints on the way and one at the end. */
async function write({ writers, source, envelopes }: History): Promise<{ world: FoldWorld; bundle: FoldBundle }> {
  const world = await FoldWorld.open({ sandbox, engine: nativeEngine(), actors: ACTORS });
  const bundle = world.bundle(SOURCES[source]);
  let n = 0;
  for (const { actor, size, lag, foldedBy } of envelopes) {
    const events = Array.from({ length: size }, () => ({ payload: { n: n++, text: `#${n}` } }));
    const clock = lag === 0 ? undefined : Math.max(world.founded + 1, world.seen - lag);
    await world.emit(ACTORS[actor % writers] as string, events, { clock });
    if (foldedBy !== null) await world.fold(bundle, { actor: ACTORS[foldedBy] as string });
  }
  await world.fold(bundle);
  return { world, bundle };
}

function told({ events, state, historyRoot, gasUsed, base }: FoldOutcome) {
  return {
    events,
    state_root: String(blocksOf(state).stateRoot),
    history_root: formatDigest(historyRoot),
    gas: gasUsed,
    base: [base.events, base.skip, base.gasUsed, String(blocksOf(base.state).stateRoot)],
  };
}

async function foldAll(backend: GitBackend, bundle: FoldBundle) {
  return told(await runFold(backend, sandbox, { bundle, heads: await journalHeads(backend, 'default') }));
}

/** Every object of a repository, as a fetch would bring it. */
async function copyObjects(from: GitBackend, to: GitBackend): Promise<void> {
  const seen = new Set<Oid>();
  const visit = async (oid: Oid): Promise<void> => {
    if (seen.has(oid)) return;
    seen.add(oid);
    const { type, content } = await from.objects.read(oid);
    const text = type === 'commit' ? String.fromCharCode(...content) : '';
    for (const [, child = ''] of text.matchAll(/^(?:tree|parent) ([0-9a-f]+)$/gm)) await visit(child);
    if (type === 'tree') for (const child of entriesOf(content)) await visit(child);
    if (type !== 'tag') await to.objects.write([{ type, content }]);
  };
  for (const { oid } of await from.refs.list('refs/gatos/')) await visit(oid);
}

function entriesOf(tree: Uint8Array): Oid[] {
  const oids: Oid[] = [];
  for (let at = tree.indexOf(0); at >= 0; at = tree.indexOf(0, at + 21))
    oids.push(Buffer.from(tree.subarray(at + 1, at + 21)).toString('hex'));
  return oids;
}

interface Journal {
  readonly ref: string;
  readonly commits: readonly Oid[];
}

async function journalsOf(backend: GitBackend): Promise<Journal[]> {
  const journals: Journal[] = [];
  for (const { chain, oid } of await journalHeads(backend, 'default')) {
    const commits: Oid[] = [];
    for await (const batch of readChain(backend, { head: oid })) commits.push(...batch.map((entry) => entry.oid));
    journals.push({ ref: refOfChain(chain), commits });
  }
  return journals;
}

/** In which order journals arrive: at each step one of them comes as far as a fraction of what is left. */
type Arrival = readonly { readonly journal: number; readonly share: number; readonly fold: boolean }[];

const arrivals: fc.Arbitrary<Arrival> = fc.array(
  fc.record({ journal: fc.nat(3), share: fc.integer({ min: 1, max: 100 }), fold: fc.boolean() }),
  { maxLength: 6 },
);

/** Lets the journals of a world arrive in another store step by step, folding now and then, and tells the last checkpoint. */
async function fetchInto(
  target: GitBackend,
  { world, bundle }: { world: FoldWorld; bundle: FoldBundle },
  arrival: Arrival,
) {
  await copyObjects(world.backend, target);
  const trust = await world.backend.refs.read('refs/gatos/trust');
  await target.refs.transaction([{ name: 'refs/gatos/trust', expected: null, next: trust }]);
  const journals = await journalsOf(world.backend);
  const have = journals.map(() => 0);
  const [actor = ''] = ACTORS;
  const author = { actor, signer: world.signer(actor), trust: await world.trust(), policy: null };
  const ports = { ...world.ports, backend: target, sandbox: async () => sandbox };
  const move = async (at: number, count: number): Promise<void> => {
    const { ref, commits } = journals[at] as Journal;
    const before = have[at] as number;
    if (count <= before) return;
    const [expected, next] = [commits[before - 1] ?? null, commits[count - 1] ?? null];
    await target.refs.transaction([{ name: ref, expected, next }]);
    have[at] = count;
  };
  for (const { journal, share, fold } of arrival) {
    const at = journal % journals.length;
    const { length } = (journals[at] as Journal).commits;
    await move(at, (have[at] as number) + Math.ceil(((length - (have[at] as number)) * share) / 100));
    if (fold) await runAndRecord(ports, { bundle, author });
  }
  for (const [at, { commits }] of journals.entries()) await move(at, commits.length);
  return told((await runAndRecord(ports, { bundle, author })).outcome);
}

/** Every checkpoint of the chain, recomputed from the first record. */
async function verifyEachAlone({ backend }: FoldWorld, name: string): Promise<number> {
  let count = 0;
  let prevState = null;
  const head = (await backend.refs.read(`refs/gatos/state/${name}`)) as Oid;
  for await (const batch of readChain(backend, { head })) {
    for (const { oid } of batch) {
      const checkpoint = await readCheckpoint(backend, oid);
      await verifyProof({ backend, sandbox: async () => sandbox }, { checkpoint, previous: null, prevState });
      prevState = checkpoint.body.state_root;
      count += 1;
    }
  }
  return count;
}

describe(`any history (seed ${SEED})`, () => {
  it('folds to the same bytes in one go and by checkpoints, late envelopes included', {
    timeout: 120_000,
  }, async () => {
    let refolded = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { world, bundle } = await write(history);
        const whole = await foldAll(world.backend, bundle);
        const last = await world.fold(bundle);
        expect(last.appended).toBeNull();
        expect(told(last.outcome)).toEqual(whole);
        if (last.startedAt > 0) refolded += 1;
        const { report } = await world.verify();
        expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
        const proofs = report.checks.find(({ name }) => name === 'proof-of-fold');
        expect(proofs?.evidence).toEqual({ checkpoints: await verifyEachAlone(world, 'test'), events: whole.events });
      }),
      { seed: SEED, numRuns: 30 },
    );
    // Otherwise no history of these went on from a base.
    expect(refolded).toBeGreaterThan(5);
  });

  it('folds to the same bytes in whatever order its journals are fetched', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(histories, arrivals, arrivals, async (history, one, other) => {
        const written = await write(history);
        const whole = await foldAll(written.world.backend, written.bundle);
        expect(await fetchInto(memoryBackend(), written, one)).toEqual(whole);
        expect(await fetchInto(memoryBackend(), written, other)).toEqual(whole);
      }),
      { seed: SEED, numRuns: 16 },
    );
  });

  it('folds to the same bytes on every store', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(histories, arrivals, async (history, arrival) => {
        const written = await write(history);
        const whole = await foldAll(written.world.backend, written.bundle);
        const repository = new ScratchRepository();
        const native = await openNativeBackend({ path: repository.path, env: CLEAN });
        try {
          expect(await fetchInto(native, written, arrival)).toEqual(whole);
          const isomorphic = await isomorphicBackend({ fs, gitdir: repository.gitDir });
          expect(await foldAll(isomorphic, await openFold(isomorphic, 'test'))).toEqual(whole);
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
