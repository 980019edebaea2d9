import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandMade, withoutObjects } from '../../testing/hand-made.js';
import { fetchChain, type JournalWorld, journalPorts, quickSigner, trustAll } from '../../testing/journal-world.js';
import { seededRandom } from '../../testing/random.js';
import { type ChainEntry, recordBytes, recordHasher } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import { type GitBackend, gitError, memoryBackend, type Oid } from '../git/index.js';
import {
  compareEnvelopes,
  EVENT_KIND,
  emit,
  journalHeads,
  namespaces,
  type OrderedRange,
  readOrdered,
} from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20261120);
const hash = recordHasher(EVENT_KIND.kind);

function write(
  ports: JournalWorld,
  actor: string,
  payloads: readonly number[],
  more: { ns?: string; perEnvelope?: number } = {},
) {
  const events = payloads.map((payload) => ({ type: 'n', payload }));
  return emit(ports, {
    ns: 'default',
    actor,
    signer: quickSigner(1),
    trust: trustAll(),
    policy: null,
    events,
    ...more,
  });
}

async function entriesOf(backend: GitBackend, range: Partial<OrderedRange> = {}): Promise<ChainEntry[]> {
  const heads = range.heads ?? (await journalHeads(backend, 'default'));
  const entries: ChainEntry[] = [];
  for await (const batch of readOrdered(backend, { heads, after: range.after })) entries.push(...batch);
  return entries;
}

const recordsIn = (entries: readonly ChainEntry[]) =>
  entries.flatMap(({ envelope }) =>
    Array.from({ length: envelope.count }, (_, i) => String(hash(recordBytes(envelope, i)))),
  );
const sequence = async (backend: GitBackend) => recordsIn(await entriesOf(backend));

/** One writer in a clone of its own. */
interface Clone {
  readonly actor: string;
  readonly ports: JournalWorld;
}

const WRITERS = 4;
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('emit' as const),
      by: fc.nat(WRITERS - 1),
      count: fc.integer({ min: 1, max: 5 }),
      perEnvelope: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fetch' as const),
      by: fc.nat(WRITERS - 1),
      from: fc.nat(WRITERS - 1),
      chain: fc.nat(WRITERS - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      by: fc.nat(WRITERS - 1),
      seconds: fc.integer({ min: -100_000, max: 100_000 }),
    }),
  },
);

/** Fetches one chain from another clone, when that brings something new. */
async function fetchOne(to: GitBackend, from: GitBackend, chain: string): Promise<void> {
  const theirs = (await journalHeads(from, 'default')).find((head) => head.chain === chain);
  const ours = (await journalHeads(to, 'default')).find((head) => head.chain === chain);
  if (theirs === undefined) return;
  const length = async (backend: GitBackend, oid: Oid) =>
    (await entriesOf(backend, { heads: [{ chain, oid }] })).length;
  if (ours !== undefined && (await length(to, ours.oid)) >= (await length(from, theirs.oid))) return;
  await fetchChain({ from, to }, { chain, head: theirs.oid });
}

describe(`the order of a namespace (seed ${seed})`, () => {
  it('is the same however chains were fetched, keeps each chain in order, and effects behind causes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.infiniteStream(fc.nat()),
        async (steps, random) => {
          const clones: Clone[] = Array.from({ length: WRITERS }, (_, i) => ({
            actor: `user:w${i}`,
            ports: journalPorts(memoryBackend(), i),
          }));
          const seenBefore: { readonly seen: readonly string[]; readonly made: readonly string[] }[] = [];
          let payload = 0;
          for (const one of steps) {
            const { actor, ports } = clones[one.by] as Clone;
            if (one.do === 'jump') ports.clock.advance(one.seconds * 1_000_000);
            else if (one.do === 'fetch') {
              const from = clones[one.from] as Clone;
              await fetchOne(ports.backend, from.ports.backend, `journal/default/user-w${one.chain}`);
            } else {
              const seen = await sequence(ports.backend);
              const payloads = Array.from({ length: one.count }, () => payload++);
              const { events } = await write(ports, actor, payloads, { perEnvelope: one.perEnvelope });
              seenBefore.push({ seen, made: events.map(({ cid }) => String(cid)) });
            }
          }
          const sequences: string[][] = [];
          for (let observer = 0; observer < 3; observer++) {
            const backend = memoryBackend();
            const chains = clones.map(({ ports }, i) => ({ chain: `journal/default/user-w${i}`, from: ports.backend }));
            // Each observer fetches in an order of its own, some chains first in part from somebody who is behind.
            for (const i of [...chains, ...chains].map(() => (random.next().value ?? 0) % WRITERS))
              await fetchOne(
                backend,
                (clones[(random.next().value ?? 0) % WRITERS] as Clone).ports.backend,
                `journal/default/user-w${i}`,
              );
            for (const { chain, from } of [...chains].sort(() => ((random.next().value ?? 0) % 2) - 0.5))
              await fetchOne(backend, from, chain);
            const entries = await entriesOf(backend);
            const sorted = [...entries].sort((a, b) => compareEnvelopes(a.envelope, b.envelope));
            expect(entries.map(({ oid }) => oid)).toEqual(sorted.map(({ oid }) => oid));
            sequences.push(recordsIn(entries));
          }
          expect(sequences[1]).toEqual(sequences[0]);
          expect(sequences[2]).toEqual(sequences[0]);
          const place = new Map(sequences[0]?.map((cid, i) => [cid, i]));
          expect(place.size).toBe(payload);
          for (const { seen, made } of seenBefore) {
            const places = made.map((cid) => place.get(cid) ?? Number.NaN);
            expect([...places].sort((a, b) => a - b)).toEqual(places);
            for (const cid of seen) expect(place.get(cid)).toBeLessThan(places[0] as number);
          }
        },
      ),
      { seed, numRuns: 25 },
    );
  }, 120_000);

  it('goes on from where one has read, with exactly the rest', async () => {
    const backend = memoryBackend();
    const writers = [0, 1, 2].map((i) => ({ actor: `user:w${i}`, ports: { ...journalPorts(backend, i), backend } }));
    for (let round = 0; round < 6; round++)
      for (const { actor, ports } of writers) await write(ports, actor, [round, round + 1], { perEnvelope: 1 });
    const all = await entriesOf(backend);
    for (const cut of [0, 1, 7, all.length - 1, all.length]) {
      const after = new Map<string, Oid>();
      for (const { envelope, oid } of all.slice(0, cut)) after.set(envelope.chain, oid);
      const rest = await entriesOf(backend, { after });
      expect(rest.map(({ oid }) => oid)).toEqual(all.slice(cut).map(({ oid }) => oid));
    }
  });

  it('is by clock, then by envelope CID', () => {
    const [low, high] = [Cid.hash('raw', new Uint8Array(1)), Cid.hash('raw', new Uint8Array(2))].sort(Cid.compare) as [
      Cid,
      Cid,
    ];
    expect(compareEnvelopes({ clock: 1, cid: high }, { clock: 2, cid: low })).toBeLessThan(0);
    expect(compareEnvelopes({ clock: 2, cid: low }, { clock: 2, cid: high })).toBeLessThan(0);
    expect(compareEnvelopes({ clock: 2, cid: low }, { clock: 2, cid: low })).toBe(0);
  });
});

describe('reading a namespace', () => {
  it('ends, whatever unverified chains hold: one chain twice, one chain under another name', async () => {
    const backend = memoryBackend();
    const ports = { ...journalPorts(backend), backend };
    await write(ports, 'user:a', [1, 2, 3], { perEnvelope: 1 });
    const [head] = await journalHeads(backend, 'default');
    const oid = head?.oid as Oid;
    await backend.refs.transaction([{ name: 'refs/gatos/journal/default/user-b', expected: null, next: oid }]);
    expect(await entriesOf(backend)).toHaveLength(6);
    const still = await new HandMade({ chain: 'notes/a', backend }).addPlain(1);
    await still.add({ header: { clock: 1 } });
    await still.add({ header: { clock: 0 } });
    expect(
      await entriesOf(backend, {
        heads: [
          { chain: 'x', oid: still.head },
          { chain: 'y', oid },
        ],
      }),
    ).toHaveLength(6);
  });

  it('stops where the caller stops, and passes faults on', async () => {
    const backend = memoryBackend();
    await write({ ...journalPorts(backend), backend }, 'user:a', [1, 2, 3], { perEnvelope: 1 });
    const heads = await journalHeads(backend, 'default');
    for await (const batch of readOrdered(backend, { heads })) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    const entries = await entriesOf(backend);
    const gone = new Set([entries[1]?.treeOid as Oid]);
    const broken = withoutObjects(backend, gone, (oid) => gitError('missing-object', { oid }));
    await expect(entriesOf(broken, { heads })).rejects.toMatchObject({ code: 'git/missing-object' });
    expect(await entriesOf(backend, { heads: [] })).toEqual([]);
  });

  it('gives batches in bounded memory, from many chains at once', async () => {
    const backend = memoryBackend();
    for (let i = 0; i < 40; i++)
      await write({ ...journalPorts(backend, i), backend }, `user:w${i}`, [i, i, i], { perEnvelope: 2 });
    const heads = await journalHeads(backend, 'default');
    let open = 0;
    let most = 0;
    const counted: GitBackend = {
      refs: backend.refs,
      objects: {
        ...backend.objects,
        format: backend.objects.format,
        read: (oid, options) => backend.objects.read(oid, options),
        readMany: (oids, options) => backend.objects.readMany(oids, options),
        history: async function* (range, options) {
          open += 1;
          most = Math.max(most, open);
          try {
            yield* backend.objects.history(range, options);
          } finally {
            open -= 1;
          }
        },
      },
    };
    expect((await entriesOf(counted, { heads })).length).toBe(80);
    expect(open).toBe(0);
    expect(most).toBeLessThanOrEqual(40);
  });
});

describe('namespaces', () => {
  it('are listed sorted by their own names', async () => {
    const backend = memoryBackend();
    for (const ns of ['b', 'a-b', 'a', 'a.c'])
      await write({ ...journalPorts(backend), backend }, 'user:a', [1], { ns });
    expect(await namespaces(backend)).toEqual(['a', 'a-b', 'a.c', 'b']);
    expect(await journalHeads(backend, 'a')).toMatchObject([{ chain: 'journal/a/user-a' }]);
    await expect(journalHeads(backend, '../x')).rejects.toMatchObject({ code: 'journal/namespace' });
    expect(await namespaces(memoryBackend())).toEqual([]);
  });
});

it('merges many chains into the one order, whatever their number (seeded)', async () => {
  const random = seededRandom(seed);
  for (const chains of [1, 2, 3, 40]) {
    const backend = memoryBackend();
    const all: { clock: number; cid: Cid }[] = [];
    for (let i = 0; i < chains; i++) {
      const actor = `user:p${i}`;
      const chain = new HandMade({ chain: `journal/default/user-p${i}`, kind: EVENT_KIND, backend, actor });
      let clock = 0;
      for (let n = 1 + random.below(6); n > 0; n--) {
        clock += 1 + random.below(10);
        await chain.add({ bodies: [{ ulid: '0'.repeat(26), type: 't', payload: n }], header: { clock } });
      }
      all.push(...chain.envelopes);
    }
    const got = (await entriesOf(backend)).map(({ envelope }) => String(envelope.cid));
    expect(got).toEqual(all.sort(compareEnvelopes).map(({ cid }) => String(cid)));
  }
});
