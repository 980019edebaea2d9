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
  proposeChange,
  refOfChain,
} from 'gatos-core';
import { seededRandom, steppingClock } from 'gatos-core/testing';

const SOURCE = `const WEIGHT = 3;
export function fold(state, event) {
  const { n, text } = event.payload;
  const of = state[event.type] ?? { count: 0, sum: 0, root: 0, last: '' };
  of.count += 1;
  of.sum += n * WEIGHT;
  of.root = Math.sqrt(of.sum * of.sum + 0.1) / 7;
  of.last = String(text).toUpperCase().split('').sort().join('') + of.root.toFixed(5);
  state[event.type] = of;
  state.seen = (state.seen ?? []).concat([[event.actor, event.key.length, n / 3]]).slice(-5);
  return state;
}
`;

export interface ScenarioResult {
  readonly genesis: string;
  readonly events: number;
  readonly state_root: string;
  readonly history_root: string;
  readonly fold_root: string;
  readonly gas_used: number;
  readonly checkpoint: string;
  /** Git ids of every ref: commits are functions of the envelopes. */
  readonly refs: Readonly<Record<string, string>>;
  readonly verified: string;
}

export interface ScenarioPorts {
  readonly backend: GitBackend;
  readonly wasm: Uint8Array;
}

/** Two writers, 1,300 events (more than one window), a fold in two steps, a checkpoint each, and a verification of everything. */
export async function runScenario({ backend, wasm }: ScenarioPorts): Promise<ScenarioResult> {
  const clock = steppingClock({ start: 1_700_000_000_000_000, step: 1_000 });
  const random = seededRandom(7);
  const engine = nobleEngine();
  const sandbox = () => createEngine({ wasm });
  const alice = { actor: 'user:alice', signer: nobleSigner({ seed: new Uint8Array(32).fill(1), source: 'vector' }) };
  const bob = { actor: 'agent:bob', signer: nobleSigner({ seed: new Uint8Array(32).fill(2), source: 'vector' }) };
  const trust = { backend, engine, clock, random };
  await foundTrust(trust, { profile: 'default', ...alice });
  const change = await proposeChange(trust, {
    ...alice,
    changes: [{ op: 'add-key', actor: bob.actor, key: bob.signer.key }],
  });
  await applyPending(trust, change.bytes);

  const open = (author: typeof alice) =>
    openRepository({ backend, engine, clock, random, sandbox, keys: memoryKeyIndex(), author: async () => author });
  const [a, b] = [open(alice), open(bob)];
  const event = (i: number) => ({
    type: ['add', 'sub', 'é'][i % 3] ?? 'add',
    payload: { n: i / 8, text: `event ${i} ✓` },
    ...(i % 5 === 0 ? { key: `k${i}` } : {}),
  });
  const emit = async (from: number, to: number, step: number) => {
    for (let i = from; i < to; i += step) {
      const events = Array.from({ length: Math.min(step, to - i) }, (_, j) => event(i + j));
      await (Math.floor(i / step) % 2 === 0 ? a : b).emit(events, { ns: 'default', perEnvelope: 17 });
    }
  };
  const bundle = makeBundle(
    { name: 'scenario', ns: 'default', version: 1, gas: 100_000, memory: 32 * 1024 * 1024 },
    SOURCE,
  );
  await emit(0, 700, 50);
  await a.fold(bundle);
  await emit(700, 1300, 40);
  await b.fold(bundle);
  const { body, entry } = await newestCheckpoint(backend, 'scenario');
  const { report } = await a.verify();
  const refs = await backend.refs.list(`${refOfChain('trust').replace(/trust$/, '')}`);
  return {
    genesis: String((await a.trust()).repo),
    events: body.events,
    state_root: String(body.state_root),
    history_root: formatDigest(body.history_root),
    fold_root: String(body.fold_root),
    gas_used: body.gas_used,
    checkpoint: String(entry.envelope.cid),
    refs: Object.fromEntries(refs.map(({ name, oid }) => [name, oid])),
    verified: report.outcome,
  };
}
