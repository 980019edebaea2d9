import { describe, expect, it, vi } from 'vitest';
import { NOTE_KIND, NOTE_RULE, TEST_REPO, testSigner } from '../../testing/hand-made.js';
import { seededRandom, steppingClock, withFaults } from '../../testing/index.js';
import { Cid, encode } from '../codec/index.js';
import { type GitBackend, gitError, memoryBackend } from '../git/index.js';
import { nobleEngine, type Signer } from '../identity/index.js';
import { EXIT, LIMITS } from '../kernel/index.js';
import {
  type AppendRequest,
  append,
  appendTogether,
  type ChainHead,
  type Draft,
  type Rule,
  readChain,
  readHead,
  recordBody,
  refOfChain,
  verifyChain,
  type WriterPorts,
} from './index.js';

const CHAIN = 'notes/alice';
const engine = nobleEngine();

function note(text: string): Draft {
  return { kind: NOTE_KIND.kind, bodies: [encode({ text })], description: NOTE_KIND.describe({ text }, 1) };
}

function portsOf(backend: GitBackend = memoryBackend()): WriterPorts & { clock: ReturnType<typeof steppingClock> } {
  return { backend, clock: steppingClock({ start: 1_700_000_000_000_000, step: 1 }), random: seededRandom(1) };
}

function request(texts: readonly string[], more: Partial<AppendRequest> = {}): AppendRequest {
  return {
    chain: CHAIN,
    rule: NOTE_RULE,
    repo: TEST_REPO,
    actor: 'user:alice',
    policy: null,
    signers: [testSigner(1)],
    floor: async () => 0,
    prepare: async () => texts.map(note),
    ...more,
  };
}

async function textsIn(backend: GitBackend): Promise<string[]> {
  const head = await backend.refs.read(refOfChain(CHAIN));
  const texts: string[] = [];
  if (head === null) return texts;
  const found = await verifyChain(
    {
      backend,
      engine: { ...engine, verifyMany: async (items) => items.map(() => true) },
      repo: TEST_REPO,
      authorize: () => null,
    },
    { chain: CHAIN, rule: NOTE_RULE, head },
    {
      onEntry: ({ commit }) => {
        texts.push(/^note: (\S*)/.exec(commit.message)?.[1] ?? '');
      },
    },
  );
  expect(found.fault).toBeNull();
  return texts;
}

describe('an append', () => {
  it('makes a chain that verifies, one commit for each draft', async () => {
    const ports = portsOf();
    const first = await append(ports, request(['a', 'b']));
    const second = await append(ports, request(['c'], { signers: [testSigner(2), testSigner(1)] }));
    expect(first.map(({ envelope }) => [envelope.seq, envelope.clock])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const head = await ports.backend.refs.read(refOfChain(CHAIN));
    expect(second[0]?.oid).toBe(head);
    const verdict = await verifyChain(
      { backend: ports.backend, engine, repo: TEST_REPO, authorize: () => null },
      { chain: CHAIN, rule: NOTE_RULE, head: head as string },
    );
    expect(verdict).toMatchObject({ fault: null, envelopes: 3, records: 3 });
  });

  it('writes nothing when there is nothing to append', async () => {
    const ports = portsOf();
    const write = vi.spyOn(ports.backend.objects, 'write');
    expect(await append(ports, request([]))).toEqual([]);
    expect(write).not.toHaveBeenCalled();
  });

  it('takes a clock above the floor and above its own chain', async () => {
    const ports = portsOf();
    const clocks = async (floor: number) =>
      (await append(ports, request(['x', 'y'], { floor: async () => floor }))).map(({ envelope }) => envelope.clock);
    expect(await clocks(10)).toEqual([11, 12]);
    expect(await clocks(5)).toEqual([13, 14]);
    expect(await clocks(100)).toEqual([101, 102]);
  });

  it('never lets time run backwards within a chain, whatever the clock does', async () => {
    const ports = portsOf();
    const times: number[] = [];
    for (const jump of [0, -5_000_000, 3_000_000, -9_000_000_000_000_000]) {
      ports.clock.advance(jump);
      times.push(...(await append(ports, request(['x']))).map(({ envelope }) => envelope.time));
    }
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(times.every((time) => time >= 0)).toBe(true);
  });

  it('builds on no head of another chain or repository', async () => {
    const ports = portsOf();
    const [other] = await append(ports, request(['x'], { chain: 'notes/bob' }));
    await ports.backend.refs.transaction([{ name: refOfChain(CHAIN), expected: null, next: other?.oid as string }]);
    await expect(append(ports, request(['y']))).rejects.toMatchObject({
      code: 'chain/other-chain',
      data: { found: 'notes/bob' },
    });
    const elsewhere = Cid.hash('dag-cbor', encode('elsewhere'));
    const foreign = request(['y'], { chain: 'notes/bob', repo: elsewhere });
    await expect(append(ports, foreign)).rejects.toMatchObject({
      code: 'chain/other-repository',
      data: { want: String(elsewhere) },
    });
    expect(await ports.backend.refs.read(refOfChain('notes/bob'))).toBe(other?.oid);
  });

  it('refuses to go beyond the largest clock', async () => {
    const ports = portsOf();
    const floor = async () => Number.MAX_SAFE_INTEGER - 1;
    await append(ports, request(['last'], { floor }));
    await expect(append(ports, request(['more']))).rejects.toMatchObject({ code: 'chain/clock-exhausted', exit: 13 });
    expect(await textsIn(ports.backend)).toEqual(['last']);
  });

  it('is signed, and by each key once', async () => {
    const ports = portsOf();
    await expect(append(ports, request(['x'], { signers: [] }))).rejects.toThrow(/invariant/);
    await expect(append(ports, request(['x'], { signers: [testSigner(1), testSigner(1)] }))).rejects.toThrow(
      /invariant/,
    );
    expect(await readHead(ports.backend, CHAIN)).toBeNull();
  });

  it('uses a signer that takes many messages at once', async () => {
    const signer = testSigner(1);
    const signMany = vi.fn((messages: readonly Uint8Array[]) =>
      Promise.all(messages.map((message) => signer.sign(message))),
    );
    const many: Signer = { ...signer, signMany };
    const ports = portsOf();
    await append(ports, request(['a', 'b', 'c'], { signers: [many] }));
    expect(signMany).toHaveBeenCalledTimes(1);
    expect(await textsIn(ports.backend)).toEqual(['a', 'b', 'c']);
  });

  it('writes objects before the ref, and the ref with what it read as the expected value', async () => {
    const ports = portsOf();
    const calls: string[] = [];
    const backend = withFaults(ports.backend, ({ operation, phase }) => {
      if (phase === 'before') calls.push(operation);
      return { kind: 'pass' };
    });
    await append({ ...ports, backend }, request(['a']));
    expect(calls).toEqual(['refs.read', 'objects.write', 'refs.transaction']);
  });
});

describe('a lost race', () => {
  it('is run again on the new head, and `prepare` and `floor` are asked anew', async () => {
    const ports = portsOf();
    let races = 3;
    const backend = withFaults(ports.backend, ({ operation, phase }) => {
      if (operation !== 'refs.transaction' || phase !== 'before' || races === 0) return { kind: 'pass' };
      races -= 1;
      return {
        kind: 'race',
        rival: async (below) => void (await append({ ...ports, backend: below }, request([`r${races}`]))),
      };
    });
    const seen: (number | null)[] = [];
    const prepare = async (head: ChainHead | null) => {
      seen.push(head?.next ?? null);
      return [note('mine')];
    };
    const floor = vi.fn(async () => 0);
    const sleep = vi.spyOn(ports.clock, 'sleep');
    const [appended] = await append({ ...ports, backend }, request([], { prepare, floor }));
    expect(seen).toEqual([null, 1, 2, 3]);
    expect(floor).toHaveBeenCalledTimes(4);
    expect(sleep).toHaveBeenCalledTimes(3);
    for (const [milliseconds] of sleep.mock.calls) expect(milliseconds).toBeLessThanOrEqual(100);
    expect(appended?.envelope.seq).toBe(3);
    expect(await textsIn(ports.backend)).toEqual(['r2', 'r1', 'r0', 'mine']);
  });

  it('is given up after a bound, with nothing recorded', async () => {
    const ports = portsOf();
    const moved = gitError('ref-moved', { ref: refOfChain(CHAIN), expected: null, found: null });
    const backend = withFaults(ports.backend, ({ operation, phase }) =>
      operation === 'refs.transaction' && phase === 'before' ? { kind: 'fail', error: moved } : { kind: 'pass' },
    );
    const signer: Signer = { ...testSigner(1), sign: async () => new Uint8Array(64) };
    const failing = append({ ...ports, backend }, request(['x'], { signers: [signer] }));
    await expect(failing).rejects.toMatchObject({
      code: 'chain/contended',
      exit: 16,
      data: { chain: CHAIN, attempts: LIMITS.appendAttempts },
    });
    expect(await readHead(ports.backend, CHAIN)).toBeNull();
  });

  it.each(['git/ref-locked', 'git/io', 'git/no-space'] as const)('is not what %s means: it is thrown', async (code) => {
    const ports = portsOf();
    const errors = {
      'git/ref-locked': gitError('ref-locked', { ref: 'r', lock: 'l' }),
      'git/io': gitError('io', { path: 'p', operation: 'write', why: 'simulated' }),
      'git/no-space': gitError('no-space', { path: 'p' }),
    };
    for (const at of ['objects.write', 'refs.transaction']) {
      const backend = withFaults(ports.backend, ({ operation, phase }) =>
        operation === at && phase === 'before' ? { kind: 'fail', error: errors[code] } : { kind: 'pass' },
      );
      await expect(append({ ...ports, backend }, request(['x']))).rejects.toBe(errors[code]);
    }
    expect(await readHead(ports.backend, CHAIN)).toBeNull();
  });
});

describe('64 writers at once on one chain', () => {
  it('all survive, none twice', async () => {
    const shared = memoryBackend();
    const random = seededRandom(7);
    const yielding = () => withFaults(shared, () => ({ kind: 'delay', turns: random.below(6) }));
    const signer: Signer = { ...testSigner(1), sign: async () => new Uint8Array(64) };
    const writers = Array.from({ length: 64 }, (_, i) =>
      append({ ...portsOf(yielding()), random: random.fork(`${i}`) }, request([`w${i}`], { signers: [signer] })),
    );
    const results = await Promise.all(writers);
    const texts = await textsIn(shared);
    expect([...texts].sort()).toEqual(Array.from({ length: 64 }, (_, i) => `w${i}`).sort());
    const seqs = results.map(([appended]) => appended?.envelope.seq).sort((a, b) => Number(a) - Number(b));
    expect(seqs).toEqual(Array.from({ length: 64 }, (_, i) => i));
    let commits = 0;
    const head = (await shared.refs.read(refOfChain(CHAIN))) as string;
    for await (const batch of readChain(shared, { head })) commits += batch.length;
    expect(commits).toBe(64);
  }, 60_000);
});

describe('a rule that lets its chain move', () => {
  const ONCE: Rule = { ...NOTE_RULE, movement: 'create-once' };
  const SWAP: Rule = { ...NOTE_RULE, movement: 'compare-and-swap' };
  /** Whoever writes here finds that a rival was first, once. */
  const overtaken = (ports: WriterPorts, rival: AppendRequest): GitBackend => {
    let left = 1;
    return withFaults(ports.backend, ({ operation, phase }) => {
      if (operation !== 'refs.transaction' || phase !== 'before' || left === 0) return { kind: 'pass' };
      left -= 1;
      return { kind: 'race', rival: async (below) => void (await append({ ...ports, backend: below }, rival)) };
    });
  };

  it('once: it is created, and never moves again', async () => {
    const ports = portsOf();
    const [created] = await append(ports, request(['first'], { rule: ONCE }));
    await expect(append(ports, request(['second'], { rule: ONCE }))).rejects.toMatchObject({
      code: 'chain/exists',
      exit: EXIT.conflict,
      data: { chain: CHAIN, found: String(created?.envelope.cid) },
    });
    expect(await textsIn(ports.backend)).toEqual(['first']);
  });

  it('once: whoever finds its own envelope there has nothing to add', async () => {
    const ports = portsOf();
    await append(ports, request(['first'], { rule: ONCE }));
    const repeated = request([], { rule: ONCE, prepare: async (head) => (head === null ? [note('first')] : []) });
    expect(await append(ports, repeated)).toEqual([]);
  });

  it('once: of two that create it, the one who loses the race is told', async () => {
    const ports = portsOf();
    const backend = overtaken(ports, request(['rival'], { rule: ONCE }));
    await expect(append({ ...ports, backend }, request(['mine'], { rule: ONCE }))).rejects.toMatchObject({
      code: 'chain/exists',
    });
    expect(await textsIn(ports.backend)).toEqual(['rival']);
  });

  it('once: two envelopes at a time are a bug', async () => {
    await expect(append(portsOf(), request(['a', 'b'], { rule: ONCE }))).rejects.toThrow(/invariant/);
  });

  it('from a known head: from no other one', async () => {
    const ports = portsOf();
    const [first] = await append(ports, request(['a'], { rule: SWAP, expected: null }));
    const stale = { code: 'chain/other-head', exit: EXIT.conflict, data: { want: null, found: first?.oid } };
    await expect(append(ports, request(['b'], { rule: SWAP, expected: null }))).rejects.toMatchObject(stale);
    await append(ports, request(['c', 'd'], { rule: SWAP, expected: first?.oid ?? null }));
    expect(await textsIn(ports.backend)).toEqual(['a', 'c', 'd']);
    expect(await append(ports, request([], { rule: SWAP, expected: null }))).toEqual([]);
  });

  it('from a known head: a lost race is told, and not retried', async () => {
    const ports = portsOf();
    const backend = overtaken(ports, request(['rival'], { rule: SWAP, expected: null }));
    await expect(
      append({ ...ports, backend }, request(['mine'], { rule: SWAP, expected: null })),
    ).rejects.toMatchObject({
      code: 'chain/other-head',
      data: { want: null },
    });
    expect(await textsIn(ports.backend)).toEqual(['rival']);
  });

  it('not at all: a local ref holds no envelopes; a head to start from is named where it counts, and only there', async () => {
    await expect(append(portsOf(), request(['a'], { rule: { ...NOTE_RULE, movement: 'local' } }))).rejects.toThrow(
      /invariant/,
    );
    await expect(append(portsOf(), request(['a'], { rule: SWAP }))).rejects.toThrow(/invariant/);
    await expect(append(portsOf(), request(['a'], { expected: null }))).rejects.toThrow(/invariant/);
  });
});

describe('an append to several chains', () => {
  const BOB = 'notes/bob';
  const headOf = async (backend: GitBackend, chain: string) => backend.refs.read(refOfChain(chain));

  it('shows all of them by one transaction, and each is prepared with the envelopes before it', async () => {
    const ports = portsOf();
    const transaction = vi.spyOn(ports.backend.refs, 'transaction');
    const write = vi.spyOn(ports.backend.objects, 'write');
    const [alice, bob] = await appendTogether(ports, [
      request(['a', 'b']),
      request([], {
        chain: BOB,
        prepare: async (_, [before]) => [note(`after ${before?.at(-1)?.cid}`)],
      }),
    ]);
    expect([transaction.mock.calls.length, write.mock.calls.length]).toEqual([1, 1]);
    expect(alice).toHaveLength(2);
    const entry = await readHead(ports.backend, BOB);
    expect(entry?.oid).toBe(bob?.[0]?.oid);
    const text = entry === null ? null : recordBody(entry.envelope, 0, NOTE_KIND);
    expect(text).toEqual({ text: `after ${alice?.[1]?.envelope.cid}` });
    expect(await headOf(ports.backend, CHAIN)).toBe(alice?.[1]?.oid);
  });

  it('leaves those alone that have nothing to append', async () => {
    const ports = portsOf();
    const appended = await appendTogether(ports, [request([]), request(['b'], { chain: BOB })]);
    expect(appended.map((each) => each.length)).toEqual([0, 1]);
    expect(await headOf(ports.backend, CHAIN)).toBeNull();
    expect(await appendTogether(ports, [request([]), request([], { chain: BOB })])).toEqual([[], []]);
  });

  it('prepares all of them anew when one has moved, and shows none of the lost attempt', async () => {
    const ports = portsOf();
    let raced = false;
    const seen: (ChainHead | null)[] = [];
    const race = async (head: ChainHead | null) => {
      seen.push(head);
      if (!raced) {
        raced = true;
        await append(ports, request(['first'], { chain: BOB }));
      }
      return [note('bob')];
    };
    await appendTogether(ports, [request(['alice']), request([], { chain: BOB, prepare: race })]);
    expect(seen.map((head) => head?.next ?? null)).toEqual([null, 1]);
    expect(await textsIn(ports.backend)).toEqual(['alice']);
  });

  it('writes to none when one may not be written', async () => {
    const ports = portsOf();
    const once: Rule = { ...NOTE_RULE, movement: 'create-once' };
    await append(ports, request(['there'], { chain: BOB }));
    const both = [request(['alice']), request(['bob'], { chain: BOB, rule: once })];
    await expect(appendTogether(ports, both)).rejects.toMatchObject({ code: 'chain/exists' });
    expect(await headOf(ports.backend, CHAIN)).toBeNull();
  });

  it('moves other refs in the same step, or nothing', async () => {
    const ports = portsOf();
    const [old] = await append(ports, request(['old'], { chain: BOB }));
    const gone = { name: refOfChain(BOB), expected: old?.oid ?? null, next: null };
    await appendTogether(ports, [request(['alice'])], { also: () => [gone] });
    expect(await headOf(ports.backend, BOB)).toBeNull();
    expect(await textsIn(ports.backend)).toEqual(['alice']);
    const never = appendTogether(ports, [request(['more'])], { also: () => [gone] });
    await expect(never).rejects.toMatchObject({ code: 'chain/contended' });
    expect(await textsIn(ports.backend)).toEqual(['alice']);
  });
});
