import { describe, expect, it } from 'vitest';
import { HandMade, testSigner, withoutObjects } from '../../testing/hand-made.js';
import { encode } from '../codec/index.js';
import { encodeTree, type GitObject, gitError } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import {
  type ChainEntry,
  type ChainRange,
  headOfEntry,
  largestClock,
  readBackwards,
  readChain,
  readEntry,
  readHead,
} from './index.js';

const made = (count: number, chain = 'notes/alice') => new HandMade({ chain }).addPlain(count);

async function batchesOf(chain: HandMade, range: Partial<ChainRange> = {}, backend = chain.backend) {
  const batches: (readonly ChainEntry[])[] = [];
  let fault: unknown = null;
  try {
    for await (const batch of readChain(backend, { head: chain.head, ...range })) batches.push(batch);
  } catch (error) {
    fault = error;
  }
  return { batches, entries: batches.flat(), fault };
}

describe('reading a chain', () => {
  it('gives entries oldest first, in batches of at most 256', async () => {
    const chain = await made(600);
    const { batches, entries } = await batchesOf(chain);
    expect(batches.map(({ length }) => length)).toEqual([256, 256, 88]);
    expect(entries.map(({ oid }) => oid)).toEqual(chain.oids);
    expect(entries.map(({ envelope }) => envelope.seq)).toEqual(chain.oids.map((_, i) => i));
  });

  it('gives a stretch after a commit', async () => {
    const chain = await made(5);
    const { entries } = await batchesOf(chain, { after: chain.oids[2], head: chain.oids[3] as string });
    expect(entries.map(({ oid }) => oid)).toEqual([chain.oids[3]]);
    expect((await batchesOf(chain, { after: chain.head })).entries).toEqual([]);
  });

  it('bounds batches in bytes', async () => {
    const chain = new HandMade({ chain: 'notes/alice' });
    for (let i = 0; i < 6; i++) await chain.add({ bodies: [{ text: 'x'.repeat(90_000) }] });
    const { batches } = await batchesOf(chain, { batchBytes: 150_000 });
    expect(batches.map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  it('gives each entry its commit, decoded when asked for', async () => {
    const chain = await made(2);
    const entry = await readEntry(chain.backend, chain.head);
    expect(entry.commit.parents).toEqual([chain.oids[0]]);
    expect(entry.commit).toBe(entry.commit);
    expect(entry.commit.tree).toBe(entry.treeOid);
    expect({ ...entry }.commit.message).toContain('Seq: 1');
  });

  it('gives everything before a fault, in whatever object it is', async () => {
    const chain = await made(5);
    const entry = await readEntry(chain.backend, chain.oids[3] as string);
    for (const oid of [entry.treeOid, entry.tree[0]?.oid as string]) {
      const backend = withoutObjects(chain.backend, new Set([oid]), (gone) =>
        gitError('missing-object', { oid: gone }),
      );
      const { entries, fault } = await batchesOf(chain, {}, backend);
      expect(entries).toHaveLength(3);
      expect(fault).toMatchObject({ code: 'git/missing-object' });
    }
    const bad = await made(2);
    await bad.add({ stored: () => encode('junk') });
    await bad.add();
    const { entries, fault } = await batchesOf(bad);
    expect(entries).toHaveLength(2);
    expect(fault).toMatchObject({ code: 'chain/malformed-envelope' });
  });

  it('reads on from a tree that is too large to hold many of', async () => {
    const chain = await made(1);
    const blob = await chain.put('blob', new Uint8Array(1));
    const wide = Array.from({ length: 60_000 }, (_, i) => ({ mode: '100644' as const, name: `f${i}`, oid: blob }));
    for (let i = 0; i < 4; i++) await chain.add({ tree: (entries) => [...entries, ...wide] });
    const { entries, fault } = await batchesOf(chain);
    expect(fault).toBeNull();
    expect(entries).toHaveLength(5);
  }, 60_000);

  it('holds few commits at a time when they are huge', async () => {
    const chain = await made(3);
    const huge = 3 * 1024 * 1024;
    let given = 0;
    const plain = withoutObjects(chain.backend, new Set(), () => new Error());
    // Commits that git could store, a thousand of which would fill the memory of any machine.
    const history = async function* (): AsyncGenerator<GitObject> {
      yield* plain.objects.history({ head: chain.head });
      for (; given < 1000; given++) yield { oid: 'f'.repeat(40), type: 'commit', content: new Uint8Array(huge) };
    };
    const backend = { ...plain, objects: { ...plain.objects, history } };
    const { entries, fault } = await batchesOf(chain, {}, backend);
    expect(entries).toHaveLength(3);
    expect(fault).toMatchObject({ code: 'chain/malformed-envelope' });
    expect(given).toBeLessThan(4);
  });

  it('refuses a commit that is larger than any of ours', async () => {
    const chain = await made(1);
    await chain.add({ commit: (commit) => ({ ...commit, message: 'x'.repeat(LIMITS.commitBytes) }) });
    const { entries, fault } = await batchesOf(chain);
    expect(entries).toHaveLength(1);
    expect(fault).toMatchObject({ code: 'chain/malformed-envelope' });
  });

  it('refuses a tree that is none, and a null id', async () => {
    const chain = await made(1);
    const blob = await chain.put('blob', new Uint8Array(1));
    await chain.add({ commit: (commit) => ({ ...commit, tree: blob }) });
    expect((await batchesOf(chain)).fault).toMatchObject({ code: 'chain/malformed-envelope' });
    const other = await made(1);
    const zero = encodeTree([{ mode: '100644', name: 'envelope', oid: blob }]).fill(0, 16);
    const tree = await other.put('tree', zero);
    await other.add({ commit: (commit) => ({ ...commit, tree }) });
    expect((await batchesOf(other)).fault).toMatchObject({ code: 'git/malformed-object' });
  });
});

describe('reading one entry', () => {
  it('reads the head of a chain, or null when there is none', async () => {
    const chain = await made(3);
    const head = await readHead(chain.backend, 'notes/alice');
    expect(head?.oid).toBe(chain.head);
    expect(await readHead(chain.backend, 'notes/bob')).toBeNull();
    expect(headOfEntry(head as ChainEntry)).toMatchObject({ oid: chain.head, next: 3, clock: 3 });
    await expect(readHead(chain.backend, 'no/../ref')).rejects.toMatchObject({ code: 'chain/name' });
  });

  it('refuses what is no commit', async () => {
    const chain = await made(1);
    const { treeOid } = await readEntry(chain.backend, chain.head);
    await expect(readEntry(chain.backend, treeOid)).rejects.toMatchObject({ code: 'chain/malformed-envelope' });
    await expect(readEntry(chain.backend, 'a'.repeat(40))).rejects.toMatchObject({ code: 'git/missing-object' });
  });

  it('goes backwards as far as the caller likes', async () => {
    const chain = await made(4);
    const seen: number[] = [];
    for await (const { envelope } of readBackwards(chain.backend, chain.head)) {
      seen.push(envelope.seq);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([3, 2]);
  });
});

describe('the largest clock', () => {
  it('is that of all chains below a prefix, without the caches and the one left out', async () => {
    const { backend } = await made(2, 'notes/alice');
    await new HandMade({ chain: 'notes/bob', backend, clock: 40, signer: testSigner(2) }).addPlain(2);
    await new HandMade({ chain: 'cache/x', backend, clock: 900 }).addPlain(1);
    expect(await largestClock(backend, '')).toBe(41);
    expect(await largestClock(backend, 'notes/')).toBe(41);
    expect(await largestClock(backend, 'notes/', { except: 'notes/bob' })).toBe(2);
    expect(await largestClock(backend, 'notes/alice')).toBe(2);
    expect(await largestClock(backend, 'other/')).toBe(0);
  });
});
