import { describe, expect, it } from 'vitest';
import { emptyTreeOid, encodeCommit, type GitBackend, gitError, memoryBackend, type Oid } from '../src/git/index.js';
import { fromUtf8, GatosError, invariant, isGatosError } from '../src/kernel/index.js';
import type { ClientContext, FaultRates, Simulation, SimulationClient } from './simulation.js';
import { simulate, simulateSeeds } from './simulator.js';

// An append-only list on one ref: each commit is an item, its message the item's key.
const LIST = 'refs/gatos/list';
const WHO = 'A U Thor <author@example.com> 1700000000 +0000';

const RATES: FaultRates = { fail: 0.01, failAfter: 0.01, crash: 0.002, race: 0.02, delay: 0.02, jump: 0.01 };

async function writeItem({ objects }: GitBackend, key: string, parent: Oid | null): Promise<Oid> {
  const tree = emptyTreeOid('sha1');
  const parents = parent === null ? [] : [parent];
  const content = encodeCommit({ tree, parents, author: WHO, committer: WHO, message: `${key}\n` });
  const [oid] = await objects.write([{ type: 'commit', content }]);
  invariant(oid !== undefined, 'one object has one id');
  return oid;
}

/** Keys from just after `after`, or from the start, up to `head`. */
async function keysOf({ objects }: GitBackend, head: Oid | null, after?: Oid | null): Promise<string[]> {
  const keys: string[] = [];
  if (head !== null)
    for await (const { content } of objects.history({ head, after: after ?? undefined }))
      keys.push(fromUtf8(content).trimEnd().split('\n').at(-1) ?? '');
  return keys;
}

/** Repeats while the storage is out of order; what a good program does with a fault that may pass. */
async function persist<T>({ clock }: ClientContext, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GatosError) || error.kind !== 'unavailable' || attempt === 200) throw error;
      await clock.sleep(attempt);
    }
  }
}

type Append = (context: ClientContext, key: string) => Promise<void>;

/** Reads the head, builds on it, swaps if the head is still there; after a fault it looks whether the item landed. */
const correctAppend: Append = async (context, key) => {
  const { refs } = context.backend;
  for (;;) {
    const head = await persist(context, () => refs.read(LIST));
    const next = await persist(context, () => writeItem(context.backend, key, head));
    try {
      return await refs.transaction([{ name: LIST, expected: head, next }]);
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      const landed = async () => (await keysOf(context.backend, await refs.read(LIST), head)).includes(key);
      if (error.kind !== 'conflict' && (await persist(context, landed))) return;
      await context.clock.sleep(1 + context.random.below(4));
    }
  }
};

/** Planted bug: after a lost race it swaps against the new head with the commit it built on the old one. Last writer wins. */
const staleAppend: Append = async (context, key) => {
  const { refs } = context.backend;
  const head = await persist(context, () => refs.read(LIST));
  const next = await persist(context, () => writeItem(context.backend, key, head));
  for (;;) {
    try {
      const expected = await persist(context, () => refs.read(LIST));
      return await refs.transaction([{ name: LIST, expected, next }]);
    } catch (error) {
      if (!isGatosError(error, 'git/ref-moved')) throw error;
    }
  }
};

/** Planted bug: takes every failure for "nothing happened" and appends again. */
const blindAppend: Append = async (context, key) => {
  const { refs } = context.backend;
  for (;;) {
    const head = await persist(context, () => refs.read(LIST));
    const next = await persist(context, () => writeItem(context.backend, key, head));
    try {
      return await refs.transaction([{ name: LIST, expected: head, next }]);
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
    }
  }
};

interface Scenario {
  readonly seed: number;
  readonly append: Append;
  readonly faults?: FaultRates;
  readonly clients?: number;
  readonly operations?: number;
}

function listScenario({ seed, append, faults = RATES, clients = 4, operations = 20 }: Scenario): Simulation {
  const acknowledged = new Set<string>();
  const client = (name: string): SimulationClient => ({
    name,
    async run(context) {
      const { backend, life } = context;
      // A new life does not know how far the last one came
      const present =
        life === 0 ? [] : await persist(context, async () => keysOf(backend, await backend.refs.read(LIST)));
      for (let i = 0; i < operations; i++) {
        const key = `${name}-${i}`;
        if (!present.includes(key)) await append(context, key);
        acknowledged.add(key);
      }
    },
  });
  let last: Oid | null = null;
  let rivals = 0;
  return {
    seed,
    faults,
    clients: Array.from({ length: clients }, (_, i) => client(`c${i}`)),
    rival: async ({ backend }) => {
      const head = await backend.refs.read(LIST);
      const key = `rival-${rivals++}`;
      await backend.refs.transaction([{ name: LIST, expected: head, next: await writeItem(backend, key, head) }]);
      acknowledged.add(key);
    },
    invariants: [
      {
        name: 'append-only',
        when: 'always',
        async check({ backend }) {
          const head = await backend.refs.read(LIST);
          if (head === null) return last === null ? null : 'the list is gone';
          try {
            for await (const _ of backend.objects.history({ head, after: last ?? undefined }));
          } catch (error) {
            if (isGatosError(error, 'git/not-linear')) return `${head} does not follow ${last}`;
            throw error;
          }
          last = head;
          return null;
        },
      },
      {
        name: 'exactly once',
        when: 'end',
        async check({ backend, finished }) {
          const keys = await keysOf(backend, await backend.refs.read(LIST));
          if (new Set(keys).size !== keys.length) return 'an item is there twice';
          const lost = [...acknowledged].filter((key) => !keys.includes(key));
          if (lost.length > 0) return `lost: ${lost.join(', ')}`;
          return finished.length === clients ? null : `only ${finished.join(', ')} finished`;
        },
      },
    ],
  };
}

describe('the simulator', () => {
  it('replays a seed exactly, and differs between seeds', async () => {
    const run = (seed: number) => simulate(listScenario({ seed, append: correctAppend }));
    const [first, again, other] = [await run(11), await run(11), await run(12)];
    expect(again).toEqual(first);
    expect(other.trace).not.toEqual(first.trace);
    expect(first.trace.length).toBeGreaterThan(300);
    expect(first.violations).toEqual([]);
  });

  it('runs 1,000 seeds of four correct clients with 20 appends each under all faults without a violation', async () => {
    const scenario = (seed: number) => listScenario({ seed, append: correctAppend });
    const { seeds, faults, failures } = await simulateSeeds({ first: 1, count: 1000, scenario });
    expect(failures.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
    expect(seeds).toBe(1000);
    for (const count of Object.values(faults)) expect(count).toBeGreaterThan(1000);
  }, 120_000);

  it('finds the last-writer-wins bug, and the failing seed fails again in the same way', async () => {
    const scenario = (seed: number) => listScenario({ seed, append: staleAppend, faults: {} });
    const { seeds, failures } = await simulateSeeds({ first: 1, count: 1000, scenario });
    const [found] = failures;
    expect(seeds).toBeLessThanOrEqual(3);
    expect(found?.violations).toMatchObject([{ invariant: 'append-only' }]);
    expect(await simulate(scenario(found?.seed ?? 0))).toEqual(found);
  });

  it('finds the double append that only an ambiguous failure brings out', async () => {
    const scenario = (faults: FaultRates) => (seed: number) => listScenario({ seed, append: blindAppend, faults });
    const harmless = await simulateSeeds({
      first: 1,
      count: 100,
      scenario: scenario({ ...RATES, failAfter: 0, crash: 0 }),
    });
    expect(harmless.failures).toEqual([]);
    const { failures } = await simulateSeeds({ first: 1, count: 100, scenario: scenario(RATES) });
    expect(failures[0]?.violations).toMatchObject([{ invariant: 'exactly once', detail: 'an item is there twice' }]);
  });

  it('lets every order of two racing clients happen', async () => {
    const winners = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const backend = memoryBackend();
      const clients = ['a', 'b'].map((name) => ({
        name,
        run: async (context: ClientContext) => {
          const next = await writeItem(context.backend, name, null);
          await context.backend.refs.transaction([{ name: LIST, expected: null, next }]);
        },
      }));
      const { trace } = await simulate({ seed, clients, invariants: [], backend });
      winners.add((await keysOf(backend, await backend.refs.read(LIST))).join());
      expect(trace.filter((line) => line.endsWith('gives up: git/ref-moved'))).toHaveLength(1);
    }
    expect([...winners].sort()).toEqual(['a', 'b']);
  });

  it('runs branches of one client side by side and crashes them together', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const client: SimulationClient = {
        name: 'many',
        run: async ({ backend }) => {
          await Promise.all(Array.from({ length: 8 }, (_, i) => backend.refs.read(`refs/gatos/r${i}`)));
        },
      };
      const { violations, trace, faults } = await simulate({
        seed,
        clients: [client],
        invariants: [],
        faults: { crash: 0.1 },
      });
      expect(violations).toEqual([]);
      expect(trace.filter((line) => line.endsWith(' start'))).toHaveLength(1 + faults.crash);
      expect(trace.filter((line) => line.endsWith(' end'))).toHaveLength(1);
    }
  });

  it('gives clients clocks that jump backwards, and sleeps that do not depend on them', async () => {
    let backwards = 0;
    const woken: number[] = [];
    const sleeper = (name: string, milliseconds: number): SimulationClient => ({
      name,
      run: async ({ clock }) => {
        let before = clock.now();
        for (let i = 0; i < 20; i++) {
          await clock.sleep(milliseconds);
          const now = clock.now();
          if (now < before) backwards += 1;
          before = now;
        }
        woken.push(milliseconds);
      },
    });
    const clients = [sleeper('slow', 1000), sleeper('fast', 10)];
    const { violations } = await simulate({ seed: 5, clients, invariants: [], faults: { jump: 0.3 } });
    expect(violations).toEqual([]);
    expect(backwards).toBeGreaterThan(3);
    expect(woken).toEqual([10, 1000]);
  });

  it.each([
    ['a bug', new TypeError('oops'), 'TypeError: oops'],
    ['damage', gitError('corrupt-object', { oid: 'x', why: 'y' }), 'git/corrupt-object'],
  ])('reports a client that ends with %s', async (_, error, detail) => {
    const client = { name: 'c', run: () => Promise.reject(error) };
    const { violations } = await simulate({ seed: 1, clients: [client], invariants: [] });
    expect(violations).toMatchObject([{ invariant: 'client', detail: expect.stringContaining(detail) }]);
  });

  it('reports a client that waits for ever, one that never ends, and an invariant that cannot be checked', async () => {
    const waits = { name: 'c', run: () => new Promise<void>(() => {}) };
    expect((await simulate({ seed: 1, clients: [waits], invariants: [] })).violations).toMatchObject([
      { invariant: 'progress', detail: expect.stringContaining('does not control') },
    ]);
    const loops: SimulationClient = {
      name: 'c',
      run: async ({ clock }) => {
        for (;;) await clock.sleep(1);
      },
    };
    expect((await simulate({ seed: 1, clients: [loops], invariants: [], maxSteps: 100 })).violations).toMatchObject([
      { invariant: 'progress', detail: 'no end after 100 steps' },
    ]);
    const broken = { name: 'broken', when: 'end' as const, check: () => Promise.reject(new Error('no')) };
    expect((await simulate({ seed: 1, clients: [], invariants: [broken] })).violations).toMatchObject([
      { invariant: 'broken', detail: 'could not be checked: Error: no' },
    ]);
  });
});
