/** Where a fold stops: the event is named wherever the run began and however far it should go. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { append, recordBytes, recordCid } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import {
  EVENT_KIND,
  JOURNAL_RULES,
  type JournalHead,
  journalChain,
  journalHeads,
  readOrdered,
} from '../journal/index.js';
import { GatosError, isGatosError } from '../kernel/index.js';
import { type FoldBundle, type FoldOutcome, type FoldPlace, runFold, WINDOW } from './index.js';

const sandbox = await loadEngine();
const [ALICE, BOB] = ['user:alice', 'user:bob'];

/** Envelopes of 700 by two writers in turn, so that no window ends where an envelope does. */
const SIZES = [700, 700, 700, 700];
const TOTAL = 2800;
/** Where windows end: 324 and 648 records into their envelopes. */
const BASES = [WINDOW, 2 * WINDOW];

let world: FoldWorld;
let heads: readonly JournalHead[];
/** CIDs in fold order. */
let cids: readonly string[];

async function filled(sizes: readonly number[]): Promise<FoldWorld> {
  const made = await FoldWorld.open({ sandbox, actors: [ALICE, BOB] });
  let n = 0;
  for (const [i, size] of sizes.entries()) {
    const events = Array.from({ length: size }, () => ({ payload: { n: n++ } }));
    await made.emit(i % 2 === 0 ? ALICE : BOB, events);
  }
  return made;
}

async function order(made: FoldWorld): Promise<string[]> {
  const out: string[] = [];
  for await (const batch of readOrdered(made.backend, { heads: await journalHeads(made.backend, 'default') }))
    for (const { envelope } of batch)
      for (let i = 0; i < envelope.count; i++) out.push(String(recordCid(EVENT_KIND.kind, recordBytes(envelope, i))));
  return out;
}

beforeAll(async () => {
  world = await filled(SIZES);
  heads = await journalHeads(world.backend, 'default');
  cids = await order(world);
  expect(cids).toHaveLength(TOTAL);
});

interface Range {
  readonly from?: FoldPlace | undefined;
  readonly until?: number | undefined;
}

const run = (bundle: FoldBundle, range: Range = {}): Promise<FoldOutcome> =>
  runFold(world.backend, sandbox, { bundle, heads, ...range });

async function refusal(action: Promise<unknown>): Promise<GatosError> {
  try {
    await action;
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
  throw new Error('accepted');
}

/** Reason, and what the fold does at the event that is told to it. */
const STOPS: readonly [reason: string, what: string, body: string][] = [
  ['fold/threw', 'throws', 'throw new Error("no");'],
  ['fold/gas', 'is out of gas', 'for (;;) ;'],
  ['fold/stack', 'nests too deeply', 'const f = () => 1 + f(); f();'],
  ['fold/state-value', 'returns nothing', 'return;'],
  ['fold/state-value', 'keeps what has no form', 'state.deep = [{ f: 0 / 0 }];'],
  ['fold/state-key', 'keeps a key that is too long', 'state["k".repeat(600)] = 1;'],
];

const stopping = (at: number, body: string): FoldBundle =>
  world.bundle(
    `let calls = 0;
    export function fold(state, { payload }) {
      calls += 1;
      if (payload.n === ${at}) { ${body} }
      state.n = payload.n + calls;
      return state;
    }`,
    { gas: 200_000 },
  );

function expectStop(error: GatosError, { at, reason }: { at: number; reason: string }): void {
  expect(error).toMatchObject({ code: 'fold/stopped', data: { event: at, cid: cids[at], reason } });
  expect(isGatosError(error.cause, reason)).toBe(true);
}

describe.each(STOPS)('%s: a fold that %s', (reason, _what, body) => {
  // The first of all; inside of a window and of an envelope; at the ends of windows; in the last envelope; the last.
  it.each([0, WINDOW - 1, WINDOW, 1400, 2 * WINDOW + 100, TOTAL - 1])('at event %i', async (at) => {
    const bundle = stopping(at, body);
    expectStop(await refusal(run(bundle)), { at, reason });
    // As far as the event and no further; one less is a state.
    expectStop(await refusal(run(bundle, { until: at + 1 })), { at, reason });
    const before = await run(bundle, { until: at });
    expect(before.events).toBe(at);
    for (const place of BASES.filter((base) => base <= at)) {
      const { base } = await run(bundle, { until: place });
      expect(base.events).toBe(place);
      expect(base.skip).toBe(place % 700);
      expectStop(await refusal(run(bundle, { from: base })), { at, reason });
      expectStop(await refusal(run(bundle, { from: base, until: at + 1 })), { at, reason });
      const again = await run(bundle, { from: base, until: at });
      expect({ ...again, base: null }).toEqual({ ...before, base: null });
      expect(again.base.events).toBe(before.base.events);
    }
  });
});

describe('a state that was refused for something else on the way', () => {
  it('is blamed on the event that brought in what is there now', async () => {
    // From 100 on it holds NaN; from 200 on it does not, but has a key that is too long.
    const bundle = world.bundle(`export function fold(state, { payload }) {
      if (payload.n === 100) state.x = 0 / 0;
      if (payload.n === 200) { delete state.x; state['k'.repeat(600)] = 1; }
      return state;
    }`);
    expectStop(await refusal(run(bundle, { until: 150 })), { at: 100, reason: 'fold/state-value' });
    expectStop(await refusal(run(bundle, { until: 500 })), { at: 200, reason: 'fold/state-key' });
    expectStop(await refusal(run(bundle)), { at: 200, reason: 'fold/state-key' });
  });

  it('also when it was too large to be looked at', async () => {
    // Between 100 and 700 the state fills more than half of the memory, so that it cannot be written out.
    const bundle = world.bundle(
      `export function fold(state, { payload }) {
        if (payload.n === 100) state.big = 'x'.repeat(9000000);
        if (payload.n === 700) { delete state.big; state.x = 0 / 0; }
        return state;
      }`,
      { memory: 16 * 1024 * 1024 },
    );
    expectStop(await refusal(run(bundle, { until: 600 })), { at: 100, reason: 'fold/memory' });
    expectStop(await refusal(run(bundle)), { at: 700, reason: 'fold/state-value' });
  });
});

describe('a record that is no event', () => {
  /** Two envelopes, the second with a record that is none at `at`, and one more envelope. */
  async function spoilt(at: number, record: Uint8Array): Promise<FoldWorld> {
    const made = await filled([700, 700]);
    const author = { actor: ALICE, signers: [made.signer(ALICE)], policy: null };
    const bodies = Array.from({ length: 500 }, (_, i) =>
      i === at ? record : encode({ ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAV', type: 'e', payload: { n: 1400 + i } }),
    );
    await append(made.ports, {
      ...author,
      chain: journalChain('default', ALICE),
      rule: JOURNAL_RULES[0] as (typeof JOURNAL_RULES)[number],
      repo: (await made.trust()).repo,
      floor: async () => made.seen,
      prepare: async () => [{ kind: EVENT_KIND.kind, bodies, description: { title: 'events', trailers: [] } }],
    });
    return made;
  }

  const NONE: readonly [what: string, record: Uint8Array, reason: string][] = [
    ['has no type', encode({ ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAV', payload: 1 }), 'journal/bad-event'],
    ['is a number', encode(5), 'journal/bad-event'],
    [
      'has bytes for a payload',
      encode({ ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAV', type: 'e', payload: Uint8Array.of(1) } as Value),
      'codec/schema',
    ],
  ];
  const GOOD = 'export function fold(state, { payload }) { state.n = payload.n; return state; }';

  it.each(NONE)('that %s: it is named, from wherever the run began', async (_what, record, reason) => {
    // In the middle of a window, and where one begins (648 = 2048 - 1400).
    for (const at of [0, 300, 647, 648]) {
      const place = Math.min(at, 499);
      const made = await spoilt(place, record);
      const all = await journalHeads(made.backend, 'default');
      const bundle = made.bundle(GOOD);
      const want = { event: 1400 + place, cid: (await order(made))[1400 + place], reason };
      const go = (range: Range) => runFold(made.backend, sandbox, { bundle, heads: all, ...range });
      expect(await refusal(go({}))).toMatchObject({ code: 'fold/stopped', data: want });
      const { base } = await go({ until: 1100 });
      expect(base).toMatchObject({ events: WINDOW, skip: WINDOW - 700 });
      expect(await refusal(go({ from: base }))).toMatchObject({ code: 'fold/stopped', data: want });
      expect(await go({ from: base, until: want.event })).toMatchObject({ events: want.event });
    }
  });

  it('behind an event that stops the fold: that one comes first', async () => {
    const [, record] = NONE[0] as (typeof NONE)[number];
    const made = await spoilt(300, record);
    const all = await journalHeads(made.backend, 'default');
    const bundle = made.bundle(
      'export function fold(state, { payload }) { if (payload.n === 1650) throw 1; return state; }',
    );
    const error = await refusal(runFold(made.backend, sandbox, { bundle, heads: all }));
    expect(error).toMatchObject({ code: 'fold/stopped', data: { event: 1650, reason: 'fold/threw' } });
    expect(error.data.cid).toBe((await order(made))[1650]);
  });
});
