/** Histories of several writers for property tests of folds, and other repositories that they are fetched into. */
import fc from 'fast-check';
import { readChain, refOfChain } from '../src/chain/index.js';
import { formatDigest } from '../src/codec/index.js';
import {
  blocksOf,
  type FoldBundle,
  type FoldOutcome,
  runAndRecord,
  runFold,
  type SandboxEngine,
} from '../src/fold/index.js';
import { decodeCommit, decodeTree, type GitBackend, type Oid } from '../src/git/index.js';
import type { SignatureEngine } from '../src/identity/index.js';
import { journalHeads } from '../src/journal/index.js';
import { FoldWorld } from './fold-world.js';

/** Folds that would tell how they were run, if they could. */
export const FOLD_SOURCES = {
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

/** Everybody who has a key. */
export const WRITERS = ['user:alice', 'user:bob', 'agent:carol', 'service:dan'];

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

export interface FoldHistory {
  readonly writers: number;
  readonly source: keyof typeof FOLD_SOURCES;
  readonly envelopes: readonly Envelope[];
}

export const foldHistories: fc.Arbitrary<FoldHistory> = fc.record({
  writers: fc.integer({ min: 1, max: 4 }),
  source: fc.constantFrom(...(Object.keys(FOLD_SOURCES) as (keyof typeof FOLD_SOURCES)[])),
  envelopes,
});

export interface Engines {
  readonly sandbox: SandboxEngine;
  readonly engine: SignatureEngine;
}

export interface Written {
  readonly world: FoldWorld;
  readonly bundle: FoldBundle;
}

/** Writes a history, with checkpoints on the way and one at the end. */
export async function writeHistory({ writers, source, envelopes }: FoldHistory, engines: Engines): Promise<Written> {
  const world = await FoldWorld.open({ ...engines, actors: WRITERS });
  const bundle = world.bundle(FOLD_SOURCES[source]);
  let n = 0;
  for (const { actor, size, lag, foldedBy } of envelopes) {
    const events = Array.from({ length: size }, () => ({ payload: { n: n++, text: `#${n}` } }));
    const clock = lag === 0 ? undefined : Math.max(world.founded + 1, world.seen - lag);
    await world.emit(WRITERS[actor % writers] as string, events, { clock });
    if (foldedBy !== null) await world.fold(bundle, { actor: WRITERS[foldedBy] as string });
  }
  await world.fold(bundle);
  return { world, bundle };
}

/** Whatever two folds have to agree on. */
export function toldOf({ events, state, historyRoot, gasUsed, base }: FoldOutcome) {
  return {
    events,
    state_root: String(blocksOf(state).stateRoot),
    history_root: formatDigest(historyRoot),
    gas: gasUsed,
    base: [base.events, base.skip, base.gasUsed, String(blocksOf(base.state).stateRoot)],
  };
}

/** Folds everything that a repository holds, in one go. */
export async function foldAll(
  backend: GitBackend,
  { bundle, sandbox }: { bundle: FoldBundle; sandbox: SandboxEngine },
) {
  return toldOf(await runFold(backend, sandbox, { bundle, heads: await journalHeads(backend, 'default') }));
}

/** Every object of a repository, as a fetch would bring it. */
async function copyObjects(from: GitBackend, to: GitBackend): Promise<void> {
  const seen = new Set<Oid>();
  const { format } = from.objects;
  const visit = async (oid: Oid): Promise<void> => {
    if (seen.has(oid)) return;
    seen.add(oid);
    const { type, content } = await from.objects.read(oid);
    if (type === 'tag') return;
    if (type === 'commit') {
      const { tree, parents } = decodeCommit(content, format);
      for (const child of [tree, ...parents]) await visit(child);
    }
    if (type === 'tree') for (const entry of decodeTree(content, format)) await visit(entry.oid);
    await to.objects.write([{ type, content }]);
  };
  for (const { oid } of await from.refs.list('refs/gatos/')) await visit(oid);
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
export type Arrival = readonly { readonly journal: number; readonly share: number; readonly fold: boolean }[];

export const arrivals: fc.Arbitrary<Arrival> = fc.array(
  fc.record({ journal: fc.nat(3), share: fc.integer({ min: 1, max: 100 }), fold: fc.boolean() }),
  { maxLength: 6 },
);

/** Lets the journals of a world arrive in another store step by step, folding now and then, and tells the last checkpoint. */
export async function fetchInto(
  target: GitBackend,
  { world, bundle }: { world: FoldWorld; bundle: FoldBundle },
  arrival: Arrival,
) {
  await copyObjects(world.backend, target);
  const trust = await world.backend.refs.read('refs/gatos/trust');
  await target.refs.transaction([{ name: 'refs/gatos/trust', expected: null, next: trust }]);
  const journals = await journalsOf(world.backend);
  const have = journals.map(() => 0);
  const [actor = ''] = WRITERS;
  const author = { actor, signer: world.signer(actor), trust: await world.trust(), policy: null };
  const ports = { ...world.ports, backend: target, sandbox: async () => world.sandbox };
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
  return toldOf((await runAndRecord(ports, { bundle, author })).outcome);
}
