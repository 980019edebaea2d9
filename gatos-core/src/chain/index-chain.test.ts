import { describe, expect, it } from 'vitest';
import { HandMade, TEST_REPO, testSigner, withoutObjects } from '../../testing/hand-made.js';
import { seededRandom, steppingClock, withFaults } from '../../testing/index.js';
import { codeOf } from '../../testing/refusal.js';
import { type Cid, decode, encode, s, type Value } from '../codec/index.js';
import {
  decodeTree,
  encodeTree,
  type GitBackend,
  gitError,
  memoryBackend,
  type Oid,
  type TreeEntry,
} from '../git/index.js';
import { nobleEngine, type Signer } from '../identity/index.js';
import { EXIT, exitOfReport, report, utf8 } from '../kernel/index.js';
import {
  appendIndexed,
  defineKind,
  type IndexedKind,
  type IndexedRecord,
  indexedBody,
  lookupIndexed,
  type Rule,
  readChain,
  readEntry,
  recordCid,
  refOfChain,
  verifyChain,
  type WriterPorts,
} from './index.js';
import { IndexTree, indexOf, pathOfKey } from './index-tree.js';
import { encodeRecord } from './record.js';

const CHAIN = 'index/shard';
const engine = nobleEngine();

interface Entry {
  readonly key: string;
  readonly value: number;
  readonly replaces?: Cid;
}
const SCHEMA = s.struct({ key: s.text({ maxBytes: 4096 }), value: s.int(), replaces: s.optional(s.cid) });
const KIND: IndexedKind<Entry> = {
  kind: 'test.entry',
  schema: SCHEMA,
  describe: ({ key }, count) => ({ title: `entry ${key.slice(0, 20)} of ${count}` }),
  indexKey: ({ key }) => key,
};
/** Says in the body what it replaces, so that a verifier can tell. */
const LINKED: IndexedKind<Entry> = { ...KIND, kind: 'test.linked', indexReplaces: ({ replaces }) => replaces ?? null };
const ASIDE = defineKind({ kind: 'test.aside', schema: s.struct({}), describe: () => ({ title: 'aside' }) });
const RULE: Rule = {
  plane: 'test',
  pattern: 'index/*',
  movement: 'append-only',
  kinds: [KIND, LINKED, ASIDE] as Rule['kinds'],
  summary: '',
};

const signer: Signer = { ...testSigner(1), sign: async () => new Uint8Array(64) };

function portsOf(backend: GitBackend = memoryBackend(), seed = 1): WriterPorts {
  return { backend, clock: steppingClock({ start: 1_700_000_000_000_000, step: 1 }), random: seededRandom(seed) };
}

type Records = readonly IndexedRecord<Entry>[];

function put(ports: WriterPorts, records: Records, kind: IndexedKind<Entry> = KIND) {
  const place = {
    chain: CHAIN,
    rule: RULE,
    repo: TEST_REPO,
    actor: 'user:alice',
    policy: null,
    signers: [signer],
    floor: async () => 0,
  };
  return appendIndexed(ports, { ...place, kind, records });
}

const fresh = (key: string, value = 1): IndexedRecord<Entry> => ({ body: { key, value }, expected: null });
const cidOf = (body: Entry, kind = KIND) => recordCid(kind.kind, encode(body as unknown as Value));

async function valueAt(backend: GitBackend, key: string): Promise<number | null> {
  const found = await lookupIndexed(backend, CHAIN, key);
  return found === null ? null : indexedBody(found, KIND).value;
}

async function verify(
  backend: GitBackend,
  more: { head?: Oid; from?: Parameters<typeof verifyChain>[1]['from'] } = {},
) {
  const head = more.head ?? ((await backend.refs.read(refOfChain(CHAIN))) as Oid);
  const trusting = { ...engine, verifyMany: async (items: readonly unknown[]) => items.map(() => true) };
  const verdict = await verifyChain(
    { backend, engine: trusting, repo: TEST_REPO, authorize: () => null },
    { chain: CHAIN, rule: RULE, head, from: more.from },
  );
  const { checks, fault } = verdict;
  const exit = exitOfReport(report(CHAIN, checks));
  return { verdict, stage: fault === null ? null : checks[0]?.name, code: fault?.code, data: fault?.data, exit };
}

describe('an index', () => {
  it('finds the newest record of a key, with its CID and bytes', async () => {
    const ports = portsOf();
    expect(await lookupIndexed(ports.backend, CHAIN, 'a')).toBeNull();
    const { records, appended } = await put(ports, [fresh('a', 1), fresh('b', 2)]);
    expect(records.map(({ status }) => status)).toEqual(['recorded', 'recorded']);
    expect(appended?.envelope.count).toBe(2);
    const found = await lookupIndexed(ports.backend, CHAIN, 'a');
    expect(found?.cid.equals(cidOf({ key: 'a', value: 1 }))).toBe(true);
    expect(records[0]?.cid.equals(found?.cid as Cid)).toBe(true);
    expect(decode(found?.record as Uint8Array)).toEqual({ kind: 'test.entry', body: { key: 'a', value: 1 } });
    expect(await valueAt(ports.backend, 'b')).toBe(2);
    expect(await valueAt(ports.backend, 'c')).toBeNull();
    expect((await verify(ports.backend)).code).toBeUndefined();
  });

  it('lays files out by the hash of the key', async () => {
    const ports = portsOf();
    await put(ports, [fresh('a')]);
    const { tree } = await readEntry(ports.backend, (await ports.backend.refs.read(refOfChain(CHAIN))) as Oid);
    expect(tree.map(({ name, mode }) => [name, mode])).toEqual([
      ['envelope', '100644'],
      ['index', '40000'],
    ]);
    // SHA-256 of `a`.
    const hex = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
    expect(pathOfKey('a')).toEqual(['ca', '97', `${hex.slice(4)}.cbor`]);
    const found = await lookupIndexed(ports.backend, CHAIN, 'a');
    expect(found?.at.path).toBe(`index/ca/97/${hex.slice(4)}.cbor`);
  });

  it('creates a key once', async () => {
    const ports = portsOf();
    await put(ports, [fresh('a', 1)]);
    const again = put(ports, [fresh('b'), fresh('a', 2)]);
    await expect(again).rejects.toMatchObject({
      code: 'chain/index-conflict',
      exit: EXIT.conflict,
      data: { chain: CHAIN, key: 'a', want: null, found: String(cidOf({ key: 'a', value: 1 })) },
    });
    expect(await valueAt(ports.backend, 'a')).toBe(1);
    expect(await valueAt(ports.backend, 'b')).toBeNull();
  });

  it('compares and swaps', async () => {
    const ports = portsOf();
    await put(ports, [fresh('a', 1)]);
    const one = cidOf({ key: 'a', value: 1 });
    await put(ports, [{ body: { key: 'a', value: 2 }, expected: one }]);
    expect(await valueAt(ports.backend, 'a')).toBe(2);
    for (const expected of [one, cidOf({ key: 'x', value: 0 }), null])
      await expect(put(ports, [{ body: { key: 'a', value: 3 }, expected }])).rejects.toMatchObject({
        code: 'chain/index-conflict',
      });
    await expect(put(ports, [{ body: { key: 'new', value: 3 }, expected: one }])).rejects.toMatchObject({
      data: { want: String(one), found: null },
    });
    expect(await valueAt(ports.backend, 'a')).toBe(2);
    expect((await verify(ports.backend)).code).toBeUndefined();
  });

  it('makes a repeat a no-op, in part and as a whole', async () => {
    const ports = portsOf();
    const first = await put(ports, [fresh('a'), fresh('b')]);
    const head = await ports.backend.refs.read(refOfChain(CHAIN));
    const again = await put(ports, [fresh('a'), fresh('b')]);
    expect(again).toMatchObject({ appended: null, records: [{ status: 'exists' }, { status: 'exists' }] });
    expect(again.records.map(({ cid }) => String(cid))).toEqual(first.records.map(({ cid }) => String(cid)));
    expect(await ports.backend.refs.read(refOfChain(CHAIN))).toBe(head);
    const mixed = await put(ports, [fresh('a'), fresh('c')]);
    expect(mixed.records.map(({ status }) => status)).toEqual(['exists', 'recorded']);
    expect(mixed.appended?.envelope.count).toBe(1);
    const swap = [{ body: { key: 'a', value: 5 }, expected: cidOf({ key: 'a', value: 1 }) }];
    await put(ports, swap);
    expect(await put(ports, swap)).toMatchObject({ appended: null, records: [{ status: 'exists' }] });
  });

  it('applies records of one request in order', async () => {
    const ports = portsOf();
    const step = (value: number): IndexedRecord<Entry> => ({
      body: { key: 'a', value },
      expected: cidOf({ key: 'a', value: value - 1 }),
    });
    await put(ports, [fresh('a', 1), step(2), fresh('b'), step(3)]);
    expect(await valueAt(ports.backend, 'a')).toBe(3);
    expect((await verify(ports.backend)).code).toBeUndefined();
    await expect(put(ports, [step(4), step(4), step(6)])).rejects.toMatchObject({ code: 'chain/index-conflict' });
    expect(await valueAt(ports.backend, 'a')).toBe(3);
  });

  it('refuses keys that cannot stand in it, and bodies out of form', async () => {
    const ports = portsOf();
    for (const key of ['', 'x'.repeat(513), '\ud800'])
      await expect(put(ports, [fresh(key)])).rejects.toMatchObject({
        code: expect.stringMatching(/^(chain\/index-key|codec\/schema)$/),
      });
    expect(codeOf(() => pathOfKey(''))).toBe('chain/index-key');
    expect(codeOf(() => pathOfKey('\ud800'))).toBe('chain/index-key');
    await expect(put(ports, [fresh('a', 0.5)])).rejects.toMatchObject({ code: 'codec/schema' });
    await expect(put(ports, [])).resolves.toMatchObject({ appended: null, records: [] });
    expect(await ports.backend.refs.read(refOfChain(CHAIN))).toBeNull();
  });

  it('refuses a found record of another kind or key', async () => {
    const ports = portsOf();
    await put(ports, [fresh('a')]);
    const found = await lookupIndexed(ports.backend, CHAIN, 'a');
    if (found === null) throw new Error('not found');
    expect(codeOf(() => indexedBody(found, LINKED))).toBe('chain/bad-index');
    expect(codeOf(() => indexedBody({ ...found, key: 'b' }, KIND))).toBe('chain/bad-index');
    expect(codeOf(() => indexedBody({ ...found, record: encodeRecord('test.entry', encode({ key: 1 })) }, KIND))).toBe(
      'codec/schema',
    );
  });

  it('stays as it is under records without a key', async () => {
    const world = await honest();
    const index = indexOf((await readEntry(world.backend, world.chain.head)).tree) as Oid;
    const aside = { kind: ASIDE as never, bodies: [{}] };
    await world.chain.add({ ...aside, tree: (entries) => [...entries, folder(index)] });
    expect((await verify(world.backend)).verdict).toMatchObject({ fault: null, envelopes: 4 });
    const other = await honest();
    await other.chain.add({ ...aside, tree: (entries) => entries });
    expect(await verify(other.backend)).toMatchObject({
      code: 'chain/bad-index',
      data: { path: 'index', why: 'it is missing' },
    });
    const first = new HandMade({ chain: CHAIN, kind: ASIDE as never });
    await first.add({ bodies: [{}] });
    expect((await verify(first.backend)).code).toBeUndefined();
    const empty = await first.put('tree', new Uint8Array(0));
    await first.add({ bodies: [{}], tree: (entries) => [...entries, folder(empty)] });
    expect(await verify(first.backend)).toMatchObject({
      code: 'chain/bad-index',
      data: { path: 'index', why: 'no record makes it' },
    });
  });
});

describe('writers who race for an index', () => {
  it('one of 32 creates a key; the others are told', async () => {
    const shared = memoryBackend();
    const random = seededRandom(3);
    const tries = Array.from({ length: 32 }, (_, i) => {
      const backend = withFaults(shared, () => ({ kind: 'delay', turns: random.below(5) }));
      return put(portsOf(backend, i), [fresh('lease', i)]).then(
        () => `won by ${i}`,
        (error: { code?: string }) => error.code,
      );
    });
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome === 'chain/index-conflict')).toHaveLength(31);
    const value = await valueAt(shared, 'lease');
    expect(outcomes).toContain(`won by ${value}`);
    expect((await verify(shared)).verdict).toMatchObject({ fault: null, records: 1 });
  });

  it('all keep their keys when the keys differ', async () => {
    const shared = memoryBackend();
    const random = seededRandom(4);
    await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        put(
          portsOf(
            withFaults(shared, () => ({ kind: 'delay', turns: random.below(5) })),
            i,
          ),
          [fresh(`key ${i}`, i)],
        ),
      ),
    );
    for (let i = 0; i < 24; i++) expect(await valueAt(shared, `key ${i}`)).toBe(i);
    expect((await verify(shared)).verdict).toMatchObject({ fault: null, records: 24 });
  });
});

const folder = (oid: Oid, name = 'index'): TreeEntry => ({ mode: '40000', name, oid });

/** An index of three commits by hand: the tree of the fourth is for the test to make. */
async function honest() {
  const chain = new HandMade({ chain: CHAIN, kind: KIND as never });
  const { backend } = chain;
  let base: Oid | null = null;
  const add = async (
    bodies: readonly Entry[],
    alter: (index: Oid) => Promise<TreeEntry[]> = async (index) => [folder(index)],
  ) => {
    const index = new IndexTree(backend, base);
    for (const body of bodies)
      await index.put(pathOfKey(body.key), encodeRecord(KIND.kind, encode(body as unknown as Value)));
    const { root, objects } = index.flush();
    await backend.objects.write(objects);
    base = root;
    await chain.add({
      bodies: bodies as unknown as Value[],
      tree: async (entries) => [...entries, ...(await alter(root as Oid))],
    });
  };
  await add([
    { key: 'a', value: 1 },
    { key: 'b', value: 1 },
  ]);
  await add([{ key: 'c', value: 1 }]);
  await add([{ key: 'a', value: 2 }]);
  return { backend, chain, add };
}

/** The tree with something done to the folder that a path leads to. */
async function altered(
  { backend, chain }: { backend: GitBackend; chain: HandMade },
  { tree, path }: { tree: Oid; path: readonly string[] },
  change: (entries: readonly TreeEntry[]) => Promise<readonly TreeEntry[]> | readonly TreeEntry[],
): Promise<Oid> {
  const entries = decodeTree((await backend.objects.read(tree)).content, 'sha1');
  const [name, ...rest] = path;
  if (name === undefined) return chain.put('tree', encodeTree(await change(entries)));
  const below = entries.find((entry) => entry.name === name)?.oid ?? (await chain.put('tree', new Uint8Array(0)));
  const oid = await altered({ backend, chain }, { tree: below, path: rest }, change);
  return chain.put('tree', encodeTree([...entries.filter((entry) => entry.name !== name), folder(oid, name)]));
}

describe('verification finds an index', () => {
  const at = (key: string) => pathOfKey(key);
  const [aa, ab, an] = at('a');
  const record = (body: Entry) => encodeRecord(KIND.kind, encode(body as unknown as Value));

  it('that is what the records make', async () => {
    const world = await honest();
    await world.add([{ key: 'd', value: 1 }]);
    expect((await verify(world.backend)).verdict).toMatchObject({ fault: null, envelopes: 4, records: 5 });
  });

  type World = Awaited<ReturnType<typeof honest>>;
  const edit =
    (path: readonly string[], change: (world: World, entries: readonly TreeEntry[]) => Promise<readonly TreeEntry[]>) =>
    async (world: World, tree: Oid) => [
      folder(await altered(world, { tree, path }, (entries) => change(world, entries))),
    ];
  const leaf = async ({ chain }: World, name: string, body: Entry): Promise<TreeEntry> => ({
    mode: '100644',
    name,
    oid: await chain.put('blob', record(body)),
  });

  it.each<[string, (world: World, index: Oid) => Promise<TreeEntry[]>, string, string]>([
    [
      'with an entry that no record makes',
      edit(at('z').slice(0, 2), async (world, entries) => [
        ...entries,
        await leaf(world, at('z')[2], { key: 'z', value: 1 }),
      ]),
      `index/${at('z')[0]}`,
      'no record makes it',
    ],
    [
      'with an altered entry',
      edit([aa, ab], async (world, entries) => [
        ...entries.filter(({ name }) => name !== an),
        await leaf(world, an, { key: 'a', value: 9 }),
      ]),
      `index/${at('a').join('/')}`,
      'it is not the newest record of its key',
    ],
    [
      'with an entry set back to an earlier record',
      edit([aa, ab], async (world, entries) => [
        ...entries.filter(({ name }) => name !== an),
        await leaf(world, an, { key: 'a', value: 1 }),
      ]),
      `index/${at('a').join('/')}`,
      'it is not the newest record of its key',
    ],
    [
      'without the entry of an earlier record',
      edit([aa, ab], async (_, entries) => entries.filter(({ name }) => name !== an)),
      `index/${at('a').join('/')}`,
      'it is missing',
    ],
    [
      'without the entry of its own record',
      edit([at('d')[0]], async (_, entries) => entries.filter(({ name }) => name !== at('d')[1])),
      `index/${at('d')[0]}/${at('d')[1]}`,
      'it is missing',
    ],
    [
      'with an entry as another mode',
      edit([aa, ab], async (_, entries) => entries.map((entry) => ({ ...entry, mode: '100755' as const }))),
      `index/${at('a').join('/')}`,
      'it is not the newest record of its key',
    ],
    [
      'with a file in a folder of folders',
      edit([], async (world, entries) => [...entries, await leaf(world, 'zz', { key: 'z', value: 1 })]),
      'index/zz',
      'no record makes it',
    ],
    ['that is not there', async () => [], 'index', 'it is missing'],
  ])('%s', async (_, alter, path, why) => {
    const world = await honest();
    await world.add([{ key: 'd', value: 1 }], (index) => alter(world, index));
    const { stage, code, data, verdict, exit } = await verify(world.backend);
    expect({ stage, code, path: data?.path, why: data?.why }).toEqual({
      stage: 'attachments',
      code: 'chain/bad-index',
      path,
      why,
    });
    expect([verdict.head?.next, exit]).toEqual([4, EXIT.mismatch]);
  });

  it('that was altered in an earlier commit, and goes on from there', async () => {
    const world = await honest();
    const path = at('z').slice(0, 2);
    await world.add([{ key: 'd', value: 1 }], async (tree) => [
      folder(
        await altered(world, { tree, path }, async (entries) => [
          ...entries,
          await leaf(world, at('z')[2], { key: 'z', value: 1 }),
        ]),
      ),
    ]);
    await world.add([{ key: 'e', value: 1 }]);
    expect(await verify(world.backend)).toMatchObject({ code: 'chain/bad-index', verdict: { head: { next: 4 } } });
  });

  it('that is a file, and one beside which something else stands', async () => {
    const world = await honest();
    const blob = await world.chain.put('blob', utf8('x'));
    await world.add([{ key: 'd', value: 1 }], async () => [{ mode: '100644', name: 'index', oid: blob }]);
    expect(await verify(world.backend)).toMatchObject({
      stage: 'attachments',
      code: 'chain/bad-attachment',
      data: { path: 'index' },
    });
    const other = await honest();
    const extra = await other.chain.put('blob', utf8('x'));
    await other.add([{ key: 'd', value: 1 }], async (index) => [
      folder(index),
      { mode: '100644', name: 'extra', oid: extra },
    ]);
    expect(await verify(other.backend)).toMatchObject({
      code: 'chain/bad-attachment',
      data: { path: 'extra', why: 'no record lists it' },
    });
  });

  it('whose objects are not there: could not check', async () => {
    const world = await honest();
    const { tree } = await readEntry(world.backend, world.chain.head);
    const found = await lookupIndexed(world.backend, CHAIN, 'a');
    const index = indexOf(tree) as Oid;
    const blob = (
      await world.backend.objects.write([{ type: 'blob', content: found?.record as Uint8Array }])
    )[0] as Oid;
    for (const gone of [index, blob]) {
      const backend = withoutObjects(world.backend, new Set([gone]), (oid) => gitError('missing-object', { oid }));
      expect(await verify(backend)).toMatchObject({
        stage: 'attachments',
        code: 'git/missing-object',
        exit: EXIT.unchecked,
      });
    }
  });

  it('from a head that was verified before, reading only what is new', async () => {
    const world = await honest();
    const { verdict } = await verify(world.backend);
    await world.add([{ key: 'd', value: 1 }]);
    const rest = await verify(world.backend, { from: verdict.head ?? undefined });
    expect(rest.verdict).toMatchObject({ fault: null, envelopes: 1 });
    await world.add([{ key: 'e', value: 1 }], async (tree) => [
      folder(await altered(world, { tree, path: [aa, ab] }, (entries) => entries.filter(({ name }) => name !== an))),
    ]);
    expect(await verify(world.backend, { from: rest.verdict.head ?? undefined })).toMatchObject({
      code: 'chain/bad-index',
    });
  });

  it('whose record has a key that cannot stand in it', async () => {
    const chain = new HandMade({ chain: CHAIN, kind: KIND as never });
    await chain.add({ bodies: [{ key: 'x'.repeat(600), value: 1 }] });
    expect(await verify(chain.backend)).toMatchObject({
      stage: 'attachments',
      code: 'chain/bad-record',
      data: { seq: 0 },
    });
  });
});

describe('records that say what they replace', () => {
  const linked = (key: string, value: number, replaces?: Entry): Entry =>
    replaces === undefined ? { key, value } : { key, value, replaces: cidOf(replaces, LINKED) };

  it('verify when each replaces what stood there', async () => {
    const ports = portsOf();
    const one = linked('a', 1);
    const two = linked('a', 2, one);
    await put(
      ports,
      [
        { body: one, expected: null },
        { body: two, expected: cidOf(one, LINKED) },
      ],
      LINKED,
    );
    await put(ports, [{ body: linked('a', 3, two), expected: cidOf(two, LINKED) }], LINKED);
    expect((await verify(ports.backend)).verdict).toMatchObject({ fault: null, records: 3 });
    await expect(put(ports, [{ body: linked('b', 1), expected: cidOf(one, LINKED) }], LINKED)).rejects.toThrow(
      /invariant/,
    );
  });

  it('fail when they do not: created twice, swapped blindly', async () => {
    for (const [bodies, found] of [
      [[linked('a', 1), linked('a', 2)], 'a'],
      [[linked('a', 1), linked('a', 2, linked('a', 7))], 'a'],
      [[linked('a', 1), linked('b', 2, linked('a', 1))], 'b'],
    ] as const) {
      const chain = new HandMade({ chain: CHAIN, kind: LINKED as never });
      const index = new IndexTree(chain.backend, null);
      for (const body of bodies) {
        await index.put(pathOfKey(body.key), encodeRecord(LINKED.kind, encode(body as unknown as Value)));
        const { root, objects } = index.flush();
        await chain.backend.objects.write(objects);
        await chain.add({ bodies: [body as unknown as Value], tree: (entries) => [...entries, folder(root as Oid)] });
      }
      const { code, data, verdict } = await verify(chain.backend);
      expect([code, verdict.head?.next]).toEqual(['chain/bad-index', 1]);
      expect(data?.path).toBe(['index', ...pathOfKey(found)].join('/'));
      expect(data?.why).toContain('record 1 replaces');
    }
  });
});

describe('the cost of an index', () => {
  /** What one append and one look-up write and read in an index of so many keys. */
  async function costsAt(keys: number) {
    const ports = portsOf();
    for (let from = 0; from < keys; from += 5000)
      await put(
        ports,
        Array.from({ length: Math.min(5000, keys - from) }, (_, i) => fresh(`key ${from + i}`)),
      );
    const counts = { written: 0, bytes: 0, read: 0 };
    const { objects, refs } = ports.backend;
    const counting: GitBackend = {
      refs,
      objects: {
        ...objects,
        format: objects.format,
        read: async (oid, options) => {
          counts.read += 1;
          return objects.read(oid, options);
        },
        readMany: async function* (oids, options) {
          for await (const object of objects.readMany(oids, options)) {
            counts.read += 1;
            yield object;
          }
        },
        write: (batch) => {
          counts.written += batch.length;
          counts.bytes += batch.reduce((sum, { content }) => sum + content.length, 0);
          return objects.write(batch);
        },
      },
    };
    const head = async () => (await refs.read(refOfChain(CHAIN))) as Oid;
    const before = await head();
    const from = (await verify(ports.backend)).verdict.head ?? undefined;
    await put({ ...ports, backend: counting }, [fresh('one more')]);
    const append = { ...counts };
    counts.read = 0;
    expect(await valueAt(counting, 'key 7')).toBe(1);
    const lookup = counts.read;
    counts.read = 0;
    const history = async function* () {
      for await (const batch of readChain(ports.backend, { head: await head(), after: before }))
        for (const { oid, raw } of batch) yield { oid, type: 'commit' as const, content: raw };
    };
    const incremental = { ...counting, objects: { ...counting.objects, history } };
    expect((await verify(incremental, { from })).verdict).toMatchObject({ fault: null, envelopes: 1 });
    return { ...append, lookup, verified: counts.read };
  }

  it('does not follow the number of keys', async () => {
    const few = await costsAt(100);
    const many = await costsAt(10_000);
    expect(few.written).toBe(7);
    expect(many.written).toBe(7);
    expect(many.read).toBeLessThanOrEqual(few.read + 2);
    expect(many.lookup).toBe(few.lookup);
    expect(many.verified).toBeLessThanOrEqual(few.verified + 2);
    // The top folder is full at 256 entries; below it nothing is.
    expect(many.bytes).toBeLessThan(16_000);
  }, 120_000);
});
