import { describe, expect, it, vi } from 'vitest';
import { HandMade, TEST_REPO } from '../../testing/hand-made.js';
import { Cid, encode, s, type Value } from '../codec/index.js';
import { encodeTree, memoryBackend, type TreeEntry } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import {
  ATTACHMENTS,
  type Attachment,
  attachDirectory,
  attachFile,
  defineKind,
  listFiles,
  type NewFile,
  type Rule,
  readEntry,
  verifyChain,
} from './index.js';

const engine = nobleEngine();

const KIND = defineKind({
  kind: 'test.files',
  schema: s.struct({ attachments: ATTACHMENTS }),
  describe: (_, count) => ({ title: `files ${count}` }),
  attachments: ({ attachments }) => attachments,
});
const RULE: Rule = { plane: 'test', pattern: 'files/*', movement: 'append-only', kinds: [KIND], summary: '' };

const file = (path: string, text = path): NewFile => ({ path, bytes: utf8(text) });
const body = (...attachments: readonly Attachment[]): Value => ({ attachments }) as unknown as Value;

async function verdictOf(departure: Parameters<HandMade['add']>[0]) {
  const chain = new HandMade({ chain: 'files/a', kind: KIND });
  await chain.add(departure);
  return verify(chain);
}

async function verify(chain: HandMade) {
  const { checks, fault } = await verifyChain(
    { backend: chain.backend, engine, repo: TEST_REPO, authorize: () => null },
    { chain: chain.chain, rule: RULE, head: chain.head },
  );
  return { stage: fault === null ? null : checks[0]?.name, code: fault?.code, data: fault?.data };
}

const GOOD = { stage: null, code: undefined };
const FOLDER = [file('d/a'), file('d/b/c.cbor'), file('d/a-b')];

describe('attachments that are listed', () => {
  it('pass: a file, a file in a folder, a whole folder, in any record', async () => {
    const files = [file('x'), file('y/z.cbor'), ...FOLDER];
    const [x, y] = files as [NewFile, NewFile];
    expect(
      await verdictOf({ files, bodies: [body(attachFile(x), attachFile(y), attachDirectory('d/', FOLDER))] }),
    ).toMatchObject(GOOD);
    const apart = [body(attachFile(x)), body(), body(attachDirectory('d/', FOLDER)), body(attachFile(y))];
    expect(await verdictOf({ files, bodies: apart })).toMatchObject(GOOD);
    expect(await verdictOf({ bodies: [body()] })).toMatchObject(GOOD);
  });

  it('have the CID of their bytes, with codec dag-cbor for .cbor files', () => {
    expect(attachFile(file('x', 'abc'))).toEqual({ path: 'x', size: 3, cid: Cid.hash('raw', utf8('abc')) });
    expect(attachFile(file('x.cbor', 'abc')).cid.codec).toBe('dag-cbor');
  });

  it('of a folder have the CID of its sorted listing, whatever the order in which they are given', () => {
    const listing = [
      ['a', 3, Cid.hash('raw', utf8('d/a'))],
      ['a-b', 5, Cid.hash('raw', utf8('d/a-b'))],
      ['b/c.cbor', 10, Cid.hash('dag-cbor', utf8('d/b/c.cbor'))],
    ];
    const want = { path: 'd/', size: 18, cid: Cid.hash('dag-cbor', encode(listing as Value)) };
    expect(attachDirectory('d/', FOLDER)).toEqual(want);
    expect(attachDirectory('d/', [...FOLDER].reverse())).toEqual(want);
  });
});

describe('attachments that are not as listed', () => {
  const [first] = FOLDER as [NewFile];
  const x = file('x');
  const y = file('y');
  const listed = [attachFile(x), attachDirectory('d/', FOLDER)];

  it.each<[string, Parameters<HandMade['add']>[0], string, string]>([
    ['a missing file', { files: FOLDER, bodies: [body(...listed)] }, 'x', 'it is missing'],
    ['a missing folder', { files: [x], bodies: [body(...listed)] }, 'd/', 'it is missing'],
    [
      'an altered file',
      { files: [file('x', 'y'), ...FOLDER], bodies: [body(...listed)] },
      'x',
      'its bytes are not those of',
    ],
    [
      'an altered file in a folder',
      { files: [x, ...FOLDER.slice(1), file(first.path, 'other')], bodies: [body(...listed)] },
      'd/',
      'its bytes are not those of',
    ],
    [
      'a file left out of a folder',
      { files: [x, ...FOLDER.slice(1)], bodies: [body(...listed)] },
      'd/',
      'its bytes are not those of',
    ],
    [
      'a file added to a folder',
      { files: [x, ...FOLDER, file('d/new')], bodies: [body(...listed)] },
      'd/',
      'its bytes are not those of',
    ],
    [
      'a file of a folder under another name',
      { files: [x, ...FOLDER.slice(1), { path: 'd/renamed', bytes: first.bytes }], bodies: [body(...listed)] },
      'd/',
      'its bytes are not those of',
    ],
    ['a file that nothing lists', { files: [x, file('y')], bodies: [body(attachFile(x))] }, 'y', 'no record lists it'],
    [
      'a file in a folder that nothing lists',
      { files: [x, file('p/q/r')], bodies: [body(attachFile(x))] },
      'p/q/r',
      'no record lists it',
    ],
    ['another size', { files: [x], bodies: [body({ ...attachFile(x), size: 2 })] }, 'x', 'its bytes are not those of'],
    [
      'another codec',
      { files: [x], bodies: [body({ ...attachFile(x), cid: Cid.hash('dag-cbor', x.bytes) })] },
      'x',
      'its bytes are not those of',
    ],
    [
      'a file that is listed twice',
      { files: [x], bodies: [body(attachFile(x)), body(attachFile(x))] },
      'x',
      'it is listed twice',
    ],
    [
      'a file that is listed beside its folder',
      { files: FOLDER, bodies: [body(attachDirectory('d/', FOLDER), attachFile(first))] },
      'd/a',
      'it is missing',
    ],
    [
      'a folder listed as a file',
      { files: FOLDER, bodies: [body({ ...attachFile(x), path: 'd' })] },
      'd',
      'it is missing',
    ],
    [
      'a file listed as a folder',
      { files: [x], bodies: [body({ ...attachFile(x), path: 'x/' })] },
      'x/',
      'it is missing',
    ],
    [
      'the envelope itself',
      { bodies: [body({ ...attachFile(x), path: 'envelope' })] },
      'envelope',
      'it is listed twice',
    ],
    ['an empty folder', { bodies: [body(attachDirectory('e/', []))] }, 'e/', 'it is missing'],
    [
      'a path that climbs',
      { files: [x], bodies: [body(attachFile(x), { ...attachFile(x), path: '../x' })] },
      '../x',
      'it is missing',
    ],
  ])('fail: %s', async (_, departure, path, why) => {
    const { stage, code, data } = await verdictOf(departure);
    expect([stage, code, data?.path]).toEqual(['attachments', 'chain/bad-attachment', path]);
    expect(data?.why).toContain(why);
    expect(data).toMatchObject({ chain: 'files/a' });
    expect(data?.commit).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each(['100755', '120000', '160000'] as const)('fail: mode %s, whether listed or not', async (mode) => {
    const tree = (entries: readonly { mode: string; name: string; oid: string }[]) =>
      entries.map((entry) => (entry.name === 'x' ? { ...entry, mode } : entry)) as never;
    for (const bodies of [[body(attachFile(x))], [body()]]) {
      const { stage, data } = await verdictOf({ files: [x], bodies, tree });
      expect([stage, data?.path, data?.why]).toEqual(['attachments', 'x', `mode ${mode} is not a plain file`]);
    }
  });

  it.each(['x/', 'outer/'])('fail: an empty folder that nobody signed, %s', async (folder) => {
    const chain = new HandMade({ chain: 'files/a', kind: KIND });
    const empty = await chain.put('tree', new Uint8Array(0));
    const outer = await chain.put('tree', encodeTree([{ mode: '40000', name: 'inner', oid: empty }]));
    const oid = folder === 'x/' ? empty : outer;
    const extra: TreeEntry = { mode: '40000', name: folder.slice(0, -1), oid };
    await chain.add({ files: [y], bodies: [body(attachFile(y))], tree: (entries) => [...entries, extra] });
    const { stage, code, data } = await verify(chain);
    expect([stage, code, data?.why]).toEqual(['attachments', 'chain/bad-attachment', 'it is an empty folder']);
    expect(data?.path).toBe(folder === 'x/' ? 'x' : 'outer/inner');
  });

  it('fail: an empty folder in a folder that is listed as a whole', async () => {
    const chain = new HandMade({ chain: 'files/a', kind: KIND });
    const empty = await chain.put('tree', new Uint8Array(0));
    const inside = await chain.folder(FOLDER.map(({ path, bytes }) => ({ path: path.slice(2), bytes })));
    const d = await chain.put('tree', encodeTree([...inside, { mode: '40000', name: 'empty', oid: empty }]));
    const tree = (entries: readonly TreeEntry[]): TreeEntry[] => [...entries, { mode: '40000', name: 'd', oid: d }];
    await chain.add({ bodies: [body(attachDirectory('d/', FOLDER))], tree });
    expect((await verify(chain)).data).toMatchObject({ path: 'd/empty', why: 'it is an empty folder' });
    const bare = new HandMade({ chain: 'files/b', kind: KIND, backend: chain.backend });
    const none = (entries: readonly TreeEntry[]): TreeEntry[] => [...entries, { mode: '40000', name: 'e', oid: empty }];
    await bare.add({ bodies: [body(attachDirectory('e/', []))], tree: none });
    expect((await verify(bare)).data).toMatchObject({ path: 'e/', why: 'it is an empty folder' });
  });

  it('fail: objects of another type than their mode says', async () => {
    const chain = new HandMade({ chain: 'files/a', kind: KIND });
    const empty = await chain.put('tree', new Uint8Array(0));
    const blob = await chain.put('blob', utf8('blob'));
    const attachment = { path: 'x', size: 0, cid: Cid.hash('raw', new Uint8Array(0)) };
    await chain.add({
      bodies: [body(attachment)],
      tree: (entries) => [...entries, { mode: '100644', name: 'x', oid: empty }],
    });
    expect((await verify(chain)).data).toMatchObject({ path: 'x', why: 'it is a tree' });
    const other = new HandMade({ chain: 'files/a', kind: KIND, backend: chain.backend, actor: 'user:bob' });
    await other.add({ bodies: [body()], tree: (entries) => [...entries, { mode: '40000', name: 'x', oid: blob }] });
    expect((await verify(other)).data).toMatchObject({ path: 'x', why: 'it is a blob' });
  });
});

describe('the bounds of a tree', () => {
  it('are so many folders inside one another', async () => {
    const path = (depth: number) => `${'d/'.repeat(depth)}x`;
    const verdict = async (depth: number) => {
      const deep = file(path(depth));
      return verdictOf({ files: [deep], bodies: [body(attachFile(deep))] });
    };
    expect(await verdict(LIMITS.treeFolders)).toMatchObject(GOOD);
    expect((await verdict(LIMITS.treeFolders + 1)).data?.why).toContain('nested deeper');
  });

  it('end a tree that stands in itself a million times over, quickly', async () => {
    const backend = memoryBackend();
    let oid = (await backend.objects.write([{ type: 'tree', content: new Uint8Array(0) }]))[0] as string;
    for (let level = 0; level < LIMITS.treeFolders - 1; level++) {
      const entries = Array.from({ length: 100 }, (_, i) => ({ mode: '40000' as const, name: `d${i}`, oid }));
      oid = (await backend.objects.write([{ type: 'tree', content: encodeTree(entries) }]))[0] as string;
    }
    const bomb = listFiles(backend, [{ mode: '40000', name: 'bomb', oid }]);
    await expect(bomb).rejects.toMatchObject({ code: 'chain/bad-attachment' });
  }, 60_000);
});

describe('what did not change since an earlier commit', () => {
  it('is read once', async () => {
    const chain = new HandMade({ chain: 'files/a', kind: KIND });
    const steady = Array.from({ length: 20 }, (_, i) => file(`s/${i}`));
    const growing: NewFile[] = [];
    for (let i = 0; i < 5; i++) {
      growing.push(file(`g/${i}`));
      const listed = [attachDirectory('s/', steady), attachDirectory('g/', growing)];
      await chain.add({ files: [...steady, ...growing], bodies: [body(...listed)] });
    }
    const { tree } = await readEntry(chain.backend, chain.head);
    const oids = new Set((await listFiles(chain.backend, tree)).values());
    const read = vi.spyOn(chain.backend.objects, 'read');
    expect(await verify(chain)).toMatchObject(GOOD);
    for (const oid of oids) {
      const times = read.mock.calls.filter(([asked]) => asked === oid).length;
      expect(times).toBe(1);
    }
  });
});

it('lists files by full path, below a prefix', async () => {
  const chain = new HandMade({ chain: 'files/a', kind: KIND });
  await chain.add({ files: FOLDER, bodies: [body(attachDirectory('d/', FOLDER))] });
  const { tree } = await readEntry(chain.backend, chain.head);
  expect([...(await listFiles(chain.backend, tree)).keys()].sort()).toEqual(['d/a', 'd/a-b', 'd/b/c.cbor', 'envelope']);
  const prefixed = await listFiles(chain.backend, tree, { prefix: 'p/', enter: (path) => path !== 'p/d/b/' });
  expect([...prefixed.keys()].sort()).toEqual(['p/d/a', 'p/d/a-b', 'p/envelope']);
});
