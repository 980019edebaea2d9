import { beforeEach, describe, expect, it } from 'vitest';
import { type GitBackend, gitError, memoryBackend, type Oid } from '../src/git/index.js';
import { utf8 } from '../src/kernel/index.js';
import { type Fault, type FaultPoint, SimulatedCrash, withFaults } from './faults.js';
import { gitContract } from './git-contract.js';

const NAME = 'refs/gatos/test';

let raw: GitBackend;
let a: Oid;
let b: Oid;
beforeEach(async () => {
  raw = memoryBackend();
  [a, b] = (await raw.objects.write(['a', 'b'].map((text) => ({ type: 'blob', content: utf8(text) })))) as [Oid, Oid];
});

/** A schedule that acts at one point and lets everything else pass. */
function at(operation: string, phase: FaultPoint['phase'], fault: Fault) {
  return (point: FaultPoint): Fault =>
    point.operation === operation && point.phase === phase ? fault : { kind: 'pass' };
}

const create = (backend: GitBackend, next: Oid) => backend.refs.transaction([{ name: NAME, expected: null, next }]);

describe('withFaults', () => {
  it('passes everything through and tells the schedule of every point', async () => {
    const points: string[] = [];
    const backend = withFaults(raw, (point) => {
      points.push(`${point.index} ${point.operation} ${point.phase} ${point.subject}`);
      return { kind: 'pass' };
    });
    expect((await backend.objects.read(a)).content).toEqual(utf8('a'));
    expect(await backend.objects.has([a, '0'.repeat(40)])).toEqual([true, false]);
    await create(backend, a);
    expect(await backend.refs.read(NAME)).toBe(a);
    expect(await backend.refs.list('refs/')).toEqual([{ name: NAME, oid: a }]);
    const many: Oid[] = [];
    for await (const { oid } of backend.objects.readMany([a, b])) many.push(oid);
    expect(many).toEqual([a, b]);
    await backend.objects.close();
    const id = a.slice(0, 8);
    const calls = [`objects.read ${id}`, 'objects.has 2 objects', `refs.transaction ${NAME}`, `refs.read ${NAME}`];
    // Two objects and the end of the stream
    calls.push('refs.list refs/', ...Array(3).fill('objects.readMany objects'), 'objects.close ');
    const expected = calls.flatMap((call) => {
      const [operation, ...subject] = call.split(' ');
      return ['before', 'after'].map((phase) => `${operation} ${phase} ${subject.join(' ')}`);
    });
    expect(points).toEqual(expected.map((text, i) => `${i} ${text}`));
  });

  it('fails before the effect: it does not happen', async () => {
    const backend = withFaults(raw, at('refs.transaction', 'before', { kind: 'fail' }));
    await expect(create(backend, a)).rejects.toMatchObject({ code: 'git/io' });
    expect(await raw.refs.read(NAME)).toBeNull();
  });

  it('fails after the effect: it happened', async () => {
    const error = gitError('no-space', { path: 'x' });
    const backend = withFaults(raw, at('refs.transaction', 'after', { kind: 'fail', error }));
    await expect(create(backend, a)).rejects.toBe(error);
    expect(await raw.refs.read(NAME)).toBe(a);
  });

  it.each([
    ['before', false],
    ['after', true],
  ] as const)('crashes %s the effect, and then nothing gets through', async (phase, applied) => {
    const backend = withFaults(raw, at('refs.transaction', phase, { kind: 'crash' }));
    await expect(create(backend, a)).rejects.toThrow(SimulatedCrash);
    expect(await raw.refs.read(NAME)).toBe(applied ? a : null);
    await expect(backend.refs.read(NAME)).rejects.toThrow(SimulatedCrash);
    await expect(backend.objects.write([{ type: 'blob', content: utf8('late') }])).rejects.toThrow(SimulatedCrash);
    await expect(backend.objects.readMany([a])[Symbol.asyncIterator]().next()).rejects.toThrow(SimulatedCrash);
    // The other clients of the repository live on
    expect(await withFaults(raw, () => ({ kind: 'pass' })).objects.has([a])).toEqual([true]);
  });

  it('lets a rival win the race', async () => {
    const rival = (backend: GitBackend) => create(backend, b);
    const backend = withFaults(raw, at('refs.transaction', 'before', { kind: 'race', rival }));
    await expect(create(backend, a)).rejects.toMatchObject({ code: 'git/ref-moved', data: { found: b } });
    expect(await raw.refs.read(NAME)).toBe(b);
  });

  it('delays: others go first', async () => {
    const slow = withFaults(raw, at('refs.transaction', 'before', { kind: 'delay', turns: 50 }));
    const fast = withFaults(raw, () => ({ kind: 'pass' }));
    const outcomes = await Promise.allSettled([create(slow, a), create(fast, b)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('ends a loop that retries whatever happens', async () => {
    const backend = withFaults(raw, at('refs.read', 'before', { kind: 'crash' }));
    let tries = 0;
    const forever = (async () => {
      for (;;) {
        tries += 1;
        await backend.refs.read(NAME).catch(() => null);
      }
    })();
    const turns = (async () => {
      for (let i = 0; i < 50_000; i++) await undefined;
      return 'over';
    })();
    expect(await Promise.race([forever, turns])).toBe('over');
    expect(tries).toBeLessThan(2000);
  });
});

gitContract(
  'a schedule that lets everything pass or delays it',
  async () => {
    const store = memoryBackend();
    const backend = withFaults(store, ({ index }) =>
      index % 3 === 0 ? { kind: 'delay', turns: index % 7 } : { kind: 'pass' },
    );
    return { backend, dispose: () => store.objects.close() };
  },
  { describe, it, expect },
);
