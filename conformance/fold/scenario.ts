/**
 * One fixed history, from keys to checkpoint, that every implementation and every platform must make and fold to the same bytes.
 * Nothing here touches Node or a browser: the runner passes in where git is stored and the sandbox's binary.
 */
import {
  applyPending,
  createEngine,
  formatDigest,
  foundTrust,
  type GitBackend,
  makeBundle,
  memoryKeyIndex,
  newestCheckpoint,
  nobleEngine,
  nobleSigner,
  openRepository,
  parseHex,
  proposeChange,
  type Repository,
} from 'gatos-core';
import { seededRandom, steppingClock } from 'gatos-core/testing';

/** What an implementation has to be given: two keys, a fold, and 1,300 events in two parts with a checkpoint after each. */
export const SCENARIO = {
  /** Ed25519 seeds, hex. */
  alice: '01'.repeat(32),
  bob: '02'.repeat(32),
  /** Clock of the machine in microseconds: the first reading, and what each reading adds. */
  clock: { start: 1_700_000_000_000_000, step: 1_000 },
  manifest: {
    name: 'scenario',
    ns: 'default',
    version: 1,
    gas: 100_000,
    memory: 32 * 1024 * 1024,
    initial: { since: 2 ** 60, empty: {} },
  },
  source: `const WEIGHT = 3;
let calls = 0;
export function fold(state, event) {
  const { n, text } = event.payload;
  calls += 1;
  const of = state[event.type] ?? { count: 0, sum: 0, root: 0, last: '' };
  of.count += 1;
  of.sum += n * WEIGHT;
  of.root = Math.sqrt(of.sum * of.sum + 0.1) / 7;
  of.last = String(text).toUpperCase().split('').sort().join('') + of.root.toFixed(5);
  state[event.type] = of;
  state.seen = (state.seen ?? []).concat([[event.actor, event.key.length, n / 3]]).slice(-5);
  state.calls = (state.calls ?? 0) + calls;
  state.large = { a: 1e21 + n * 1e15, b: state.since / 3, c: -(2 ** 53) - of.count };
  state['✓'.repeat(40)] = { ['__proto__']: of.count, 'a b': null };
  return state;
}
`,
  /** In the order in which they are emitted: so many events at a time, by alice and bob in turn, 17 to an envelope. */
  parts: [
    { until: 700, each: 50 },
    { until: 1300, each: 40 },
  ],
} as const;

export interface ScenarioResult {
  readonly genesis: string;
  readonly events: number;
  readonly state_root: string;
  readonly history_root: string;
  readonly fold_root: string;
  readonly gas_used: number;
  /** State root of the place that a later fold goes on from. */
  readonly base_root: string;
  readonly checkpoint: string;
  /** Git ids of every ref: commits are functions of the envelopes. */
  readonly refs: Readonly<Record<string, string>>;
  readonly verified: string;
}

export interface ScenarioPorts {
  readonly backend: GitBackend;
  readonly wasm: Uint8Array;
}

const eventAt = (i: number) => ({
  type: ['add', 'sub', 'é'][i % 3] ?? 'add',
  payload: { n: i / 8, text: `event ${i} ✓` },
  ...(i % 5 === 0 ? { key: `k${i}` } : {}),
});

/** Two writers, 1,300 events (more than one window), a fold in two steps, a checkpoint each, and a verification of everything. */
export async function runScenario({ backend, wasm }: ScenarioPorts): Promise<ScenarioResult> {
  const clock = steppingClock(SCENARIO.clock);
  const random = seededRandom(7);
  const engine = nobleEngine();
  const sandbox = () => createEngine({ wasm });
  const author = (actor: string, seed: string) => ({
    actor,
    signer: nobleSigner({ seed: parseHex(seed), source: 'vector' }),
  });
  const alice = author('user:alice', SCENARIO.alice);
  const bob = author('agent:bob', SCENARIO.bob);
  const trust = { backend, engine, clock, random };
  await foundTrust(trust, { profile: 'default', ...alice });
  const changes = [{ op: 'add-key', actor: bob.actor, key: bob.signer.key }] as const;
  await applyPending(trust, (await proposeChange(trust, { ...alice, changes })).bytes);

  const open = (by: typeof alice) =>
    openRepository({ backend, engine, clock, random, sandbox, keys: memoryKeyIndex(), author: async () => by });
  const repositories = [open(alice), open(bob)] as const;
  const bundle = makeBundle(SCENARIO.manifest, SCENARIO.source);
  let from = 0;
  for (const { until, each } of SCENARIO.parts) {
    for (; from < until; from += each) {
      const events = Array.from({ length: Math.min(each, until - from) }, (_, j) => eventAt(from + j));
      const turn = Math.floor(from / each) % 2 === 0 ? 0 : 1;
      await repositories[turn].emit(events, { ns: 'default', perEnvelope: 17 });
    }
    await repositories[until === 700 ? 0 : 1].fold(bundle);
  }
  return resultOf(backend, repositories[0]);
}

async function resultOf(backend: GitBackend, repository: Repository): Promise<ScenarioResult> {
  const { body, entry } = await newestCheckpoint(backend, SCENARIO.manifest.name);
  const { report } = await repository.verify();
  const refs = await backend.refs.list('refs/gatos/');
  return {
    genesis: String((await repository.trust()).repo),
    events: body.events,
    state_root: String(body.state_root),
    history_root: formatDigest(body.history_root),
    fold_root: String(body.fold_root),
    gas_used: body.gas_used,
    base_root: String(body.base.state_root),
    checkpoint: String(entry.envelope.cid),
    refs: Object.fromEntries(refs.map(({ name, oid }) => [name, oid])),
    verified: report.outcome,
  };
}
